//! A small world: two reviewers, a database administrator, an operator with an agent, and a pipeline of nobody's.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use holdpoint_core::budget::{Account, Limits};
use holdpoint_core::{
    Actor, ActorKind, AgentId, Answer, ApprovalId, AttemptId, Change, ChangeId, ClaimRequest, Context,
    Counts, Digest, Environment, Facts, Format, GrantId, Judgement, PersonId, PipelineId, Requirements,
    Source, Timestamp, Verdict,
};
use holdpoint_store::agents::{self, NewAgent};
use holdpoint_store::approvals::{self, NewApproval};
use holdpoint_store::changes::{self, Claim, ClaimError, NewChange, Origin, StoredChange, Submitted};
use holdpoint_store::ledger::{self, LedgerKey};
use holdpoint_store::people::{self, NewPerson, Person};
use holdpoint_store::{Conn, Db, Error};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use time::Duration;

use crate::postgres;

/// Ends a test early, and says so, where there is no Postgres.
macro_rules! world {
    () => {{
        let name = std::thread::current().name().unwrap_or("a test").to_owned();
        match crate::fixture::World::new(&name).await {
            Some(world) => world,
            None => return,
        }
    }};
}
pub(crate) use world;

pub(crate) fn unique() -> u128 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    u128::from(NEXT.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn epoch() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

pub(crate) fn attempt_id() -> AttemptId {
    AttemptId::new(epoch(), unique())
}

pub(crate) struct World {
    pub(crate) socket: String,
    pub(crate) name: String,
    /// As the daemon: the role that owns nothing.
    pub(crate) db: Db,
    pub(crate) key: LedgerKey,
    pub(crate) ann: Person,
    pub(crate) bob: Person,
    pub(crate) dba: Person,
    pub(crate) olga: Person,
    pub(crate) agent: Actor,
    pub(crate) pipeline: Actor,
}

/// What a test varies about a change.
pub(crate) struct Ask<'a> {
    pub(crate) content: Vec<u8>,
    pub(crate) verdict: Verdict,
    pub(crate) key: Option<&'a str>,
    pub(crate) request: Digest,
    pub(crate) hold_for: Duration,
    pub(crate) grant_for: Duration,
    pub(crate) format: Format,
    pub(crate) source: Source,
    pub(crate) session: Option<&'a str>,
    pub(crate) facts: Facts,
    pub(crate) environment: Environment,
    pub(crate) bookings: Vec<(Account, u64)>,
}

impl Ask<'_> {
    pub(crate) fn of(verdict: Verdict) -> Self {
        let content = format!("content {}", unique()).into_bytes();
        Ask {
            request: Digest::of(&content),
            content,
            verdict,
            key: None,
            hold_for: Duration::hours(1),
            grant_for: Duration::hours(1),
            source: Source::default(),
            format: Format::Terraform,
            session: None,
            facts: Facts::default(),
            environment: Environment::Production,
            bookings: Vec::new(),
        }
    }

    pub(crate) fn held() -> Self {
        Self::of(Verdict::Hold { requirements: "reviewers:2".parse().unwrap() })
    }

    pub(crate) fn needs(requirements: &str) -> Self {
        Self::of(Verdict::Hold { requirements: requirements.parse::<Requirements>().unwrap() })
    }

    pub(crate) fn allowed() -> Self {
        Self::of(Verdict::Allow)
    }
}

pub(crate) fn assessment() -> serde_json::Value {
    let change = Change {
        format: Format::Terraform,
        effects: Vec::new(),
        outputs: Vec::new(),
        context: Context::default(),
        graph: holdpoint_core::Graph::default(),
    };
    change.assessment().unwrap()
}

impl World {
    pub(crate) async fn new(test: &str) -> Option<World> {
        let (socket, name) = postgres::database(test).await?;
        Some(Self::of(&socket, &name).await)
    }

    /// The world in a database that is there.
    pub(crate) async fn of(socket: &str, name: &str) -> World {
        let db = Db::connect(&postgres::url(socket, name, "holdpoint_app"), 24).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        let mut made = Vec::new();
        let database = name;
        for (name, groups) in
            [("Ann", "reviewers"), ("Bob", "reviewers dba"), ("Dag", "dba"), ("Olga", "reviewers dba")]
        {
            let groups: BTreeSet<String> = groups.split(' ').map(str::to_owned).collect();
            let new = NewPerson {
                id: PersonId::new(epoch(), unique()),
                name,
                groups: &groups,
                admin: name == "Olga",
            };
            made.push(
                people::create(&mut tx, &new, Some(&[u8::try_from(made.len()).unwrap(); 32]), "holdpoint")
                    .await
                    .unwrap(),
            );
        }
        let [ann, bob, dba, olga]: [Person; 4] = made.try_into().unwrap();
        let new = NewAgent {
            id: AgentId::new(epoch(), unique()).to_string(),
            kind: ActorKind::Agent,
            name: "billing-bot",
            operator: Some(olga.id),
            environment: None,
        };
        let agent = agents::create(&mut tx, &new, &[101; 32], "holdpoint").await.unwrap().actor();
        let new = NewAgent {
            id: PipelineId::new(epoch(), unique()).to_string(),
            kind: ActorKind::Pipeline,
            name: "deploy",
            operator: None,
            environment: None,
        };
        let pipeline = agents::create(&mut tx, &new, &[102; 32], "holdpoint").await.unwrap().actor();
        tx.commit().await.unwrap();
        let key = LedgerKey::from_bytes(&[9; 32], "test.example/ledger").unwrap();
        let (socket, name) = (socket.to_owned(), database.to_owned());
        World { socket, name, db, key, ann, bob, dba, olga, agent, pipeline }
    }

    /// A connection as a superuser, for what the daemon may not do.
    pub(crate) async fn superuser(&self) -> PgConnection {
        PgConnection::connect(&postgres::url(&self.socket, &self.name, "postgres")).await.unwrap()
    }

    /// A connection as the daemon's role, for statements the daemon would never send.
    pub(crate) async fn app(&self) -> PgConnection {
        PgConnection::connect(&postgres::url(&self.socket, &self.name, "holdpoint_app")).await.unwrap()
    }

    pub(crate) async fn try_submit(&self, by: &Actor, ask: &Ask<'_>) -> Result<Submitted, Error> {
        self.submit_on(&mut self.db.conn().await.unwrap(), by, ask).await
    }

    pub(crate) async fn submit_on(
        &self,
        c: &mut Conn,
        by: &Actor,
        ask: &Ask<'_>,
    ) -> Result<Submitted, Error> {
        let judgement = Judgement {
            verdict: ask.verdict.clone(),
            reasons: Vec::new(),
            policy_version: Digest::of(b"policy"),
        };
        let new = NewChange {
            id: ChangeId::new(epoch(), unique()),
            requester: by,
            idempotency_key: ask.key,
            request_digest: ask.request,
            change_content: &ask.content,
            assessment: &assessment(),
            format: ask.format,
            counts: Counts { delete: 3, ..Counts::default() },
            source: &ask.source,
            facts: &ask.facts,
            environment: ask.environment,
            bookings: &ask.bookings,
            judgement: &judgement,
            statement: Some("please"),
            origin: &Origin {
                ticket: Some("T-1".to_owned()),
                session: ask.session.map(str::to_owned),
                ..Origin::default()
            },
            hold_for: ask.hold_for,
            grant_for: ask.grant_for,
        };
        changes::submit(c, &new).await
    }

    pub(crate) async fn submit(&self, ask: &Ask<'_>) -> StoredChange {
        self.try_submit(&self.agent, ask).await.unwrap().change().unwrap().clone()
    }

    pub(crate) async fn answer_for(
        &self,
        change: &StoredChange,
        person: &Person,
        answer: Answer,
        grant_for: Duration,
    ) -> Result<StoredChange, Error> {
        self.answer_booking(change, person, answer, grant_for, &[]).await
    }

    /// As the gateway answers for a change that destroys something.
    pub(crate) async fn answer_booking(
        &self,
        change: &StoredChange,
        person: &Person,
        answer: Answer,
        grant_for: Duration,
        bookings: &[(Account, u64)],
    ) -> Result<StoredChange, Error> {
        let mut tx = self.db.begin().await?;
        let new = NewApproval {
            id: ApprovalId::new(epoch(), unique()),
            change: change.id,
            person,
            digest: change.digest,
            answer,
            comment: "seen",
            method: "web",
            grant_for,
            bookings,
            limits: &Limits::default(),
        };
        let moved = approvals::record(&mut tx, &new).await?;
        tx.commit().await?;
        Ok(moved)
    }

    pub(crate) async fn answer(
        &self,
        change: &StoredChange,
        person: &Person,
        answer: Answer,
    ) -> Result<StoredChange, Error> {
        self.answer_for(change, person, answer, Duration::hours(1)).await
    }

    pub(crate) async fn approved(&self, ask: &Ask<'_>) -> StoredChange {
        let change = self.submit(ask).await;
        self.answer_for(&change, &self.ann, Answer::Approve, ask.grant_for).await.unwrap();
        self.answer_for(&change, &self.bob, Answer::Approve, ask.grant_for).await.unwrap()
    }

    pub(crate) async fn claim(&self, change: &StoredChange, attempt: AttemptId) -> Result<Claim, ClaimError> {
        self.claim_for(change, attempt, Duration::hours(1)).await
    }

    pub(crate) async fn claim_for(
        &self,
        change: &StoredChange,
        attempt: AttemptId,
        lease: Duration,
    ) -> Result<Claim, ClaimError> {
        let request = ClaimRequest { attempt, digest: change.digest, source: change.source.clone() };
        let grant = GrantId::new(epoch(), unique());
        changes::claim(
            &self.db,
            change.id,
            &change.requester,
            &request,
            Some("terraform apply"),
            lease,
            grant,
        )
        .await
    }

    pub(crate) async fn executing(&self) -> (StoredChange, AttemptId) {
        let change = self.submit(&Ask::allowed()).await;
        let attempt = attempt_id();
        match self.claim(&change, attempt).await.unwrap() {
            Claim::Granted(_, change) => (change, attempt),
            Claim::Again(_) => panic!("a fresh change was claimed before"),
        }
    }

    pub(crate) async fn get(&self, change: &StoredChange) -> StoredChange {
        changes::get(&mut self.db.conn().await.unwrap(), change.id).await.unwrap()
    }

    pub(crate) async fn sequence(&self) -> ledger::Sequenced {
        ledger::sequence(&self.db, &self.key, 1_000).await.unwrap()
    }

    pub(crate) async fn kinds(&self, change: &StoredChange) -> Vec<String> {
        let mut conn = self.db.conn().await.unwrap();
        let events = ledger::events_of(&mut conn, change.id, None).await.unwrap();
        events.into_iter().map(|event| event.kind).collect()
    }
}

/// Runs a statement that must be refused, and returns the SQLSTATE and message.
pub(crate) async fn refused(connection: &mut PgConnection, sql: &str) -> (String, String) {
    match connection.execute(AssertSqlSafe(sql.to_owned())).await {
        Ok(_) => panic!("was not refused: {sql}"),
        Err(sqlx::Error::Database(error)) => {
            (error.code().unwrap_or_default().into_owned(), error.message().to_owned())
        }
        Err(other) => panic!("{sql}: {other}"),
    }
}

/// The stable word of a conflict.
pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    match result {
        Err(Error::Conflict { code, .. }) => code,
        other => panic!("not a conflict: {other:?}"),
    }
}

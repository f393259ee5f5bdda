//! Where the real credentials come from, and how long they are kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex as Turn;

use super::{Bearer, Binding, Keys, assume};
use crate::send::Sender;

/// Keys are renewed this long before they end, so that none ends on the way.
const MARGIN: Duration = Duration::minutes(5);
/// After a failure, nobody asks again for so long: those who waited would otherwise fail one after another.
const PAUSE: Duration = Duration::seconds(5);
/// Beyond this many sessions, those that have ended are forgotten.
const SESSIONS: usize = 512;

/// Why there are no real keys.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Missing {
    /// The provider chain has none.
    #[error("the daemon has no AWS credentials: {0}")]
    Own(String),
    /// The binding names no role that can be assumed.
    #[error("the agent's AWS role is not usable: {0}")]
    Binding(String),
    /// AWS refused the role.
    #[error("the role {role} cannot be assumed: {why}")]
    Refused {
        /// The role's ARN.
        role: String,
        /// What is missing, with AWS's own words.
        why: String,
    },
    /// The token service did not answer, or not with keys.
    #[error("the role {role} cannot be assumed now: {why}")]
    Unanswered {
        /// The role's ARN.
        role: String,
        /// The cause, without any secret.
        why: String,
    },
}

/// The real credentials of the daemon and, through it, of its agents. Cheap to clone; clones share what they keep.
#[derive(Clone, Debug)]
pub struct Real {
    source: Source,
    region: String,
    sender: Sender,
    own: Slot,
    sessions: Arc<Mutex<HashMap<Session, Slot>>>,
}

/// One set of keys. Whoever holds the lock fetches them, the others wait for the same, or for the same failure.
type Slot = Arc<Turn<Option<Kept>>>;

/// What the last fetching gave, and when.
#[derive(Clone, Debug)]
enum Kept {
    Keys(Keys),
    Failure(Missing, OffsetDateTime),
}

impl Kept {
    /// What still holds: keys that last, or a failure that is fresh.
    fn holds(&self, now: OffsetDateTime) -> Option<Result<Keys, Missing>> {
        match self {
            Self::Keys(keys) => lasts(keys, now).then(|| Ok(keys.clone())),
            Self::Failure(missing, at) => (now < *at + PAUSE).then(|| Err(missing.clone())),
        }
    }
}

/// What makes a session another one.
type Session = (String, Option<String>, Bearer);

#[derive(Clone, Debug)]
enum Source {
    Chain(SharedCredentialsProvider),
    Fixed(Keys),
}

impl Real {
    /// The SDK's provider chain: environment, profile, SSO, web identity, container, instance. `region` is where the
    /// token service is asked.
    pub async fn from_chain(region: &str, sender: Sender) -> Result<Self, Missing> {
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let config = aws_config::defaults(aws_config::BehaviorVersion::latest())
            .region(aws_config::Region::new(region.to_owned()))
            .http_client(http)
            .load()
            .await;
        let chain = config
            .credentials_provider()
            .ok_or_else(|| Missing::Own("no source of credentials is configured".to_owned()))?;
        Ok(Self::with(Source::Chain(chain), region, sender))
    }

    /// Keys given by hand, for tests and for a key file.
    pub fn fixed(keys: Keys, region: &str, sender: Sender) -> Self {
        Self::with(Source::Fixed(keys), region, sender)
    }

    fn with(source: Source, region: &str, sender: Sender) -> Self {
        Self { source, region: region.to_owned(), sender, own: Slot::default(), sessions: Arc::default() }
    }

    /// The daemon's own keys.
    pub async fn own(&self, now: OffsetDateTime) -> Result<Keys, Missing> {
        let chain = match &self.source {
            Source::Fixed(keys) => return Ok(keys.clone()),
            Source::Chain(chain) => chain,
        };
        once(&self.own, now, async {
            chain.provide_credentials().await.map(Keys::from).map_err(|error| Missing::Own(said(&error)))
        })
        .await
    }

    /// The keys that stand behind an agent: a session of its role that carries its name, or the daemon's own keys if
    /// the binding names no role.
    pub async fn of(&self, binding: &Binding, bearer: &Bearer, now: OffsetDateTime) -> Result<Keys, Missing> {
        let partition =
            crate::host::partition(&self.region).map_err(|error| Missing::Binding(error.to_string()))?;
        let Some(role) = binding.arn(partition).map_err(Missing::Binding)? else {
            return self.own(now).await;
        };
        let slot = self.slot((role.clone(), binding.external_id.clone(), bearer.clone()), now);
        once(&slot, now, async {
            let own = self.own(now).await?;
            let wanted = assume::Wanted { role: &role, external_id: binding.external_id.as_deref(), bearer };
            assume::assume(&self.sender, &own, &self.region, &wanted, now).await
        })
        .await
    }

    fn slot(&self, session: Session, now: OffsetDateTime) -> Slot {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= SESSIONS && !sessions.contains_key(&session) {
            // A slot that is locked is being filled: it stays.
            sessions.retain(|_, slot| {
                slot.try_lock()
                    .map_or(true, |kept| kept.as_ref().is_some_and(|kept| kept.holds(now).is_some()))
            });
        }
        Arc::clone(sessions.entry(session).or_default())
    }
}

/// What the slot holds, or what is fetched now; one at a time.
async fn once(
    slot: &Slot,
    now: OffsetDateTime,
    fetch: impl Future<Output = Result<Keys, Missing>>,
) -> Result<Keys, Missing> {
    let mut kept = slot.lock().await;
    if let Some(held) = kept.as_ref().and_then(|kept| kept.holds(now)) {
        return held;
    }
    let fetched = fetch.await;
    *kept = Some(match &fetched {
        Ok(keys) => Kept::Keys(keys.clone()),
        Err(missing) => Kept::Failure(missing.clone(), now),
    });
    fetched
}

fn lasts(keys: &Keys, now: OffsetDateTime) -> bool {
    keys.until().is_none_or(|until| until - MARGIN > now)
}

fn said(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

//! The facts that the judgement rests on, each with what says so. What is not known is shown as not known.

use holdpoint_core::budget::{Account, Balance, Budget, Level};
use holdpoint_core::{
    Asked, Continuity, Environment, Existing, Facts, Freeze, Match, Recovery, Scope, Seen, Task, Timestamp,
};

use crate::web::visible::{Shown, prose, shown};
use crate::web::words::{count, grouped, when};

/// How many items of evidence one fact unfolds.
pub(crate) const MOST: usize = 50;

/// One fact.
#[derive(Debug)]
pub(crate) struct FactView {
    pub(crate) term: &'static str,
    /// `good`, `bad`, `unknown` or `plain`.
    pub(crate) tone: &'static str,
    /// The sign for the tone.
    pub(crate) sign: &'static str,
    pub(crate) says: Shown,
    /// The head of the fold; empty when there is nothing to unfold.
    pub(crate) title: String,
    pub(crate) evidence: Vec<Shown>,
    pub(crate) more: String,
}

/// One account of destruction.
#[derive(Debug)]
pub(crate) struct BalanceView {
    pub(crate) account: Shown,
    pub(crate) amount: String,
    pub(crate) hour: String,
    pub(crate) day: String,
    pub(crate) level: &'static str,
}

/// The recovery points of one resource.
#[derive(Debug)]
pub(crate) struct RecoveryView {
    pub(crate) resource: Shown,
    pub(crate) says: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) sign: &'static str,
    pub(crate) points: Vec<PointView>,
    pub(crate) unknown: Vec<Shown>,
}

/// One recovery point.
#[derive(Debug)]
pub(crate) struct PointView {
    pub(crate) what: Shown,
    pub(crate) outlives: bool,
    /// Where it was seen, whose it is and from when.
    pub(crate) about: Shown,
}

/// Everything in the section.
#[derive(Debug)]
pub(crate) struct FactsView {
    pub(crate) facts: Vec<FactView>,
    pub(crate) balances: Vec<BalanceView>,
    pub(crate) recovery: Vec<RecoveryView>,
    pub(crate) recovery_more: String,
}

/// Builds the section.
pub(crate) fn view(facts: &Facts, now: Timestamp) -> FactsView {
    let mut all = vec![
        environment(facts),
        continuity(&facts.continuity),
        existing(facts),
        freeze(&facts.freeze, now),
        budget(&facts.budget),
        task(&facts.task),
    ];
    if !facts.own.is_empty() {
        let n = count(facts.own.len() as u64, "resource");
        let says =
            format!("{n} of these were created by the same session within the last day, and hold no data");
        all.push(fact("Own work", "plain", &says).with("Which", facts.own.iter().map(|a| format!("`{a}`"))));
    }
    all.push(asked(&facts.asked));
    let left = facts.recovery.len().saturating_sub(MOST);
    FactsView {
        facts: all,
        balances: facts.budget.accounts.iter().take(MOST).map(balance).collect(),
        recovery: facts.recovery.iter().take(MOST).map(recovery).collect(),
        recovery_more: if left == 0 { String::new() } else { format!("and {left} more") },
    }
}

fn fact(term: &'static str, tone: &'static str, says: &str) -> FactView {
    FactView {
        term,
        tone,
        sign: sign(tone),
        says: prose(says),
        title: String::new(),
        evidence: Vec::new(),
        more: String::new(),
    }
}

fn sign(tone: &str) -> &'static str {
    match tone {
        "good" => "✓",
        "bad" => "▲",
        "unknown" => "?",
        _ => "·",
    }
}

impl FactView {
    /// With what says so; sentences that name things between backticks.
    fn with(mut self, title: &str, evidence: impl Iterator<Item = String>) -> Self {
        let all: Vec<String> = evidence.collect();
        if all.is_empty() {
            return self;
        }
        let left = all.len().saturating_sub(MOST);
        self.title = if all.len() == 1 { title.to_owned() } else { format!("{title}, {}", all.len()) };
        self.evidence = all.iter().take(MOST).map(|says| prose(says)).collect();
        self.more = if left == 0 { String::new() } else { format!("and {left} more") };
        self
    }
}

fn environment(facts: &Facts) -> FactView {
    let (tone, says) = match facts.environment.is {
        Environment::Unknown => ("unknown", "unknown, so treated as production".to_owned()),
        is => ("plain", is.as_str().to_owned()),
    };
    fact("Environment", tone, &says).with("What says so", facts.environment.evidence.iter().cloned())
}

fn continuity(continuity: &Continuity) -> FactView {
    let (tone, says) = match continuity {
        Continuity::NotShown => ("unknown", "unknown: the change names no state, or no workspace".to_owned()),
        Continuity::FirstSeen => ("plain", "this workspace was never seen before".to_owned()),
        Continuity::Continues => {
            ("good", "it builds on the state that this workspace had when last seen".to_owned())
        }
        Continuity::Broken { why } => ("bad", format!("broken: {why}")),
    };
    fact("Continuity", tone, &says)
}

fn existing(facts: &Facts) -> FactView {
    let term = "On record already";
    if !facts.existing.is_empty() {
        let says =
            format!("{} would be created though on record", count(facts.existing.len() as u64, "resource"));
        let sentence = |existing: &Existing| format!("`{}`: {}", existing.address, existing.says);
        return fact(term, "bad", &says).with("Where each was seen", facts.existing.iter().map(sentence));
    }
    match facts.asked.iter().find(|asked| asked.source == "inventory").map(|asked| asked.answered) {
        Some(true) => fact(term, "good", "nothing that it would create"),
        Some(false) => fact(term, "unknown", "unknown: the inventory did not answer"),
        None => fact(term, "unknown", "unknown: the inventory was not asked"),
    }
}

/// What a freeze stops, in words.
pub(crate) fn scope(scope: &Scope) -> String {
    match scope {
        Scope::Everything => "everything".to_owned(),
        Scope::Agent(id) => format!("agent {id}"),
        Scope::Environment(environment) => format!("everything in {}", environment.as_str()),
    }
}

fn freeze(freeze: &Freeze, now: Timestamp) -> FactView {
    match freeze {
        Freeze::None => fact("Freeze", "good", "nothing is frozen that it reaches"),
        Freeze::Frozen(frozen) => {
            let until = when(frozen.until, now);
            let says = format!("{} is frozen by {}, until {}", scope(&frozen.scope), frozen.by, until.exact);
            fact("Freeze", "bad", &says).with("Why", std::iter::once(frozen.reason.clone()))
        }
        Freeze::Unknown { why } => {
            fact("Freeze", "unknown", &format!("unknown, so treated as frozen: {why}"))
        }
    }
}

fn budget(budget: &Budget) -> FactView {
    let (tone, says) = match budget.level {
        Level::Within if budget.accounts.is_empty() => ("good", "nothing is destroyed"),
        Level::Within => ("good", "within what passes without a person"),
        Level::Over => ("bad", "more than passes without a person"),
        Level::Spent => ("bad", "spent: more than people may release"),
        Level::Unknown => ("unknown", "unknown, so treated as spent"),
    };
    fact("Budget", tone, says).with("What is over", budget.evidence().into_iter())
}

fn balance(balance: &Balance) -> BalanceView {
    let account = match &balance.account {
        Account::Agent(_) => "this requester".to_owned(),
        Account::Session(_) => "this session".to_owned(),
        Account::Class(class) => format!("class {}, all requesters", class.as_str()),
        Account::ClassElsewhere(class) => {
            format!("class {} outside of production, all requesters", class.as_str())
        }
    };
    BalanceView {
        account: shown(&account),
        amount: grouped(balance.amount),
        hour: grouped(balance.hour),
        day: grouped(balance.day),
        level: balance.level.as_str(),
    }
}

fn task(task: &Task) -> FactView {
    let (tone, says) = match task.matches {
        Match::NotSaid => {
            ("unknown", "unknown: the requester named nothing that effects could be held against")
        }
        Match::AsMeant => ("good", "the effects are what the requester said it is about to do"),
        Match::Differs => ("bad", "the effects differ from what the requester said"),
        Match::FarFrom => ("bad", "the effects are far from what the requester said"),
    };
    let mut evidence = task.evidence.clone();
    let intent = &task.intent;
    let mut said: Vec<String> = Vec::new();
    said.extend(intent.destroys.map(|n| format!("{n} destroyed")));
    said.extend(intent.changes.map(|n| format!("{n} written to")));
    said.extend(Some(intent.types.join(", ")).filter(|types| !types.is_empty()));
    said.extend(intent.environment.map(|environment| environment.as_str().to_owned()));
    if !said.is_empty() {
        evidence.push(format!("claimed: {}", said.join("; ")));
    }
    if let Some(ticket) = &intent.ticket {
        evidence.push(format!("claimed: it comes from {ticket}"));
    }
    if intent.unattended {
        evidence.push("claimed: nobody is asked any more where it runs".to_owned());
    }
    if !task.has_origin {
        evidence.push("no person, run or ticket is known to stand behind it".to_owned());
    }
    fact("Task", tone, says).with("Said and found", evidence.into_iter())
}

fn asked(asked: &[Asked]) -> FactView {
    let silent = asked.iter().filter(|asked| !asked.answered).count() as u64;
    let (tone, says) = match (asked.len(), silent) {
        (0, _) => ("unknown", "none: only the change itself was looked at".to_owned()),
        (_, 0) => ("good", format!("all answered: {}", count(asked.len() as u64, "source"))),
        (_, n) => ("bad", format!("{} did not answer", count(n, "source"))),
    };
    let sentence = |asked: &Asked| {
        let answered = if asked.answered { "answered" } else { "did not answer" };
        let says = if asked.says.is_empty() { String::new() } else { format!(": {}", asked.says) };
        format!("`{}` {answered}{says}", asked.source)
    };
    fact("Sources asked", tone, &says).with("Which", asked.iter().map(sentence))
}

fn recovery(recovery: &Recovery) -> RecoveryView {
    use holdpoint_core::Backup;
    let (tone, says) = match recovery.backup {
        Backup::NotApplicable => ("plain", "nothing that holds data is lost"),
        Backup::NotShown => ("unknown", "unknown: nothing shows a backup of it"),
        Backup::RemovedWithIt => ("bad", "its backups go too"),
        Backup::Kept => ("good", "a final snapshot is taken, or its backups stay"),
        Backup::Guarded => ("good", "the provider refuses while it holds anything, or keeps it for days"),
        Backup::Elsewhere => ("good", "a backup that this change does not touch is on record"),
    };
    let points = recovery.points.iter().take(MOST).map(|point| {
        let seen = match point.seen {
            Seen::Document => "seen in the change",
            Seen::Inventory => "seen in the inventory",
            Seen::Live => "seen in the live system",
            Seen::Operator => "said by whoever runs Holdpoint",
        };
        let owner = point.owner.as_ref().map(|owner| format!(", kept by {owner}")).unwrap_or_default();
        let at = point.at.as_ref().map(|at| format!(", {at}")).unwrap_or_default();
        PointView {
            what: prose(&point.what),
            outlives: point.outlives,
            about: shown(&format!("{seen}{owner}{at}")),
        }
    });
    RecoveryView {
        resource: shown(&recovery.resource),
        says,
        tone,
        sign: sign(tone),
        points: points.collect(),
        unknown: recovery.unknown.iter().take(MOST).map(|says| prose(says)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use holdpoint_core::{Backup, Point};

    use super::*;
    use crate::web::sample;

    fn find<'a>(view: &'a FactsView, term: &str) -> &'a FactView {
        view.facts.iter().find(|fact| fact.term == term).unwrap()
    }

    #[test]
    fn what_is_not_known_says_so() {
        let view = view(&Facts::default(), sample::now());
        for term in ["Environment", "Continuity", "On record already", "Task", "Sources asked"] {
            assert_eq!(find(&view, term).tone, "unknown", "{term}");
        }
        assert!(find(&view, "On record already").says.to_string().contains("unknown"));
    }

    #[test]
    fn a_silent_source_is_never_good_news() {
        let silent = Asked { source: "inventory".to_owned(), answered: false, says: "timed out".to_owned() };
        let mut facts = Facts { asked: vec![silent], ..Facts::default() };
        facts.budget.level = Level::Unknown;
        facts.freeze = Freeze::Unknown { why: "the database is down".to_owned() };
        let view = view(&facts, sample::now());
        assert!(view.facts.iter().all(|fact| fact.tone != "good"), "{view:?}");
        assert!(find(&view, "Sources asked").evidence[0].to_string().contains("did not answer: timed out"));
    }

    #[test]
    fn evidence_is_cut_at_fifty_and_counted() {
        let mut facts = Facts::default();
        facts.environment.evidence = (0..73).map(|n| format!("sign {n}")).collect();
        let view = view(&facts, sample::now());
        let fact = find(&view, "Environment");
        assert_eq!((fact.evidence.len(), fact.more.as_str()), (MOST, "and 23 more"));
    }

    #[test]
    fn a_recovery_point_says_where_it_was_seen_and_whether_it_stays() {
        let point = |outlives| Point {
            what: "`aws_db_snapshot.nightly`".to_owned(),
            seen: Seen::Inventory,
            outlives,
            owner: Some("backups".to_owned()),
            at: None,
        };
        let of =
            |outlives| recovery(&Recovery::of("a.b", Backup::NotShown, vec![point(outlives)], Vec::new()));
        assert_eq!((of(true).tone, of(false).tone), ("good", "bad"));
        assert_eq!(of(true).points[0].about.to_string(), "seen in the inventory, kept by backups");
    }
}

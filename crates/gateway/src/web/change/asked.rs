//! Who asked, through which chain, and why policy holds it.

use holdpoint_core::{ActorKind, Environment, StateName, Timestamp, Verdict};
use holdpoint_store::changes::StoredChange;

use super::facts::MOST;
use super::steps;
use crate::web::visible::{Shown, prose, shown, shown_lines};
use crate::web::words::{self, When, count, when};

/// The chain from the person who answers for the change down to the run that sent it.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) links: Vec<Link>,
    /// The requester's own words.
    pub(crate) statement: Shown,
    pub(crate) ticket: Shown,
    pub(crate) at: When,
    pub(crate) environment: &'static str,
    pub(crate) environment_note: &'static str,
    pub(crate) source: Vec<(&'static str, Shown)>,
    pub(crate) kind: &'static str,
    pub(crate) claimed: bool,
}

/// One link of the chain.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) kind: &'static str,
    pub(crate) text: Shown,
    /// Set only for an address that is safe to follow.
    pub(crate) href: Option<String>,
    /// Nothing but the requester says so.
    pub(crate) claimed: bool,
}

/// Why it is held, denied or allowed.
#[derive(Debug)]
pub(crate) struct Why {
    pub(crate) title: &'static str,
    pub(crate) reasons: Vec<ReasonView>,
    pub(crate) policy_version: String,
}

/// One rule that fired.
#[derive(Debug)]
pub(crate) struct ReasonView {
    pub(crate) rule: Shown,
    pub(crate) policy: Shown,
    pub(crate) verdict: &'static str,
    pub(crate) asks: String,
    pub(crate) says: Shown,
    pub(crate) remedy: Shown,
    pub(crate) incident: Shown,
    pub(crate) evidence: Vec<(Shown, Shown)>,
    pub(crate) evidence_title: String,
    pub(crate) evidence_more: String,
    /// What would pass, step by step; one of them is enough.
    pub(crate) steps: Vec<Shown>,
    /// The same as JSON; empty when there is none.
    pub(crate) json: String,
}

/// Builds the chain. `operator` is the name of the person who answers for the requester.
pub(crate) fn asked(stored: &StoredChange, operator: Option<&str>, now: Timestamp) -> Asked {
    let mut links = Vec::new();
    let link = |kind, text: &str, claimed| Link { kind, text: shown(text), href: None, claimed };
    if let Some(operator) = operator {
        links.push(link("person", operator, false));
    } else if stored.requester.kind != ActorKind::Person {
        links.push(link("person", "nobody is named as operator", false));
    }
    links.push(link(stored.requester.kind.as_str(), &stored.requester.name, false));
    if let Some(session) = &stored.origin.session {
        links.push(link("session", session, true));
    }
    if let Some(url) = &stored.origin.run_url {
        links.push(Link { href: safe_href(url), ..link("pipeline run", url, true) });
    }
    let facts = &stored.facts;
    let mut source = vec![("Format", shown(stored.format.as_str()))];
    if let Some(workspace) = &stored.source.workspace {
        source.push(("Workspace", shown(workspace)));
    }
    if let (Some(lineage), Some(serial)) = (&stored.source.lineage, stored.source.serial) {
        let text = if lineage.is_empty() {
            "no state".to_owned()
        } else {
            format!("lineage {lineage}, serial {serial}")
        };
        source.push(("State", shown(&text)));
    }
    if let Some(version) = &stored.source.tool_version {
        source.push(("Made by", shown(&format!("version {version}"))));
    }
    source.push((
        "Bound to",
        shown(&match stored.source.plan_sha256 {
            Some(digest) if facts.bound => format!("the binary plan {}", digest.short()),
            _ => "no binary plan: only the effects and values below".to_owned(),
        }),
    ));
    Asked {
        claimed: stored.statement.is_some() || stored.origin.ticket.is_some(),
        links,
        statement: stored.statement.as_deref().map(shown_lines).unwrap_or_default(),
        ticket: stored.origin.ticket.as_deref().map(shown).unwrap_or_default(),
        at: when(stored.created_at, now),
        environment: facts.environment.is.as_str(),
        environment_note: match facts.environment.is {
            Environment::Unknown => "treated as production",
            _ => "",
        },
        source,
        kind: stored.requester.kind.as_str(),
    }
}

/// An address a reviewer may follow: plain HTTPS, and nothing in it that does not show.
fn safe_href(url: &str) -> Option<String> {
    let plain = url.starts_with("https://") && url.len() <= 500 && url.bytes().all(|b| b.is_ascii_graphic());
    plain.then(|| url.to_owned())
}

/// Builds the reasons.
pub(crate) fn why(stored: &StoredChange) -> Why {
    let judgement = &stored.judgement;
    Why {
        title: match judgement.verdict {
            Verdict::Allow => "Why policy allows it",
            Verdict::Hold { .. } if stored.state.name() == StateName::Held => "Why it is held",
            Verdict::Hold { .. } => "Why it was held",
            Verdict::Deny => "Why it is denied",
        },
        reasons: judgement
            .reasons
            .iter()
            .map(|reason| {
                let listed = u64::try_from(reason.evidence.len().min(MOST)).unwrap_or(u64::MAX);
                let more = reason.resources.saturating_sub(listed);
                ReasonView {
                    rule: shown(&reason.rule),
                    policy: shown(&reason.policy),
                    verdict: reason.verdict.as_str(),
                    asks: words::asks(&reason.verdict),
                    says: prose(&reason.reason),
                    remedy: prose(&reason.remedy),
                    incident: prose(&reason.incident),
                    evidence: reason
                        .evidence
                        .iter()
                        .take(MOST)
                        .map(|e| (shown(&e.resource), prose(&e.says)))
                        .collect(),
                    evidence_title: match reason.resources {
                        0 => "Evidence".to_owned(),
                        n => format!("Evidence, {}", count(n, "resource")),
                    },
                    evidence_more: if more == 0 {
                        String::new()
                    } else {
                        format!("and {} more", words::grouped(more))
                    },
                    steps: reason.would_pass.iter().map(|step| prose(&steps::phrase(step))).collect(),
                    json: if reason.would_pass.is_empty() {
                        String::new()
                    } else {
                        steps::json(&reason.would_pass)
                    },
                }
            })
            .collect(),
        policy_version: judgement.policy_version.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_https_can_be_followed() {
        assert!(safe_href("https://ci.example.com/run/7").is_some());
        for bad in
            ["javascript:alert(1)", "http://x", "https://x/\u{202e}y", "https://x y", "data:text/html,x"]
        {
            assert_eq!(safe_href(bad), None, "{bad}");
        }
    }
}

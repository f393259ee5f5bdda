//! Annotations are a closed vocabulary: Cedar itself ignores a misspelt one, so it is refused here.

use std::collections::BTreeMap;

use cedar_policy::{Effect, Policy};

use holdpoint_core::{Requirements, Verdict};

use crate::lint::Reads;
use crate::steps::Way;
use crate::template::Template;

/// Ids that judgements use for what no policy says.
pub(crate) const RESERVED: [&str; 2] = ["R20-evaluation-error", "R20-no-permit"];

const ON_FORBID: [&str; 7] = ["id", "rule", "reason", "remedy", "steps", "incident", "hold"];
const ON_PERMIT: [&str; 2] = ["id", "reason"];

/// One forbid, as its annotations describe it.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) rule: String,
    /// `Hold` or `Deny`.
    pub(crate) verdict: Verdict,
    pub(crate) reason: Template,
    pub(crate) remedy: Template,
    pub(crate) incident: String,
    /// The ways round it, for programs; people are asked for every hold besides.
    pub(crate) ways: Vec<Way>,
    /// Which facts its conditions read, and so what counts as evidence.
    pub(crate) reads: Reads,
}

/// The id of a policy, if it has an acceptable one.
pub(crate) fn id(policy: &Policy) -> Result<String, String> {
    let Some(id) = policy.annotation("id") else {
        return Err("has no `@id`; give it one of its own, for example `@id(\"team-rule\")`".to_owned());
    };
    if RESERVED.contains(&id) {
        return Err(format!("`@id(\"{id}\")` is reserved; choose another"));
    }
    if !is_name(id) {
        return Err(format!(
            "`@id(\"{id}\")` is not 1 to 64 letters, digits, `.`, `-` or `_`, starting with a letter or digit"
        ));
    }
    Ok(id.to_owned())
}

/// Reads the annotations of one policy: a rule for a forbid, nothing for a permit. Every problem is collected.
pub(crate) fn read(policy: &Policy, id: &str, reads: Reads) -> Result<Option<Rule>, Vec<String>> {
    let given: BTreeMap<&str, &str> = policy.annotations().collect();
    let known: &[&str] = if policy.effect() == Effect::Permit { &ON_PERMIT } else { &ON_FORBID };
    let mut problems: Vec<String> =
        given.keys().filter(|name| !known.contains(*name)).map(|name| unknown(name, known, policy)).collect();
    if policy.effect() == Effect::Permit {
        return if problems.is_empty() { Ok(None) } else { Err(problems) };
    }

    let mut required = |name: &str, why: &str| match given.get(name) {
        Some(text) if !text.trim().is_empty() => (*text).to_owned(),
        Some(_) => {
            problems.push(format!("`@{name}` is empty; it says {why}"));
            String::new()
        }
        None => {
            problems.push(format!("has no `@{name}`; it says {why}"));
            String::new()
        }
    };
    let rule = required("rule", "which rule the policy belongs to, for example `R1`");
    let reason = required("reason", "in one sentence why a change is held or denied");
    let remedy = required("remedy", "what would pass");
    if !rule.is_empty() && !is_name(&rule) {
        problems.push(format!("`@rule(\"{rule}\")` is not a short name like `R1`"));
    }
    let mut template = |name: &str, text: &str| match Template::parse(text) {
        Ok(template) => Some(template),
        Err(_) if text.is_empty() => None,
        Err(why) => {
            problems.push(format!("`@{name}` {why}"));
            None
        }
    };
    let reason = template("reason", &reason);
    let remedy = template("remedy", &remedy);
    let verdict = match given.get("hold").map(|text| (text, text.parse::<Requirements>())) {
        None => Verdict::Deny,
        Some((_, Ok(requirements))) => Verdict::Hold { requirements },
        Some((text, Err(why))) => {
            problems.push(format!("`@hold(\"{text}\")`: {why}"));
            Verdict::Deny
        }
    };
    let ways = match Way::list(given.get("steps").copied()) {
        Ok(ways) => ways,
        Err(why) => {
            problems.push(why);
            Vec::new()
        }
    };
    match (reason, remedy) {
        (Some(reason), Some(remedy)) if problems.is_empty() => Ok(Some(Rule {
            id: id.to_owned(),
            rule,
            verdict,
            reason,
            remedy,
            incident: given.get("incident").copied().unwrap_or_default().to_owned(),
            ways,
            reads,
        })),
        _ => Err(problems),
    }
}

fn unknown(name: &str, known: &[&str], policy: &Policy) -> String {
    if policy.effect() == Effect::Permit && ON_FORBID.contains(&name) {
        return format!("`@{name}` has no effect on a permit; remove it");
    }
    let known: Vec<_> = known.iter().map(|name| format!("@{name}")).collect();
    format!("`@{name}` is not an annotation; known are {}", known.join(" "))
}

fn is_name(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}

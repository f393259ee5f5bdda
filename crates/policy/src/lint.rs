//! What Cedar would accept and Holdpoint does not: everything that could raise an error while a policy is
//! evaluated (Cedar then skips the policy, a forbid too), and conditions that let the unknown pass.

use std::collections::BTreeSet;

use cedar_policy::{Effect, Policy};
use serde_json::{Map, Value};

use holdpoint_core::{HazardKind, Manner};

/// Which facts a policy's conditions read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reads {
    pub(crate) attributes: BTreeSet<String>,
    pub(crate) hazards: BTreeSet<HazardKind>,
    pub(crate) manners: BTreeSet<Manner>,
}

impl Reads {
    pub(crate) fn any(&self, attributes: &[&str]) -> bool {
        attributes.iter().any(|name| self.attributes.contains(*name))
    }
}

/// Whether more of a condition makes the policy apply more (`With`), less (`Against`), or neither (`Unclear`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Polarity {
    With,
    Against,
    Unclear,
}

impl Polarity {
    fn flipped(self) -> Self {
        match self {
            Polarity::With => Polarity::Against,
            Polarity::Against => Polarity::With,
            Polarity::Unclear => Polarity::Unclear,
        }
    }
}

struct Walk {
    reads: Reads,
    problems: Vec<String>,
    /// The polarity under which `has` lets the unknown pass.
    careless: Polarity,
}

/// Reads a policy's conditions, refusing what is refused.
pub(crate) fn check(policy: &Policy) -> Result<Reads, Vec<String>> {
    let json = policy.to_json().map_err(|error| vec![format!("cannot be examined: {error}")])?;
    let careless = if policy.effect() == Effect::Forbid { Polarity::With } else { Polarity::Against };
    let mut walk = Walk { reads: Reads::default(), problems: Vec::new(), careless };
    for condition in json.get("conditions").and_then(Value::as_array).into_iter().flatten() {
        let polarity = match condition.get("kind").and_then(Value::as_str) {
            Some("when") => Polarity::With,
            Some("unless") => Polarity::Against,
            _ => Polarity::Unclear,
        };
        walk.expression(condition.get("body").unwrap_or(&Value::Null), polarity);
    }
    for literal in policy.entity_literals() {
        match literal.type_name().to_string().as_str() {
            "Resource" | "Change" => walk.problems.push(format!(
                "names `{literal}`, but resources and changes have no name in policies; read their facts, for example `resource.type`"
            )),
            "Hazard" => {
                let id: &str = literal.id().as_ref();
                walk.reads.hazards.extend(HazardKind::ALL.into_iter().find(|kind| kind.as_str() == id));
            }
            "Manner" => {
                let id: &str = literal.id().as_ref();
                walk.reads.manners.extend(Manner::ALL.into_iter().find(|manner| manner.as_str() == id));
            }
            _ => {}
        }
    }
    walk.problems.sort();
    walk.problems.dedup();
    if walk.problems.is_empty() { Ok(walk.reads) } else { Err(walk.problems) }
}

impl Walk {
    /// One expression in Cedar's JSON form: an object with the operator as its only key.
    fn expression(&mut self, expression: &Value, polarity: Polarity) {
        let Some((operator, body)) = expression.as_object().and_then(only) else {
            self.problems.push("has a condition that cannot be examined; write it more simply".to_owned());
            return;
        };
        match operator {
            "Value" | "Var" => {}
            "!" => self.at(body, "arg", polarity.flipped()),
            "&&" | "||" => self.both(body, polarity),
            "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "contains" | "containsAll" | "containsAny" => {
                self.both(body, Polarity::Unclear);
            }
            "isEmpty" => self.at(body, "arg", Polarity::Unclear),
            "." => {
                self.attribute(body);
                self.at(body, "left", Polarity::Unclear);
            }
            "has" => {
                self.attribute(body);
                self.has(polarity);
                self.at(body, "left", Polarity::Unclear);
            }
            "like" => self.at(body, "left", Polarity::Unclear),
            "is" => {
                self.at(body, "left", Polarity::Unclear);
                if let Some(parent) = body.get("in") {
                    self.expression(parent, Polarity::Unclear);
                }
            }
            "if-then-else" => {
                self.at(body, "if", Polarity::Unclear);
                self.at(body, "then", polarity);
                self.at(body, "else", polarity);
            }
            "Set" => body.as_array().into_iter().flatten().for_each(|e| self.expression(e, Polarity::Unclear)),
            "Record" => {
                body.as_object().into_iter().flat_map(Map::values).for_each(|e| self.expression(e, Polarity::Unclear));
            }
            "+" | "-" | "*" | "neg" => self.problems.push(format!(
                "does arithmetic (`{}`), which can overflow, and a policy that errs is skipped; compare a fact with a number instead",
                if operator == "neg" { "-" } else { operator }
            )),
            other => self.problems.push(format!(
                "uses `{other}`, which can raise an error, and a policy that errs is skipped; use comparisons, `in`, `contains`, `like` and `is`"
            )),
        }
    }

    fn at(&mut self, body: &Value, side: &str, polarity: Polarity) {
        self.expression(body.get(side).unwrap_or(&Value::Null), polarity);
    }

    fn both(&mut self, body: &Value, polarity: Polarity) {
        self.at(body, "left", polarity);
        self.at(body, "right", polarity);
    }

    fn attribute(&mut self, body: &Value) {
        if let Some(name) = body.get("attr").and_then(Value::as_str) {
            self.reads.attributes.insert(name.to_owned());
        }
    }

    fn has(&mut self, polarity: Polarity) {
        if polarity == self.careless || polarity == Polarity::Unclear {
            let instead = if self.careless == Polarity::With {
                "write `!(resource has x && …)` with what is known to be good inside"
            } else {
                "write `resource has x && …`"
            };
            self.problems.push(format!("lets a missing fact pass; {instead}"));
        }
    }
}

fn only(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut entries = map.iter();
    match (entries.next(), entries.next()) {
        (Some((key, value)), None) => Some((key, value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lint(text: &str) -> Result<Reads, Vec<String>> {
        check(&Policy::parse(None, text).unwrap())
    }

    #[test]
    fn arithmetic_and_extension_functions_are_refused_wherever_they_hide() {
        for (text, operator) in [
            ("when { resource.creates + resource.deletes > 10 }", "`+`"),
            ("when { if resource.creates > resource.deletes - 1 then true else false }", "`-`"),
            ("unless { [resource.creates * 2].contains(4) }", "`*`"),
            ("when { -resource.creates < 3 }", "`-`"),
            ("when { ip(\"10.0.0.1\").isLoopback() }", "`isLoopback`"),
            ("when { resource.hasTag(\"a\") && resource.getTag(\"a\") == \"b\" }", "Tag`"),
        ] {
            let problems = lint(&format!("forbid (principal, action, resource) {text};")).unwrap_err();
            assert!(problems.iter().any(|p| p.contains(operator)), "{text}: {problems:?}");
        }
    }

    #[test]
    fn a_forbid_must_not_let_a_missing_fact_pass() {
        for careless in [
            "forbid (principal, action, resource) when { resource has age && resource.age > 24 };",
            "forbid (principal, action, resource) when { !(!(resource has age) || resource.age > 24) };",
            "forbid (principal, action, resource) when { (resource has age) == true };",
            "forbid (principal, action, resource) unless { !(resource has age) };",
            "permit (principal, action, resource) when { !(resource has age && resource.age > 24) };",
        ] {
            assert!(lint(careless).unwrap_err()[0].contains("missing fact"), "{careless}");
        }
        for careful in [
            "forbid (principal, action, resource) when { !(resource has age && resource.age <= 24) };",
            "forbid (principal, action, resource) unless { resource has age && resource.age <= 24 };",
            "permit (principal, action, resource) when { resource has age && resource.age <= 24 };",
        ] {
            assert!(lint(careful).is_ok(), "{careful}");
        }
    }

    #[test]
    fn resources_have_no_name() {
        let problems = lint("forbid (principal, action, resource == Resource::\"aws_db_instance.main\");");
        assert!(problems.unwrap_err()[0].contains("no name"));
    }

    #[test]
    fn says_what_is_read() {
        let reads = lint(
            "forbid (principal, action, resource) when { resource.hazards.contains(Hazard::\"exposure\") } unless { context.bound };",
        )
        .unwrap();
        assert!(reads.any(&["hazards"]) && reads.any(&["bound"]) && !reads.any(&["type"]));
        assert_eq!(reads.hazards, BTreeSet::from([HazardKind::Exposure]));
        let reads = lint(
            "forbid (principal, action, resource) when { resource.manners.contains(Manner::\"forced\") };",
        )
        .unwrap();
        assert_eq!(reads.manners, BTreeSet::from([Manner::Forced]));
    }
}

//! What exactly is to run, on which machines, and how carefully: everything that Systems Manager would otherwise
//! decide for itself after the change was judged is refused here.

use std::collections::{BTreeMap, BTreeSet};

use super::target::is_instance;
use super::{Kind, Pinned, Rate, Target};

/// A command for machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    document: Pinned,
    parameters: BTreeMap<String, Vec<String>>,
    instances: Vec<String>,
    concurrency: Rate,
    error_limit: Rate,
}

/// Why there is no such order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// A command with no machine to run on.
    #[error("a command needs at least one machine")]
    NoMachine,
    /// More than one execution takes.
    #[error("at most {} machines run in one change", Target::MOST)]
    TooMany,
    /// Not the form of an id.
    #[error("`{0}` is not the id of a machine")]
    NotAnInstance(String),
    /// Twice the same machine would run it twice.
    #[error("the machine {0} is named twice")]
    Twice(String),
    /// Nothing would ever run.
    #[error("a concurrency of zero never runs anything")]
    NoConcurrency,
    /// Machines, and a runbook that takes none.
    #[error(
        "the runbook `{0}` has no single parameter that takes a machine; give none, and name them in its parameters"
    )]
    NoTargetParameter(String),
    /// Machines, and a parameter that says others.
    #[error("the parameter `{0}` is set by the targets; leave it out")]
    TargetParameterGiven(String),
    /// Something that would be put in after the judging.
    #[error(
        "the parameter `{0}` has a reference such as `{{{{ssm:…}}}}`, whose value nobody has seen; write it out"
    )]
    Reference(String),
}

impl Order {
    /// What to run where. Limits that are not given are the most careful ones.
    ///
    /// # Errors
    /// If it names no machine, one twice, or leaves something open.
    pub fn new(
        document: Pinned,
        parameters: BTreeMap<String, Vec<String>>,
        instances: Vec<String>,
        concurrency: Option<Rate>,
        error_limit: Option<Rate>,
    ) -> Result<Self, OrderError> {
        let concurrency = concurrency.unwrap_or(Rate::ONE_AT_A_TIME);
        let error_limit = error_limit.unwrap_or(Rate::NO_ERROR);
        if concurrency.is_zero() {
            return Err(OrderError::NoConcurrency);
        }
        machines(&instances)?;
        match &document.kind {
            Kind::Command if instances.is_empty() => return Err(OrderError::NoMachine),
            Kind::Automation { target: None } if !instances.is_empty() => {
                return Err(OrderError::NoTargetParameter(document.name));
            }
            Kind::Automation { target: Some(target) }
                if !instances.is_empty() && parameters.contains_key(target) =>
            {
                return Err(OrderError::TargetParameterGiven(target.clone()));
            }
            Kind::Command | Kind::Automation { .. } => {}
        }
        let open = parameters.iter().find(|(_, values)| values.iter().any(|value| has_reference(value)));
        if let Some((name, _)) = open {
            return Err(OrderError::Reference(super::output::short(name, 64)));
        }
        Ok(Self { document, parameters, instances, concurrency, error_limit })
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> &Pinned {
        &self.document
    }

    /// What it is given.
    #[must_use]
    pub fn parameters(&self) -> &BTreeMap<String, Vec<String>> {
        &self.parameters
    }

    /// The machines; none for a runbook that addresses none.
    #[must_use]
    pub fn instances(&self) -> &[String] {
        &self.instances
    }

    /// How many machines at once.
    #[must_use]
    pub fn concurrency(&self) -> Rate {
        self.concurrency
    }

    /// How many machines may fail before no other one is begun.
    #[must_use]
    pub fn error_limit(&self) -> Rate {
        self.error_limit
    }
}

fn machines(instances: &[String]) -> Result<(), OrderError> {
    if instances.len() > Target::MOST {
        return Err(OrderError::TooMany);
    }
    let mut seen = BTreeSet::new();
    for instance in instances {
        if !is_instance(instance) {
            return Err(OrderError::NotAnInstance(super::output::short(instance, 64)));
        }
        if !seen.insert(instance) {
            return Err(OrderError::Twice(instance.clone()));
        }
    }
    Ok(())
}

/// Whether Systems Manager would put something else in: `{{ssm:name}}`, `{{ resolve:… }}`, `{{global:DATE}}`. Braces
/// of other languages (`{{.Names}}`) have no word and colon behind them.
fn has_reference(value: &str) -> bool {
    value.split("{{").skip(1).any(|rest| {
        let inside = rest.split("}}").next().unwrap_or_default().trim_start();
        let word = inside.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')));
        let word = word.filter(|length| *length > 0).and_then(|length| inside.get(length..));
        word.is_some_and(|behind| behind.trim_start().starts_with(':'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(kind: Kind) -> Pinned {
        Pinned { name: "D".into(), version: "1".into(), hash: "0".repeat(64), content: "{}".into(), kind }
    }

    fn order(kind: Kind, parameters: &[(&str, &str)], instances: &[&str]) -> Result<Order, OrderError> {
        let parameters = parameters.iter().map(|(name, value)| ((*name).into(), vec![(*value).into()]));
        let instances = instances.iter().map(|instance| (*instance).into()).collect();
        Order::new(document(kind), parameters.collect(), instances, None, None)
    }

    const ONE: &str = "i-0123456789abcdef0";

    #[test]
    fn what_is_not_said_is_careful() {
        let order = order(Kind::Command, &[], &[ONE]).unwrap();
        assert_eq!((order.concurrency(), order.error_limit()), (Rate::Count(1), Rate::Count(0)));
    }

    #[test]
    fn machines_are_named_and_each_once() {
        assert_eq!(order(Kind::Command, &[], &[]), Err(OrderError::NoMachine));
        assert_eq!(order(Kind::Command, &[], &[ONE, ONE]), Err(OrderError::Twice(ONE.into())));
        assert_eq!(order(Kind::Command, &[], &["*"]), Err(OrderError::NotAnInstance("*".into())));
        let many: Vec<String> = (0..51).map(|n| format!("i-{n:017x}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(order(Kind::Command, &[], &many), Err(OrderError::TooMany));
        assert!(order(Kind::Command, &[], many.get(..50).unwrap()).is_ok());
    }

    #[test]
    fn a_runbook_is_told_its_machines_in_one_way_only() {
        let takes = || Kind::Automation { target: Some("InstanceId".into()) };
        assert!(order(takes(), &[], &[ONE]).is_ok());
        assert!(order(takes(), &[("InstanceId", ONE)], &[]).is_ok());
        assert_eq!(
            order(takes(), &[("InstanceId", ONE)], &[ONE]),
            Err(OrderError::TargetParameterGiven("InstanceId".into()))
        );
        assert_eq!(
            order(Kind::Automation { target: None }, &[], &[ONE]),
            Err(OrderError::NoTargetParameter("D".into()))
        );
    }

    #[test]
    fn what_would_be_put_in_later_is_refused() {
        for value in [
            "{{ssm:x}}",
            "a {{ ssm-secure:x:1 }}",
            "{{resolve:ssm:x}}",
            "b {{\tglobal:DATE}}",
            "{{ x }} {{ssm :y}}",
        ] {
            let refused = order(Kind::Command, &[("commands", value)], &[ONE]);
            assert_eq!(refused, Err(OrderError::Reference("commands".into())), "{value}");
        }
        for value in
            ["docker ps --format '{{.Names}}'", "{{ name }}", "{{", "{{}}", "${A:-{{b}}}", "a: {b: {c: 1}}"]
        {
            assert!(order(Kind::Command, &[("commands", value)], &[ONE]).is_ok(), "{value}");
        }
    }
}

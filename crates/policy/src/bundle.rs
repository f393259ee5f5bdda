//! Loading: every policy is read, checked and validated before any is used. All or nothing.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use cedar_policy::{
    Authorizer, Decision, Effect, EntityUid, Policy, PolicyId, PolicySet, Request, Schema, ValidationMode,
    Validator,
};
use miette::Diagnostic;

use holdpoint_core::{
    Actor, ActorKind, Change, Context, Digest, EffectKind, Environment, Facts, Format, Resource, Verdict,
};

use crate::annotation::{self, Rule};
use crate::error::{PolicyError, Problem};
use crate::lint;
use crate::looked::Looked;
use crate::request::{self, FactClass};
use crate::source::{self, Source};
use crate::template::Placeholder;
use crate::totals::Totals;
use crate::words::Words;

/// A checked set of policies, ready to judge. It is immutable; loading anew makes another.
#[derive(Debug)]
pub struct Bundle {
    pub(crate) schema: Schema,
    pub(crate) words: Words,
    pub(crate) authorizer: Authorizer,
    /// Everything.
    pub(crate) full: PolicySet,
    /// Everything but the forbids that people can release.
    pub(crate) base: PolicySet,
    pub(crate) rules: Vec<Rule>,
    pub(crate) by_id: HashMap<PolicyId, usize>,
    /// Whether some policy reads `type` or `provider`.
    pub(crate) reads_type: bool,
    version: Digest,
}

/// One rule of a bundle, for people to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleInfo {
    /// The policy's `@id`.
    pub id: String,
    /// The rule it belongs to.
    pub rule: String,
    /// `Hold` with what it asks for, or `Deny`.
    pub verdict: Verdict,
    /// The sentence, its placeholders unfilled.
    pub reason: String,
    /// What would pass, its placeholders unfilled.
    pub remedy: String,
    /// The real incident behind it; empty when there is none.
    pub incident: String,
}

impl Bundle {
    /// The built-in pack alone.
    ///
    /// # Errors
    /// Only if this build is broken.
    pub fn builtin() -> Result<Bundle, PolicyError> {
        Self::assemble(&source::builtin(), Checks::All)
    }

    /// The built-in pack and the `*.cedar` files of a directory. Nothing in the pack can be replaced or
    /// loosened by them: a forbid wins over every permit, and an id can be given once only.
    ///
    /// # Errors
    /// If anything cannot be read or any policy is refused; all problems are in the error.
    pub fn load(dir: &Path) -> Result<Bundle, PolicyError> {
        let mut sources = source::builtin();
        sources.extend(source::read(dir)?);
        Self::assemble(&sources, Checks::All)
    }

    /// SHA-256 over the schema and every policy.
    #[must_use]
    pub fn version(&self) -> Digest {
        self.version
    }

    /// Every rule that can hold or deny, in the order in which it was loaded.
    pub fn rules(&self) -> impl Iterator<Item = RuleInfo> {
        self.rules.iter().map(|rule| RuleInfo {
            id: rule.id.clone(),
            rule: rule.rule.clone(),
            verdict: rule.verdict.clone(),
            reason: rule.reason.source().to_owned(),
            remedy: rule.remedy.source().to_owned(),
            incident: rule.incident.clone(),
        })
    }

    pub(crate) fn assemble(sources: &[Source], checks: Checks) -> Result<Bundle, PolicyError> {
        let words = Words::new().map_err(PolicyError::SelfTest)?;
        let (schema, _) = Schema::from_cedarschema_str(source::SCHEMA)
            .map_err(|error| PolicyError::SelfTest(format!("the schema does not read: {error}")))?;
        self_test(&words, &schema)?;

        let mut loading = Loading::default();
        for source in sources {
            loading.file(source, checks);
        }
        if checks == Checks::All {
            loading.validate(&schema, &words);
        }
        if !loading.problems.is_empty() {
            return Err(PolicyError::Refused(loading.problems));
        }
        if loading.full.is_empty() {
            return Err(PolicyError::Empty("policy"));
        }
        if !loading.full.policies().any(|policy| policy.effect() == Effect::Permit) {
            return Err(PolicyError::Empty("permit"));
        }
        Ok(Bundle {
            schema,
            words,
            authorizer: Authorizer::new(),
            full: loading.full,
            base: loading.base,
            rules: loading.rules,
            by_id: loading.by_id,
            reads_type: loading.reads_type,
            version: source::digest(sources),
        })
    }
}

/// Which checks a set has to pass. Tests leave them out to see that deciding stays closed without them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checks {
    All,
    #[cfg(test)]
    None,
}

/// A set while it is put together.
#[derive(Default)]
struct Loading {
    full: PolicySet,
    base: PolicySet,
    rules: Vec<Rule>,
    by_id: HashMap<PolicyId, usize>,
    places: HashMap<PolicyId, Place>,
    reads_type: bool,
    problems: Vec<Problem>,
}

/// Where a policy stands.
#[derive(Debug, Clone)]
struct Place {
    file: String,
    line: Option<usize>,
}

impl Loading {
    fn file(&mut self, source: &Source, checks: Checks) {
        let parsed: PolicySet = match source.text.parse() {
            Ok(parsed) => parsed,
            Err(errors) => {
                let errors: cedar_policy::ParseErrors = errors;
                self.problems.extend(errors.iter().map(|error| Problem {
                    file: source.file.clone(),
                    line: line_of(error, &source.text),
                    policy: String::new(),
                    what: sentence(error),
                }));
                return;
            }
        };
        if let Some(template) = parsed.templates().next() {
            let place = place(source, &template.to_cedar());
            let what =
                "is a template; templates are not linked here, write a policy for each case".to_owned();
            self.refuse(&place, template.annotation("id").unwrap_or_default(), what);
        }
        // Cedar numbers the policies of a file; that order keeps judgements and messages the same.
        let mut policies: Vec<&Policy> = parsed.policies().collect();
        policies.sort_by_key(|policy| number(policy.id()));
        for policy in policies {
            self.policy(source, policy, checks);
        }
    }

    fn policy(&mut self, source: &Source, policy: &Policy, checks: Checks) {
        let place = place(source, &policy.to_cedar().unwrap_or_default());
        let id = match annotation::id(policy) {
            Ok(id) => id,
            Err(what) => return self.refuse(&place, "", what),
        };
        let key = PolicyId::new(&id);
        if let Some(first) = self.places.get(&key) {
            let line = first.line.map(|line| format!(":{line}")).unwrap_or_default();
            let what = format!("this `@id` is already given in {}{line}; choose another", first.file);
            return self.refuse(&place, &id, what);
        }
        self.places.insert(key.clone(), place.clone());
        let reads = match lint::check(policy) {
            Ok(reads) => reads,
            Err(problems) if checks == Checks::All => {
                problems.into_iter().for_each(|what| self.refuse(&place, &id, what));
                return;
            }
            Err(_) => lint::Reads::default(),
        };
        self.reads_type |= reads.any(&["type", "provider"]);
        let rule = match annotation::read(policy, &id, reads) {
            Ok(rule) => rule,
            Err(problems) => {
                problems.into_iter().for_each(|what| self.refuse(&place, &id, what));
                return;
            }
        };
        let policy = policy.new_id(key.clone());
        let is_hold = rule.as_ref().is_some_and(|rule| rule.verdict != Verdict::Deny);
        let mut added = self.full.add(policy.clone());
        if added.is_ok() && !is_hold {
            added = self.base.add(policy);
        }
        if let Err(error) = added {
            return self.refuse(&place, &id, error.to_string());
        }
        if let Some(rule) = rule {
            self.by_id.insert(key, self.rules.len());
            self.rules.push(rule);
        }
    }

    /// Strict validation. Warnings count: a policy that can never apply protects nobody.
    fn validate(&mut self, schema: &Schema, words: &Words) {
        let result = Validator::new(schema.clone()).validate(&self.full, ValidationMode::Strict);
        let mut found: Vec<(PolicyId, String)> = Vec::new();
        for error in result.validation_errors() {
            found.push((error.policy_id().clone(), sentence(error)));
        }
        for warning in result.validation_warnings() {
            found.push((warning.policy_id().clone(), sentence(warning)));
        }
        for policy in self.full.policies() {
            let Some(rule) = self.by_id.get(policy.id()).and_then(|n| self.rules.get(*n)) else { continue };
            let on_effects =
                policy.get_valid_request_envs(schema).any(|env| env.resource() == words.resource_type());
            if on_effects && !rule.reason.names(Placeholder::Resource) {
                let what = "`@reason` does not say {resource}, but a reason names the resource it is about";
                found.push((policy.id().clone(), what.to_owned()));
            }
        }
        found.sort_by(|a, b| (a.0.to_string(), &a.1).cmp(&(b.0.to_string(), &b.1)));
        for (id, what) in found {
            let unknown = Place { file: String::new(), line: None };
            let place = self.places.get(&id).cloned().unwrap_or(unknown);
            self.refuse(&place, id.as_ref(), what);
        }
    }

    fn refuse(&mut self, place: &Place, policy: &str, what: String) {
        let (file, line) = (place.file.clone(), place.line);
        self.problems.push(Problem { file, line, policy: policy.to_owned(), what });
    }
}

fn number(id: &PolicyId) -> (usize, String) {
    let text = id.to_string();
    let number = text.trim_start_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(usize::MAX);
    (number, text)
}

/// Cedar's words, with its advice.
fn sentence(error: &dyn Diagnostic) -> String {
    let text = error.to_string();
    let own =
        text.split_once("`, ").filter(|_| text.starts_with("for policy `")).map_or(&*text, |(_, own)| own);
    match error.help() {
        Some(help) => format!("{own}; {help}"),
        None => own.to_owned(),
    }
}

fn line_of(error: &dyn Diagnostic, text: &str) -> Option<usize> {
    let label = error.labels()?.next()?;
    Some(line(text.bytes().take(label.offset())))
}

fn place(source: &Source, policy: &str) -> Place {
    let before = source.text.split_once(policy).map(|(before, _)| before);
    let line = before.filter(|_| !policy.is_empty()).map(|before| line(before.bytes()));
    Place { file: source.file.clone(), line }
}

fn line(before: impl Iterator<Item = u8>) -> usize {
    before.filter(|byte| *byte == b'\n').count().saturating_add(1)
}

/// Sees that the engine does what the rules rest on: `action in Action::"destroy"` reaches delete and replace and
/// nothing else, and both lie in `write`.
fn self_test(words: &Words, schema: &Schema) -> Result<(), PolicyError> {
    let fail = |why: String| PolicyError::SelfTest(why);
    for (group, members) in [
        ("destroy", vec![EffectKind::Delete, EffectKind::Replace]),
        ("write", EffectKind::ALL.into_iter().filter(|kind| *kind != EffectKind::Read).collect()),
    ] {
        let policy = format!("permit (principal, action in Action::\"{group}\", resource);");
        let set: PolicySet = policy.parse().map_err(|error| fail(format!("{error}")))?;
        let reached = probe(words, schema, &set).map_err(fail)?;
        if reached != members.iter().map(|kind| kind.as_str()).collect() {
            return Err(fail(format!("`action in {group}` reaches {reached:?}")));
        }
    }
    Ok(())
}

/// The effects that a set allows on a resource without hazards.
fn probe(words: &Words, schema: &Schema, set: &PolicySet) -> Result<BTreeSet<&'static str>, String> {
    let change = Change {
        format: Format::Terraform,
        effects: Vec::new(),
        outputs: Vec::new(),
        context: Context::default(),
        graph: holdpoint_core::Graph::default(),
    };
    let mut facts = Facts::default();
    facts.environment.is = Environment::Production;
    let effect = probe_effect();
    let looked = Looked::of(&facts);
    let totals = Totals::of(&change, &facts, &looked);
    let class = FactClass::of(&effect, &looked, false);
    let entities = request::entities(words, schema, &[class], &change, &totals, &facts)?;
    let agent = Actor { kind: ActorKind::Agent, id: "agt_".to_owned(), name: String::new(), operator: None };
    let principal = words.principal(&agent);
    let mut reached = BTreeSet::new();
    for kind in EffectKind::ALL {
        let uids: [EntityUid; 3] = [principal.clone(), words.action(kind), words.resource(0)];
        let [principal, action, resource] = uids;
        let context = request::context(words, &change, &facts, &totals, &agent)?;
        let request = Request::new(principal, action, resource, context, Some(schema));
        let request = request.map_err(|error| error.to_string())?;
        if Authorizer::new().is_authorized(&request, set, &entities).decision() == Decision::Allow {
            reached.insert(kind.as_str());
        }
    }
    Ok(reached)
}

fn probe_effect() -> holdpoint_core::Effect {
    holdpoint_core::Effect {
        effect: EffectKind::Read,
        resource: Resource {
            address: String::new(),
            kind: String::new(),
            provider: String::new(),
            module: String::new(),
            deposed: None,
        },
        create_before_destroy: false,
        moved_from: None,
        imported_as: None,
        deferred: None,
        forced_by: Vec::new(),
        unknown: Vec::new(),
        sensitive: Vec::new(),
        sensitive_changed: Vec::new(),
        before: None,
        after: None,
        values: Digest::of(b""),
        class: holdpoint_core::Class::Other,
        backup: holdpoint_core::Backup::NotApplicable,
        hazards: Vec::new(),
        manners: Vec::new(),
    }
}

#[cfg(test)]
mod tests;

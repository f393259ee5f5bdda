//! `holdpoint check`: the verdict of a change, offline: no daemon, no database.

use std::path::PathBuf;

use clap::Args;
use holdpoint_core::budget::{self, Budget, Spending};
use holdpoint_core::{
    Actor, ActorKind, Environment, Facts, Format, PersonId, SeenState, Source, Timestamp, Verdict,
};
use holdpoint_intake::Patterns;
use holdpoint_policy::Bundle;

use crate::api::check::CheckView;
use crate::api::record::is_forced;
use crate::cli::exit::{Exit, Failure};
use crate::cli::plan::{self, Plan};
use crate::cli::print::{self, Output};
use crate::cli::task::Task;
use crate::facts::{self, Asker};
use crate::judge::{self, NotRead};

/// The verdict of a change, offline.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  terraform show -json tfplan | holdpoint check -\n\nExit: 0 allowed, 75 held, 77 denied, 65 not readable."
)]
pub(crate) struct Check {
    /// The document, or `-` for standard input; may be left out with --plan.
    #[arg(required_unless_present = "plan")]
    file: Option<PathBuf>,
    /// The document's format: terraform, cloudformation, kubernetes, shell, sql or http.
    #[arg(long, default_value = "terraform")]
    format: Format,
    /// Terraform's binary plan: binds the verdict to it, and renders it when no document is given.
    #[arg(long, value_name = "TFPLAN")]
    plan: Option<PathBuf>,
    /// The tool that renders the binary plan.
    #[arg(long, value_name = "PROGRAM", default_value = "terraform")]
    tool: String,
    /// The environment the requester is registered for; unknown counts as production.
    #[arg(long)]
    environment: Option<Environment>,
    /// The state's lineage in the plan, where no binary plan says it ("" for no state).
    #[arg(long)]
    lineage: Option<String>,
    /// The state's serial in the plan, where no binary plan says it.
    #[arg(long)]
    serial: Option<u64>,
    /// The lineage this workspace had when last seen.
    #[arg(long, requires = "seen_serial")]
    seen_lineage: Option<String>,
    /// The serial this workspace had when last seen.
    #[arg(long, requires = "seen_lineage")]
    seen_serial: Option<u64>,
    #[command(flatten)]
    task: Task,
    /// Facts to judge with in place of what is known offline: a JSON object with any of the fields that `facts` has in
    /// the JSON output, for example `{"bound":true}`.
    #[arg(long, value_name = "FILE")]
    facts: Option<PathBuf>,
    /// A directory of policies that add to the built-in pack.
    #[arg(long, value_name = "DIR")]
    policies: Option<PathBuf>,
}

impl Check {
    pub(crate) fn run(self, output: Output) -> Result<Exit, Failure> {
        let policies = load(self.policies.as_deref())?;
        let binary = self.plan.as_deref().map(Plan::open).transpose()?;
        let document = match (&self.file, &binary) {
            (Some(file), _) => plan::document(file)?,
            (None, Some(binary)) => binary.render(Some(&self.tool))?,
            (None, None) => return Err(Failure::usage("name a document, or a binary plan with --plan")),
        };
        let read = judge::read(self.format, &document, &Patterns::default()).map_err(unreadable)?;
        drop(document);
        let mut source = binary.as_ref().map_or_else(Source::default, |binary| binary.source.clone());
        source.lineage = source.lineage.or(self.lineage);
        source.serial = source.serial.or(self.serial);
        let seen = match (self.seen_lineage, self.seen_serial) {
            (Some(lineage), Some(serial)) => Some(SeenState { lineage, serial }),
            _ => None,
        };
        let configured = self.environment.map(|is| (is, format!("--environment says {}", is.as_str())));
        let requester = Actor {
            kind: ActorKind::Agent,
            id: "agt_offline".to_owned(),
            name: "offline".to_owned(),
            // Whoever types this answers for it.
            operator: Some(PersonId::new(Timestamp::UNIX_EPOCH, 0)),
        };
        let intent = self.task.intent();
        let asker = Asker {
            requester: &requester,
            session: self.task.session.as_deref(),
            intent: &intent,
            configured,
        };
        let mut facts = facts::offline(&read.change, &source, &asker, seen.as_ref());
        let bookings = budget::bookings(&read.change, &requester, asker.session, facts.environment.is);
        let nothing_before = Spending::default();
        facts.budget =
            Budget::weigh(&bookings, is_forced(&read), Some(&nothing_before), &budget::Limits::default());
        if let Some(file) = &self.facts {
            facts = overlaid(&facts, file)?;
        }
        let judgement = policies.decide(&read.change, &facts, &requester);
        let exit = match &judgement.verdict {
            Verdict::Allow => Exit::Ok,
            Verdict::Hold { .. } => Exit::Held,
            Verdict::Deny => Exit::Denied,
        };
        let view = CheckView::new(&requester, &read, facts, judgement);
        match output {
            Output::Json => print::json(&view)?,
            Output::Text => print::out(&text(&view)),
        }
        Ok(exit)
    }
}

fn text(view: &CheckView) -> String {
    let verdict = match &view.judgement.verdict {
        Verdict::Allow => "allow: it passes without a person".to_owned(),
        Verdict::Hold { requirements } => format!("hold: it waits for {requirements}"),
        Verdict::Deny => "deny: nobody can release it".to_owned(),
    };
    let mut text = format!("{verdict}\n{}\n", print::plain(&view.headline));
    text += &print::reasons(&view.judgement.reasons);
    if let Some(radius) = &view.facts.radius {
        text += &format!("{}\n", crate::cli::radius::text(radius, print::WIDTH));
    }
    text += &format!("digest {}", view.digest);
    text
}

/// The facts, with those of a file in their place.
fn overlaid(facts: &Facts, file: &std::path::Path) -> Result<Facts, Failure> {
    let wrong = |why: String| Failure::new(Exit::Usage, "facts", format!("`{}`: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    let given: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let mut all = serde_json::to_value(facts)?;
    if let Some(all) = all.as_object_mut() {
        all.extend(given);
    }
    serde_json::from_value(all).map_err(|error| wrong(error.to_string()))
}

/// The built-in pack, with a directory's policies on top.
pub(crate) fn load(dir: Option<&std::path::Path>) -> Result<Bundle, Failure> {
    let bundle = match dir {
        Some(dir) => Bundle::load(dir),
        None => Bundle::builtin(),
    };
    bundle.map_err(|error| Failure::new(Exit::Usage, "policy", error.to_string()))
}

pub(crate) fn unreadable(error: NotRead) -> Failure {
    match error {
        NotRead::Intake(error) => Failure::new(Exit::Unreadable, error.code(), error.to_string()),
        NotRead::Serialise(error) => Failure::internal(error),
    }
}

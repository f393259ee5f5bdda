//! `holdpoint submit`: hand a change in, and wait for people where they are needed.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use holdpoint_core::Format;

use crate::api::ChangeView;
use crate::cli::client::{Connection, body, encoded, patiently};
use crate::cli::exit::{Exit, Failure, of_state};
use crate::cli::plan::{self, Plan};
use crate::cli::print::{self, Output};
use crate::cli::task::Task;
use crate::cli::wait;

/// Hand a change in.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  terraform plan -out=tfplan\n  holdpoint submit --plan tfplan --wait\n\nExit: 0 allowed or approved, 75 held or expired, 77 denied or rejected, 65 not readable, 69 daemon not reached."
)]
pub(crate) struct Submit {
    /// The document, or `-` for standard input; may be left out with --plan.
    #[arg(required_unless_present = "plan")]
    file: Option<PathBuf>,
    /// The document's format: terraform, cloudformation, kubernetes, shell, sql or http.
    #[arg(long, default_value = "terraform")]
    format: Format,
    /// Terraform's binary plan: binds the change to exactly this plan, and renders it when no document is given.
    #[arg(long, value_name = "TFPLAN")]
    plan: Option<PathBuf>,
    /// The tool that renders the binary plan.
    #[arg(long, value_name = "PROGRAM", default_value = "terraform")]
    tool: String,
    /// Wait until it is decided, or for so many seconds at most.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true)]
    wait: Option<Option<u64>>,
    /// Your own name for what is changed, for example `shop/production`; a state that is swapped or goes back is noticed by it.
    #[arg(long)]
    workspace: Option<String>,
    /// Why, in your own words; shown to reviewers as unverified.
    #[arg(long)]
    statement: Option<String>,
    /// The pipeline's run.
    #[arg(long)]
    run_url: Option<String>,
    #[command(flatten)]
    task: Task,
    /// A key under which the same submission can be repeated safely; made up when absent.
    #[arg(long)]
    idempotency_key: Option<String>,
}

impl Submit {
    pub(crate) fn run(self, connection: &Connection, output: Output) -> Result<Exit, Failure> {
        let client = connection.open()?;
        let binary = self.plan.as_deref().map(Plan::open).transpose()?;
        let document = match (&self.file, &binary) {
            (Some(file), _) => plan::document(file)?,
            (None, Some(binary)) => binary.render(Some(&self.tool))?,
            (None, None) => return Err(Failure::usage("name a document, or a binary plan with --plan")),
        };
        let key = match &self.idempotency_key {
            Some(key) => key.clone(),
            None => hex::encode(crate::random::bytes::<16>()?),
        };
        let path = self.path(binary.as_ref());
        let headers = [("idempotency-key", key.as_str())];
        // Safe to repeat: the key makes it the same submission. A daemon that restarts is waited for.
        let patience = Duration::from_secs(if self.wait.is_some() { 60 } else { 10 });
        let view: ChangeView =
            body(patiently(patience, || client.post_document(&path, &document, &headers))?)?;
        drop(document);
        let view = match self.wait {
            Some(limit) => wait::follow(&client, view, limit.map(Duration::from_secs))?,
            None => view,
        };
        finish(&view, output)
    }

    fn path(&self, binary: Option<&Plan>) -> String {
        let mut path = format!("/v1/changes?format={}", self.format.as_str());
        let mut add = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                path += &format!("&{name}={}", encoded(value));
            }
        };
        if let Some(source) = binary.map(|binary| &binary.source) {
            add("plan_sha256", source.plan_sha256.map(|digest| digest.to_string()).as_deref());
            add("lineage", source.lineage.as_deref());
            add("serial", source.serial.map(|serial| serial.to_string()).as_deref());
            add("tool_version", source.tool_version.as_deref());
        }
        add("workspace", self.workspace.as_deref());
        add("statement", self.statement.as_deref());
        add("run_url", self.run_url.as_deref());
        for (name, value) in self.task.parameters() {
            add(name, Some(&value));
        }
        path
    }
}

/// Prints a change and turns its state into the exit code.
pub(crate) fn finish(view: &ChangeView, output: Output) -> Result<Exit, Failure> {
    match output {
        Output::Json => print::json(view)?,
        Output::Text => print::out(&print::change(view)),
    }
    let state = view.state.parse().map_err(Failure::internal)?;
    Ok(of_state(state))
}

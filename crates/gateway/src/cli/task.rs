//! What the task is, as the one who asks says it: options that `check` and `submit` share.

use clap::Args;
use holdpoint_core::{Environment, Intent};

/// What the change is meant to do. The effects are held against it, so saying it makes a surprise stop.
#[derive(Debug, Args)]
pub(crate) struct Task {
    /// How many resources are meant to be destroyed.
    #[arg(long, value_name = "COUNT")]
    expect_destroys: Option<u64>,
    /// How many resources are meant to be changed in all.
    #[arg(long, value_name = "COUNT")]
    expect_changes: Option<u64>,
    /// A type that is meant to be destroyed, for example `aws_instance`; may be given several times.
    #[arg(long = "expect-type", value_name = "TYPE")]
    expect_types: Vec<String>,
    /// The environment that the task is about.
    #[arg(long, value_name = "ENVIRONMENT")]
    expect_environment: Option<Environment>,
    /// Nobody is asked any more where this runs.
    #[arg(long)]
    unattended: bool,
    /// The agent's session.
    #[arg(long)]
    pub(crate) session: Option<String>,
    /// The ticket behind it.
    #[arg(long)]
    pub(crate) ticket: Option<String>,
}

impl Task {
    /// As it is compared with the effects.
    pub(crate) fn intent(&self) -> Intent {
        Intent {
            destroys: self.expect_destroys,
            changes: self.expect_changes,
            types: self.expect_types.clone(),
            environment: self.expect_environment,
            ticket: self.ticket.clone(),
            unattended: self.unattended,
        }
    }

    /// As parameters of the API.
    pub(crate) fn parameters(&self) -> Vec<(&'static str, String)> {
        let types = (!self.expect_types.is_empty()).then(|| self.expect_types.join(","));
        let all = [
            ("expect_destroys", self.expect_destroys.map(|count| count.to_string())),
            ("expect_changes", self.expect_changes.map(|count| count.to_string())),
            ("expect_types", types),
            ("expect_environment", self.expect_environment.map(|is| is.as_str().to_owned())),
            ("unattended", self.unattended.then(|| "true".to_owned())),
            ("session", self.session.clone()),
            ("ticket", self.ticket.clone()),
        ];
        all.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect()
    }
}

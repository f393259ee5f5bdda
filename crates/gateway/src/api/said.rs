//! What a requester says beside the document.

use holdpoint_core::{Digest, Environment, Format, Intent, Source};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::ApiError;

/// What a requester says beside the document. All of it is the requester's claim.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SubmitQuery {
    /// `terraform` (the default), `cloudformation`, `kubernetes`, `shell`, `sql` or `http`.
    pub(crate) format: Option<String>,
    /// The requester's own name for what is changed; continuity is judged by it.
    pub(crate) workspace: Option<String>,
    /// SHA-256 of the binary plan.
    pub(crate) plan_sha256: Option<String>,
    /// The state lineage in the binary plan.
    pub(crate) lineage: Option<String>,
    /// The state serial in the binary plan.
    pub(crate) serial: Option<u64>,
    /// The version of the tool that made the plan.
    pub(crate) tool_version: Option<String>,
    /// The agent's session.
    pub(crate) session: Option<String>,
    /// The pipeline's run.
    pub(crate) run_url: Option<String>,
    /// The ticket behind it.
    pub(crate) ticket: Option<String>,
    /// Why, in the requester's own words.
    pub(crate) statement: Option<String>,
    /// How many resources the task is to destroy; more is held or denied.
    pub(crate) expect_destroys: Option<u64>,
    /// How many resources the task is to change in all.
    pub(crate) expect_changes: Option<u64>,
    /// The types that the task is to destroy, separated by commas; `*` at the end stands for anything.
    pub(crate) expect_types: Option<String>,
    /// The environment that the task is about.
    pub(crate) expect_environment: Option<String>,
    /// Nobody is asked any more where the requester runs (flags such as `--trust-all-tools`).
    pub(crate) unattended: Option<bool>,
}

impl SubmitQuery {
    fn check(&self) -> Result<(), ApiError> {
        let fields = [
            ("workspace", &self.workspace, 200),
            ("lineage", &self.lineage, 100),
            ("tool_version", &self.tool_version, 100),
            ("session", &self.session, 200),
            ("run_url", &self.run_url, 500),
            ("ticket", &self.ticket, 200),
            ("statement", &self.statement, 2_000),
            ("expect_types", &self.expect_types, 2_000),
        ];
        for (name, value, limit) in fields {
            if value.as_ref().is_some_and(|text| text.chars().count() > limit) {
                return Err(ApiError::BadRequest(format!("`{name}` is longer than {limit} characters")));
            }
        }
        Ok(())
    }

    pub(crate) fn format(&self) -> Result<Format, ApiError> {
        self.format.as_deref().unwrap_or("terraform").parse().map_err(ApiError::BadRequest)
    }

    pub(crate) fn source(&self) -> Result<Source, ApiError> {
        self.check()?;
        let plan_sha256 = match &self.plan_sha256 {
            Some(text) => Some(
                text.parse::<Digest>().map_err(|e| ApiError::BadRequest(format!("`plan_sha256`: {e}")))?,
            ),
            None => None,
        };
        Ok(Source {
            plan_sha256,
            lineage: self.lineage.clone(),
            serial: self.serial,
            workspace: self.workspace.clone(),
            tool_version: self.tool_version.clone(),
        })
    }

    /// What the requester says it is about to do.
    pub(crate) fn intent(&self) -> Result<Intent, ApiError> {
        let environment = self.expect_environment.as_deref().map(str::parse::<Environment>);
        let environment = environment
            .transpose()
            .map_err(|why| ApiError::BadRequest(format!("`expect_environment`: {why}")))?;
        let types = self.expect_types.as_deref().unwrap_or("").split(',').map(str::trim);
        Ok(Intent {
            destroys: self.expect_destroys,
            changes: self.expect_changes,
            types: types.filter(|kind| !kind.is_empty()).map(str::to_owned).collect(),
            environment,
            ticket: self.ticket.clone().or_else(|| self.run_url.clone()),
            unattended: self.unattended.unwrap_or(false),
        })
    }
}

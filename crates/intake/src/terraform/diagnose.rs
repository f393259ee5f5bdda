//! Naming what a document is, once it is known that it cannot be read as a plan.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::effect::below;
use super::raw::{Text, Trail};
use crate::ReadError;

const TOP: &str = "the top of the document";

/// What tells documents apart. Only whether a key is there, and the version.
#[derive(Deserialize, Default)]
struct Keys<'a> {
    #[serde(borrow)]
    format_version: Option<&'a RawValue>,
    #[serde(rename = "@level")]
    level: Option<IgnoredAny>,
    #[serde(rename = "@message")]
    message: Option<IgnoredAny>,
    lineage: Option<IgnoredAny>,
    serial: Option<IgnoredAny>,
    values: Option<IgnoredAny>,
    provider_schemas: Option<IgnoredAny>,
    #[serde(rename = "apiVersion")]
    api_version: Option<IgnoredAny>,
    #[serde(rename = "AWSTemplateFormatVersion")]
    template: Option<IgnoredAny>,
}

/// The refusal for an error of the JSON reader.
pub(super) fn refusal(text: &str, error: &serde_json::Error, trail: Trail) -> ReadError {
    let path = trail.path();
    if let Some(failure) = trail.failure {
        return match version_of(text) {
            Err(newer @ (ReadError::NewerVersion(_) | ReadError::OtherVersion)) => newer,
            _ => below(failure, if path.is_empty() { TOP } else { &path }),
        };
    }
    match error.classify() {
        Category::Eof => ReadError::Truncated,
        Category::Data => match version_of(text) {
            Err(other) => other,
            Ok(()) if path.is_empty() => ReadError::WrongType { path: TOP.to_owned() },
            Ok(()) => ReadError::WrongType { path },
        },
        // A log is one document a line, so the first reads well and the second is one too many.
        Category::Syntax | Category::Io => match first(text) {
            Some(keys) if keys.level.is_some() && keys.message.is_some() => ReadError::LogStream,
            _ => ReadError::NotJson { line: error.line(), column: error.column() },
        },
    }
}

fn first(text: &str) -> Option<Keys<'_>> {
    serde_json::Deserializer::from_str(text).into_iter::<Keys<'_>>().next()?.ok()
}

fn version_of(text: &str) -> Result<(), ReadError> {
    match first(text) {
        None if text.trim_ascii_start().starts_with('{') => Ok(()),
        None => Err(ReadError::NotAPlan("the top of the document is not an object")),
        Some(keys) => match keys.format_version {
            None => Err(not_a_plan(text)),
            some => version(some, text),
        },
    }
}

/// Whether this build reads a format of this version.
pub(super) fn version(raw: Option<&RawValue>, text: &str) -> Result<(), ReadError> {
    let Some(raw) = raw.filter(|raw| raw.get() != "null") else { return Err(not_a_plan(text)) };
    let version = serde_json::from_str::<Text<'_>>(raw.get()).map_err(|_| ReadError::OtherVersion)?;
    let major = version.0.split('.').next().unwrap_or_default();
    match major.parse::<u64>() {
        Ok(1) => Ok(()),
        Ok(major) if major > 1 => Err(ReadError::NewerVersion(major)),
        _ => Err(ReadError::OtherVersion),
    }
}

/// What a JSON document without the parts of a plan is.
pub(super) fn not_a_plan(text: &str) -> ReadError {
    let Some(keys) = first(text) else { return ReadError::NoVersion };
    let has = |key: &Option<IgnoredAny>| key.is_some();
    if has(&keys.level) && has(&keys.message) {
        ReadError::LogStream
    } else if has(&keys.lineage) && has(&keys.serial) {
        ReadError::NotAPlan(
            "this is a state file; plan with `terraform plan -out tfplan`, and hand in the output of `terraform show -json tfplan`",
        )
    } else if has(&keys.provider_schemas) {
        ReadError::NotAPlan("these are provider schemas; hand in the output of `terraform show -json tfplan`")
    } else if has(&keys.values) || keys.format_version.is_some() {
        ReadError::NotAPlan(
            "this is a rendering of a state, not of a plan; name the plan: `terraform show -json tfplan`",
        )
    } else if has(&keys.api_version) {
        ReadError::NotAPlan("this is a Kubernetes object")
    } else if has(&keys.template) {
        ReadError::NotAPlan("this is a CloudFormation template")
    } else {
        ReadError::NoVersion
    }
}

//! Clients of AWS that are installed, and which of them escape.

use std::process::Stdio;

use super::{Finding, Level};
use crate::cli::plan;

/// A client, how it says its version, and what that means.
type Client = (&'static str, &'static [&'static str], fn(&str, bool) -> (Level, String));

const CLIENTS: [Client; 4] = [
    ("aws", &["--version"], command_line),
    ("node", &["--version"], node),
    ("python3", &["-c", "import boto3; print(boto3.__version__)"], boto3),
    ("cdk", &["--version"], cdk),
];

/// What is installed. A client that is not there, or does not say its version, is left out.
pub(super) fn installed(proxied: bool) -> Vec<Finding> {
    CLIENTS
        .iter()
        .filter_map(|(program, arguments, judge)| {
            let output = plan::command(program).args(*arguments).stdin(Stdio::null()).output().ok()?;
            let both = [output.stdout, output.stderr].concat();
            let text = String::from_utf8_lossy(&both);
            let line = text.lines().next().filter(|_| output.status.success())?;
            let (level, says) = judge(line.trim(), proxied);
            Some(Finding::new("aws clients", level, says))
        })
        .collect()
}

/// The first numbers of a version.
fn version(text: &str) -> (u32, u32) {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok());
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

/// `aws-cli/2.36.12 Python/…`
fn command_line(text: &str, proxied: bool) -> (Level, String) {
    let short = text.split_whitespace().next().unwrap_or(text);
    match (version(short), proxied) {
        (of, _) if of >= (2, 13) => (Level::Well, format!("{short} takes the endpoint")),
        ((2, _), true) | ((1, _), true) => (
            Level::Well,
            format!("{short} escapes the endpoint for some services, and is caught by HTTPS_PROXY"),
        ),
        ((1, minor), false) if minor >= 29 => (
            Level::Warning,
            format!(
                "{short} ignores AWS_ENDPOINT_URL for rds, docdb, neptune, sqs, emr and health: use version 2, or set HTTPS_PROXY"
            ),
        ),
        _ => (
            Level::Warning,
            format!("{short} does not know AWS_ENDPOINT_URL: use version 2.13 or later, or set HTTPS_PROXY"),
        ),
    }
}

fn node(text: &str, _proxied: bool) -> (Level, String) {
    let says = format!(
        "node {text}: version 3 of the JavaScript SDK takes the endpoint, and no version takes HTTPS_PROXY; what ignores \
         the endpoint (version 2, `cdk` without --proxy) reaches AWS itself"
    );
    (Level::Warning, says)
}

fn boto3(text: &str, proxied: bool) -> (Level, String) {
    match (version(text), proxied) {
        (of, _) if of >= (1, 28) => (Level::Well, format!("boto3 {text} takes the endpoint")),
        (_, true) => {
            (Level::Well, format!("boto3 {text} escapes the endpoint, and is caught by HTTPS_PROXY"))
        }
        (_, false) => (
            Level::Warning,
            format!("boto3 {text} does not know AWS_ENDPOINT_URL: use 1.28 or later, or set HTTPS_PROXY"),
        ),
    }
}

fn cdk(text: &str, _proxied: bool) -> (Level, String) {
    (
        Level::Warning,
        format!("cdk {text}: give it --proxy and --ca-bundle-path as well, it does not read HTTPS_PROXY"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_command_line_escapes_without_the_proxy() {
        for (text, proxied, level) in [
            ("aws-cli/2.36.12 Python/3.13", false, Level::Well),
            ("aws-cli/1.46.3 Python/3.11", false, Level::Warning),
            ("aws-cli/1.46.3 Python/3.11", true, Level::Well),
            ("aws-cli/1.20.0", false, Level::Warning),
            ("aws-cli/2.9.1", false, Level::Warning),
            ("something else", true, Level::Warning),
        ] {
            assert_eq!(command_line(text, proxied).0, level, "{text} {proxied}");
        }
        assert!(command_line("aws-cli/1.46.3", false).1.contains("rds"));
    }

    #[test]
    fn an_old_sdk_escapes() {
        assert_eq!(boto3("1.40.2", false).0, Level::Well);
        assert_eq!(boto3("1.26.9", false).0, Level::Warning);
        assert_eq!(boto3("1.26.9", true).0, Level::Well);
        assert_eq!(node("v24.1.0", true).0, Level::Warning, "it takes no proxy");
    }
}

//! The files that AWS's clients read: credentials in them, and settings that lead clients elsewhere. Values are never
//! shown.

use std::path::PathBuf;

use holdpoint_cloud::credentials::looks_issued;

use super::aws::real;
use super::{Finding, Level};

/// Looks into these files; one that is not there holds nothing.
pub(super) fn look(files: &[PathBuf]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        match std::fs::read_to_string(file) {
            Ok(text) => findings.extend(read(&file.display().to_string(), &text)),
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => {}
            Err(why) => {
                let says = format!("{} cannot be read ({why}), so it may hold anything", file.display());
                findings.push(Finding::new("credentials", Level::Warning, says));
            }
        }
    }
    findings
}

fn read(file: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut section = String::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.split(']').next()) {
            name.trim().clone_into(&mut section);
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
        let at = format!("{file}, [{section}]");
        match key.as_str() {
            "aws_access_key_id" if looks_issued(value) => {}
            "aws_access_key_id" => findings.push(real(&format!("{at} holds a key of AWS's own"))),
            "credential_process"
            | "sso_session"
            | "sso_start_url"
            | "role_arn"
            | "web_identity_token_file"
            | "login_session" => {
                findings.push(real(&format!("{at} has `{key}`, which gives credentials")));
            }
            "endpoint_url" | "services" | "ignore_configured_endpoint_urls" => {
                let says = format!(
                    "{at} has `{key}`: clients with this profile may not go where AWS_ENDPOINT_URL says"
                );
                findings.push(Finding::new("aws endpoint", Level::Warning, says));
            }
            _ => {}
        }
    }
    findings.dedup();
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_and_detours_are_found_and_never_shown() {
        let issued = holdpoint_cloud::credentials::issued_id([7; 17]);
        let text = format!(
            "# a note\n[default]\nregion = eu-central-1\naws_access_key_id={issued}\naws_secret_access_key = x\n\
             [profile admin]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = hunter2\n\
             [profile sso]\nsso_session = corp\n[profile local]\nendpoint_url = http://localhost:4566\n"
        );
        let found = read("config", &text);
        let says: Vec<&str> = found.iter().map(|finding| finding.says.as_str()).collect();
        assert_eq!(says.len(), 3, "{says:?}");
        assert!(
            says[0].contains("[profile admin]")
                && says[1].contains("[profile sso]")
                && says[2].contains("[profile local]")
        );
        assert!(!says.concat().contains("AKIA") && !says.concat().contains("hunter2"));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_no_empty_one() {
        assert_eq!(look(&[PathBuf::from("/nonexistent/credentials")]), []);
        assert_eq!(look(&[std::env::temp_dir()]).len(), 1, "a folder is no file");
    }
}

//! Credentials that a command brings along, and what of it must not be stored.

use super::walk::Walk;
use super::word::Word;
use crate::table::Table;

/// Variables by which tools take a credential, beyond those whose name says it.
const VARIABLES: [&str; 12] = [
    "PGPASSWORD",
    "MYSQL_PWD",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "KUBECONFIG",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CREDENTIALS",
    "DOCKER_AUTH_CONFIG",
    "REDISCLI_AUTH",
    "SSHPASS",
    "PGPASSFILE",
];

/// Options whose value is one.
const OPTIONS: [&str; 17] = [
    "--token",
    "--password",
    "--api-key",
    "--apikey",
    "--secret",
    "--access-token",
    "--auth-token",
    "--access-key",
    "--secret-key",
    "--passwd",
    "--oauth2-bearer",
    "--http-password",
    "--client-secret",
    "--pass",
    "--bearer",
    "--auth",
    "--aws-secret-access-key",
];

fn names(name: &str) -> bool {
    VARIABLES.contains(&name) || Table::get().is_ok_and(|table| table.secrets.names(name))
}

/// Hides the value of a variable that is a secret.
pub(super) fn assigned(word: &Word, walk: &mut Walk) {
    let Some((name, value)) = word.text.split_once('=') else { return };
    if names(name) && !matches!(name, "KUBECONFIG" | "GOOGLE_APPLICATION_CREDENTIALS" | "PGPASSFILE") {
        walk.hidden.add(value);
    }
    hide_url(value, walk);
}

/// Whether a variable brings a credential along.
pub(super) fn brings(word: &Word) -> Option<String> {
    let (name, value) = word.text.split_once('=')?;
    let name = name.trim_start_matches('-');
    if value.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return None;
    }
    if names(name) {
        return Some(format!("`{name}` brings a credential along"));
    }
    url_password(value).map(|_| format!("`{name}` has an address with a password in it"))
}

/// What the words of a command bring along; their values are hidden.
pub(super) fn carried(argv: &[Word], walk: &mut Walk) -> Option<String> {
    let mut found = None;
    let program = argv.first().map(|word| super::word::base(&word.text).to_owned()).unwrap_or_default();
    let mut note = |says: String| {
        if found.is_none() {
            found = Some(says);
        }
    };
    for (n, word) in argv.iter().enumerate().skip(1) {
        let text = word.text.as_str();
        let next = argv.get(n + 1).map(|word| word.text.clone()).unwrap_or_default();
        let (name, value) =
            text.split_once('=').map_or((text, next.clone()), |(name, value)| (name, value.to_owned()));
        if OPTIONS.contains(&name) && !value.is_empty() && !value.starts_with('-') {
            walk.hidden.add(&value);
            note(format!("`{name}` brings a credential along"));
        }
        if let Some((header, value)) = header(text) {
            walk.hidden.add(value);
            walk.hidden.add(value.split_once(' ').map_or(value, |(_, rest)| rest));
            note(format!("the header `{header}` brings a credential along"));
        }
        let short = short(&program, text, &next);
        if let Some(secret) = short {
            walk.hidden.add(&secret);
            let option: String = text.chars().take(2).collect();
            note(format!("`{option}` brings a credential along"));
        }
        if let Some(password) = url_password(text) {
            walk.hidden.add(&password);
            note("an address has a password in it".to_owned());
        }
    }
    found
}

fn header(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix("-H").unwrap_or(text);
    let (name, value) = text.split_once(':')?;
    let known = [
        "authorization",
        "x-api-key",
        "api-key",
        "x-auth-token",
        "private-token",
        "x-vault-token",
        "x-auth-key",
        "cookie",
        "x-access-token",
        "proxy-authorization",
        "project-access-token",
    ];
    (known.iter().any(|known| known.eq_ignore_ascii_case(name.trim())) && !value.trim().is_empty())
        .then(|| (name.trim(), value.trim()))
}

/// Short options of some tools: `curl -u name:password`, `mysql -pPASSWORD`, `redis-cli -a PASSWORD`.
fn short(program: &str, text: &str, next: &str) -> Option<String> {
    match program {
        "curl" | "http" | "https" | "xh" => {
            let user = match text {
                "-u" | "--user" | "-a" => next.to_owned(),
                _ => text
                    .strip_prefix("-u")
                    .or_else(|| text.strip_prefix("--user="))
                    .filter(|rest| rest.contains(':'))?
                    .to_owned(),
            };
            user.split_once(':').map(|(_, password)| password.to_owned())
        }
        "mysql" | "mariadb" | "mysqldump" => {
            text.strip_prefix("-p").filter(|rest| !rest.is_empty()).map(str::to_owned)
        }
        "redis-cli" | "valkey-cli" => (text == "-a").then(|| next.to_owned()),
        "sshpass" | "mongosh" | "mongo" | "docker" | "az" => (text == "-p")
            .then(|| next.to_owned())
            .filter(|value| !value.contains(':') || program == "sshpass"),
        "ssh" | "scp" => (text == "-i").then(|| next.to_owned()),
        _ => None,
    }
}

/// `scheme://name:password@host`; a database on this machine, as tests have it, is nobody's.
fn url_password(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (user, host) = authority.rsplit_once('@')?;
    let (_, password) = user.split_once(':')?;
    let host = host.split(':').next().unwrap_or_default();
    let here = matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0" | "db" | "postgres");
    (!password.is_empty() && !here).then(|| password.to_owned())
}

fn hide_url(text: &str, walk: &mut Walk) {
    if let Some(password) = url_password(text) {
        walk.hidden.add(&password);
    }
}

//! Which AWS clients on this machine would go round Holdpoint. Its own environment is looked at, so it says most when it
//! is run as the agent runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use holdpoint_cloud::credentials::looks_issued;

use super::{Finding, Level, clients, probe, profiles};
use crate::config::surroundings;

/// Variables by name.
pub(super) type Variables = BTreeMap<String, String>;

/// Looks at everything.
pub(super) fn look() -> Vec<Finding> {
    let variables = surroundings::aws();
    let home = surroundings::home().unwrap_or_default();
    let mut findings = vec![endpoint(&variables, probe::is_gateway)];
    findings.extend(elsewhere(&variables));
    findings.extend(keys(&variables));
    findings.extend(profiles::look(&files(&variables, &home)));
    findings.extend(cached(&home));
    findings.extend(probe::instance());
    findings.push(proxy(&variables));
    findings.extend(bundles(&variables));
    findings.extend(clients::installed(is_proxied(&variables)));
    findings
}

fn warn(what: &'static str, says: impl Into<String>) -> Finding {
    Finding::new(what, Level::Warning, says)
}

/// The gateway at the endpoint that clients are told.
fn endpoint(variables: &Variables, is_gateway: impl Fn(&str) -> Result<(), String>) -> Finding {
    let what = "aws endpoint";
    let Some(url) = variables.get("AWS_ENDPOINT_URL") else {
        return warn(
            what,
            "AWS_ENDPOINT_URL is not set: AWS clients here do not go through Holdpoint (`holdpoint agent env`)",
        );
    };
    match is_gateway(url) {
        Ok(()) => Finding::new(what, Level::Well, format!("Holdpoint's gateway answers at {url}")),
        Err(why) => Finding::new(what, Level::Wrong, format!("AWS_ENDPOINT_URL is {url}: {why}")),
    }
}

/// Settings that send some clients elsewhere.
fn elsewhere(variables: &Variables) -> Vec<Finding> {
    let mut findings = Vec::new();
    let gateway = variables.get("AWS_ENDPOINT_URL").map(|url| url.trim_end_matches('/'));
    for (name, url) in variables.iter().filter(|(name, _)| name.starts_with("AWS_ENDPOINT_URL_")) {
        let ours = gateway.and_then(|gateway| url.strip_prefix(gateway));
        if !ours.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            findings
                .push(warn("aws endpoint", format!("{name} sends one service to {url}, not to Holdpoint")));
        }
    }
    if variables
        .get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    {
        let says = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS has clients ignore AWS_ENDPOINT_URL: only HTTPS_PROXY still leads them here";
        findings.push(warn("aws endpoint", says));
    }
    findings
}

/// What opens something in the environment.
fn keys(variables: &Variables) -> Vec<Finding> {
    let what = "aws keys";
    let mut findings = Vec::new();
    match variables.get("AWS_ACCESS_KEY_ID") {
        Some(id) if looks_issued(id) => {
            findings.push(Finding::new(
                what,
                Level::Well,
                format!("{id} is Holdpoint's, and opens nothing else"),
            ));
        }
        Some(_) => findings.push(real("AWS_ACCESS_KEY_ID is a key of AWS's own")),
        None => {}
    }
    for (name, is) in [
        ("AWS_PROFILE", "chooses a profile, whose credentials some clients prefer"),
        ("AWS_DEFAULT_PROFILE", "chooses a profile, whose credentials some clients prefer"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "names a token that is changed for a role's credentials"),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "is where the container's role gives credentials"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "is where the container's role gives credentials"),
    ] {
        if variables.contains_key(name) {
            findings.push(real(&format!("{name} {is}")));
        }
    }
    findings
}

/// A credential that opens AWS itself.
pub(super) fn real(says: &str) -> Finding {
    warn(
        "credentials",
        format!("{says}: an agent that can use it goes round everything; keep it where no agent runs"),
    )
}

fn files(variables: &Variables, home: &Path) -> Vec<PathBuf> {
    [("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"), ("AWS_CONFIG_FILE", ".aws/config")]
        .into_iter()
        .map(|(name, usual)| variables.get(name).map_or_else(|| home.join(usual), PathBuf::from))
        .collect()
}

/// Sessions that the command line keeps.
fn cached(home: &Path) -> Vec<Finding> {
    let holds = |folder: &Path| std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    [".aws/cli/cache", ".aws/sso/cache", ".aws/login/cache"]
        .iter()
        .map(|folder| home.join(folder))
        .filter(|folder| holds(folder))
        .map(|folder| real(&format!("{} keeps sessions that were opened here", folder.display())))
        .collect()
}

fn proxy_of(variables: &Variables) -> Option<&String> {
    ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].iter().find_map(|name| variables.get(*name))
}

/// Whether the proxy is Holdpoint's.
fn is_proxied(variables: &Variables) -> bool {
    let plain = |url: &String| url.trim_end_matches('/').to_owned();
    let proxy = proxy_of(variables).map(plain);
    proxy.is_some() && proxy == variables.get("AWS_ENDPOINT_URL").map(plain)
}

fn proxy(variables: &Variables) -> Finding {
    let what = "aws proxy";
    let Some(proxy) = proxy_of(variables) else {
        return warn(
            what,
            "HTTPS_PROXY is not set: what ignores AWS_ENDPOINT_URL reaches AWS itself, where Holdpoint's keys open nothing",
        );
    };
    if !is_proxied(variables) {
        return warn(what, format!("HTTPS_PROXY is {proxy}, which is not Holdpoint's gateway"));
    }
    let exceptions = ["NO_PROXY", "no_proxy"].iter().find_map(|name| variables.get(*name));
    let exceptions: Vec<&str> =
        exceptions.map(|list| list.split(',').map(str::trim).collect()).unwrap_or_default();
    let aws = |host: &&&str| {
        let host = host.trim_start_matches(['*', '.']);
        host.is_empty()
            || "amazonaws.com".ends_with(host)
            || host.contains("amazonaws")
            || host.contains("api.aws")
    };
    if let Some(host) = exceptions.iter().filter(|host| !host.is_empty()).find(aws) {
        return warn(what, format!("NO_PROXY names {host}: clients reach it without Holdpoint"));
    }
    let gateway = proxy.split("://").last().unwrap_or(proxy);
    let host = gateway.rsplit_once(':').map_or(gateway, |(host, _)| host).trim_matches(['[', ']', '/']);
    if exceptions.contains(&host) {
        Finding::new(what, Level::Well, format!("HTTPS_PROXY is Holdpoint's gateway at {proxy}"))
    } else {
        warn(what, format!("NO_PROXY lacks {host}: some clients ask the proxy for the endpoint itself"))
    }
}

/// Whether clients that use the proxy trust it.
fn bundles(variables: &Variables) -> Vec<Finding> {
    if !is_proxied(variables) {
        return Vec::new();
    }
    ["AWS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"]
        .into_iter()
        .map(|name| {
            let Some(path) = variables.get(name) else {
                return warn(
                    "aws bundle",
                    format!("{name} is not set: clients that read it do not trust the proxy"),
                );
            };
            match std::fs::read_to_string(path) {
                Ok(text) if probe::holds_authority(&text) => Finding::new(
                    "aws bundle",
                    Level::Well,
                    format!("{name}: {path} holds Holdpoint's authority"),
                ),
                Ok(_) => Finding::new(
                    "aws bundle",
                    Level::Wrong,
                    format!("{name}: {path} lacks Holdpoint's authority"),
                ),
                Err(why) => {
                    Finding::new("aws bundle", Level::Wrong, format!("{name}: {path} cannot be read: {why}"))
                }
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;

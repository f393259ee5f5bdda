//! One operation out of those that a request could be.

use super::Access;
use super::head::Head;
use super::index::{Operation, Service};

/// An operation with its service.
pub(crate) type Found = (&'static Service, &'static Operation);

/// The choice, and why it is uncertain if it is.
pub(crate) struct Choice {
    pub(crate) service: &'static Service,
    pub(crate) operation: &'static Operation,
    /// The most that any of those it could be needs.
    pub(crate) access: Access,
    pub(crate) doubt: Option<String>,
}

/// Takes one of the operations that match equally well. What is chosen is also what is forwarded to, so a hint of the
/// client's cannot make one call look like another; between operations of one host the most severe is taken.
pub(crate) fn choose(head: &Head<'_>, mut found: Vec<Found>) -> Option<Choice> {
    if found.len() > 1 {
        for hint in [by_host, by_user_agent] {
            let hosts = found.iter().filter(|(service, _)| hint(head, service));
            let hosts: Vec<_> = hosts.map(|(service, _)| service.endpoint_prefix).collect();
            if !hosts.is_empty() {
                found.retain(|(service, _)| hosts.contains(&service.endpoint_prefix));
            }
        }
        if let Some(main) = main_service(&found) {
            found.retain(|(service, _)| service.name == main);
        }
    }
    let directory = head.request.service == "s3express";
    found.sort_by_key(|(service, operation)| {
        let severity = std::cmp::Reverse(severity(operation.access));
        // Of S3's aliases the longer name is the current one, but for the list of buckets.
        let current = std::cmp::Reverse(operation.name.len());
        let listing = (operation.name == "ListDirectoryBuckets") != directory;
        (severity, listing, current, service.name)
    });
    let &(service, operation) = found.first()?;
    let differ = found.iter().any(|(_, other)| other.access.reads() != operation.access.reads());
    let doubt = differ.then(|| {
        let names: Vec<_> =
            found.iter().map(|(service, operation)| format!("{}:{}", service.name, operation.name)).collect();
        format!(
            "it could be any of {}; send it to an endpoint `/_svc/SERVICE` to say which",
            names.join(", ")
        )
    });
    Some(Choice { service, operation, access: operation.access, doubt })
}

/// Services that are one API under several names.
fn main_service(found: &[Found]) -> Option<&'static str> {
    let all = |names: &[&str]| found.iter().all(|(service, _)| names.contains(&service.name));
    let has = |name: &str| found.iter().any(|(service, _)| service.name == name);
    (all(&["rds", "docdb", "neptune"]) && has("rds")).then_some("rds")
}

fn severity(access: Access) -> u8 {
    match access {
        Access::List => 0,
        Access::Read => 1,
        Access::Tagging => 2,
        Access::Write => 3,
        Access::Permissions => 4,
        Access::Unknown => 5,
    }
}

/// Whether the host is the service's own.
fn by_host(head: &Head<'_>, service: &Service) -> bool {
    let host = head.request.host.split(':').next().unwrap_or_default();
    [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"].iter().any(|suffix| host.ends_with(suffix))
        && (host.strip_prefix(service.endpoint_prefix).is_some_and(|rest| rest.starts_with('.'))
            || host.contains(&format!(".{}.", service.endpoint_prefix)))
}

/// Whether the client says that it is calling this service: `md/command#lexv2-models.…` or `api/lex_models_v2#…`.
fn by_user_agent(head: &Head<'_>, service: &Service) -> bool {
    let agent = head.request.headers.iter().find(|(name, _)| name == "user-agent");
    let words = agent.map(|(_, value)| value.split(' ')).into_iter().flatten();
    let plain = |text: &str| {
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let (id, name) = (plain(service.id), plain(service.name));
    words
        .filter_map(|word| {
            let command = word.strip_prefix("md/command#").and_then(|rest| rest.split('.').next());
            command.or_else(|| word.strip_prefix("api/").and_then(|rest| rest.split('#').next()))
        })
        .any(|said| plain(said) == id || plain(said) == name)
}

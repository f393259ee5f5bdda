//! Identifiers of what came to be by a call, out of AWS's answer: later calls of the same attempt may name them, and what
//! an agent made itself is judged more mildly. An answer also names what was there before (the network of an instance,
//! what a deletion was of), and none of that is anybody's own.

use std::collections::BTreeSet;

/// Identifiers of one answer, at most.
const MOST: usize = 200;

/// First words of operations that make what their other words name.
const MAKES: [&str; 8] = ["Create", "Run", "Allocate", "Register", "Copy", "Import", "Request", "Authorize"];

/// How the names of members that hold an identifier end, in lower case; a longer end before one that it ends with.
const ENDS: [&str; 5] = ["identifier", "id", "arn", "name", "url"];

/// The identifiers of what an operation made: of members that are named after it, in JSON or XML. None for an operation
/// that makes nothing.
pub(super) fn identifiers(operation: &str, body: &[u8]) -> Vec<String> {
    let (Some(noun), Ok(text)) = (noun(operation), std::str::from_utf8(body)) else { return Vec::new() };
    let mut found = BTreeSet::new();
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value) => json(&noun, &value, "", "", &mut found),
        Err(_) => xml(&noun, text, &mut found),
    }
    found.into_iter().take(MOST).collect()
}

/// `instance` for `RunInstances`, `distribution` for `CreateDistribution2020_05_31`.
fn noun(operation: &str) -> Option<String> {
    let rest = MAKES.iter().find_map(|verb| operation.strip_prefix(verb))?;
    let rest = rest.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_').to_ascii_lowercase();
    Some(match rest.as_str() {
        "address" => "allocation".to_owned(),
        "securitygroupingress" | "securitygroupegress" => "securitygrouprule".to_owned(),
        other => singular(other).to_owned(),
    })
}

fn singular(word: &str) -> &str {
    let word = word.strip_suffix("set").unwrap_or(word);
    word.strip_suffix('s').filter(|one| !one.ends_with('s')).unwrap_or(word)
}

fn json(noun: &str, value: &serde_json::Value, name: &str, parent: &str, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::String(text) => take(noun, name, parent, text, found),
        serde_json::Value::Array(items) => {
            items.iter().for_each(|item| json(noun, item, name, parent, found));
        }
        serde_json::Value::Object(members) => {
            members.iter().for_each(|(member, value)| json(noun, value, member, name, found));
        }
        _ => {}
    }
}

/// Elements without elements inside, by name and by what they lie in.
fn xml(noun: &str, text: &str, found: &mut BTreeSet<String>) {
    let mut open: Vec<&str> = Vec::new();
    for piece in text.split('<').skip(1) {
        let Some((tag, inner)) = piece.split_once('>') else { continue };
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        if tag.starts_with('/') {
            open.pop();
        } else if !tag.starts_with(['?', '!']) && !tag.ends_with('/') {
            let around = open.iter().rev().find(|name| !matches!(**name, "item" | "member")).copied();
            let value = quick_xml::escape::unescape(inner.trim()).map(std::borrow::Cow::into_owned);
            take(noun, name, around.unwrap_or_default(), &value.unwrap_or_default(), found);
            open.push(name);
        }
    }
}

fn take(noun: &str, name: &str, parent: &str, value: &str, found: &mut BTreeSet<String>) {
    let sized = (3..=500).contains(&value.len()) && !value.contains(char::is_whitespace);
    if sized && is_of(noun, &name.to_ascii_lowercase(), &parent.to_ascii_lowercase()) {
        found.insert(value.to_owned());
    }
}

/// Whether a member holds an identifier of what the noun names: `vpcId`, or `Id` in a `Vpc` or in the answer itself.
fn is_of(noun: &str, name: &str, parent: &str) -> bool {
    let Some(stem) = ENDS.iter().find_map(|end| name.strip_suffix(end)) else { return false };
    let whole = parent.is_empty() || parent.ends_with("response") || parent.ends_with("result");
    match stem {
        "" if whole => true,
        "" => noun.ends_with(singular(parent)),
        stem => noun.ends_with(stem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_made_in_json_and_xml() {
        let json = br#"{"TableDescription":{"TableName":"orders","TableArn":"arn:aws:dynamodb:x:1:table/orders","ItemCount":0},"requestId":"r-123"}"#;
        assert_eq!(identifiers("CreateTable", json), ["arn:aws:dynamodb:x:1:table/orders", "orders"]);
        let xml = b"<?xml version=\"1.0\"?><CreateVpcResponse><requestId>r-1</requestId><vpc><vpcId>vpc-0a</vpcId><dhcpOptionsId>dopt-1</dhcpOptionsId><state>pending</state><ownerId>123456789012</ownerId></vpc></CreateVpcResponse>";
        assert_eq!(identifiers("CreateVpc", xml), ["vpc-0a"]);
        let zone = b"<CreateHostedZoneResponse><HostedZone><Id>/hostedzone/Z1</Id><Name>example.org.</Name></HostedZone><VPC><VPCId>vpc-1</VPCId></VPC></CreateHostedZoneResponse>";
        assert_eq!(identifiers("CreateHostedZone", zone), ["/hostedzone/Z1", "example.org."]);
        assert_eq!(identifiers("CreateRestApi", br#"{"id":"abc123","rootResourceId":"root"}"#), ["abc123"]);
        let address = b"<AllocateAddressResponse><publicIp>1.2.3.4</publicIp><allocationId>eipalloc-1</allocationId></AllocateAddressResponse>";
        assert_eq!(identifiers("AllocateAddress", address), ["eipalloc-1"]);
        assert!(identifiers("CreateTable", b"\xff\xfe").is_empty());
    }

    #[test]
    fn what_was_there_before_is_nobodys_own() {
        let run = b"<RunInstancesResponse><groupSet/><instancesSet><item><instanceId>i-1</instanceId><imageId>ami-1</imageId><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><groupSet><item><groupId>sg-1</groupId><groupName>default</groupName></item></groupSet><iamInstanceProfile><arn>arn:aws:iam::1:instance-profile/p</arn><id>AIPA1</id></iamInstanceProfile></item></instancesSet></RunInstancesResponse>";
        assert_eq!(identifiers("RunInstances", run), ["i-1"]);
        let ended = b"<TerminateInstancesResponse><instancesSet><item><instanceId>i-1</instanceId></item></instancesSet></TerminateInstancesResponse>";
        assert!(identifiers("TerminateInstances", ended).is_empty());
        let changed = br#"{"DBInstance":{"DBInstanceIdentifier":"orders"}}"#;
        assert!(identifiers("ModifyDBInstance", changed).is_empty());
        let cluster = br#"{"cluster":{"name":"c","arn":"arn:aws:eks:x:1:cluster/c","roleArn":"arn:aws:iam::1:role/r","resourcesVpcConfig":{"vpcId":"vpc-1"}}}"#;
        assert_eq!(identifiers("CreateCluster", cluster), ["arn:aws:eks:x:1:cluster/c"]);
    }
}

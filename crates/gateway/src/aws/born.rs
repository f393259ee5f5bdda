//! Identifiers of what came to be by a call, out of AWS's answer: later calls of the same attempt may name them.

use std::collections::BTreeSet;

/// Identifiers of one answer, at most.
const MOST: usize = 200;

/// The values that look like identifiers: of members whose names end like one, in JSON or XML, and ARNs anywhere.
pub(super) fn identifiers(body: &[u8]) -> Vec<String> {
    let Ok(text) = std::str::from_utf8(body) else { return Vec::new() };
    let mut found = BTreeSet::new();
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value) => json(&value, "", &mut found),
        Err(_) => xml(text, &mut found),
    }
    found.into_iter().take(MOST).collect()
}

fn json(value: &serde_json::Value, name: &str, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::String(text) => take(name, text, found),
        serde_json::Value::Array(items) => items.iter().for_each(|item| json(item, name, found)),
        serde_json::Value::Object(members) => {
            members.iter().for_each(|(name, member)| json(member, name, found));
        }
        _ => {}
    }
}

/// Elements without elements inside, by name.
fn xml(text: &str, found: &mut BTreeSet<String>) {
    for piece in text.split('<').skip(1) {
        let Some((tag, inner)) = piece.split_once('>') else { continue };
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        if !tag.starts_with(['/', '?', '!']) {
            let value = quick_xml::escape::unescape(inner.trim()).map(std::borrow::Cow::into_owned);
            take(name, &value.unwrap_or_default(), found);
        }
    }
}

fn take(name: &str, value: &str, found: &mut BTreeSet<String>) {
    let lower = name.to_ascii_lowercase();
    let names = ["id", "ids", "arn", "name", "url", "identifier", "arns"].iter().any(|end| lower.ends_with(end));
    let request = lower.ends_with("requestid") || lower.ends_with("ownerid") || lower.ends_with("accountid");
    let sized = (3..=500).contains(&value.len()) && !value.contains(char::is_whitespace);
    if sized && ((names && !request) || value.starts_with("arn:")) {
        found.insert(value.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_made_in_json_and_xml() {
        let json = br#"{"TableDescription":{"TableName":"orders","TableArn":"arn:aws:dynamodb:x:1:table/orders","ItemCount":0},"requestId":"r-123"}"#;
        assert_eq!(identifiers(json), ["arn:aws:dynamodb:x:1:table/orders", "orders"]);
        let xml = b"<?xml version=\"1.0\"?><CreateVpcResponse><requestId>r-1</requestId><vpc><vpcId>vpc-0a</vpcId><state>pending</state><ownerId>123456789012</ownerId></vpc></CreateVpcResponse>";
        assert_eq!(identifiers(xml), ["vpc-0a"]);
        assert!(identifiers(b"\xff\xfe").is_empty());
    }
}

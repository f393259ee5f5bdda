//! What a plain word means. Kubernetes and CloudFormation both read YAML 1.1, where `no` is false and `0644` is octal.

use std::borrow::Cow;

use crate::value::{Node, number};

/// A plain word as a value.
pub(super) fn plain(text: &str) -> Node<'static> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Node::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Node::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Node::Bool(false),
        _ => {}
    }
    match numeric(text) {
        Some(spelling) => Node::Number(Cow::Owned(spelling)),
        None => Node::String(Cow::Owned(text.to_owned())),
    }
}

fn numeric(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let digits = digits.replace('_', "");
    let radix = [("0x", 16), ("0o", 8), ("0b", 2)];
    for (prefix, radix) in radix {
        if let Some(rest) = digits.strip_prefix(prefix) {
            return Some(format!("{sign}{}", u64::from_str_radix(rest, radix).ok()?));
        }
    }
    if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Some(format!("{sign}{}", u64::from_str_radix(&digits, 8).ok()?));
    }
    let digits = if digits.starts_with('.') { format!("0{digits}") } else { digits };
    number(&format!("{sign}{digits}"))
}

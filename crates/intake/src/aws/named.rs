//! The resources that a call names.

use serde_json::Value;

use super::Named;
use super::index::Operation;

/// The most that are listed; a call that names more is about very many things anyway.
const MOST: usize = 1000;

/// What the parameters name, by the operation's naming members.
pub(crate) fn resources(
    operation: &Operation,
    parameters: &Value,
    region: &str,
    account: Option<&str>,
) -> Vec<Named> {
    let mut found = Vec::new();
    for (path, template) in &operation.names {
        let mut ids = Vec::new();
        collect(parameters, path, String::new(), &mut ids);
        for (parameter, id) in ids {
            if found.len() == MOST {
                return found;
            }
            let arn = if id.starts_with("arn:") {
                Some(id.clone())
            } else {
                template.and_then(|template| fill(template, &id, parameters, region, account))
            };
            found.push(Named { parameter, id, arn });
        }
    }
    found
}

/// Every text at a path; `*` is each element or key, a list at the end each of its elements.
fn collect(value: &Value, path: &str, pointer: String, ids: &mut Vec<(String, String)>) {
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    match (step, value) {
        ("", Value::String(text)) if text != "[hidden]" && !text.is_empty() => {
            ids.push((pointer, text.clone()))
        }
        ("" | "*", Value::Array(items)) => {
            for (at, item) in items.iter().enumerate() {
                collect(item, rest, format!("{pointer}/{at}"), ids);
            }
        }
        ("*", Value::Object(object)) => {
            ids.extend(object.keys().map(|key| (format!("{pointer}/{}", escaped(key)), key.clone())));
        }
        (step, Value::Object(object)) => {
            if let Some(below) = object.get(step) {
                collect(below, rest, format!("{pointer}/{}", escaped(step)), ids);
            }
        }
        _ => {}
    }
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// An id as it stands in its ARN; nothing for one that is already part of an ARN.
fn within<'i>(template: &str, id: &'i str) -> Option<&'i str> {
    match () {
        // Parameters may be written with a slash that their ARN has already.
        () if template.ends_with("/{}") => {
            Some(id.strip_prefix('/').unwrap_or(id)).filter(|id| !id.starts_with("alias/"))
        }
        () if template.ends_with(":function:{}") => Some(id).filter(|id| !id.contains(":function:")),
        () => Some(id),
    }
}

/// An ARN by its template: `$p $r $a` are partition, region and account, `{}` the id, `{Member}` another parameter.
fn fill(template: &str, id: &str, parameters: &Value, region: &str, account: Option<&str>) -> Option<String> {
    let id = within(template, id)?;
    let mut arn = String::with_capacity(template.len() + id.len());
    let mut rest = template;
    while let Some(at) = rest.find(['$', '{']) {
        let (before, from) = rest.split_at_checked(at)?;
        arn.push_str(before);
        rest = if let Some(after) = from.strip_prefix("$p") {
            arn.push_str(partition(region));
            after
        } else if let Some(after) = from.strip_prefix("$r") {
            arn.push_str(region);
            after
        } else if let Some(after) = from.strip_prefix("$a") {
            arn.push_str(account?);
            after
        } else {
            let (name, after) = from.strip_prefix('{')?.split_once('}')?;
            arn.push_str(if name.is_empty() { id } else { parameters.get(name)?.as_str()? });
            after
        };
    }
    arn.push_str(rest);
    Some(arn)
}

fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

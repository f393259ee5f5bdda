//! What of a call is shown to people and stored: everything, but secrets and what nobody could read for its length.

use serde_json::{Map, Value, json};

use crate::act::Hidden;
use crate::aws::Call;
use crate::cloudformation::types::snake;
use crate::table::Secrets;

/// A text longer than this is cut.
const LONGEST: usize = 2_000;

/// Of a list, as many items are shown.
const MOST: usize = 50;

/// The call without secrets; `item` leaves of one list one item only.
pub(super) fn shown(
    call: &Call,
    item: Option<&(String, usize)>,
    secrets: &Secrets,
    hidden: &Hidden,
) -> Value {
    let mut parameters = call.parameters.clone();
    for pointer in &call.presigned {
        if let Some(value) = parameters.pointer_mut(pointer) {
            *value = json!("[hidden]");
        }
    }
    if let Some((pointer, n)) = item
        && let Some(list) = parameters.pointer_mut(pointer)
        && let Some(one) = list.as_array().and_then(|items| items.get(*n)).cloned()
    {
        *list = json!([one]);
    }
    let mut out = Map::new();
    out.insert("service".to_owned(), json!(call.service));
    out.insert("operation".to_owned(), json!(call.operation));
    out.insert("region".to_owned(), json!(call.region));
    if let Some(account) = &call.account {
        out.insert("account".to_owned(), json!(account));
    }
    out.insert("parameters".to_owned(), masked(&parameters, (secrets, hidden), false));
    Value::Object(out)
}

/// Parameters without secrets, and without what nobody could read for its length.
pub(crate) fn without_secrets(parameters: &Value, hidden: &Hidden) -> Value {
    match crate::table::Table::get() {
        Ok(table) => masked(parameters, (&table.secrets, hidden), false),
        Err(_) => Value::Null,
    }
}

fn masked(value: &Value, (secrets, hidden): (&Secrets, &Hidden), secret: bool) -> Value {
    match value {
        Value::String(text) if secret && !text.is_empty() => json!("[hidden]"),
        Value::String(text) => {
            let text = hidden.mask(text);
            let short: String = text.chars().take(LONGEST).collect();
            if short.len() < text.len() { json!(format!("{short}…")) } else { json!(text) }
        }
        Value::Array(items) => {
            let mut out: Vec<Value> =
                items.iter().take(MOST).map(|item| masked(item, (secrets, hidden), secret)).collect();
            if items.len() > MOST {
                out.push(json!(format!("… {} more", items.len().saturating_sub(MOST))));
            }
            Value::Array(out)
        }
        Value::Object(members) => {
            let pair = ["Name", "name", "Key", "key", "ParameterKey"].into_iter().any(|key| {
                members.get(key).and_then(Value::as_str).is_some_and(|name| secrets.names(&snake(name)))
            });
            let each = members.iter().map(|(key, value)| {
                let holds =
                    pair && matches!(key.to_lowercase().as_str(), "value" | "values" | "parametervalue");
                (key.clone(), masked(value, (secrets, hidden), secret || holds || secrets.names(&snake(key))))
            });
            Value::Object(each.collect())
        }
        other => other.clone(),
    }
}

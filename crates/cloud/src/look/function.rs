//! Lambda: what starts a function. Its environment is never taken over, because secrets are kept there.

use std::time::Duration;

use holdpoint_core::Link;
use serde_json::{Value, json};

use super::Subject;
use super::seen::{Dependent, Seen};
use super::traffic::{Metric, metric};
use super::view::View;
use crate::ask::{rows, text, texts};

pub(super) async fn look(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let name = subject.handle();
    let short = name.rsplit(':').next().unwrap_or(name);
    let of = json!({ "FunctionName": name });
    let invocations = Metric {
        namespace: "AWS/Lambda",
        name: "Invocations",
        statistic: "Sum",
        dimensions: &[("FunctionName", short)],
        over: Duration::from_secs(24 * 3600),
    };
    let (main, sources, policy, aliases, concurrency, live) = tokio::join!(
        view.ask("lambda", "GetFunctionConfiguration", &of),
        view.ask("lambda", "ListEventSourceMappings", &of),
        view.ask("lambda", "GetPolicy", &of),
        view.ask("lambda", "ListAliases", &of),
        view.ask("lambda", "GetFunctionConcurrency", &of),
        metric(view, invocations),
    );
    let described = match main {
        Ok(row) => {
            seen.exists = Some(true);
            Some(row)
        }
        other => seen.main(other, ""),
    };
    if let Some(row) = described {
        seen.name = Some(text(&row, "FunctionName"));
        seen.was_text(
            &row,
            &[("state", "State"), ("runtime", "Runtime"), ("role", "Role"), ("changed", "LastModified")],
        );
        let tags = view.ask("lambda", "ListTags", json!({"Resource": text(&row, "FunctionArn")})).await;
        if let Some(Value::Object(tags)) = seen.aside(tags).as_ref().and_then(|tags| tags.get("Tags")) {
            let plain = |value: &Value| crate::ask::plain(value.as_str().unwrap_or_default());
            seen.tags =
                tags.iter().take(50).map(|(key, value)| (crate::ask::plain(key), plain(value))).collect();
        }
    }
    if let Some(sources) = seen.aside(sources) {
        for row in rows(&sources, "EventSourceMappings") {
            let state = text(row, "State");
            let how = format!("starts it from `{}` ({state})", text(row, "EventSourceArn"));
            let kind = "aws_lambda_event_source_mapping";
            seen.depends(Dependent::new(kind, &text(row, "UUID"), &how, Link::Mention));
        }
    }
    if let Some(policy) = seen.aside(policy) {
        callers(seen, &policy);
    }
    if let Some(aliases) = seen.aside(aliases) {
        for row in rows(&aliases, "Aliases") {
            seen.depends(Dependent::new(
                "aws_lambda_alias",
                &text(row, "Name"),
                "points at it",
                Link::Mention,
            ));
        }
    }
    if let Some(concurrency) = seen.aside(concurrency) {
        seen.was_number(&concurrency, &[("reserved_concurrency", "ReservedConcurrentExecutions")]);
    }
    seen.traffic("invocations_last_day", live);
}

/// Who may start it, by its policy: a document inside of the answer.
fn callers(seen: &mut Seen, policy: &Value) {
    let Some(document) = policy.get("Policy").and_then(Value::as_str) else { return };
    let Ok(document) = serde_json::from_str::<Value>(document) else {
        seen.gap("its policy cannot be read");
        return;
    };
    let mut callers = Vec::new();
    for statement in rows(&document, "Statement") {
        let mut who = texts(statement, "Principal/Service");
        who.extend(texts(statement, "Principal/AWS"));
        let from =
            rows(statement, "Condition").first().map(|condition| condition.to_string()).unwrap_or_default();
        callers.push(crate::ask::plain(&format!("{} {from}", who.join(", "))));
    }
    callers.truncate(30);
    seen.was("callers", callers);
}

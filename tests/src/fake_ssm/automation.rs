//! Executions: rate control, error limits, tokens, and one step of progress for every look.

use std::collections::VecDeque;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Script;
use super::documents::hash;
use super::world::{Answer, Refusal, World, page, refuse, texts};

#[derive(Debug)]
pub(super) struct Execution {
    id: String,
    document: String,
    token: Option<String>,
    request: Value,
    concurrency: usize,
    most_errors: usize,
    status: &'static str,
    message: Option<String>,
    waiting: VecDeque<String>,
    children: Vec<Child>,
}

/// The execution on one machine; a runbook without machines has one with no machine's name.
#[derive(Debug)]
struct Child {
    id: String,
    machine: String,
    status: &'static str,
    output: &'static str,
}

const MISSING: &str = "AutomationExecutionNotFoundException";

fn rate(text: &Value, default: usize, all: usize) -> usize {
    match text.as_str() {
        None => default,
        Some(text) => match text.strip_suffix('%') {
            Some(percent) => all * percent.parse::<usize>().unwrap() / 100,
            None => text.parse().unwrap(),
        },
    }
}

impl World {
    pub(super) fn start_automation(&mut self, body: &Value) -> Answer {
        let mut request = body.clone();
        let token = request.as_object_mut().unwrap().remove("ClientToken");
        let token = token.and_then(|token| Some(token.as_str()?.to_ascii_lowercase()));
        let before = self.executions.iter().find(|execution| token.is_some() && execution.token == token);
        if let Some(before) = before {
            return if before.request == request {
                Ok(json!({ "AutomationExecutionId": before.id }))
            } else {
                refuse("IdempotentParameterMismatch", "the token was used with other parameters")
            };
        }
        self.check(&request)?;
        let machines = texts(&request["Targets"][0]["Values"]);
        let number = self.executions.len() + 1;
        let mut execution = Execution {
            id: format!("00000000-0000-4000-9000-{number:012x}"),
            document: request["DocumentName"].as_str().unwrap_or_default().to_owned(),
            token,
            concurrency: rate(&request["MaxConcurrency"], 10, machines.len()).max(1),
            most_errors: rate(&request["MaxErrors"], 0, machines.len()),
            request,
            status: "InProgress",
            message: None,
            waiting: machines.into(),
            children: Vec::new(),
        };
        if execution.waiting.is_empty() {
            execution.waiting.push_back(String::new());
        }
        let id = execution.id.clone();
        self.executions.push(execution);
        Ok(json!({ "AutomationExecutionId": id }))
    }

    /// What AWS checks before it accepts.
    fn check(&self, request: &Value) -> Result<(), Refusal> {
        let fault = |code, message: &str| Err(Refusal::new(400, code, message));
        let name = request["DocumentName"].as_str().unwrap_or_default();
        let Some(document) = self.documents.get(name).filter(|document| document.kind == "Automation") else {
            return fault("AutomationDefinitionNotFoundException", "no such runbook");
        };
        let Some((_, content)) = document.version(request["DocumentVersion"].as_str()) else {
            return fault("AutomationDefinitionVersionNotFoundException", "no such version");
        };
        let content: Value = serde_json::from_str(content).unwrap();
        for (name, values) in request["Parameters"].as_object().into_iter().flatten() {
            if content["parameters"][name].is_null() {
                return fault("InvalidAutomationExecutionParametersException", "a parameter is not declared");
            }
            let values = texts(values);
            if values.len() > 50 || values.iter().any(|value| value.is_empty() || value.chars().count() > 512)
            {
                return fault("ValidationException", "at most 50 values of 1 to 512 characters");
            }
        }
        let targets = request["Targets"].as_array().map_or(0, Vec::len);
        if targets > 0
            && content["parameters"][request["TargetParameterName"].as_str().unwrap_or_default()].is_null()
        {
            return fault("InvalidTarget", "the target parameter is not declared");
        }
        if request["Tags"].as_array().map_or(0, Vec::len) > 5 {
            return fault("ValidationException", "at most 5 tags");
        }
        Ok(())
    }

    fn at(&self, body: &Value) -> Result<usize, Refusal> {
        let id = body["AutomationExecutionId"].as_str();
        let at = self.executions.iter().position(|execution| Some(execution.id.as_str()) == id);
        at.ok_or_else(|| Refusal::new(400, MISSING, "no such execution"))
    }

    /// Answers, after moving the execution by one step.
    pub(super) fn get_automation(&mut self, body: &Value) -> Answer {
        let at = self.at(body)?;
        self.step(at);
        let execution = &self.executions[at];
        let mut answer = execution.described();
        answer["StepExecutions"] = json!([]);
        answer["StepExecutionsTruncated"] = false.into();
        answer["Parameters"] = execution.request["Parameters"].clone();
        Ok(json!({ "AutomationExecution": answer }))
    }

    fn step(&mut self, at: usize) {
        let enforces = self.enforces;
        let execution = &mut self.executions[at];
        let cancelling = execution.status == "Cancelling";
        for child in execution.children.iter_mut().filter(|child| child.status == "InProgress") {
            let script = self
                .machines
                .get(&child.machine)
                .map_or(Script::Succeeds(""), |machine| machine.script.clone());
            (child.status, child.output) = match script {
                _ if cancelling => ("Cancelled", ""),
                Script::Succeeds(output) => ("Success", output),
                Script::Fails(output) => ("Failed", output),
                Script::TimesOut => ("TimedOut", ""),
                Script::Hangs => ("InProgress", ""),
            };
        }
        let errors =
            execution.children.iter().filter(|child| matches!(child.status, "Failed" | "TimedOut")).count();
        let stopped = errors > execution.most_errors && enforces;
        let mut running = execution.children.iter().filter(|child| child.status == "InProgress").count();
        while execution.status == "InProgress" && !stopped && running < execution.concurrency {
            let Some(machine) = execution.waiting.pop_front() else { break };
            let id = execution.id.replace("-9000-", &format!("-a{:03x}-", execution.children.len() + 1));
            let (status, given) = given(&execution.request, &self.documents, &execution.document);
            self.ran.push((machine.clone(), given));
            execution.children.push(Child { id, machine, status, output: "" });
            running += 1;
        }
        if running > 0 || matches!(execution.status, "Success" | "Failed" | "Cancelled") {
            return;
        }
        execution.status = match (cancelling, stopped, errors) {
            (true, ..) => "Cancelled",
            (_, true, _) => "Failed",
            _ if !execution.waiting.is_empty() => return,
            (_, _, 0) => "Success",
            _ => "Failed",
        };
        execution.message = stopped.then(|| "the error threshold was exceeded".to_owned());
    }

    pub(super) fn describe_automations(&self, body: &Value) -> Answer {
        let filters = body["Filters"].as_array().cloned().unwrap_or_default();
        let holds = |kind: &str, value: &dyn Fn(&str) -> bool| {
            filters
                .iter()
                .filter(|filter| filter["Key"] == kind)
                .all(|filter| texts(&filter["Values"]).iter().any(|wanted| value(wanted)))
        };
        let mut list = Vec::new();
        for execution in self.executions.iter().filter(|_| self.shown) {
            let tagged = |wanted: &str| execution.tags().iter().any(|(key, _)| key == wanted);
            let is_child = filters.iter().any(|filter| filter["Key"] == "ParentExecutionId");
            if !is_child && (!self.by_tag || holds("TagKey", &tagged)) {
                list.push(execution.described());
            }
            if is_child && holds("ParentExecutionId", &|wanted| wanted == execution.id) {
                list.extend(execution.children.iter().map(|child| child.described(&execution.id)));
            }
        }
        page("AutomationExecutionMetadataList", list, body)
    }

    pub(super) fn describe_steps(&self, body: &Value) -> Answer {
        let id = body["AutomationExecutionId"].as_str().unwrap_or_default();
        let children = self
            .executions
            .iter()
            .flat_map(|execution| execution.children.iter().map(move |child| (execution, child)));
        let found = children
            .clone()
            .find(|(execution, child)| child.id == id || (execution.id == id && child.machine.is_empty()));
        let Some((execution, child)) = found else {
            return match self.executions.iter().any(|execution| execution.id == id) {
                true => page("StepExecutions", Vec::new(), body),
                false => refuse(MISSING, "no such execution"),
            };
        };
        let content = self.documents[&execution.document].versions.last().unwrap();
        let content: Value = serde_json::from_str(content).unwrap();
        let steps = content["mainSteps"].as_array().cloned().unwrap_or_default();
        let last = steps.len().saturating_sub(1);
        let list = steps.iter().enumerate().map(|(at, step)| {
            let mut answer =
                json!({ "StepName": step["name"], "Action": step["action"], "StepStatus": child.status });
            if at == last {
                answer["Outputs"] = json!({ "Output": [child.output] });
            }
            answer
        });
        page("StepExecutions", list.collect(), body)
    }

    pub(super) fn stop_automation(&mut self, body: &Value) -> Answer {
        let at = self.at(body)?;
        let execution = &mut self.executions[at];
        if execution.status != "InProgress" {
            return refuse("InvalidAutomationStatusUpdateException", "it has ended");
        }
        execution.status = "Cancelling";
        Ok(json!({}))
    }

    pub(super) fn list_tags(&self, body: &Value) -> Answer {
        let id = body["ResourceId"].as_str();
        let execution = self.executions.iter().find(|execution| Some(execution.id.as_str()) == id);
        let Some(execution) = execution else { return refuse("InvalidResourceId", "no such execution") };
        Ok(json!({ "TagList": execution.request["Tags"] }))
    }
}

impl Execution {
    fn tags(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let tags = self.request["Tags"].as_array().cloned().unwrap_or_default();
        tags.iter().map(|tag| (text(&tag["Key"]), text(&tag["Value"]))).collect()
    }

    fn described(&self) -> Value {
        json!({
            "AutomationExecutionId": self.id, "DocumentName": self.document,
            "AutomationExecutionStatus": self.status, "FailureMessage": self.message,
            "MaxConcurrency": self.request["MaxConcurrency"], "MaxErrors": self.request["MaxErrors"],
        })
    }
}

impl Child {
    fn described(&self, parent: &str) -> Value {
        json!({
            "AutomationExecutionId": self.id, "ParentAutomationExecutionId": parent, "Target": self.machine,
            "AutomationExecutionStatus": self.status,
        })
    }
}

/// What the document that a runbook sends is given, and whether that begins at all: the product's runbook brings it
/// in pieces, and pins the document by its hash.
fn given(
    request: &Value,
    documents: &std::collections::BTreeMap<String, super::documents::Document>,
    runbook: &str,
) -> (&'static str, Value) {
    let parameters = &request["Parameters"];
    let sends = documents.get(runbook).and_then(|runbook| runbook.versions.last());
    if !sends.is_some_and(|content| content.contains("aws:runCommand")) {
        return ("InProgress", parameters.clone());
    }
    let name = parameters["Document"][0].as_str().unwrap_or_default();
    let version =
        documents.get(name).and_then(|document| document.version(parameters["DocumentVersion"][0].as_str()));
    if version.map(|(_, content)| hash(content)).as_deref() != parameters["DocumentHash"][0].as_str() {
        return ("Failed", Value::Null);
    }
    let text = STANDARD.decode(texts(&parameters["Pieces"]).concat()).unwrap();
    if parameters["Sha256"][0] != hash(std::str::from_utf8(&text).unwrap()) {
        return ("Failed", Value::Null);
    }
    ("InProgress", serde_json::from_slice(&text).unwrap())
}

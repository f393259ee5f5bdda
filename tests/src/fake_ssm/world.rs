use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::automation::Execution;
use super::documents::Document;
use super::instances::Machine;
use super::{Fault, Script};

/// All that there is in one account and region.
#[derive(Debug)]
pub(super) struct World {
    pub(super) machines: BTreeMap<String, Machine>,
    pub(super) documents: BTreeMap<String, Document>,
    pub(super) executions: Vec<Execution>,
    pub(super) ran: Vec<(String, Value)>,
    pub(super) log: Vec<(String, Value)>,
    pub(super) faults: Vec<(String, Fault)>,
    pub(super) calendars: BTreeMap<String, (bool, String)>,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) enforces: bool,
    pub(super) shown: bool,
    pub(super) by_tag: bool,
}

/// An error in AWS's words.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }
}

pub(super) type Answer = Result<Value, Refusal>;

pub(super) fn refuse(code: &'static str, message: impl Into<String>) -> Answer {
    Err(Refusal::new(400, code, message))
}

/// So few, that every list has several pages.
const PAGE: usize = 3;

impl World {
    pub(super) fn new() -> Self {
        let mut world = Self {
            machines: BTreeMap::new(),
            documents: BTreeMap::new(),
            executions: Vec::new(),
            ran: Vec::new(),
            log: Vec::new(),
            faults: Vec::new(),
            calendars: BTreeMap::new(),
            parameters: BTreeMap::new(),
            enforces: true,
            shown: true,
            by_tag: true,
        };
        world.publish_aws_documents();
        world
    }

    pub(super) fn tell(&mut self, id: &str, script: Script) {
        self.machines.get_mut(id).unwrap().script = script;
    }

    pub(super) fn take_fault(&mut self, operation: &str) -> Option<Fault> {
        let at = self.faults.iter().position(|(named, _)| named == operation)?;
        Some(self.faults.remove(at).1)
    }

    pub(super) fn call(&mut self, operation: &str, body: &Value) -> Answer {
        match operation {
            "StartAutomationExecution" => self.start_automation(body),
            "GetAutomationExecution" => self.get_automation(body),
            "DescribeAutomationExecutions" => self.describe_automations(body),
            "DescribeAutomationStepExecutions" => self.describe_steps(body),
            "StopAutomationExecution" => self.stop_automation(body),
            "ListTagsForResource" => self.list_tags(body),
            "DescribeInstanceInformation" => self.describe_instances(body),
            "DescribeDocument" => self.describe_document(body),
            "GetDocument" => self.get_document(body),
            "CreateDocument" => self.create_document(body),
            "GetCalendarState" => self.get_calendar_state(body),
            "GetParameter" => self.get_parameter(body),
            "GetParameters" => self.get_parameters(body),
            "SendCommand" => self.send_command(body),
            other => refuse("UnknownOperationException", format!("the fake has no {other}")),
        }
    }
}

/// One page of a list, and where the next one begins.
pub(super) fn page(list: &str, items: Vec<Value>, body: &Value) -> Answer {
    let from = match body["NextToken"].as_str() {
        None => 0,
        Some(token) => match token.parse::<usize>() {
            Ok(from) => from,
            Err(_) => return refuse("InvalidNextToken", "no such token"),
        },
    };
    let total = items.len();
    let items: Vec<Value> = items.into_iter().skip(from).take(PAGE).collect();
    let mut answer = json!({ list: items });
    if from + PAGE < total {
        answer["NextToken"] = (from + PAGE).to_string().into();
    }
    Ok(answer)
}

/// The texts of a list.
pub(super) fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

//! Change Calendars, parameters, and the way to a machine that the product must not take.

use serde_json::{Value, json};

use super::world::{Answer, World, refuse, texts};

impl World {
    /// Open only if all of them are.
    pub(super) fn get_calendar_state(&self, body: &Value) -> Answer {
        let mut closed = None;
        let mut next = None;
        for name in texts(&body["CalendarNames"]) {
            match self.calendars.get(&name) {
                None => return refuse("InvalidDocument", format!("no calendar {name}")),
                Some((true, until)) => next = next.or(Some(until)),
                Some((false, until)) => closed = closed.or(Some(until)),
            }
        }
        let state = if closed.is_some() { "CLOSED" } else { "OPEN" };
        Ok(json!({ "State": state, "AtTime": "2026-01-01T00:00:00Z", "NextTransitionTime": closed.or(next) }))
    }

    fn parameter_of(&self, name: &str) -> Option<Value> {
        let value = self.parameters.get(name)?;
        Some(json!({ "Name": name, "Type": "String", "Value": value, "Version": 1 }))
    }

    pub(super) fn get_parameter(&self, body: &Value) -> Answer {
        match self.parameter_of(body["Name"].as_str().unwrap_or_default()) {
            Some(parameter) => Ok(json!({ "Parameter": parameter })),
            None => refuse("ParameterNotFound", "no such parameter"),
        }
    }

    pub(super) fn get_parameters(&self, body: &Value) -> Answer {
        let names = texts(&body["Names"]);
        let found: Vec<Value> = names.iter().filter_map(|name| self.parameter_of(name)).collect();
        let absent: Vec<&String> = names.iter().filter(|name| !self.parameters.contains_key(*name)).collect();
        Ok(json!({ "Parameters": found, "InvalidParameters": absent }))
    }

    /// Sends to whatever is named, without a token and without asking back, as AWS does.
    pub(super) fn send_command(&mut self, body: &Value) -> Answer {
        for instance in texts(&body["InstanceIds"]) {
            self.ran.push((instance, body["Parameters"].clone()));
        }
        let id = format!("00000000-0000-4000-8000-{:012x}", self.ran.len());
        Ok(
            json!({ "Command": { "CommandId": id, "DocumentName": body["DocumentName"], "Status": "Pending" } }),
        )
    }
}

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Script;
use super::world::{Answer, World, page, refuse, texts};

#[derive(Debug)]
pub(super) struct Machine {
    pub(super) tags: BTreeMap<String, String>,
    pub(super) script: Script,
}

impl World {
    pub(super) fn add_machine(&mut self, id: &str, tags: &[(&str, &str)], script: Script) {
        let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        self.machines.insert(id.to_owned(), Machine { tags, script });
    }

    pub(super) fn describe_instances(&self, body: &Value) -> Answer {
        let filters = body["Filters"].as_array().cloned().unwrap_or_default();
        let of_tags = |filter: &&Value| filter["Key"].as_str().unwrap_or_default().starts_with("tag");
        if filters.iter().any(|filter| of_tags(&filter)) && !filters.iter().all(|filter| of_tags(&filter)) {
            return refuse("InvalidFilterKey", "tag filters can't be combined with other filter types");
        }
        if body["MaxResults"].as_u64().is_some_and(|most| !(5..=50).contains(&most)) {
            return refuse("ValidationException", "MaxResults must be between 5 and 50");
        }
        let found = self
            .machines
            .iter()
            .filter(|(id, machine)| filters.iter().all(|filter| matches(id, machine, filter)));
        let list = found.map(|(id, _)| {
            json!({
                "InstanceId": id, "PingStatus": "Online", "PlatformType": "Linux",
                "ComputerName": format!("{id}.internal"), "ResourceType": "EC2Instance",
            })
        });
        page("InstanceInformationList", list.collect(), body)
    }
}

fn matches(id: &str, machine: &Machine, filter: &Value) -> bool {
    let values = texts(&filter["Values"]);
    let key = filter["Key"].as_str().unwrap_or_default();
    match key.strip_prefix("tag:") {
        Some(name) => machine.tags.get(name).is_some_and(|value| values.contains(value)),
        None if key == "tag-key" => values.iter().any(|name| machine.tags.contains_key(name)),
        // AWS itself takes a star for every machine.
        None => values.iter().any(|value| value == id || value == "*"),
    }
}

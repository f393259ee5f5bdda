use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::world::{Answer, Refusal, World, refuse};

#[derive(Debug)]
pub(super) struct Document {
    pub(super) kind: String,
    /// The oldest first; the newest is the default.
    pub(super) versions: Vec<String>,
}

pub(super) fn hash(content: &str) -> String {
    hex::encode(Sha256::digest(content))
}

impl Document {
    /// A version by its number, `$DEFAULT` or `$LATEST`.
    pub(super) fn version(&self, wanted: Option<&str>) -> Option<(usize, &str)> {
        let number = match wanted {
            None | Some("$DEFAULT" | "$LATEST") => self.versions.len(),
            Some(number) => number.parse().ok()?,
        };
        Some((number, self.versions.get(number.checked_sub(1)?)?))
    }
}

impl World {
    pub(super) fn publish(&mut self, name: &str, kind: &str, content: &Value) {
        let document = self
            .documents
            .entry(name.to_owned())
            .or_insert(Document { kind: kind.to_owned(), versions: Vec::new() });
        document.versions.push(content.to_string());
    }

    pub(super) fn rewrite(&mut self, name: &str, content: &Value) {
        *self.documents.get_mut(name).unwrap().versions.last_mut().unwrap() = content.to_string();
    }

    /// In the shape of AWS's own, without their texts.
    pub(super) fn publish_aws_documents(&mut self) {
        self.publish(
            "AWS-RunShellScript",
            "Command",
            &json!({
                "schemaVersion": "1.2",
                "parameters": {
                    "commands": { "type": "StringList" },
                    "workingDirectory": { "type": "String", "default": "" },
                    "executionTimeout": { "type": "String", "default": "3600" },
                },
                "runtimeConfig": { "aws:runShellScript": { "properties": [
                    { "id": "0.aws:runShellScript", "runCommand": "{{ commands }}" },
                ] } },
            }),
        );
        self.publish(
            "AWS-RestartEC2Instance",
            "Automation",
            &json!({
                "schemaVersion": "0.3",
                "parameters": { "InstanceId": { "type": "StringList" } },
                "mainSteps": [
                    { "name": "stopInstances", "action": "aws:changeInstanceState" },
                    { "name": "startInstances", "action": "aws:changeInstanceState" },
                ],
            }),
        );
    }

    fn find_document(&self, body: &Value) -> Result<(String, &Document, usize, &str), Refusal> {
        let name = body["Name"].as_str().unwrap_or_default();
        let document = self
            .documents
            .get(name)
            .ok_or_else(|| Refusal::new(400, "InvalidDocument", "no such document"))?;
        let (number, content) = document
            .version(body["DocumentVersion"].as_str())
            .ok_or_else(|| Refusal::new(400, "InvalidDocumentVersion", "no such version"))?;
        Ok((name.to_owned(), document, number, content))
    }

    pub(super) fn describe_document(&self, body: &Value) -> Answer {
        let (name, document, number, content) = self.find_document(body)?;
        let latest = document.versions.len().to_string();
        Ok(json!({ "Document": {
            "Name": name, "DocumentType": document.kind, "Status": "Active", "DocumentFormat": "JSON",
            "Hash": hash(content), "HashType": "Sha256", "DocumentVersion": number.to_string(),
            "LatestVersion": latest, "DefaultVersion": latest,
        } }))
    }

    pub(super) fn get_document(&self, body: &Value) -> Answer {
        let (name, document, number, content) = self.find_document(body)?;
        Ok(json!({
            "Name": name, "DocumentType": document.kind, "DocumentFormat": "JSON", "Status": "Active",
            "DocumentVersion": number.to_string(), "Content": content,
        }))
    }

    pub(super) fn create_document(&mut self, body: &Value) -> Answer {
        let name = body["Name"].as_str().unwrap_or_default().to_owned();
        if self.documents.contains_key(&name) {
            return refuse("DocumentAlreadyExists", "it exists already");
        }
        let content: Result<Value, _> = serde_json::from_str(body["Content"].as_str().unwrap_or_default());
        let Ok(content) = content else { return refuse("InvalidDocumentContent", "not JSON") };
        self.publish(&name, body["DocumentType"].as_str().unwrap_or("Command"), &content);
        Ok(json!({ "DocumentDescription": { "Name": name, "Status": "Creating" } }))
    }
}

//! Asking from one region, until one deadline.

use serde_json::Value;

use crate::ask::{Asker, Rows, Times, Unanswered};

/// An asker, where it looks, and how long it may take.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Who asks.
    pub asker: &'a Asker,
    /// The region looked at.
    pub region: &'a str,
    /// Now, and until when.
    pub times: Times,
}

impl<'a> View<'a> {
    /// The same in another region.
    pub(crate) fn within(self, region: &'a str) -> Self {
        Self { region, ..self }
    }

    pub(crate) async fn ask(
        &self,
        service: &str,
        operation: &str,
        parameters: impl serde::Serialize,
    ) -> Result<Value, Unanswered> {
        let parameters = serde_json::to_value(parameters).unwrap_or(Value::Null);
        self.asker.ask(self.region, service, operation, &parameters, self.times).await
    }

    pub(crate) async fn list(
        &self,
        service: &str,
        operation: &str,
        parameters: impl serde::Serialize,
        path: &str,
    ) -> Result<Rows, Unanswered> {
        let parameters = serde_json::to_value(parameters).unwrap_or(Value::Null);
        self.asker.list(self.region, service, operation, &parameters, path, self.times).await
    }
}

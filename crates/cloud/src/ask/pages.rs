//! Lists that come in pages, with a bound.

use serde_json::{Value, json};

use super::{Asker, Times, Unanswered, Why, rows};

/// Pages of one list that are read.
const MOST_PAGES: usize = 5;

/// What a list holds, as far as it was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// Its rows.
    pub rows: Vec<Value>,
    /// Whether there are more.
    pub more: bool,
}

impl Asker {
    /// Asks for a list and follows its pages, up to a bound. A later page that does not come leaves the list unfinished,
    /// which `more` says.
    ///
    /// # Errors
    /// Why there is not even a first page.
    pub async fn list(
        &self,
        region: &str,
        service: &str,
        operation: &str,
        parameters: &Value,
        path: &str,
        times: Times,
    ) -> Result<Rows, Unanswered> {
        let mut found = Rows::default();
        let mut asked = parameters.clone();
        let (give, take) = token(service);
        for page in 0..MOST_PAGES {
            let answer = match self.ask(region, service, operation, &asked, times).await {
                Ok(answer) => answer,
                Err(unanswered) if page == 0 => return Err(unanswered),
                Err(_) => return Ok(found),
            };
            if !(answer.is_object() || answer.is_null()) {
                let why = Why::Unreadable("it is no object".to_owned());
                return Err(Unanswered { service: service.to_owned(), operation: operation.to_owned(), why });
            }
            found.rows.extend(rows(&answer, path).into_iter().cloned());
            // As it is: a token must go back unchanged.
            let next = rows(&answer, take).first().and_then(|token| token.as_str()).map(str::to_owned);
            found.more = next.is_some();
            let Some(next) = next else { break };
            match asked.as_object_mut() {
                Some(asked) => asked.insert(give.to_owned(), json!(next)),
                None => break,
            };
        }
        Ok(found)
    }
}

/// How a service calls the place of the next page: in a question, and in an answer.
fn token(service: &str) -> (&'static str, &'static str) {
    match service {
        "ec2" => ("NextToken", "nextToken"),
        "rds" | "iam" | "elasticache" | "redshift" => ("Marker", "Marker"),
        "elbv2" | "kms" | "lambda" => ("Marker", "NextMarker"),
        "ecs" => ("nextToken", "nextToken"),
        "dynamodb" => ("ExclusiveStartBackupArn", "LastEvaluatedBackupArn"),
        "tagging" => ("PaginationToken", "PaginationToken"),
        _ => ("NextToken", "NextToken"),
    }
}

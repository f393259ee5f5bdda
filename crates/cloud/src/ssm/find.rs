use aws_sdk_ssm::types::{AutomationExecutionFilter, AutomationExecutionFilterKey, ResourceTypeForTagging};
use holdpoint_core::AttemptId;

use super::token::attempt_tag;
use super::{ExecutionId, Runner, Trouble};

/// Why it cannot be said which execution belongs to an attempt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// Somebody gave others the same tag; none is taken for ours.
    #[error("{0} executions carry the tag of this attempt")]
    Several(usize),
    /// AWS gave no answer.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

const LIST: &str = "DescribeAutomationExecutions";
const TAGS: &str = "ListTagsForResource";

impl Runner {
    /// The execution that an attempt started, if AWS shows one. None is no proof that there is none: AWS may show it
    /// a little later.
    ///
    /// # Errors
    /// If AWS gives no answer, or more than one.
    pub async fn find(&self, attempt: AttemptId) -> Result<Option<ExecutionId>, FindError> {
        let tag = attempt_tag(attempt);
        let mut found = Vec::new();
        for execution in self.list(AutomationExecutionFilterKey::TagKey, &tag).await? {
            // Executions on single machines are parts of the one that is looked for.
            if execution.parent_automation_execution_id().is_some_and(|parent| !parent.is_empty()) {
                continue;
            }
            // A filter that AWS reads in another way than is known here must not pass a stranger off as ours.
            match execution.automation_execution_id() {
                Some(id) if self.has_tag(id, &tag).await? => found.push(ExecutionId::new(id)),
                _ => {}
            }
        }
        match found.len() {
            0 | 1 => Ok(found.pop()),
            several => Err(FindError::Several(several)),
        }
    }

    async fn has_tag(&self, id: &str, key: &str) -> Result<bool, Trouble> {
        let question = self
            .client
            .list_tags_for_resource()
            .resource_type(ResourceTypeForTagging::Automation)
            .resource_id(id);
        let answer = question.send().await.map_err(|error| Trouble::of(TAGS, &error))?;
        Ok(answer.tag_list().iter().any(|tag| tag.key() == key))
    }

    /// All pages of executions that one filter leaves.
    pub(super) async fn list(
        &self,
        key: AutomationExecutionFilterKey,
        value: &str,
    ) -> Result<Vec<aws_sdk_ssm::types::AutomationExecutionMetadata>, Trouble> {
        let filter = AutomationExecutionFilter::builder().key(key).values(value).build();
        let filter = filter.map_err(|_| Trouble::incomplete(LIST, "filter"))?;
        let mut found = Vec::new();
        let mut next = None;
        for _ in 0..40 {
            let question =
                self.client.describe_automation_executions().filters(filter.clone()).max_results(50);
            let answer =
                question.set_next_token(next).send().await.map_err(|error| Trouble::of(LIST, &error))?;
            found.extend(answer.automation_execution_metadata_list.unwrap_or_default());
            next = answer.next_token;
            if next.as_deref().is_none_or(str::is_empty) {
                return Ok(found);
            }
        }
        Err(Trouble::endless(LIST))
    }
}

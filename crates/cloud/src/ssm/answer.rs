//! What AWS answers instead of an answer, for every operation alike.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// A question to Systems Manager that brought no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {message}")]
pub struct Trouble {
    operation: &'static str,
    code: Option<String>,
    message: String,
}

/// Answers that are the same however often one asks, and that AWS only gives to what it did not accept.
const REFUSALS: [&str; 11] = [
    "AccessDenied",
    "AccessDeniedException",
    "AutomationDefinitionNotFoundException",
    "AutomationDefinitionVersionNotFoundException",
    "IncompleteSignature",
    "InvalidAutomationExecutionParametersException",
    "InvalidSignatureException",
    "InvalidTarget",
    "UnrecognizedClientException",
    "ValidationError",
    "ValidationException",
];

impl Trouble {
    pub(super) fn of<E>(operation: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata,
    {
        let code = error.code().map(str::to_owned);
        let message = match (error, &code) {
            (SdkError::ServiceError(_), Some(code)) => {
                format!("{code}: {}", super::output::short(error.message().unwrap_or("no message"), 500))
            }
            (SdkError::ServiceError(context), None) => {
                format!("an answer without a code, status {}", context.raw().status().as_u16())
            }
            (SdkError::ConstructionFailure(_), _) => "the request could not be built".to_owned(),
            (SdkError::TimeoutError(_), _) => "no answer in time".to_owned(),
            (SdkError::DispatchFailure(_), _) => "AWS cannot be reached".to_owned(),
            _ => "the answer cannot be read".to_owned(),
        };
        Self { operation, code, message }
    }

    /// An answer that lacks what it must have.
    pub(super) fn incomplete(operation: &'static str, lacks: &str) -> Self {
        Self { operation, code: None, message: format!("the answer has no {lacks}") }
    }

    /// More pages than anything here can need.
    pub(super) fn endless(operation: &'static str) -> Self {
        Self { operation, code: None, message: "the answer has too many pages".to_owned() }
    }

    /// AWS's own code for it, where there is one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    pub(super) fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// AWS understood and will never accept this. Anything else may have been accepted: the answer was lost, or an
    /// earlier try of the same request was.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.code.as_deref().is_some_and(|code| REFUSALS.contains(&code))
    }
}

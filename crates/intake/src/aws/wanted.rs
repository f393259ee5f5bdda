use super::head::Head;
use super::recognise::{Outline, outline, streams};
use super::{Incoming, Refused};

/// What must be read of a body before the call is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyWanted {
    /// All of it, up to this many bytes.
    Whole(usize),
    /// Nothing: it is an object's content, and passes as it comes.
    Nothing,
}

const MEGABYTE: usize = 1 << 20;

/// What is read where nothing else is said.
const USUAL: usize = 2 * MEGABYTE;

/// Operations whose bodies are rightly larger than the usual, by the services' published limits with base 64 on top;
/// an empty name is every operation of the service.
const LARGER: [(&str, &str, usize); 20] = [
    ("lambda", "CreateFunction", 75),
    ("lambda", "UpdateFunctionCode", 75),
    ("lambda", "PublishLayerVersion", 75),
    ("lambda", "", 8),
    ("ecr", "UploadLayerPart", 30),
    ("ecr-public", "UploadLayerPart", 30),
    ("ses", "", 56),
    ("sesv2", "", 56),
    ("bedrock-runtime", "", 26),
    ("sagemaker-runtime", "", 26),
    ("dynamodb", "", 17),
    ("kinesis", "", 14),
    ("firehose", "", 6),
    ("rekognition", "", 16),
    ("textract", "", 16),
    ("apigateway", "", 8),
    ("apigatewayv2", "", 8),
    ("glue", "", 6),
    ("iam", "UploadServerCertificate", 4),
    ("quicksight", "", 8),
];

/// What must be read of the body, by the head alone.
///
/// # Errors
/// If no operation has such a head.
pub fn body_wanted(head: &Incoming<'_>) -> Result<BodyWanted, Refused> {
    let head = Head::read(head)?;
    Ok(match outline(&head)? {
        Outline::Known(choice, _) if streams(&choice) => BodyWanted::Nothing,
        Outline::Known(choice, _) => BodyWanted::Whole(limit(choice.service.name, choice.operation.name)),
        Outline::InBody(services) => {
            let limits = services.iter().map(|service| limit(service.name, ""));
            BodyWanted::Whole(limits.max().unwrap_or(USUAL))
        }
    })
}

fn limit(service: &str, operation: &str) -> usize {
    let fits = |name: &str| name.is_empty() || name == operation;
    let found = LARGER.iter().find(|(of, name, _)| *of == service && fits(name));
    found.map_or(USUAL, |(_, _, megabytes)| megabytes * MEGABYTE)
}

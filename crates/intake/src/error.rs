/// Why a document cannot be read. The message never quotes a value from the document: it may be secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Nothing was handed in.
    #[error("the document is empty; hand in the output of `terraform show -json tfplan`")]
    Empty,
    /// Longer than [`crate::MAX_DOCUMENT`].
    #[error(
        "the document has {bytes} bytes, more than the {limit} that are read; split the configuration or plan with fewer resources"
    )]
    TooLarge {
        /// How long it is.
        bytes: usize,
        /// The most that is read.
        limit: usize,
    },
    /// Some other encoding.
    #[error(
        "the document is UTF-16, and only UTF-8 is read; on Windows write it with `Out-File -Encoding utf8`"
    )]
    Utf16,
    /// Not text.
    #[error("the document is not UTF-8: byte {at} cannot be read")]
    NotUtf8 {
        /// The offset of the first byte that is not UTF-8.
        at: usize,
    },
    /// Not JSON.
    #[error("the document is not JSON: line {line}, column {column} cannot be read")]
    NotJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// It stops too early.
    #[error("the plan ends in the middle: was it cut off? hand it in whole")]
    Truncated,
    /// Nested beyond [`crate::MAX_DEPTH`].
    #[error("the document is nested more than {limit} levels deep, which no plan, template or manifest is")]
    TooDeep {
        /// The deepest that is read.
        limit: usize,
    },
    /// JSON, but something else.
    #[error("not a plan: {0}")]
    NotAPlan(&'static str),
    /// The binary plan where its rendering was asked for.
    #[error(
        "this is the binary plan, not its JSON rendering; hand it in with `--plan`, or hand in the output of `terraform show -json`"
    )]
    BinaryPlan,
    /// The output of `terraform plan -json`.
    #[error(
        "this is the log of `terraform plan -json`, not a plan; use `terraform plan -out tfplan` and hand in the output of `terraform show -json tfplan`"
    )]
    LogStream,
    /// A plan has always said which format it is in.
    #[error("not a plan: `format_version` is missing; hand in the output of `terraform show -json tfplan`")]
    NoVersion,
    /// A format of a future tool.
    #[error(
        "format_version {0} is newer than this build reads; it reads 1.x: update Holdpoint, or plan with an older tool"
    )]
    NewerVersion(u64),
    /// A format of an old or an unknown tool.
    #[error(
        "`format_version` is not one this build reads; it reads 1.x: plan with a current Terraform or OpenTofu"
    )]
    OtherVersion,
    /// A value of another type than the format says, or a part that must be there and is not.
    #[error(
        "`{path}` is missing or has another type than a plan has there; render the plan again, and do not edit it"
    )]
    WrongType {
        /// Where, for example `resource_changes[3].change.actions`.
        path: String,
    },
    /// One name twice: which of the two counts would depend on the reader.
    #[error(
        "`{path}` has the key `{key}` twice, so what it says depends on who reads it; render the plan again"
    )]
    DuplicateKey {
        /// The object.
        path: String,
        /// The name.
        key: String,
    },
    /// One resource twice.
    #[error("`{address}` is listed twice in the plan, which a plan never does; render the plan again")]
    DuplicateResource {
        /// The resource.
        address: String,
    },
    /// Not a binary plan.
    #[error(
        "this is not a binary plan of Terraform or OpenTofu: {0}; hand in the file that `terraform plan -out` wrote"
    )]
    NotAPlanFile(&'static str),
    /// The binary plan holds more than any plan holds.
    #[error("`{part}` in the binary plan unpacks to more than {limit} bytes, which is not read")]
    PlanFileTooLarge {
        /// The member.
        part: &'static str,
        /// The most that is read.
        limit: u64,
    },
    /// A command, script, list of statements or of requests beyond [`crate::MAX_ASKED`].
    #[error(
        "the {what} has {bytes} bytes, more than the {limit} that are read; hand in its parts one by one"
    )]
    TooLong {
        /// What it is.
        what: &'static str,
        /// How long it is.
        bytes: usize,
        /// The most that is read.
        limit: usize,
    },
    /// Nothing was handed in, of a format that people write.
    #[error("the document is empty; hand in {hand_in}")]
    Nothing {
        /// What to hand in.
        hand_in: &'static str,
    },
    /// Longer than a document of a format that people write is.
    #[error("the document has {bytes} bytes, more than the {limit} that are read of this format; split it")]
    DocumentTooLong {
        /// How long it is.
        bytes: usize,
        /// The most that is read.
        limit: usize,
    },
    /// Nothing was handed in, or only comments.
    #[error("the {what} is empty, so there is nothing to judge; hand in what is going to be run")]
    NothingAsked {
        /// What it is.
        what: &'static str,
    },
    /// A byte that no text has, at which some tools stop reading and others do not.
    #[error("the {what} has a NUL character in it, which is not read; take it out")]
    Nul {
        /// What it is.
        what: &'static str,
    },
    /// Nested beyond [`crate::MAX_ASKED_DEPTH`].
    #[error("the {what} is nested more than {limit} levels deep, which is not read; write it flat")]
    Nested {
        /// What it is.
        what: &'static str,
        /// The deepest that is read.
        limit: usize,
    },
    /// More effects than [`crate::MAX_ACTS`].
    #[error("it asks for more than {limit} things at once, which is not read; hand in its parts one by one")]
    TooMany {
        /// The most that are read.
        limit: usize,
    },
    /// The text is not in the language that it was handed in as.
    #[error("the {what} cannot be read: line {line}; correct it there, or hand it in under another format")]
    NotReadable {
        /// What it is.
        what: &'static str,
        /// Counted from 1.
        line: usize,
    },
    /// A script of PowerShell or cmd.
    #[error(
        "this is a script for PowerShell, not for a POSIX shell or bash, and is not read; run it in bash"
    )]
    PowerShell,
    /// It stops too early.
    #[error("the document ends in the middle: was it cut off? hand it in whole")]
    CutOff,
    /// Bytes that are no text.
    #[error("this is binary, not {what} as text; hand in {hand_in}")]
    Binary {
        /// What it should be.
        what: &'static str,
        /// What to hand in.
        hand_in: &'static str,
    },
    /// Not YAML.
    #[error("the document is not YAML: line {line}, column {column} cannot be read")]
    NotYaml {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// One name twice: which of the two counts would depend on the reader.
    #[error("the key `{key}` is there twice{at}, so what it says depends on who reads it; remove one")]
    KeyTwice {
        /// The name.
        key: String,
        /// Where, as the end of a phrase.
        at: String,
    },
    /// A YAML bomb.
    #[error(
        "its aliases unfold to more than {limit} values and bytes, or into themselves; write out what they stand for"
    )]
    Aliases {
        /// The most that is unfolded.
        limit: usize,
    },
    /// A YAML tag of another format.
    #[error("line {line} has a tag that {what} does not have; write the value without it")]
    Tag {
        /// Counted from 1.
        line: usize,
        /// What the document should be.
        what: &'static str,
    },
    /// A key that is a list or a mapping.
    #[error(
        "line {line} has a key, or something merged in, that is not what it must be; write keys as plain words"
    )]
    Key {
        /// Counted from 1.
        line: usize,
    },
    /// A document of another kind.
    #[error("not {what}: {says}; hand in {hand_in}")]
    NotThis {
        /// What it should be.
        what: &'static str,
        /// What it is instead.
        says: &'static str,
        /// What to hand in.
        hand_in: &'static str,
    },
    /// A part of another type than the format says, or one that must be there and is not.
    #[error(
        "`{path}` is missing, or is not what {what} has there; hand in the document as its tool wrote it"
    )]
    WrongPart {
        /// Where.
        path: String,
        /// What the document should be.
        what: &'static str,
    },
    /// No call of AWS's API.
    #[error("{says} Correct the call, and hand it in again.")]
    Call {
        /// What is wrong with it, as a sentence.
        says: String,
    },
    /// One object twice.
    #[error("`{address}` is there twice, so which of the two counts depends on the order; remove one")]
    Twice {
        /// The object.
        address: String,
    },
    /// One page of several.
    #[error(
        "the change set goes on on another page (`NextToken` is set); hand in all of it, without `--max-items` and `--no-paginate`"
    )]
    Paged,
    /// The data file compiled into this build does not read; a test keeps that from happening.
    #[error("the resource table of this build does not read; report this")]
    Table,
}

impl ReadError {
    /// A stable name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            ReadError::Empty => "empty",
            ReadError::TooLarge { .. } => "too_large",
            ReadError::Utf16 => "utf16",
            ReadError::NotUtf8 { .. } => "not_utf8",
            ReadError::NotJson { .. } => "not_json",
            ReadError::Truncated => "truncated",
            ReadError::TooDeep { .. } => "too_deep",
            ReadError::NotAPlan(_) | ReadError::NoVersion => "not_a_plan",
            ReadError::BinaryPlan => "binary_plan",
            ReadError::LogStream => "log_stream",
            ReadError::NewerVersion(_) => "newer_version",
            ReadError::OtherVersion => "other_version",
            ReadError::WrongType { .. } => "wrong_type",
            ReadError::DuplicateKey { .. } => "duplicate_key",
            ReadError::DuplicateResource { .. } => "duplicate_resource",
            ReadError::NotAPlanFile(_) => "not_a_plan_file",
            ReadError::PlanFileTooLarge { .. } => "plan_file_too_large",
            ReadError::TooLong { .. } => "too_large",
            ReadError::NothingAsked { .. } => "empty",
            ReadError::Nul { .. } => "nul",
            ReadError::Nested { .. } => "too_deep",
            ReadError::TooMany { .. } => "too_many",
            ReadError::NotReadable { .. } => "not_readable",
            ReadError::PowerShell => "powershell",
            ReadError::Nothing { .. } => "empty",
            ReadError::DocumentTooLong { .. } => "too_large",
            ReadError::CutOff => "truncated",
            ReadError::Binary { .. } => "binary",
            ReadError::NotYaml { .. } => "not_yaml",
            ReadError::KeyTwice { .. } => "duplicate_key",
            ReadError::Aliases { .. } => "too_many_aliases",
            ReadError::Tag { .. } => "unknown_tag",
            ReadError::Key { .. } => "not_a_key",
            ReadError::NotThis { .. } => "wrong_document",
            ReadError::WrongPart { .. } => "wrong_type",
            ReadError::Call { .. } => "unknown_call",
            ReadError::Twice { .. } => "duplicate_resource",
            ReadError::Paged => "paged",
            ReadError::Table => "resource_table",
        }
    }
}

use super::choose::{Choice, Found, choose};
use super::chunked;
use super::decode::{self, Fault, Names, Pairs, Parameters};
use super::draft::Draft;
use super::head::Head;
use super::index::{self, Operation, Service, Shape, Type};
use super::path;
use super::signal::Signal;
use super::{Call, Incoming, Protocol, Refused};

/// What a request's head alone says.
pub(crate) enum Outline<'a> {
    /// The operation, and how its parameters travel.
    Known(Choice, How<'a>),
    /// A form: the operation is named in the body.
    InBody(Vec<&'static Service>),
}

/// How parameters travel.
pub(crate) enum How<'a> {
    Json,
    Cbor,
    Query,
    Path(path::Matched<'a>),
}

/// The call that a request is.
///
/// # Errors
/// If it is no operation of the index, or could be read as two.
pub fn recognise(request: &Incoming<'_>) -> Result<Call, Refused> {
    let head = Head::read(request)?;
    match outline(&head)? {
        Outline::Known(choice, how) => {
            let protocol = how.protocol(&choice);
            let read = how.parameters(&head, &choice).map_err(|why| unreadable(protocol, &choice, &why))?;
            Ok(finish(&head, choice, protocol, read))
        }
        Outline::InBody(services) => {
            let pairs = decode::form_pairs(request.body)
                .map_err(|why| head.refuse(format!("The form cannot be read: {why}.")))?;
            let choice = by_action(&head, services, &pairs)?;
            let protocol = form_protocol(choice.service);
            let read = form(&head, &choice, &pairs).map_err(|why| unreadable(protocol, &choice, &why))?;
            Ok(finish(&head, choice, protocol, read))
        }
    }
}

/// Which operation a request is, as far as its head says.
pub(crate) fn outline<'h>(head: &'h Head<'_>) -> Result<Outline<'h>, Refused> {
    let known = |choice: Choice, how| -> Result<_, Refused> {
        no_events(head, &choice)?;
        Ok(Outline::Known(choice, how))
    };
    match Signal::read(head)? {
        Signal::Target(target, services) => known(by_target(head, target, &services)?, How::Json),
        Signal::Smithy(path, services) => known(by_smithy(head, path, &services)?, How::Cbor),
        Signal::Query(services) => {
            if !matches!(head.request.method, "GET" | "POST") || !head.request.body.is_empty() {
                return Err(head.refuse("A request with Action in its URL must have no body."));
            }
            known(by_action(head, services, &head.query)?, How::Query)
        }
        Signal::Form(services) => {
            let own_path =
                matches!(head.path, "" | "/") || services.iter().any(|service| service.name == "sqs");
            // The import service of old names the operation in its URL too; it is read from the body.
            let bare = head.query.iter().all(|(key, _)| key == "Operation");
            if head.request.method != "POST" || !own_path || !bare {
                return Err(head
                    .refuse("A call of this service is a POST of a form to `/`, with nothing in the URL."));
            }
            Ok(Outline::InBody(services))
        }
        Signal::Path(services) => {
            let (choice, matched) = path::find(head, &services)?;
            known(choice, How::Path(matched))
        }
    }
}

impl How<'_> {
    fn protocol(&self, choice: &Choice) -> Protocol {
        match self {
            How::Json => Protocol::Json,
            How::Cbor => Protocol::Cbor,
            How::Query => form_protocol(choice.service),
            How::Path(_) => rest_protocol(choice.service),
        }
    }

    fn parameters(&self, head: &Head<'_>, choice: &Choice) -> Result<Read, Fault> {
        let tree = match self {
            How::Json => decode::json(head.request.body)?,
            How::Cbor => decode::cbor(head.request.body)?,
            How::Query => return form(head, choice, &head.query),
            How::Path(matched) => return by_path(head, choice, matched),
        };
        let of = input(choice);
        let read = decode::shaped(&tree, of, choice.service, Names::Wire)?;
        match read {
            serde_json::Value::Object(parameters) => {
                Ok(Read { parameters, strange: Vec::new(), payload: None })
            }
            _ => decode::fault("the body is not an object"),
        }
    }
}

/// Decoded parameters, the names that the model does not have, and a body's hash.
struct Read {
    parameters: Parameters,
    strange: Vec<String>,
    payload: Option<String>,
}

fn form(head: &Head<'_>, choice: &Choice, pairs: &Pairs<'_>) -> Result<Read, Fault> {
    let of = choice.operation.input.map(Type::shape);
    let (mut parameters, strange) = decode::form(pairs, of, choice.service)?;
    // Older clients send a call about a queue to the queue's own URL.
    if choice.service.name == "sqs" && !matches!(head.path, "" | "/") {
        let url = format!("https://{}{}", head.request.host, head.path);
        parameters.entry("QueueUrl").or_insert(serde_json::Value::String(url));
    }
    Ok(Read { parameters, strange, payload: None })
}

fn by_path(head: &Head<'_>, choice: &Choice, matched: &path::Matched<'_>) -> Result<Read, Fault> {
    let request = head.request;
    let streams = streams(choice);
    let mut length = header_number(request, "x-amz-decoded-content-length")
        .or_else(|| header_number(request, "content-length"));
    let mut payload = request.payload.filter(|text| is_hash(text)).map(str::to_owned);
    if streams && !request.body.is_empty() {
        let (size, hash) = chunked::content(request)?;
        (length, payload) = (Some(size), Some(hash));
    }
    let parts = decode::Parts {
        service: choice.service,
        protocol: rest_protocol(choice.service),
        input: choice.operation.input.and_then(|at| choice.service.shape(at)),
        labels: matched.labels.clone(),
        query: matched.query.clone(),
        headers: request.headers,
        body: if streams { &[] } else { request.body },
        length,
    };
    let (parameters, strange) = decode::rest(&parts)?;
    Ok(Read { parameters, strange, payload: payload.filter(|_| streams) })
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn header_number(request: &Incoming<'_>, name: &str) -> Option<u64> {
    let found = request.headers.iter().find(|(header, _)| header == name);
    found.and_then(|(_, value)| value.trim().parse().ok())
}

fn input(choice: &Choice) -> Type {
    choice.operation.input.map_or(Type::ANY, Type::shape)
}

/// Whether the operation's body may be of any length.
pub(crate) fn streams(choice: &Choice) -> bool {
    payload(choice.service, choice.operation, |member| member.streaming)
}

fn payload(service: &Service, operation: &Operation, is: impl Fn(&index::Member) -> bool) -> bool {
    match operation.input.and_then(|at| service.shape(at)) {
        Some(Shape::Structure(members)) => members.iter().any(is),
        _ => false,
    }
}

fn no_events(head: &Head<'_>, choice: &Choice) -> Result<(), Refused> {
    if payload(choice.service, choice.operation, |member| member.events) {
        let says = format!(
            "{}:{} sends a stream of events, which is never let through.",
            choice.service.name, choice.operation.name
        );
        return Err(head.refuse(says));
    }
    Ok(())
}

fn by_target(head: &Head<'_>, target: &str, services: &[&'static Service]) -> Result<Choice, Refused> {
    if head.request.method != "POST" || !matches!(head.path, "" | "/") || !head.query.is_empty() {
        return Err(head.refuse("A call with X-Amz-Target is a POST to `/`, with nothing in the URL."));
    }
    let (prefix, name) = target.rsplit_once('.').unwrap_or(("", target));
    named(head, services, name, |service| service.target_prefix == prefix)
}

fn by_smithy(head: &Head<'_>, path: &str, services: &[&'static Service]) -> Result<Choice, Refused> {
    let parts: Vec<_> = path.split('/').collect();
    let ["", "service", prefix, "operation", name] = parts.as_slice() else {
        return Err(head.refuse("A call in CBOR goes to `/service/SERVICE/operation/OPERATION`."));
    };
    if head.request.method != "POST" || !head.query.is_empty() {
        return Err(head.refuse("A call in CBOR is a POST with nothing in the URL's query."));
    }
    named(head, services, name, |service| service.target_prefix == *prefix)
}

fn by_action(head: &Head<'_>, services: Vec<&'static Service>, pairs: &Pairs<'_>) -> Result<Choice, Refused> {
    let one = |wanted: &str| {
        let mut found = pairs.iter().filter(|(key, _)| key == wanted).map(|(_, value)| value.as_ref());
        match (found.next(), found.next()) {
            (Some(value), None) => Ok(value),
            _ => Err(head.refuse(format!("A call of this service has `{wanted}` exactly once."))),
        }
    };
    let (action, version) = (one("Action")?, one("Version")?);
    let listed: Vec<_> = services.into_iter().filter(|service| service.versions.contains(&version)).collect();
    if listed.is_empty() {
        let says = format!("`{version}` is no published API version of `{}`.", head.request.service);
        return Err(head.refuse(says));
    }
    named(head, &listed, action, |_| true)
}

fn named(
    head: &Head<'_>,
    services: &[&'static Service],
    name: &str,
    fits: impl Fn(&Service) -> bool,
) -> Result<Choice, Refused> {
    let found = services.iter().filter(|service| fits(service));
    let found: Vec<Found> =
        found.filter_map(|service| service.operation(name).map(|operation| (*service, operation))).collect();
    choose(head, found).ok_or_else(|| unknown(head, name))
}

/// The refusal of what the index does not have.
pub(crate) fn unknown(head: &Head<'_>, what: &str) -> Refused {
    let packages = index::header().map_or("nothing", |header| header.packages);
    head.refuse(format!(
        "No operation signed for `{}` is `{what}`. Check the spelling and the signing name; if the operation is newer than Holdpoint's index ({packages}), update Holdpoint.",
        head.request.service
    ))
}

fn unreadable(protocol: Protocol, choice: &Choice, why: &Fault) -> Refused {
    let says =
        format!("The parameters of {}:{} cannot be read: {why}.", choice.service.name, choice.operation.name);
    super::head::refuse(protocol, says)
}

fn form_protocol(service: &Service) -> Protocol {
    if service.speaks(Protocol::Ec2) { Protocol::Ec2 } else { Protocol::Query }
}

fn rest_protocol(service: &Service) -> Protocol {
    let spoken = [Protocol::S3, Protocol::RestXml].into_iter().find(|&protocol| service.speaks(protocol));
    spoken.unwrap_or(Protocol::RestJson)
}

fn finish(head: &Head<'_>, choice: Choice, protocol: Protocol, read: Read) -> Call {
    let draft = Draft {
        service: choice.service,
        operation: choice.operation,
        protocol,
        region: head.request.region,
        account: head.request.account,
        access: choice.access,
        parameters: read.parameters,
        strange: read.strange,
        payload: read.payload,
        doubt: choice.doubt,
    };
    draft.call()
}

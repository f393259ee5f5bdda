//! Which protocol a request speaks. Exactly one signal counts; two in one request could be read as two operations.

use super::head::Head;
use super::index::Service;
use super::{Protocol, Refused};

/// The one signal, with the services that speak so.
pub(crate) enum Signal<'a> {
    /// `X-Amz-Target`.
    Target(&'a str, Vec<&'static Service>),
    /// `/service/X/operation/Y` and `smithy-protocol`.
    Smithy(&'a str, Vec<&'static Service>),
    /// `Action` and `Version` in the body.
    Form(Vec<&'static Service>),
    /// `Action` and `Version` in the query.
    Query(Vec<&'static Service>),
    /// Method and path.
    Path(Vec<&'static Service>),
}

const FORM: [Protocol; 2] = [Protocol::Query, Protocol::Ec2];
const REST: [Protocol; 3] = [Protocol::RestJson, Protocol::RestXml, Protocol::S3];

impl<'a> Signal<'a> {
    pub(crate) fn read(head: &Head<'a>) -> Result<Self, Refused> {
        let target = head.header("x-amz-target")?;
        let smithy = head.header("smithy-protocol")?;
        let forms = head.speaking(&FORM);
        let form_type = head.content_type("application/x-www-form-urlencoded")?;
        let in_query =
            !forms.is_empty() && head.query.iter().any(|(key, _)| key == "Action" || key == "Version");
        let signals = [target.is_some(), smithy.is_some(), in_query].iter().filter(|there| **there).count();
        if signals > 1 || ((target.is_some() || smithy.is_some()) && form_type) {
            return Err(
                head.refuse("This request could be read in two protocols. Send the signal of one only.")
            );
        }
        if let Some(target) = target {
            return Self::of(Signal::Target(target, head.speaking(&[Protocol::Json])), head);
        }
        if let Some(smithy) = smithy {
            if smithy != "rpc-v2-cbor" {
                return Err(head.refuse("Of Smithy's protocols only `rpc-v2-cbor` is understood."));
            }
            return Self::of(Signal::Smithy(head.path, head.speaking(&[Protocol::Cbor])), head);
        }
        if in_query {
            return Ok(Signal::Query(forms));
        }
        let rest = head.speaking(&REST);
        match (forms.is_empty(), rest.is_empty()) {
            (false, true) => Ok(Signal::Form(forms)),
            // A signing name that covers both kinds: a form is a form.
            (false, false) if form_type && head.request.method == "POST" => Ok(Signal::Form(forms)),
            _ => Self::of(Signal::Path(rest), head),
        }
    }

    fn of(signal: Self, head: &Head<'_>) -> Result<Self, Refused> {
        let services = signal.services();
        if services.is_empty() {
            let how = match signal {
                Signal::Target(..) => "with X-Amz-Target",
                Signal::Smithy(..) => "in CBOR",
                _ => "by path alone",
            };
            let says = format!(
                "The request is signed for `{}`, which is not called {how}. Sign it for the service that it is for.",
                head.request.service
            );
            return Err(head.refuse(says));
        }
        Ok(signal)
    }

    fn services(&self) -> &[&'static Service] {
        match self {
            Signal::Target(_, services)
            | Signal::Smithy(_, services)
            | Signal::Form(services)
            | Signal::Query(services)
            | Signal::Path(services) => services,
        }
    }
}

use serde_json::{Map, Value};

use super::call::Whole;
use super::decode::{self, Names, Parameters};
use super::index::{self, Operation, Service, Shape, Type};
use super::meaning::Walk;
use super::{Access, Call, Protocol, Refused, head, named};
use crate::value;

/// A call whose parameters are decoded and still whole: nothing is hidden yet.
pub(crate) struct Draft<'a> {
    pub(crate) service: &'static Service,
    pub(crate) operation: &'static Operation,
    pub(crate) protocol: Protocol,
    pub(crate) region: &'a str,
    pub(crate) account: Option<&'a str>,
    pub(crate) access: Access,
    pub(crate) parameters: Parameters,
    /// Names of parameters that the model does not have.
    pub(crate) strange: Vec<String>,
    /// The hash of a body that passes unread.
    pub(crate) payload: Option<String>,
    pub(crate) doubt: Option<String>,
}

impl Draft<'_> {
    /// Hides what is secret, and takes the digest of what is meant.
    pub(crate) fn call(self) -> Call {
        let doubts = self.doubts();
        let of = self.operation.input.map_or(Type::ANY, Type::shape);
        let mut walk = Walk::new(self.service);
        walk.begin(&self);
        let whole = Value::Object(self.parameters);
        let parameters = walk.value(&whole, of);
        let (meaning, presigned) = walk.end();
        let resources = named::resources(self.operation, &parameters, self.region, self.account);
        Call {
            service: self.service.name.to_owned(),
            operation: self.operation.name.to_owned(),
            protocol: self.protocol,
            region: self.region.to_owned(),
            account: self.account.map(str::to_owned),
            access: self.access,
            parameters,
            meaning,
            resources,
            doubts,
            presigned,
            whole: Whole(whole),
        }
    }

    /// What makes a change uncertain. A read may have parameters that are newer than the index.
    fn doubts(&self) -> Vec<String> {
        let mut doubts: Vec<_> = self.doubt.iter().cloned().collect();
        if !self.access.reads() {
            let names = self.strange.iter().take(8);
            doubts.extend(names.map(|name| format!("the parameter `{name}` is not in the published model")));
        }
        // It is written by clients for the region that they sign for; another one would act there.
        let elsewhere = self.parameters.get("DestinationRegion").and_then(Value::as_str);
        if self.service.name == "ec2" && elsewhere.is_some_and(|region| region != self.region) {
            doubts.push("its DestinationRegion is not the region that it is signed for".to_owned());
        }
        doubts
    }
}

impl Call {
    /// The call of these parameters, given by the names of the service model: with the same meaning, resources and
    /// hidden values as if it had come over the wire.
    ///
    /// # Errors
    /// If there is no such operation, or the parameters are not an object or nested too deeply.
    pub fn asked(
        service: &str,
        operation: &str,
        region: &str,
        account: Option<&str>,
        parameters: Value,
    ) -> Result<Call, Refused> {
        let refuse = |says: String| head::refuse(Protocol::Json, says);
        let Some(service) = index::service(service) else {
            return Err(refuse(format!("No published AWS service is called `{service}`.")));
        };
        let Some(operation) = service.operation(operation) else {
            return Err(refuse(format!("`{}` has no operation `{operation}`.", service.name)));
        };
        let parameters = if parameters.is_null() { Value::Object(Map::new()) } else { parameters };
        let text = parameters.to_string();
        let of = operation.input.map_or(Type::ANY, Type::shape);
        let shaped = match decode::json(text.as_bytes()) {
            Ok(tree @ value::Node::Object(_)) => decode::shaped(&tree, of, service, Names::Model),
            Ok(_) => decode::fault("they are not an object"),
            Err(why) => Err(why),
        };
        let name = operation.name;
        let unreadable = |why: &dyn std::fmt::Display| {
            refuse(format!("The parameters of {}:{name} cannot be read: {why}.", service.name))
        };
        let parameters = match shaped {
            Ok(Value::Object(parameters)) => parameters,
            Ok(_) => return Err(unreadable(&"they are not an object")),
            Err(why) => return Err(unreadable(&why)),
        };
        let strange = strange(service, operation, &parameters);
        let protocol = service.protocols.first().copied().unwrap_or(Protocol::Json);
        let access = operation.access;
        let (payload, doubt) = (None, None);
        let draft = Draft {
            service,
            operation,
            protocol,
            region,
            account,
            access,
            parameters,
            strange,
            payload,
            doubt,
        };
        Ok(draft.call())
    }
}

/// The parameters that a model does not have, where the index has all of it.
fn strange(service: &Service, operation: &Operation, parameters: &Parameters) -> Vec<String> {
    let members = match operation.input.and_then(|at| service.shape(at)) {
        Some(Shape::Structure(members)) => members.as_slice(),
        _ => &[],
    };
    let known = |name: &str| members.iter().any(|member| member.name == name);
    let names = parameters.keys().filter(|name| service.is_whole() && !known(name));
    names.cloned().collect()
}

use std::fmt;
use std::sync::OnceLock;

use serde_json::Value;

use super::operations::{self, Contents};
use super::{Pattern, Shape, Type};
use crate::aws::{Access, Protocol};

/// One published service.
pub struct Service {
    /// Its name in the published models (`elbv2`).
    pub name: &'static str,
    /// Its id there (`Elastic Load Balancing v2`).
    pub id: &'static str,
    /// The first part of its host name (`elasticloadbalancing`).
    pub endpoint_prefix: &'static str,
    /// The service in its signatures' scope.
    pub signing_name: &'static str,
    /// The protocols it speaks, the preferred one first.
    pub protocols: Vec<Protocol>,
    /// The API versions that were ever published.
    pub versions: Vec<&'static str>,
    /// What stands before the operation in `X-Amz-Target`; empty where that is not spoken.
    pub target_prefix: &'static str,
    /// `1.0` or `1.1`, where JSON is spoken.
    pub json_version: &'static str,
    /// Its one host for all regions, where it has one (`iam.amazonaws.com`).
    pub global_endpoint: Option<&'static str>,
    block: &'static str,
    contents: OnceLock<Contents>,
}

/// One published operation.
pub struct Operation {
    /// Its name (`TerminateInstances`).
    pub name: &'static str,
    /// What right it needs.
    pub access: Access,
    /// What goes before the service's host name, with members in braces (`{AccountId}.`); mostly empty.
    pub host_prefix: &'static str,
    /// Whether it can be called without a signature.
    pub unsigned: bool,
    pub(crate) input: Option<usize>,
    pub(crate) pattern: Option<Pattern>,
    /// The members that name resources: a path of members, and the ARN template where there is one.
    pub(crate) names: Vec<(&'static str, Option<&'static str>)>,
}

impl Service {
    /// Reads a head line; the block is read when something in it is asked for.
    pub(super) fn read(head: &'static str, block: &'static str) -> Option<Self> {
        let mut fields = head.split('\t');
        let mut next = || fields.next();
        let (name, id, endpoint_prefix, signing_name) = (next()?, next()?, next()?, next()?);
        let protocols = next()?.chars().filter_map(|letter| protocol(letter, name)).collect();
        let versions = next()?.split(',').collect();
        let (target_prefix, json_version, global) = (next()?, next()?, next()?);
        let global_endpoint = (!global.is_empty()).then_some(global);
        let contents = OnceLock::new();
        Some(Self {
            name,
            id,
            endpoint_prefix,
            signing_name,
            protocols,
            versions,
            target_prefix,
            json_version,
            global_endpoint,
            block,
            contents,
        })
    }

    pub(super) fn contents(&self) -> &Contents {
        self.contents.get_or_init(|| operations::read(self.block, self.speaks_xml_rest()))
    }

    /// All its operations.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.contents().operations
    }

    /// The operation of this name.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        let contents = self.contents();
        contents.by_name.get(name).and_then(|&at| contents.operations.get(at))
    }

    /// Whether it speaks this protocol.
    #[must_use]
    pub fn speaks(&self, protocol: Protocol) -> bool {
        self.protocols.contains(&protocol)
    }

    fn speaks_xml_rest(&self) -> bool {
        self.speaks(Protocol::S3) || self.speaks(Protocol::RestXml) || self.speaks(Protocol::RestJson)
    }

    /// Whether every member of its inputs is in the index, and not only those that need care.
    pub(crate) fn is_whole(&self) -> bool {
        use Protocol::{Ec2, Query, RestXml, S3};
        [Query, Ec2, RestXml, S3].iter().any(|&protocol| self.speaks(protocol))
    }

    pub(crate) fn shape(&self, at: usize) -> Option<&Shape> {
        self.contents().shapes.get(at)
    }

    /// The shape that a type points to, if it is a compound one.
    pub(crate) fn shape_of(&self, of: Type) -> Option<&Shape> {
        match of.kind {
            super::Kind::Shape(at) => self.shape(at),
            _ => None,
        }
    }

    pub(crate) fn by_path(&self, method: &str, segments: usize) -> impl Iterator<Item = &Operation> {
        let contents = self.contents();
        let exact =
            contents.by_path.get(&(method_code(method), segments)).map(Vec::as_slice).unwrap_or_default();
        let greedy = contents.greedy.get(&method_code(method)).map(Vec::as_slice).unwrap_or_default();
        exact.iter().chain(greedy).filter_map(|&at| contents.operations.get(at))
    }
}

/// The letter of a method in the index; another method has none.
pub(super) fn method_code(method: &str) -> char {
    match method {
        "GET" => 'G',
        "POST" => 'P',
        "PUT" => 'U',
        "DELETE" => 'D',
        "PATCH" => 'A',
        "HEAD" => 'H',
        _ => '?',
    }
}

fn protocol(letter: char, service: &str) -> Option<Protocol> {
    Some(match letter {
        'q' => Protocol::Query,
        'e' => Protocol::Ec2,
        'j' => Protocol::Json,
        'r' => Protocol::RestJson,
        'x' if service == "s3" => Protocol::S3,
        'x' => Protocol::RestXml,
        'c' => Protocol::Cbor,
        _ => return None,
    })
}

impl Operation {
    /// What goes before the service's host name, with the call's parameters filled in; nothing if one is missing or
    /// would be more than a part of a host name.
    #[must_use]
    pub fn host_prefix_for(&self, parameters: &Value) -> Option<String> {
        let mut prefix = String::new();
        let mut rest = self.host_prefix;
        while let Some((before, after)) = rest.split_once('{') {
            let (member, after) = after.split_once('}')?;
            let value = parameters.get(member)?.as_str()?;
            let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if value.is_empty() || value.len() > 63 || !plain {
                return None;
            }
            prefix.push_str(before);
            prefix.push_str(value);
            rest = after;
        }
        prefix.push_str(rest);
        Some(prefix)
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Service").field(&self.name).finish()
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation")
            .field("name", &self.name)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

//! The index of every published service and operation.
//!
//! `index.bin` is written by `scripts/index/generate.py` out of pinned packages; docs/aws-index.md says what is in it.
//! It is unpacked on first use; a service's operations and shapes are read when the service is first asked for.

mod model;
mod operations;
mod route;
mod shape;
mod unpack;

use std::collections::HashMap;
use std::sync::OnceLock;

pub use model::{Operation, Service};
use route::Pattern;
pub(crate) use shape::{Kind, Member, Place, Shape, Type};
#[cfg(test)]
pub(crate) use unpack::text;
pub use unpack::{Header, header};

/// All services, by name and by the name they sign with.
struct Index {
    services: Vec<Service>,
    by_name: HashMap<&'static str, usize>,
    by_signing: HashMap<&'static str, Vec<usize>>,
}

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| {
        let services = unpack::services();
        let by_name = services.iter().enumerate().map(|(at, service)| (service.name, at)).collect();
        let mut by_signing: HashMap<_, Vec<_>> = HashMap::new();
        for (at, service) in services.iter().enumerate() {
            by_signing.entry(service.signing_name).or_default().push(at);
        }
        Index { services, by_name, by_signing }
    })
}

/// Every service.
#[must_use]
pub fn services() -> &'static [Service] {
    &index().services
}

/// The service of this name in the published models (`ec2`, `rds`, `elbv2`).
#[must_use]
pub fn service(name: &str) -> Option<&'static Service> {
    let index = index();
    index.by_name.get(name).and_then(|&at| index.services.get(at))
}

/// The operation of this name of that service.
#[must_use]
pub fn operation(service: &str, operation: &str) -> Option<&'static Operation> {
    self::service(service)?.operation(operation)
}

/// The services whose signatures may name this service in their scope.
#[must_use]
pub fn signed_as(scope: &str) -> Vec<&'static Service> {
    let index = index();
    // S3 signs as another service for directory buckets, Outposts and Object Lambda.
    let also = if matches!(scope, "s3express" | "s3-object-lambda" | "s3-outposts") { "s3" } else { "" };
    let found = [scope, also].into_iter().filter_map(|name| index.by_signing.get(name)).flatten();
    found.filter_map(|&at| index.services.get(at)).collect()
}

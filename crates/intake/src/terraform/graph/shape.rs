//! Telling strings that can only be one thing's name from strings that may be anything.

/// What a string looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Arn,
    /// `vpc-0a1b2c3d`, or a UUID.
    Id,
    Host,
    Url,
    /// Azure's and Google's ids: `/subscriptions/…`, `projects/…`.
    Path,
}

/// Kinds of ids of which anyone may name one, and that say by themselves what they are.
const KINDS: [&str; 31] = [
    "vpc",
    "subnet",
    "sg",
    "sgr",
    "i",
    "vol",
    "eni",
    "rtb",
    "igw",
    "nat",
    "acl",
    "tgw",
    "tgw-attach",
    "tgw-rtb",
    "eipalloc",
    "fs",
    "fsap",
    "fsmt",
    "snap",
    "lt",
    "pcx",
    "vpce",
    "vpce-svc",
    "dopt",
    "cgw",
    "vgw",
    "vpn",
    "eigw",
    "pl",
    "db",
    "cluster",
];

const LONGEST: usize = 2048;

pub(super) fn shape(text: &str) -> Option<Shape> {
    if text.len() < 4 || text.len() > LONGEST {
        return None;
    }
    let bytes = text.as_bytes();
    match bytes.first()? {
        b'a' if text.starts_with("arn:") => (colons(bytes) >= 5).then_some(Shape::Arn),
        b'/' => (text.starts_with("/subscriptions/") && slashes(bytes) >= 4).then_some(Shape::Path),
        b'h' if text.starts_with("https://") || text.starts_with("http://") => {
            let rest = text.split_once("://")?.1.trim_end_matches('/');
            match rest.contains('/') {
                true => Some(Shape::Url),
                false => is_host(rest).then_some(Shape::Host),
            }
        }
        b'p' if text.starts_with("projects/") && slashes(bytes) >= 3 => Some(Shape::Path),
        _ if is_id(text) => Some(Shape::Id),
        _ => is_host(text).then_some(Shape::Host),
    }
}

fn colons(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b':', bytes).count()
}

fn slashes(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'/', bytes).count()
}

pub(super) fn is_id(text: &str) -> bool {
    let Some((kind, tail)) = text.rsplit_once('-') else { return false };
    let digits = tail.bytes().any(|b| b.is_ascii_digit());
    if !digits || !tail.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase()) {
        return false;
    }
    let hex = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let uuid =
        || text.len() == 36 && text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && text.split('-').all(hex);
    KINDS.contains(&kind) || (tail.len() >= 8 && hex(tail) && word(kind)) || uuid()
}

/// A name of a host with at least three parts, with or without a port.
pub(super) fn is_host(text: &str) -> bool {
    let host = without_port(text);
    let mut labels = 0_usize;
    let mut last = "";
    for label in host.split('.') {
        let plain = label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if label.is_empty() || !plain {
            return false;
        }
        labels += 1;
        last = label;
    }
    labels >= 3 && last.len() >= 2 && last.bytes().all(|b| b.is_ascii_lowercase())
}

pub(super) fn without_port(text: &str) -> &str {
    match text.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => text,
    }
}

/// The name of a host without what stands around it.
pub(super) fn host(text: &str) -> &str {
    without_port(text.split_once("://").map_or(text, |(_, rest)| rest).trim_end_matches('/'))
}

/// Whether the string names one thing wherever it is read, so that another workspace may own that thing.
pub(super) fn is_global(text: &str, shape: Shape) -> bool {
    match shape {
        Shape::Arn => {
            let mut parts = text.splitn(6, ':').skip(2);
            let (service, account) = (parts.next().unwrap_or_default(), parts.nth(1).unwrap_or_default());
            let what = parts.next().unwrap_or_default();
            let owned = account.len() == 12 || service == "s3";
            owned
                && !service.is_empty()
                && !what.is_empty()
                && what != "root"
                && !text.contains(['*', '?', '$'])
        }
        Shape::Id => {
            let (kind, tail) = text.rsplit_once('-').unwrap_or_default();
            KINDS.contains(&kind) && tail.len() >= 8
        }
        Shape::Host => {
            let labels = text.split('.').count();
            let service = text.contains(".dkr.ecr.");
            let amazon =
                text.ends_with(".amazonaws.com") && (labels >= 5 || text.ends_with(".s3.amazonaws.com"));
            let others = [
                ".cloudfront.net",
                ".windows.net",
                ".azure.com",
                ".azure.net",
                ".googleapis.com",
                ".run.app",
            ];
            !service && (amazon || (labels >= 3 && others.iter().any(|end| text.ends_with(end))))
        }
        Shape::Path => true,
        Shape::Url => text.contains(".amazonaws.com/") || text.contains(".googleapis.com/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_only_be_one_thing_is_known_and_a_plain_name_is_not() {
        for (text, expected) in [
            ("arn:aws:s3:::acme", Shape::Arn),
            ("vpc-0a1b2c3d", Shape::Id),
            ("sg-0fake", Shape::Id),
            ("tgw-attach-0a1b2c3d", Shape::Id),
            ("0f0f0f0f-1111-2222-3333-444455556666", Shape::Id),
            ("db.cluster-x1.eu-west-1.rds.amazonaws.com:5432", Shape::Host),
            ("https://abc1.execute-api.eu-west-1.amazonaws.com/", Shape::Host),
            ("https://sqs.eu-west-1.amazonaws.com/111122223333/q", Shape::Url),
            ("/subscriptions/1/resourceGroups/g/providers/p", Shape::Path),
            ("projects/p/locations/l/x/y", Shape::Path),
        ] {
            assert_eq!(shape(text), Some(expected), "{text}");
        }
        for text in [
            "1",
            "main",
            "acme-data",
            "eu-west-1a",
            "10.0.0.0/16",
            "10.0.0.1",
            "16.3",
            "1.2.3",
            "t3.micro",
            "db.r6g.large1",
            "arn:x",
            "my-service-v2",
            "service-1",
            "com.amazonaws.eu-west-1.s3",
            "2026-01-01",
            "é-é1",
            "rolling-update1",
        ] {
            assert_eq!(shape(text), None, "{text}");
        }
    }

    #[test]
    fn only_what_one_party_owns_is_global() {
        let global = |text: &str| is_global(text, shape(text).unwrap());
        for text in [
            "arn:aws:iam::111122223333:role/x",
            "arn:aws:s3:::acme",
            "vpc-0a1b2c3d",
            "d111.cloudfront.net",
            "x-1.eu-west-1.elb.amazonaws.com",
            "acme.s3.amazonaws.com",
        ] {
            assert!(global(text), "{text}");
        }
        for text in [
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "arn:aws:iam::111122223333:root",
            "arn:aws:s3:::*",
            "sg-1",
            "ecs-tasks.amazonaws.com",
            "sqs.eu-west-1.amazonaws.com",
            "1.dkr.ecr.eu-west-1.amazonaws.com",
            "www.example.org",
        ] {
            assert!(!global(text), "{text}");
        }
    }
}

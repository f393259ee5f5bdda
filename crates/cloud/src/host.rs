//! Which host an operation lives on.

/// A host, and the region that a signature for it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// The host name.
    pub name: String,
    /// The region to sign for.
    pub region: String,
}

/// Why there is no host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Nowhere {
    /// Not a region that is known.
    #[error("`{0}` is not a region of AWS that is known here")]
    Region(String),
    /// Not a service's name.
    #[error("`{0}` is not a name of a service")]
    Service(String),
}

/// The partition that a region belongs to.
pub fn partition(region: &str) -> Result<&'static str, Nowhere> {
    Ok(if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    })
}

/// The host of a service in a region, by its endpoint prefix.
pub fn of(prefix: &str, region: &str) -> Result<Host, Nowhere> {
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    Ok(Host { name: format!("{prefix}.{region}.{suffix}"), region: region.to_owned() })
}

//! The variables that route AWS clients through Holdpoint.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use holdpoint_core::Digest;

use crate::api::keys::AwsAccess;
use crate::cli::exit::{Exit, Failure};

/// Where systems keep the authorities that they trust; the first that is there counts.
const SYSTEM: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The variables of one access key, by name; an empty value is one to be unset.
pub(crate) fn variables(access: &AwsAccess, bundle: Option<&Path>) -> Vec<(&'static str, String)> {
    let mut all = vec![
        ("AWS_ACCESS_KEY_ID", access.access_key_id.clone()),
        ("AWS_SECRET_ACCESS_KEY", access.secret_access_key.clone()),
        ("AWS_SESSION_TOKEN", String::new()),
        ("AWS_SECURITY_TOKEN", String::new()),
        ("AWS_PROFILE", String::new()),
        ("AWS_ENDPOINT_URL", access.endpoint_url.clone()),
        ("AWS_DISABLE_HOST_PREFIX_INJECTION", "true".to_owned()),
        // What the instance's own role would give does not exist for the agent.
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
    ];
    if let Some(bundle) = bundle {
        let bundle = bundle.display().to_string();
        all.push(("HTTPS_PROXY", access.endpoint_url.clone()));
        all.push(("NO_PROXY", "127.0.0.1,localhost,::1".to_owned()));
        for name in ["AWS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
            all.push((name, bundle.clone()));
        }
    }
    all
}

/// The same as lines for a POSIX shell.
pub(crate) fn exports(variables: &[(&'static str, String)]) -> String {
    let mut lines = String::new();
    for (name, value) in variables {
        let _ = if value.is_empty() {
            writeln!(lines, "unset {name}")
        } else {
            writeln!(lines, "export {name}='{}'", value.replace('\'', "'\\''"))
        };
    }
    lines
}

/// Writes what the system trusts and Holdpoint's own authority into one file, since most clients take one file only.
pub(crate) fn bundle(access: &AwsAccess) -> Result<PathBuf, Failure> {
    let system = SYSTEM.iter().find_map(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
    let dir = std::env::temp_dir().join(format!("holdpoint-{}", rustix::process::geteuid().as_raw()));
    let refused = |error: std::io::Error| {
        let says = format!("cannot write the certificates below `{}`: {error}", dir.display());
        Failure::new(Exit::Internal, "bundle", says)
    };
    own(&dir).map_err(refused)?;
    // Each daemon has an authority of its own, and a person may use several.
    let name = Digest::of(access.certificate.as_bytes()).short();
    let path = dir.join(format!("aws-ca-bundle-{name}.pem"));
    let draft = dir.join(format!("aws-ca-bundle-{name}.{}", std::process::id()));
    let mut file = std::fs::File::create(&draft).map_err(refused)?;
    write!(file, "{system}\n{}", access.certificate).map_err(refused)?;
    std::fs::rename(&draft, &path).map_err(refused)?;
    Ok(path)
}

/// A directory that is ours alone: whoever else could write there could have a client trust another authority.
fn own(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
    match std::fs::DirBuilder::new().mode(0o700).create(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        other => other?,
    }
    let found = std::fs::symlink_metadata(dir)?;
    if !found.is_dir()
        || found.uid() != rustix::process::geteuid().as_raw()
        || found.permissions().mode() & 0o022 != 0
    {
        return Err(std::io::Error::other(
            "it belongs to somebody else, or others can write to it; remove it",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_never_leaves_its_quotes() {
        let text = exports(&[("A", "x'; rm -rf ~ #".to_owned()), ("B", String::new())]);
        assert_eq!(text, "export A='x'\\''; rm -rf ~ #'\nunset B\n");
    }
}

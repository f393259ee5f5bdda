//! Holdpoint's own certificate authority, for connections to AWS that come through the proxy. Its key is made at the first
//! start and stays in the data directory; only those who were given its certificate trust it, and it vouches for AWS's
//! hosts alone.

use std::collections::HashMap;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use time::{Duration, OffsetDateTime};

/// Who signs.
pub(crate) const NAME: &str = "Holdpoint AWS gateway";
/// How long a host's certificate is good; each process makes its own.
const LEAF: Duration = Duration::days(30);
/// How long the authority is good.
const AUTHORITY: Duration = Duration::days(3_650);
/// Certificates kept ready.
const MOST: usize = 2_000;

/// What speaks as one host, and until when it is used.
type Leaf = (OffsetDateTime, Arc<ServerConfig>);

/// The authority.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// The certificate that clients are told to trust.
    pub(crate) pem: String,
    leaves: Mutex<HashMap<Arc<str>, Leaf>>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authority")
    }
}

impl Authority {
    /// Read from the data directory, or made there.
    pub(crate) fn load_or_create(dir: &Path, now: OffsetDateTime) -> Result<Self, String> {
        let (key_file, pem_file) = (dir.join("aws-ca.key"), dir.join("aws-ca.pem"));
        if !key_file.exists() {
            let key = KeyPair::generate().map_err(|error| error.to_string())?;
            write(&key_file, &key.serialize_pem(), 0o600)?;
        }
        let text = std::fs::read_to_string(&key_file).map_err(|error| said(&key_file, &error))?;
        let key = KeyPair::from_pem(&text)
            .map_err(|error| format!("`{}` is not a private key: {error}", key_file.display()))?;
        if !pem_file.exists() {
            let made = params(now).self_signed(&key).map_err(|error| error.to_string())?;
            write(&pem_file, &made.pem(), 0o644)?;
        }
        let pem = std::fs::read_to_string(&pem_file).map_err(|error| said(&pem_file, &error))?;
        // The issuer is its name and its key; both are as they were when the certificate was made.
        Ok(Self { issuer: Issuer::new(params(now), key), pem, leaves: Mutex::default() })
    }

    /// What a TLS server needs to speak as this host.
    pub(crate) fn speaks_as(
        &self,
        host: &Arc<str>,
        now: OffsetDateTime,
    ) -> Result<Arc<ServerConfig>, String> {
        let mut leaves = self.leaves.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((until, config)) = leaves.get(host)
            && *until > now
        {
            return Ok(Arc::clone(config));
        }
        let config =
            Arc::new(self.leaf(host, now).map_err(|error| format!("no certificate for {host}: {error}"))?);
        if leaves.len() >= MOST {
            leaves.clear();
        }
        leaves.insert(Arc::clone(host), (now + LEAF / 2, Arc::clone(&config)));
        Ok(config)
    }

    fn leaf(&self, host: &str, now: OffsetDateTime) -> Result<ServerConfig, Box<dyn std::error::Error>> {
        let mut params = CertificateParams::new(vec![host.to_owned()])?;
        params.not_before = now - Duration::hours(1);
        params.not_after = now + LEAF;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

fn params(now: OffsetDateTime) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, NAME);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = now - Duration::hours(1);
    params.not_after = now + AUTHORITY;
    params
}

fn said(path: &Path, error: &std::io::Error) -> String {
    format!("`{}`: {error}", path.display())
}

/// Written whole and moved into place, never over an existing file: of two that start at once, the first one's stands.
fn write(path: &PathBuf, text: &str, mode: u32) -> Result<(), String> {
    let draft = path.with_extension(format!("draft-{}", std::process::id()));
    let put = || -> std::io::Result<()> {
        use std::io::Write as _;
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir)?;
        }
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        let linked = std::fs::hard_link(&draft, path);
        std::fs::remove_file(&draft)?;
        match linked {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        }
    };
    put().map_err(|error| said(path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_start_finds_the_same_authority() {
        let dir = std::env::temp_dir().join(format!("holdpoint-ca-{}", std::process::id()));
        let now = time::macros::datetime!(2026-11-28 12:00 UTC);
        let first = Authority::load_or_create(&dir, now).unwrap();
        let second = Authority::load_or_create(&dir, now + Duration::days(1)).unwrap();
        assert_eq!(first.pem, second.pem);
        let host: Arc<str> = Arc::from("ec2.eu-west-1.amazonaws.com");
        let config = second.speaks_as(&host, now).unwrap();
        assert!(Arc::ptr_eq(&config, &second.speaks_as(&host, now).unwrap()), "it is kept");
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &std::fs::metadata(dir.join("aws-ca.key")).unwrap().permissions(),
        );
        assert_eq!(mode & 0o077, 0, "nobody else reads the key");
        std::fs::remove_dir_all(dir).unwrap();
    }
}

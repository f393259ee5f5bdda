//! The files that hold keys: the ledger's signing key, and the one that agents' AWS secrets follow from.

use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use holdpoint_store::ledger::LedgerKey;

pub(super) fn load_or_create(path: &Path, may_create: bool, origin: &str) -> Result<LedgerKey, String> {
    LedgerKey::from_bytes(&seed(path, may_create)?, origin).map_err(|e| e.to_string())
}

/// 32 bytes from a file that nobody else can read; made when it is missing and may be made.
pub(super) fn seed(path: &Path, may_create: bool) -> Result<[u8; 32], String> {
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let mode = std::fs::metadata(path).map_err(|e| e.to_string())?.permissions().mode();
            if mode & 0o077 != 0 {
                return Err("others can read it; run chmod 600 on it".to_owned());
            }
            parse(&text)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && may_create => {
            let seed: [u8; 32] = crate::random::bytes().map_err(|e| e.to_string())?;
            create(path, &seed).map_err(|e| format!("cannot be made: {e}"))?;
            // Two starting at once: the first file stands, and both read that.
            let text = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
            parse(&text)
        }
        Err(error) => Err(error.to_string()),
    }
}

fn parse(text: &str) -> Result<[u8; 32], String> {
    let mut seed = [0; 32];
    hex::decode_to_slice(text.trim(), &mut seed)
        .map_err(|_| "it must hold 64 hexadecimal digits".to_owned())?;
    Ok(seed)
}

/// Written whole and moved into place, so that a crash leaves no half key; never over an existing one.
fn create(path: &Path, seed: &[u8; 32]) -> std::io::Result<()> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    let draft = path.with_extension(format!("draft-{}", std::process::id()));
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    writeln!(file, "{}", hex::encode(seed))?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

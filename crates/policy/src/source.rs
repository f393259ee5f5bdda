//! Where policies come from: the built-in pack, and the `*.cedar` files of a directory.

use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use holdpoint_core::Digest;

use crate::error::PolicyError;

/// The schema, as it is compiled in.
pub(crate) const SCHEMA: &str = include_str!("../schema.cedarschema");

/// A policy file larger than this is not one.
const LARGEST: u64 = 1 << 20;

/// One file of policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) file: String,
    pub(crate) text: String,
}

macro_rules! pack {
    ($($file:literal),* $(,)?) => {
        [$((concat!("built-in/", $file), include_str!(concat!("../pack/", $file)))),*]
    };
}

/// The built-in pack, a file a rule.
const PACK: [(&str, &str); 21] = pack![
    "permit.cedar",
    "r01-data.cedar",
    "r02-backups.cedar",
    "r03-environment.cedar",
    "r04-continuity.cedar",
    "r05-caps.cedar",
    "r06-floors.cedar",
    "r07-selectors.cedar",
    "r08-task.cedar",
    "r09-freeze.cedar",
    "r10-actors.cedar",
    "r11-credentials.cedar",
    "r12-protection.cedar",
    "r13-budgets.cedar",
    "r14-binding.cedar",
    "r15-overwrite.cedar",
    "r16-waves.cedar",
    "r17-reversible.cedar",
    "r18-exposure.cedar",
    "r19-origin.cedar",
    "r20-closed.cedar",
];

pub(crate) fn builtin() -> Vec<Source> {
    PACK.iter().map(|(file, text)| Source { file: (*file).to_owned(), text: (*text).to_owned() }).collect()
}

/// The `*.cedar` files of a directory, not of its subdirectories, by name.
pub(crate) fn read(dir: &Path) -> Result<Vec<Source>, PolicyError> {
    let unreadable = |path: &Path| {
        let path = path.to_path_buf();
        move |error| PolicyError::Unreadable { path, error }
    };
    let mut sources = Vec::new();
    for entry in fs::read_dir(dir).map_err(unreadable(dir))? {
        let path = entry.map_err(unreadable(dir))?.path();
        if path.extension().is_none_or(|extension| extension != "cedar") {
            continue;
        }
        let size = fs::metadata(&path).map_err(unreadable(&path))?.len();
        if size > LARGEST {
            let too_large = std::io::Error::other(format!("{size} bytes are more than 1 MiB"));
            return Err(unreadable(&path)(too_large));
        }
        let text = fs::read_to_string(&path).map_err(unreadable(&path))?;
        sources.push(Source { file: path.display().to_string(), text });
    }
    if sources.is_empty() {
        return Err(PolicyError::NoFiles(dir.to_path_buf()));
    }
    sources.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(sources)
}

/// What the version of a bundle is: schema and texts, in order, each with its length, so that no two sets share bytes.
/// File paths do not count: the same policies are the same version wherever they lie.
pub(crate) fn digest(sources: &[Source]) -> Digest {
    let mut hash = Sha256::new();
    for text in std::iter::once(SCHEMA).chain(sources.iter().map(|source| source.text.as_str())) {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    Digest::from_bytes(hash.finalize().into())
}

//! Operations through which something else acts: what they start goes round whoever stands between.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Indirect {
    indirect: BTreeSet<String>,
}

/// Every operation, as `service:Operation`, that makes something else call the API or run code.
#[must_use]
pub fn indirect() -> &'static BTreeSet<String> {
    static LIST: OnceLock<BTreeSet<String>> = OnceLock::new();
    LIST.get_or_init(|| {
        let read = toml::from_str::<Indirect>(include_str!("../calls/indirect.toml"));
        read.map(|list| list.indirect).unwrap_or_default()
    })
}

//! Deeds put together as a change: addresses made unique, what is shown masked, and a node for each thing named.

use std::collections::BTreeMap;

use holdpoint_core::{Change, Context, Effect, EffectKind, Environment, Format, Graph, HazardKind, Node};
use serde_json::{Value, json};

use super::deed::Deed;
use super::shown;
use crate::act::{Hidden, MAX_ACTS};
use crate::aws::Call;
use crate::plain::Plain;
use crate::signs::Signs;
use crate::table::Table;
use crate::{Patterns, ReadError};

/// The effects of calls, as they are gathered.
#[derive(Debug)]
pub(crate) struct Effects {
    format: Format,
    patterns: Patterns,
    signs: Signs,
    accounts: BTreeMap<String, Environment>,
    seen: BTreeMap<String, usize>,
    effects: Vec<Effect>,
    graph: Graph,
    /// Values that must not be shown, of scripts that calls carry.
    pub(crate) hidden: Hidden,
}

impl Effects {
    pub(crate) fn new(format: Format, patterns: &Patterns) -> Self {
        Self {
            format,
            patterns: patterns.clone(),
            signs: Signs::new(patterns.clone()),
            accounts: BTreeMap::new(),
            seen: BTreeMap::new(),
            effects: Vec::new(),
            graph: Graph::default(),
            hidden: Hidden::default(),
        }
    }

    /// The deeds of one call.
    pub(crate) fn call(&mut self, call: &Call, deeds: Vec<Deed>) -> Result<(), ReadError> {
        let table = Table::get()?;
        for deed in deeds {
            let asked = shown::shown(call, deed.item.as_ref(), &table.secrets, &self.hidden);
            self.deed(
                deed,
                asked,
                call.meaning.to_string().as_bytes(),
                (Some(&call.region), call.account.as_ref()),
            )?;
        }
        self.account(call.account.as_ref());
        Ok(())
    }

    /// What the account that it is done in is set to be.
    pub(crate) fn account(&mut self, account: Option<&String>) {
        if let Some(account) = account
            && let Some(environment) = self.patterns.accounts.get(account)
        {
            self.accounts.insert(account.clone(), *environment);
        }
    }

    /// What a tag of something that is reached says.
    pub(crate) fn tag(&mut self, address: &str, key: &str, value: &str) {
        let tags = Value::Object([(key.to_owned(), json!(value))].into_iter().collect());
        let text = json!({ "tags": tags }).to_string();
        if let Ok(node) = crate::value::parse(&text) {
            self.signs.values(address, &node, &crate::mask::Masked::default());
        }
    }

    /// One deed: `asked` is shown, `whole` is what the digest is over.
    pub(crate) fn deed(
        &mut self,
        deed: Deed,
        mut asked: Value,
        whole: &[u8],
        (region, account): (Option<&String>, Option<&String>),
    ) -> Result<(), ReadError> {
        if self.effects.len() >= MAX_ACTS {
            return Err(ReadError::TooMany { limit: MAX_ACTS });
        }
        let table = Table::get()?;
        let act = deed.act;
        let plain: String = self.hidden.mask(&act.address).chars().take(400).collect();
        if act.effect != EffectKind::Read {
            self.signs.address(&plain);
        }
        let times = self.seen.entry(plain.clone()).or_default();
        *times = times.saturating_add(1);
        let address = if *times == 1 { plain.clone() } else { format!("{plain} #{times}") };
        let class = act.class.unwrap_or_else(|| table.class(&act.kind, None));
        let serves = !act.to_zero && act.hazards.iter().any(|(kind, _)| *kind == HazardKind::Capacity);
        if let Some(members) = asked.as_object_mut() {
            if !act.text.is_empty() {
                members.insert("command".to_owned(), json!(self.hidden.mask(&act.text)));
            }
            // Something is taken away and the rest serves on; only what says so goes to zero.
            if serves {
                members.insert("still_serves".to_owned(), json!(true));
            }
        }
        let node = Node {
            address: address.clone(),
            kind: act.kind.clone(),
            class,
            identifiers: deed.identifiers,
            account: account.cloned(),
            region: region.cloned(),
            exists: act.effect != EffectKind::Create,
            ..Node::default()
        };
        self.graph.node(node);
        let mut effect = Plain::new(act.effect, &act.kind, address, class).asked(&asked, whole);
        if let Some(backup) = act.backup {
            effect = effect.backup(backup);
        }
        for (kind, says) in act.hazards {
            let found = deed.pointers.iter().find(|(of, _)| *of == kind);
            let attribute = match found {
                _ if serves && kind == HazardKind::Capacity => "/still_serves".to_owned(),
                Some((_, pointer)) => format!("/parameters{pointer}"),
                None => String::new(),
            };
            effect = effect.hazard_at(kind, &attribute, self.hidden.mask(&says));
        }
        for (manner, says) in act.manners {
            effect = effect.manner(manner, self.hidden.mask(&says));
        }
        self.effects.push(effect.done());
        Ok(())
    }

    /// Effects that another reader made.
    pub(crate) fn put(&mut self, whole: Vec<Effect>) -> Result<(), ReadError> {
        if self.effects.len().saturating_add(whole.len()) > MAX_ACTS {
            return Err(ReadError::TooMany { limit: MAX_ACTS });
        }
        for effect in &whole {
            self.signs.address(&effect.resource.address);
        }
        self.effects.extend(whole);
        Ok(())
    }

    pub(crate) fn done(mut self) -> Result<Change, ReadError> {
        self.effects.sort_by(|a, b| a.resource.address.cmp(&b.resource.address));
        let mut signs = self.signs.found();
        for (account, environment) in self.accounts {
            signs.push((environment, format!("account `{account}` is set to be {}", environment.as_str())));
        }
        let context = Context { environment_signs: signs, ..Context::default() };
        Ok(Change {
            format: self.format,
            effects: self.effects,
            outputs: Vec::new(),
            context,
            graph: self.graph,
        })
    }
}

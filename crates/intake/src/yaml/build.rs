use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{ScalarStyle, Tag};

use super::{Fault, MAX_UNFOLDED, Tags, scalar};
use crate::MAX_DEPTH;
use crate::value::Node;

/// A finished value with what it costs.
#[derive(Clone)]
struct Built {
    node: Node<'static>,
    /// The text of a scalar, for when it is a key.
    text: Option<String>,
    height: usize,
    weight: usize,
}

/// A list or mapping that is still open.
struct Frame {
    holds: Holds,
    anchor: usize,
    tag: Option<String>,
    line: usize,
    height: usize,
    weight: usize,
}

enum Holds {
    Items(Vec<Node<'static>>),
    Members { members: Vec<(Cow<'static, str>, Node<'static>)>, merged: Vec<Node<'static>>, key: Option<Key> },
}

struct Key {
    text: String,
    merges: bool,
}

pub(super) struct Builder {
    tags: Tags,
    frames: Vec<Frame>,
    anchors: HashMap<usize, Built>,
    unfolded: usize,
    documents: Vec<Node<'static>>,
}

impl Builder {
    pub(super) fn new(tags: Tags) -> Self {
        Self { tags, frames: Vec::new(), anchors: HashMap::new(), unfolded: 0, documents: Vec::new() }
    }

    pub(super) fn begin(&mut self) {
        self.anchors.clear();
        self.frames.clear();
    }

    pub(super) fn done(self) -> Vec<Node<'static>> {
        self.documents
    }

    pub(super) fn open(
        &mut self,
        mapping: bool,
        anchor: usize,
        tag: Option<&Tag>,
        line: usize,
    ) -> Result<(), Fault> {
        if self.frames.len() >= MAX_DEPTH {
            return Err(Fault::Depth);
        }
        self.no_key(line)?;
        let holds = if mapping {
            Holds::Members { members: Vec::new(), merged: Vec::new(), key: None }
        } else {
            Holds::Items(Vec::new())
        };
        let tag = tag.filter(|tag| !tag.is_yaml_core_schema()).map(suffix);
        self.frames.push(Frame { holds, anchor, tag, line, height: 0, weight: 1 });
        Ok(())
    }

    /// A list or mapping cannot be a key.
    fn no_key(&self, line: usize) -> Result<(), Fault> {
        match self.frames.last().map(|frame| &frame.holds) {
            Some(Holds::Members { key: None, .. }) => Err(Fault::Key { line }),
            _ => Ok(()),
        }
    }

    pub(super) fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        line: usize,
    ) -> Result<(), Fault> {
        let plain = style == ScalarStyle::Plain;
        let string = || Node::String(Cow::Owned(text.to_owned()));
        let core = tag.and_then(Tag::core_suffix);
        let (node, own) = match (tag, core) {
            (None, _) if plain => (scalar::plain(text), None),
            (None, _) | (Some(_), Some("str")) => (string(), None),
            (Some(_), Some(_)) => (scalar::plain(text), None),
            (Some(tag), None) if is_text(tag) => (string(), None),
            (Some(tag), None) if plain => (scalar::plain(text), Some(suffix(tag))),
            (Some(tag), None) => (string(), Some(suffix(tag))),
        };
        let merges = plain && tag.is_none() && text == "<<";
        let built =
            Built { node, text: Some(text.to_owned()), height: 0, weight: text.len().saturating_add(1) };
        self.finish(built, anchor, own.as_deref(), line, merges)
    }

    pub(super) fn alias(&mut self, anchor: usize, line: usize) -> Result<(), Fault> {
        // An anchor that is not finished yet would unfold into itself.
        let Some(weight) = self.anchors.get(&anchor).map(|built| built.weight) else {
            return Err(Fault::Aliases);
        };
        self.spend(weight)?;
        let Some(built) = self.anchors.get(&anchor).cloned() else { return Err(Fault::Aliases) };
        self.put(built, line, false)
    }

    fn spend(&mut self, weight: usize) -> Result<(), Fault> {
        self.unfolded = self.unfolded.saturating_add(weight);
        if self.unfolded > MAX_UNFOLDED { Err(Fault::Aliases) } else { Ok(()) }
    }

    pub(super) fn close(&mut self) -> Result<(), Fault> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        let Frame { holds, anchor, tag, line, height, weight } = frame;
        let node = match holds {
            Holds::Items(items) => Node::Array(items),
            Holds::Members { members, merged, .. } => Node::Object(merge(members, merged, line)?),
        };
        self.finish(Built { node, text: None, height, weight }, anchor, tag.as_deref(), line, false)
    }

    fn finish(
        &mut self,
        mut built: Built,
        anchor: usize,
        tag: Option<&str>,
        line: usize,
        merges: bool,
    ) -> Result<(), Fault> {
        if let Some(tag) = tag {
            built.node = (self.tags)(tag, built.node).ok_or(Fault::Tag { line })?;
            built.height = built.height.saturating_add(2);
            built.text = None;
        }
        if anchor != 0 {
            // Each anchor keeps a copy, so anchors inside of anchors cost as aliases do.
            self.spend(built.weight)?;
            self.anchors.insert(anchor, built.clone());
        }
        self.put(built, line, merges)
    }

    fn put(&mut self, built: Built, line: usize, merges: bool) -> Result<(), Fault> {
        if self.frames.len().saturating_add(built.height) > MAX_DEPTH {
            return Err(Fault::Depth);
        }
        let Some(frame) = self.frames.last_mut() else {
            self.documents.push(built.node);
            return Ok(());
        };
        frame.height = frame.height.max(built.height.saturating_add(1));
        frame.weight = frame.weight.saturating_add(built.weight);
        match &mut frame.holds {
            Holds::Items(items) => items.push(built.node),
            Holds::Members { members, merged, key } => match key.take() {
                None => {
                    let text = built.text.ok_or(Fault::Key { line })?;
                    *key = Some(Key { text, merges });
                }
                Some(Key { merges: true, .. }) => match built.node {
                    Node::Object(_) => merged.push(built.node),
                    Node::Array(items) if items.iter().all(|i| matches!(i, Node::Object(_))) => {
                        merged.extend(items);
                    }
                    _ => return Err(Fault::Key { line }),
                },
                Some(Key { text, .. }) => members.push((Cow::Owned(text), built.node)),
            },
        }
        Ok(())
    }
}

/// `! word` and `!!binary word` say that a word is a text.
fn is_text(tag: &Tag) -> bool {
    let (handle, end) = tag.parts();
    end.is_empty() || (handle.is_empty() && end == "!") || handle == "tag:yaml.org,2002:"
}

fn suffix(tag: &Tag) -> String {
    tag.suffix().trim_start_matches('!').to_owned()
}

type Members = Vec<(Cow<'static, str>, Node<'static>)>;

/// Sorts the members, refuses a key that is there twice, and adds what is merged in where there is no such key.
fn merge(mut members: Members, merged: Vec<Node<'static>>, line: usize) -> Result<Members, Fault> {
    members.sort_by(|(a, _), (b, _)| a.cmp(b));
    for pair in members.windows(2) {
        if let [(a, _), (b, _)] = pair
            && a == b
        {
            return Err(Fault::Duplicate { key: a.chars().take(64).collect(), line });
        }
    }
    for node in merged {
        let Node::Object(others) = node else { continue };
        let had = members.len();
        for (key, value) in others {
            let own = members.get(..had).unwrap_or_default();
            if own.binary_search_by(|(name, _)| name.cmp(&key)).is_err() {
                members.push((key, value));
            }
        }
        members.sort_by(|(a, _), (b, _)| a.cmp(b));
    }
    Ok(members)
}

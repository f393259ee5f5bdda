//! Addresses of resources, and references as expressions write them.

/// The address of a resource, taken apart: `module.a["k"].data.aws_x.y[0]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address<'s> {
    /// The modules on the way, each with its key as it is written between the brackets, or nothing.
    pub(super) modules: Vec<(&'s str, &'s str)>,
    /// `aws_x.y`, or `data.aws_x.y`.
    pub(super) resource: &'s str,
    pub(super) key: &'s str,
}

impl<'s> Address<'s> {
    pub(super) fn parse(text: &'s str) -> Option<Self> {
        let mut rest = text;
        let mut modules = Vec::new();
        while let Some(after) = rest.strip_prefix("module.") {
            let (name, after) = word(after)?;
            let (key, after) = key(after)?;
            modules.push((name, key));
            rest = after.strip_prefix('.')?;
        }
        let start = rest;
        let after = ["data.", "ephemeral."].iter().find_map(|p| rest.strip_prefix(p)).unwrap_or(rest);
        let (_, after) = word(after)?;
        let (_, after) = word(after.strip_prefix('.')?)?;
        let resource = start.get(..start.len().checked_sub(after.len())?)?;
        let (key, after) = key(after)?;
        after.is_empty().then_some(Self { modules, resource, key })
    }

    /// The address in the configuration: without keys.
    pub(super) fn config(&self) -> String {
        let mut text = String::new();
        for (name, _) in &self.modules {
            text.push_str("module.");
            text.push_str(name);
            text.push('.');
        }
        text.push_str(self.resource);
        text
    }

    /// The keys from the outermost module to the resource itself.
    pub(super) fn keys(&self) -> Vec<&'s str> {
        self.modules.iter().map(|(_, key)| *key).chain([self.key]).collect()
    }
}

/// What an expression refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reference<'s> {
    /// `each.key`, `count.index`: which instance, not what on.
    Instance,
    /// `path.module`, `terraform.workspace`, `self`: no dependency.
    Nothing,
    /// `var.x`
    Variable(&'s str),
    /// `local.x`
    Local(&'s str),
    /// `module.x`, `module.x["k"].out`
    Module { name: &'s str, key: &'s str, output: Option<&'s str> },
    /// `aws_x.y`, `data.aws_x.y["k"]`
    Resource { address: &'s str, key: &'s str },
    /// Something that a later tool writes.
    Other,
}

impl<'s> Reference<'s> {
    pub(super) fn parse(text: &'s str) -> Self {
        let Some((first, rest)) = word(text) else { return Reference::Other };
        let second = rest.strip_prefix('.').and_then(word);
        // Types of resources have a `_`, nearly all of them, and what is none has not.
        if first.contains('_') {
            return Self::resource(text, second);
        }
        match (first, second) {
            ("each" | "count", _) => Reference::Instance,
            ("path" | "terraform" | "self", _) => Reference::Nothing,
            ("var", Some((name, _))) => Reference::Variable(name),
            ("local", Some((name, _))) => Reference::Local(name),
            ("module", Some((name, rest))) => {
                let (key, rest) = key(rest).unwrap_or(("", rest));
                let output = rest.strip_prefix('.').and_then(word).map(|(output, _)| output);
                Reference::Module { name, key, output }
            }
            ("data" | "ephemeral", Some((_, rest))) => {
                Self::resource(text, rest.strip_prefix('.').and_then(word))
            }
            (_, second) => Self::resource(text, second),
        }
    }

    fn resource(text: &'s str, name: Option<(&'s str, &'s str)>) -> Self {
        let Some((_, rest)) = name else { return Reference::Other };
        match text.get(..text.len().saturating_sub(rest.len())) {
            Some(address) => Reference::Resource { address, key: key(rest).map_or("", |(key, _)| key) },
            None => Reference::Other,
        }
    }
}

/// Whether `shorter` is `longer` cut at one of its joints: each reference is listed with its own beginnings behind it.
pub(super) fn is_beginning(shorter: &str, longer: &str) -> bool {
    longer.strip_prefix(shorter).is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// The name that the text begins with.
fn word(text: &str) -> Option<(&str, &str)> {
    let end = text.find(['.', '[', ']', '"']).unwrap_or(text.len());
    if end == 0 { None } else { text.split_at_checked(end) }
}

/// What stands in brackets at the beginning, or nothing when there are none.
fn key(text: &str) -> Option<(&str, &str)> {
    let Some(inner) = text.strip_prefix('[') else { return Some(("", text)) };
    let end = if inner.starts_with('"') {
        let mut escaped = false;
        let quote = |(_, byte): &(usize, u8)| {
            let ends = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        };
        inner.bytes().enumerate().skip(1).find(quote).map(|(at, _)| at + 1)?
    } else {
        inner.find(']')?
    };
    let (key, rest) = inner.split_at_checked(end)?;
    Some((key, rest.strip_prefix(']')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_apart() {
        let address = Address::parse(r#"module.a["x.y[\"]"].module.b[1].data.aws_x.y["k"]"#).unwrap();
        assert_eq!(address.modules, [("a", r#""x.y[\"]""#), ("b", "1")]);
        assert_eq!((address.resource, address.key), ("data.aws_x.y", r#""k""#));
        assert_eq!(address.config(), "module.a.module.b.data.aws_x.y");
        assert_eq!(address.keys(), [r#""x.y[\"]""#, "1", r#""k""#]);
        for wrong in
            ["", "aws_x", "module.a", "aws_x.y.z", "aws_x.y[0", "aws_x.y[\"a]", "module.a[.aws_x.y", "é.[\""]
        {
            assert_eq!(Address::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn references_are_told_apart() {
        use Reference::*;
        let resource = |address, key| Resource { address, key };
        assert_eq!(Reference::parse("each.value.x"), Instance);
        assert_eq!(Reference::parse("path.module"), Nothing);
        assert_eq!(Reference::parse("var.a.b[0]"), Variable("a"));
        assert_eq!(Reference::parse("local.a"), Local("a"));
        assert_eq!(Reference::parse("module.a"), Module { name: "a", key: "", output: None });
        let keyed = Module { name: "a", key: "\"k\"", output: Some("out") };
        assert_eq!(Reference::parse("module.a[\"k\"].out.id"), keyed);
        assert_eq!(Reference::parse("aws_x.y[0].id"), resource("aws_x.y", "0"));
        assert_eq!(Reference::parse("aws_x.y.id[3]"), resource("aws_x.y", ""));
        assert_eq!(Reference::parse("data.aws_x.y[\"k\"]"), resource("data.aws_x.y", "\"k\""));
        assert_eq!(Reference::parse("var"), Other);
        assert_eq!(Reference::parse("..."), Other);
    }

    #[test]
    fn a_beginning_ends_at_a_joint() {
        assert!(is_beginning("aws_x.y", "aws_x.y.id") && is_beginning("aws_x.y", "aws_x.y[0]"));
        assert!(!is_beginning("aws_x.y", "aws_x.yz") && !is_beginning("aws_x.y", "aws_x.y"));
    }
}

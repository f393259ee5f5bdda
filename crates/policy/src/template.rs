//! `@reason` and `@remedy`: sentences with placeholders from a closed list.

/// One thing a sentence can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Placeholder {
    Resource,
    Effect,
    Environment,
    Evidence,
    Type,
    Class,
    Backup,
    Count,
    Creates,
    Updates,
    Destroys,
    DestroysData,
    Estate,
    Share,
    Existing,
    Dependents,
    DataInReach,
    Regions,
}

impl Placeholder {
    const ALL: [(&'static str, Placeholder); 18] = [
        ("resource", Placeholder::Resource),
        ("effect", Placeholder::Effect),
        ("environment", Placeholder::Environment),
        ("evidence", Placeholder::Evidence),
        ("type", Placeholder::Type),
        ("class", Placeholder::Class),
        ("backup", Placeholder::Backup),
        ("count", Placeholder::Count),
        ("creates", Placeholder::Creates),
        ("updates", Placeholder::Updates),
        ("destroys", Placeholder::Destroys),
        ("destroys_data", Placeholder::DestroysData),
        ("estate", Placeholder::Estate),
        ("share", Placeholder::Share),
        ("existing", Placeholder::Existing),
        ("dependents", Placeholder::Dependents),
        ("data_in_reach", Placeholder::DataInReach),
        ("regions", Placeholder::Regions),
    ];

    fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, placeholder)| *placeholder)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Hole(Placeholder),
}

/// A sentence with holes. It is read once, so that what fills a hole is never read as a template again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    source: String,
    parts: Vec<Part>,
}

impl Template {
    /// Reads a sentence; the error is a phrase for the author.
    pub(crate) fn parse(source: &str) -> Result<Self, String> {
        if source.trim().is_empty() {
            return Err("is empty".to_owned());
        }
        if source.chars().any(char::is_control) {
            return Err("holds a line break or control character; write one line".to_owned());
        }
        let mut parts = Vec::new();
        let mut rest = source;
        while let Some((text, after)) = rest.split_once('{') {
            let Some((name, tail)) = after.split_once('}') else {
                return Err("has a `{` without its `}`".to_owned());
            };
            let Some(placeholder) = Placeholder::of(name) else {
                let known: Vec<_> = Placeholder::ALL.iter().map(|(name, _)| format!("{{{name}}}")).collect();
                return Err(format!("names `{{{name}}}`, which is not known; use {}", known.join(" ")));
            };
            parts.push(Part::Text(text.to_owned()));
            parts.push(Part::Hole(placeholder));
            rest = tail;
        }
        parts.push(Part::Text(rest.to_owned()));
        if parts.iter().any(|part| matches!(part, Part::Text(text) if text.contains('}'))) {
            return Err("has a `}` without its `{`".to_owned());
        }
        Ok(Self { source: source.to_owned(), parts })
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn names(&self, placeholder: Placeholder) -> bool {
        self.parts.contains(&Part::Hole(placeholder))
    }

    pub(crate) fn render(&self, fill: impl Fn(Placeholder) -> String) -> String {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Hole(placeholder) => fill(*placeholder),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_holes_once() {
        let template = Template::parse("{resource} goes: {evidence}").unwrap();
        let filled = template.render(|hole| match hole {
            Placeholder::Resource => "`a[\"{evidence}\"]`".to_owned(),
            _ => "because".to_owned(),
        });
        assert_eq!(filled, "`a[\"{evidence}\"]` goes: because");
    }

    #[test]
    fn refuses_what_it_cannot_fill() {
        for (wrong, why) in [
            ("{ressource} goes", "not known"),
            ("{resource goes", "without its `}`"),
            ("resource} goes", "without its `{`"),
            ("", "empty"),
            ("a\nb", "one line"),
        ] {
            assert!(Template::parse(wrong).unwrap_err().contains(why), "{wrong}");
        }
    }
}

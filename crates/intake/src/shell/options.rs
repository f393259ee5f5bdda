//! A command's words, told apart from its options.

use super::table::{Judge, Tool};
use super::word::{Word, fits};

/// What follows the name of a command.
#[derive(Debug, Default)]
pub(super) struct Options<'w> {
    pub(super) words: Vec<&'w Word>,
    /// By name, with its values; several where a command takes lists.
    pub(super) named: Vec<(String, Vec<Word>)>,
    /// The position of the first word of the command behind `--`.
    pub(super) behind: Option<usize>,
    /// Letters of its own may be put together: `-rf`.
    joins: bool,
}

/// Options of `aws` that stand alone although words may follow them.
const ALONE: [&str; 12] = [
    "--recursive",
    "--force",
    "--delete",
    "--dryrun",
    "--dry-run",
    "--quiet",
    "--debug",
    "--skip-final-snapshot",
    "--force-delete-without-recovery",
    "--publicly-accessible",
    "--exact-timestamps",
    "--force-delete",
];

impl<'w> Options<'w> {
    pub(super) fn of(tool: &Tool, args: &'w [Word]) -> Self {
        let aws = tool.judge == Some(Judge::Aws);
        let long = tool.names().iter().any(|name| name == "terraform");
        let mut options = Options { joins: !aws && !long, ..Options::default() };
        let mut rest = args.iter().enumerate().peekable();
        while let Some((n, word)) = rest.next() {
            let text = word.text.as_str();
            if text == "--" && options.behind.is_none() {
                options.behind = Some(n + 1);
                continue;
            }
            if options.behind.is_some() || !text.starts_with('-') || text == "-" {
                options.words.push(word);
                continue;
            }
            if let Some((name, _)) = text.split_once('=') {
                options.named.push((name.to_owned(), vec![word.behind(&format!("{name}="))]));
                continue;
            }
            let mut values = Vec::new();
            let takes = tool.values.iter().any(|known| known == text);
            let early = options.words.len() < 2;
            let alone = ALONE.contains(&text)
                || text.starts_with("--no-")
                || options.words.first().is_some_and(|word| word.text == "s3");
            if takes || (aws && early && !alone) {
                values.extend(
                    rest.next_if(|(_, word)| !word.text.starts_with("--")).map(|(_, word)| word.clone()),
                );
            } else if aws && !alone {
                while let Some((_, word)) = rest.next_if(|(_, word)| !word.text.starts_with("--")) {
                    values.push(word.clone());
                }
            }
            options.named.push((text.to_owned(), values));
        }
        options
    }

    pub(super) fn texts(&self) -> Vec<&'w str> {
        self.words.iter().map(|word| word.text.as_str()).collect()
    }

    /// The first of these options that is there: `--name`, or `--name=pattern` where the value counts too.
    pub(super) fn any<'p>(&self, patterns: &'p [String]) -> Option<&'p String> {
        patterns.iter().find(|pattern| self.has(pattern))
    }

    pub(super) fn has(&self, pattern: &str) -> bool {
        let (name, value) =
            pattern.split_once('=').map_or((pattern, None), |(name, value)| (name, Some(value)));
        self.named.iter().any(|(is, values)| {
            let named = fits(name, is) || self.joined(name, is);
            let off = values.iter().any(|word| matches!(word.text.as_str(), "false" | "none"));
            named
                && match value {
                    Some(value) => values.iter().any(|word| fits(value, &word.text)),
                    None => !off,
                }
        })
    }

    /// `-f` in `-rf`.
    fn joined(&self, name: &str, is: &str) -> bool {
        let (Some(letter), Some(letters)) = (name.strip_prefix('-'), is.strip_prefix('-')) else {
            return false;
        };
        self.joins
            && letter.chars().count() == 1
            && letters.len() > 1
            && letters.len() <= 6
            && letters.chars().all(|c| c.is_ascii_alphabetic())
            && letters.contains(letter)
    }

    /// The values of an option.
    pub(super) fn values(&self, pattern: &str) -> Vec<&Word> {
        let fit = |name: &String| pattern.split('|').any(|one| fits(one, name));
        self.named.iter().filter(|(name, _)| fit(name)).flat_map(|(_, values)| values).collect()
    }
}

//! Where a path leads: to working files, that are made and thrown away all day, or to what others rely on.

use super::word::Word;

/// What kind of place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// Working files.
    Working,
    /// Something that matters, and why.
    Matters(String),
    /// Everything below something, and why.
    Everything(String),
    /// Not shown, and why.
    Unseen(String),
}

/// Directories that every build makes again.
const BUILT: [&str; 30] = [
    "target",
    "node_modules",
    "dist",
    "build",
    "out",
    "tmp",
    "temp",
    ".cache",
    "cache",
    "__pycache__",
    "coverage",
    ".next",
    ".nuxt",
    ".venv",
    "venv",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".turbo",
    ".parcel-cache",
    "htmlcov",
    ".gradle",
    "bin",
    "obj",
    "Library",
    ".terraform",
    "vendor",
    "logs",
    "test-results",
    "playwright-report",
];

/// Where the system and what serves others lives.
const SYSTEM: [&str; 17] = [
    "/etc",
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib64",
    "/boot",
    "/var/lib",
    "/var/log",
    "/var/backups",
    "/dev",
    "/proc",
    "/sys",
    "/root",
    "/opt",
    "/srv",
    "/mnt",
];

/// A path without what means nothing: `a//b/./c/../d` is `a/b/d`.
pub(super) fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != ".." && *last != "~") => {
                parts.pop();
            }
            // Above the root there is only the root.
            ".." if path.starts_with('/') => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if path.starts_with('/') { format!("/{joined}") } else { joined }
}

/// Where a word leads, seen from here; `here` is `None` when that is not known, and `""` for where it began.
pub(super) fn of(word: &Word, here: Option<&str>, remote: bool) -> Place {
    if word.is_blank() {
        return Place::Everything("the path is not filled in".to_owned());
    }
    if let Some(hole) = word.holes.first() {
        let bare = clean(&word.bare);
        let name = hole.name();
        let relative = !word.bare.starts_with('/')
            && !word.bare.starts_with('~')
            && !bare.is_empty()
            && !bare.starts_with("..")
            && bare != "*";
        if relative && word.text.starts_with(bare.split('/').next().unwrap_or(&bare)) && !remote {
            return Place::Working;
        }
        if word.bare.starts_with("/tmp/") && word.text.starts_with("/tmp/") {
            return Place::Working;
        }
        let unset = matches!(hole, super::word::Hole::Unset(_));
        if bare.is_empty() || bare == "/" || bare == "/*" || bare == "*" || bare == "~" {
            let what = if word.bare.starts_with('/') { "`/`" } else { "nothing, or anything" };
            let says = format!("`{name}` is not shown; empty, the path is {what}");
            return if unset || word.bare.starts_with('/') {
                Place::Everything(says)
            } else {
                Place::Unseen(says)
            };
        }
        return Place::Unseen(format!("the path has `{name}` in it, which is not shown"));
    }
    let text = word.text.as_str();
    let own = |path: &str| path.starts_with('/') || path.starts_with('~');
    let full = match here {
        _ if own(text) => text.to_owned(),
        Some("") => text.to_owned(),
        Some(here) => format!("{here}/{text}"),
        None if clean(text).split('/').any(|part| BUILT.contains(&part)) => text.to_owned(),
        None => return Place::Unseen("where the path begins is not shown".to_owned()),
    };
    let path = clean(&full);
    path_of(&path, remote)
}

fn path_of(path: &str, remote: bool) -> Place {
    let shown = if path.is_empty() { "." } else { path };
    if matches!(path, "" | "/" | "/*" | "~" | "~/*" | "*" | ".*" | "/.*" | "~/.*")
        || path.split('/').all(|part| part == ".." || part == "*")
    {
        return Place::Everything(format!("`{shown}` is everything there is"));
    }
    if path.starts_with("/home") || path.starts_with("/Users") {
        let below = path.split('/').count();
        if below <= 3 {
            return Place::Everything(format!("`{shown}` is everything that somebody has"));
        }
    }
    let within = |root: &str| {
        path == root
            || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/') || rest.starts_with('*'))
    };
    if path.starts_with("/tmp")
        || path.starts_with("/var/tmp")
        || path.starts_with("/dev/shm")
        || path == "/dev/null"
        || path == "/dev/stdout"
        || path == "/dev/stderr"
        || path == "/dev/tty"
    {
        return Place::Working;
    }
    if SYSTEM.iter().any(|root| within(root)) {
        return Place::Matters(format!("`{shown}` belongs to the system, or to what it serves"));
    }
    let mut parts = path.split('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    if parts.clone().any(|part| part == ".git") || last.ends_with(".tfstate") || last.contains(".tfstate.") {
        return Place::Matters(format!("`{shown}` holds a history or a state that cannot be made again"));
    }
    let built = parts.any(|part| BUILT.contains(&part));
    if remote && !built {
        return Place::Matters(format!("`{shown}` is on another machine, and what it holds is not shown"));
    }
    if (path.starts_with('/') || path.starts_with('~')) && !built {
        return Place::Matters(format!("`{shown}` is outside of where the work is done"));
    }
    Place::Working
}

//! What git does beyond the working copy: it pushes, and it runs what it is told to.

use holdpoint_core::{Class, EffectKind, HazardKind, Manner};

use super::options::Options;
use super::simple::unknown;
use super::walk::Walk;
use crate::act::Act;

/// Pushes are judged; whatever else git does stays in the working copy. `false` for the latter.
pub(super) fn push(walk: &mut Walk, options: &Options<'_>) -> bool {
    let words = options.texts();
    let first = words.first().copied().unwrap_or_default();
    let runs = matches!(words.as_slice(), ["bisect", "run", ..] | ["submodule", "foreach", ..]);
    let option = [
        "--exec",
        "--tree-filter",
        "--index-filter",
        "--env-filter",
        "--extcmd",
        "--upload-pack",
        "--receive-pack",
    ];
    let told = option
        .into_iter()
        .find(|option| options.has(option))
        .or_else(|| (matches!(first, "rebase" | "difftool") && options.has("-x")).then_some("-x"));
    if runs || told.is_some() {
        let by = told.unwrap_or(first);
        walk.acts
            .push(unknown("script", format!("git runs something by `{by}`, and what it does is not judged")));
        return true;
    }
    if first != "push" {
        return false;
    }
    let remote = words.get(1).copied().unwrap_or("origin");
    let refs: Vec<&str> = words.iter().skip(2).copied().collect();
    let deletes = options.has("--delete") || options.has("-d") || refs.iter().any(|is| is.starts_with(':'));
    let mirror =
        options.has("--mirror") || options.has("--prune") || options.has("--all") && options.has("--force");
    let forced = options.has("--force") || options.has("-f") || refs.iter().any(|is| is.starts_with('+'));
    let shared = |name: &str| {
        let name = name.trim_start_matches(['+', ':']).rsplit(':').next().unwrap_or(name);
        ["main", "master", "develop", "trunk", "production", "prod", "staging"].contains(&name)
            || name.starts_with("release")
    };
    let effect = if deletes { EffectKind::Delete } else { EffectKind::Update };
    let mut act =
        Act::new(effect, "git_branch", format!("git branch {remote}/{}", refs.join(" "))).class(Class::Other);
    if mirror {
        act = act
            .hazard(HazardKind::DataLoss, "whatever this copy does not have is deleted there")
            .manner(Manner::SelectsAll, "which branches those are is not shown");
    } else if deletes && refs.iter().any(|name| shared(name)) {
        act = act.hazard(HazardKind::DataLoss, "a branch that others build on is deleted");
    } else if forced && (refs.is_empty() || refs.iter().any(|name| shared(name) || *name == "HEAD")) {
        act = act
            .hazard(HazardKind::DataLoss, "commits that are there are thrown away")
            .manner(Manner::Forced, "`--force` overrides the check for commits of others");
    }
    if !act.is_grave() {
        act.effect = EffectKind::Update;
        act.local = true;
    }
    walk.acts.push(act);
    true
}

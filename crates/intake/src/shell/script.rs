//! Programs that are not read: all that is shown of them is a name.

use holdpoint_core::{Class, EffectKind, HazardKind};

use super::options::Options;
use super::simple::unknown;
use super::walk::Walk;
use super::way::{Stdin, Way};
use super::word::Word;
use crate::ReadError;
use crate::act::Act;

/// `npm run …`: a script's name is all that is shown.
pub(super) fn named(
    walk: &mut Walk,
    name: &str,
    options: &Options<'_>,
    argv: &[Word],
    way: &Way,
) -> Result<(), ReadError> {
    let words = options.texts();
    let runs = ["run", "run-script", "rum"].contains(&words.first().copied().unwrap_or_default());
    let executes = ["exec", "x", "dlx"].contains(&words.first().copied().unwrap_or_default());
    let script = words.get(usize::from(runs || executes)).copied().unwrap_or_default().to_owned();
    let known = !runs && walk.commands.tool(&script).is_some();
    if executes || known {
        let inner: Vec<Word> = argv.iter().skip(1).skip_while(|word| word.text != script).cloned().collect();
        return if inner.is_empty() { walk.read(name) } else { walk.run(&inner, &way.inner()) };
    }
    if script.is_empty() {
        return walk.read(name);
    }
    let parts: Vec<String> = script.split([':', '-', '_', '.']).map(str::to_ascii_lowercase).collect();
    let has = |list: &[&str]| parts.iter().find(|part| list.contains(&part.as_str())).cloned();
    let grave = has(&[
        "db",
        "database",
        "migrate",
        "migration",
        "migrations",
        "prisma",
        "drizzle",
        "schema",
        "reset",
        "drop",
        "destroy",
        "purge",
        "wipe",
        "nuke",
        "push",
        "truncate",
        "seed",
        "deploy",
        "teardown",
        "delete",
        "rollback",
        "prod",
        "production",
        "cleanup",
        "infra",
        "terraform",
        "cdk",
        "sst",
    ]);
    let generates =
        has(&["generate", "studio", "types", "test", "lint", "docs", "local", "validate", "format"]);
    let plain = has(&[
        "build",
        "test",
        "tests",
        "lint",
        "dev",
        "start",
        "format",
        "fmt",
        "typecheck",
        "check",
        "watch",
        "preview",
        "coverage",
        "storybook",
        "serve",
        "clean",
        "docs",
        "unit",
        "e2e",
        "ci",
        "types",
        "tsc",
        "prettier",
        "eslint",
        "compile",
        "bench",
        "analyze",
        "validate",
        "codegen",
        "generate",
        "prepare",
        "verify",
        "package",
        "bundle",
    ]);
    let address = format!("{name} script/{script}");
    // A database that is pushed to or reset is made anew, as far as its name tells.
    let anew = has(&["db", "database", "prisma", "drizzle", "schema"]).is_some()
        && has(&["push", "reset", "drop", "wipe", "nuke", "purge", "truncate", "destroy"]).is_some();
    let effect = if anew { EffectKind::Replace } else { EffectKind::Execute };
    let mut act = Act::new(effect, "package_script", address).class(Class::Unlisted);
    match (grave, plain, generates) {
        (Some(word), _, None) => {
            act = act
                .class(Class::Data)
                .hazard(
                    HazardKind::DataLoss,
                    format!("the script's name has `{word}` in it, and what it runs is not shown"),
                )
                .hazard(HazardKind::Unknown, "what the script runs is not shown");
        }
        (_, Some(_), _) | (Some(_), _, Some(_)) => return walk.local(&format!("{name} {script}")),
        _ => act = act.hazard(HazardKind::Unknown, "what the script runs is not shown"),
    }
    walk.acts.push(act);
    Ok(())
}

/// A program in a language that is not read.
pub(super) fn interpreter(walk: &mut Walk, name: &str, args: &[Word], way: &Way) -> Result<(), ReadError> {
    let first = args
        .iter()
        .map(|word| word.text.as_str())
        .find(|text| !matches!(*text, "-u" | "-B" | "-O" | "-W" | "-X" | "--no-warnings"));
    let modules = [
        "pytest",
        "unittest",
        "venv",
        "pip",
        "mypy",
        "ruff",
        "black",
        "json.tool",
        "http.server",
        "build",
        "compileall",
        "flake8",
        "isort",
        "coverage",
        "virtualenv",
        "pdb",
        "timeit",
        "tox",
        "pylint",
        "doctest",
        "site",
        "zipfile",
    ];
    match first {
        None => match &way.stdin {
            Stdin::Nothing => {
                walk.acts.push(unknown("session", format!("what is typed into `{name}` is not shown")))
            }
            _ => {
                walk.acts.push(unknown("script", format!("the program that `{name}` is given is not judged")))
            }
        },
        Some("--version" | "-V" | "-v" | "--help" | "-h" | "--check" | "-l") => return walk.read(name),
        Some("-m") => {
            let module = args
                .iter()
                .skip_while(|word| word.text != "-m")
                .nth(1)
                .map(|word| word.text.clone())
                .unwrap_or_default();
            if modules.contains(&module.as_str()) {
                return walk.local(&format!("{name} -m {module}"));
            }
            walk.acts.push(unknown("script", format!("what the module `{module}` does is not known")));
        }
        Some("test" | "--test" | "fmt" | "lint" | "check" | "bench") if matches!(name, "deno" | "node") => {
            return walk.local(name);
        }
        Some(file)
            if file.ends_with("manage.py") || file.ends_with("artisan") || file.ends_with("bin/console") =>
        {
            let tool = if file.ends_with("manage.py") {
                "manage.py"
            } else if file.ends_with("artisan") {
                "artisan"
            } else {
                "symfony"
            };
            let mut argv = vec![Word::known(tool)];
            argv.extend(args.iter().skip_while(|word| word.text != file).skip(1).cloned());
            return walk.run(&argv, &way.inner());
        }
        Some("-c" | "-e" | "--eval" | "-p" | "-r" | "-ne" | "-pe" | "-i" | "-pi" | "-n" | "eval" | "-") => {
            walk.acts.push(unknown("script", format!("the program that `{name}` is given is not judged")));
        }
        Some(file) => {
            let mut act = unknown("script", format!("what the program `{file}` does is not shown"));
            act.address = format!("{name} script/{file}");
            walk.acts.push(act);
        }
    }
    Ok(())
}

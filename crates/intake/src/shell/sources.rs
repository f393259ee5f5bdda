//! Commands that carry something in another language: SQL, requests, programs, scripts by name.

use holdpoint_core::{Class, EffectKind, HazardKind, Manner};

use super::options::Options;
use super::simple::unknown;
use super::walk::{Stdin, Walk, Way};
use super::word::{Word, line};
use crate::act::Act;
use crate::http::{self, Request};
use crate::{ReadError, sql as statements};

/// `psql -c`, `mysql -e`, `sqlite3 file '…'`, and what is piped in.
pub(super) fn sql(walk: &mut Walk, name: &str, args: &[Word], way: &Way) -> Result<(), ReadError> {
    let mut texts: Vec<Word> = Vec::new();
    let mut files: Vec<String> = Vec::new();
    let mut bare: Vec<Word> = Vec::new();
    let mut lists = false;
    let values = [
        "-h",
        "-p",
        "-U",
        "-d",
        "-u",
        "-P",
        "-v",
        "-F",
        "-o",
        "-L",
        "-S",
        "-D",
        "--host",
        "--port",
        "--username",
        "--dbname",
        "--user",
        "--database",
        "--set",
        "--variable",
        "--output",
        "-cmd",
        "--url",
    ];
    let mut rest = args.iter().peekable();
    while let Some(word) = rest.next() {
        let text = word.text.as_str();
        let said =
            ["--command=", "--execute=", "-e=", "--query="].into_iter().find(|start| text.starts_with(start));
        let file = ["--file=", "--init-file="].into_iter().find(|start| text.starts_with(start));
        let joined = ["-c", "-e"]
            .into_iter()
            .find(|start| text.starts_with(start) && text.len() > 2 && !text.starts_with("--"));
        match text {
            // Letters may be put together, and the last one takes the value: `psql -tAc '…'`.
            _ if text.starts_with('-')
                && !text.starts_with("--")
                && text.len() <= 6
                && text.ends_with(['c', 'e'])
                && text.chars().skip(1).all(|c| c.is_ascii_alphabetic()) =>
            {
                texts.extend(rest.next().cloned());
            }
            "--command" | "--execute" | "--query" | "-q" if text.len() > 2 => {
                texts.extend(rest.next().cloned())
            }
            "-f" | "--file" | "-i" | "--init-file" if name != "mysql" && name != "mariadb" => {
                files.push(rest.next().map(|word| word.text.clone()).unwrap_or_default());
            }
            "-l" | "--list" | "--version" | "-V" | "--help" | "-?" => lists = true,
            _ if values.contains(&text) => {
                rest.next();
            }
            _ => match (said, file, joined) {
                (Some(start), _, _) => texts.push(word.behind(start)),
                (_, Some(start), _) => files.push(word.behind(start).text),
                (_, _, Some(start)) => texts.push(word.behind(start)),
                _ if !text.starts_with('-') => bare.push(word.clone()),
                _ => {}
            },
        }
    }
    if matches!(name, "sqlite3" | "duckdb") {
        texts.extend(bare.iter().skip(1).cloned());
    }
    for text in &texts {
        told(walk, name, text)?;
    }
    for file in &files {
        let says = format!("what the file `{file}` holds is not shown; hand in its SQL");
        let mut act = unknown("script", says);
        act.address = format!("{name} file/{file}");
        walk.acts.push(act);
    }
    if !texts.is_empty() || !files.is_empty() {
        return Ok(());
    }
    match &way.stdin {
        Stdin::Text(text) => told(walk, name, &Word::known(text.clone())),
        Stdin::Output(command, _) => {
            let says = format!("the SQL that `{command}` is, is not shown");
            walk.acts.push(unknown("script", says));
            Ok(())
        }
        Stdin::Nothing if lists => walk.read(name),
        Stdin::Nothing => {
            walk.acts.push(unknown("session", format!("what is typed into `{name}` is not shown")));
            Ok(())
        }
    }
}

fn told(walk: &mut Walk, name: &str, text: &Word) -> Result<(), ReadError> {
    if name == "sqlite3" && text.text.trim_start().starts_with('.') {
        let looks = [".tables", ".schema", ".dump", ".mode", ".headers", ".indexes", ".databases"];
        if looks.iter().any(|look| text.text.trim_start().starts_with(look)) {
            return walk.read(name);
        }
        walk.acts.push(unknown("session", "what the command of the shell does is not known"));
        return Ok(());
    }
    let mut acts = statements::acts(&text.text, &mut walk.hidden)?;
    if acts.is_empty() {
        return walk.read(name);
    }
    if !text.is_known() {
        let hole = text.holes.first().map(super::word::Hole::name).unwrap_or_default();
        acts.push(unknown("sql", format!("`{hole}` in the SQL is not shown")));
    }
    walk.acts.extend(acts);
    Ok(())
}

/// Stores that are no SQL: by the words that destroy in them.
pub(super) fn store(walk: &mut Walk, name: &str, args: &[Word]) -> Result<(), ReadError> {
    let text = line(args);
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric() && c != '-').map(str::to_ascii_lowercase).collect();
    let has = |list: &[&str]| words.iter().find(|word| list.contains(&word.as_str())).cloned();
    let all = has(&[
        "flushall",
        "flushdb",
        "dropdatabase",
        "prune",
        "reset",
        "deletemany",
        "--prefix",
        "seal",
        "force-reset",
        "truncate",
    ]);
    let gone = has(&[
        "del",
        "unlink",
        "delete",
        "drop",
        "dropcollection",
        "remove",
        "deleteone",
        "destroy",
        "rm",
        "purge",
        "--delete",
        "delete-queue",
        "drop-keyspace",
        "purge-queue",
        "disable",
        "revoke",
        "stop",
    ]);
    let looks = [
        "get",
        "keys",
        "scan",
        "info",
        "ping",
        "find",
        "findone",
        "count",
        "countdocuments",
        "ls",
        "list",
        "--list",
        "--describe",
        "status",
        "read",
        "member",
        "endpoint",
        "members",
        "ttl",
        "hgetall",
        "type",
        "exists",
        "dbsize",
        "lrange",
        "smembers",
        "llen",
        "monitor",
        "aggregate",
        "stats",
        "show",
        "version",
        "--version",
        "mget",
        "strlen",
        "zrange",
        "client",
        "memory",
        "slowlog",
        "select",
        "describe",
        "kv",
        "lookup",
        "token",
    ];
    let act = |effect| Act::new(effect, "store", format!("{name} store")).class(Class::Data);
    if let Some(word) = all {
        walk.acts.push(
            act(EffectKind::Delete)
                .hazard(HazardKind::DataLoss, format!("`{word}` empties it"))
                .manner(Manner::SelectsAll, format!("`{word}` takes whatever there is")),
        );
    } else if let Some(word) = gone {
        walk.acts.push(
            act(EffectKind::Delete).hazard(HazardKind::DataLoss, format!("`{word}` deletes what it names")),
        );
    } else if words.iter().any(|word| looks.contains(&word.as_str()))
        && has(&["eval", "put", "write", "update", "config", "updatemany", "insert"]).is_none()
    {
        return walk.read(name);
    } else if has(&[
        "set",
        "put",
        "incr",
        "insertone",
        "hset",
        "expire",
        "lpush",
        "sadd",
        "setex",
        "updateone",
        "insertmany",
    ])
    .is_some()
    {
        walk.acts.push(act(EffectKind::Update));
    } else {
        walk.acts.push(unknown("session", format!("what `{name}` is told is not known")));
    }
    Ok(())
}

/// `npm run …`: a script's name is all that is shown.
pub(super) fn scripts(
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
    let mut act = Act::new(EffectKind::Execute, "package_script", address).class(Class::Unlisted);
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

/// `curl` and its like, as the request that they send.
pub(super) fn request(walk: &mut Walk, name: &str, args: &[Word], way: &Way) -> Result<(), ReadError> {
    let mut request = Request::default();
    let mut output: Vec<Word> = Vec::new();
    let mut hidden_body = None;
    let mut urls: Vec<String> = Vec::new();
    let mut form = false;
    let values = [
        "-A",
        "-b",
        "-c",
        "-e",
        "-E",
        "-m",
        "-w",
        "-x",
        "--connect-timeout",
        "--max-time",
        "--retry",
        "--cacert",
        "--cert",
        "--key",
        "--user-agent",
        "--write-out",
        "-u",
        "--user",
        "--proxy",
        "--resolve",
        "--retry-delay",
        "-T",
        "--timeout",
        "--tries",
        "-t",
        "-C",
        "-K",
        "--limit-rate",
        "--oauth2-bearer",
        "-a",
        "-U",
        "--referer",
        "--cookie",
    ];
    let mut rest = args.iter().peekable();
    while let Some(word) = rest.next() {
        let (text, inline) = match word.text.split_once('=') {
            Some((option, value)) if option.starts_with("--") => (option.to_owned(), Some(value.to_owned())),
            _ => (word.text.clone(), None),
        };
        let mut value =
            || inline.clone().map(Word::known).or_else(|| rest.next().cloned()).unwrap_or_default();
        match text.as_str() {
            "-X" | "--request" | "--method" => request.method = value().text.to_ascii_uppercase(),
            "-H" | "--header" => {
                let header = value();
                if let Some((name, value)) = header.text.split_once(':') {
                    request.headers.push((name.trim().to_owned(), value.trim().to_owned()));
                }
            }
            "-d" | "--data" | "--data-raw" | "--data-binary" | "--json" | "--post-data" | "--body-data"
            | "--data-urlencode" | "-F" | "--form" | "--post-file" | "--body-file" | "--form-string" => {
                let body = value();
                form = true;
                let file = body.text.starts_with('@') || text.ends_with("-file");
                match (&way.stdin, body.text.as_str()) {
                    (Stdin::Text(text), "@-") => request.body.push_str(text),
                    _ if file || !body.is_known() => hidden_body = Some(body.text.clone()),
                    _ => {
                        if !request.body.is_empty() {
                            request.body.push('&');
                        }
                        request.body.push_str(&body.text);
                    }
                }
            }
            "-G" | "--get" => request.method = "GET".to_owned(),
            "-I" | "--head" | "--spider" => request.method = "HEAD".to_owned(),
            "-T" | "--upload-file" if name == "curl" => {
                value();
                if request.method.is_empty() {
                    request.method = "PUT".to_owned();
                }
            }
            "-o" | "--output" | "-O" | "--output-document" if !(name == "curl" && text == "-O") => {
                output.push(value())
            }
            "--url" => urls.push(value().text),
            "-u" | "--user" if name == "curl" => {
                value();
                request.headers.push(("Authorization".to_owned(), String::new()));
            }
            option if values.contains(&option) => {
                value();
            }
            option if option.starts_with("-X") && option.len() > 2 => {
                request.method = option.trim_start_matches("-X").to_ascii_uppercase()
            }
            option if option.starts_with('-') => {}
            method if name != "curl" && name != "wget" && method.chars().all(|c| c.is_ascii_uppercase()) => {
                request.method = method.to_owned()
            }
            pair if name != "curl" && name != "wget" && !urls.is_empty() && pair.contains(['=', ':']) => {
                match pair.split_once(':').filter(|_| !pair.contains('=')) {
                    Some((name, value)) => request.headers.push((name.to_owned(), value.to_owned())),
                    None => {
                        form |= !pair.contains("==");
                        request.body.push_str(pair);
                        request.body.push('&');
                    }
                }
            }
            url => urls.push(url.to_owned()),
        }
    }
    for word in &output {
        super::files::written(walk, word, false, way);
    }
    if request.method.is_empty() {
        request.method = if form { "POST" } else { "GET" }.to_owned();
    }
    if urls.is_empty() {
        return walk.read(name);
    }
    for url in urls {
        let request =
            Request { text: format!("{} {url} {}", request.method, request.body), url, ..request.clone() };
        let mut acts = http::acts(std::slice::from_ref(&request), &mut walk.hidden)?;
        for act in &mut acts {
            // The command is what a person reads, not the request made of it.
            act.text.clear();
            if let Some(body) = hidden_body.as_ref().filter(|_| act.acts()) {
                act.adds_hazard(HazardKind::Unknown, format!("the body `{body}` is not shown"));
            }
        }
        walk.acts.extend(acts);
    }
    Ok(())
}

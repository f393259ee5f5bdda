//! Clients of databases and stores: what they are told, and what is piped into them.

use holdpoint_core::{Class, EffectKind, HazardKind, Manner};

use super::simple::unknown;
use super::walk::Walk;
use super::way::{Stdin, Way};
use super::word::{Word, line};
use crate::act::Act;
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
    let start = walk.acts.len();
    for text in &texts {
        told(walk, name, text)?;
    }
    // The command holds the statements, and says which database they go to.
    walk.acts.iter_mut().skip(start).for_each(|act| act.text.clear());
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
        Stdin::Text(text) => {
            told(walk, name, &Word::known(text.clone()))?;
            let client = format!("{name} {}", line(args));
            for act in walk.acts.iter_mut().skip(start).filter(|act| !act.text.is_empty()) {
                act.text = format!("{client}: {}", act.text);
            }
            Ok(())
        }
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

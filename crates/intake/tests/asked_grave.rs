//! Commands that must be seen for what they are, and the ones of real incidents.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use holdpoint_core::{Change, Class, Effect, EffectKind, Format, HazardKind, Manner};
use holdpoint_intake::{ReadError, read};

fn shell(text: &str) -> Change {
    read(Format::Shell, text.as_bytes()).unwrap()
}

fn words(change: &Change) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for effect in &change.effects {
        words.extend(effect.hazards.iter().map(|h| h.kind.as_str().to_owned()));
        words.extend(effect.manners.iter().map(|m| m.manner.as_str().to_owned()));
        words.insert(format!("={}", effect.effect.as_str()));
    }
    words
}

#[test]
fn grave_commands_are_seen() {
    let list = include_str!("../../../tests/cases/shell/grave.txt");
    let mut wrong = Vec::new();
    let mut cases = 0;
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let (expected, command) = line.split_once('\t').unwrap();
        cases += 1;
        match read(Format::Shell, command.as_bytes()) {
            Err(error) => wrong.push(format!("{command}: {error}")),
            Ok(change) => {
                let found = words(&change);
                for word in expected.split(' ') {
                    let missed = match word.strip_prefix('!') {
                        Some(word) => found.contains(word),
                        None => !found.contains(word),
                    };
                    if missed {
                        wrong.push(format!("{command}: {word}: found {found:?}"));
                    }
                }
            }
        }
    }
    assert!(cases > 150);
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// What wraps a command must never make it look milder.
#[test]
fn wrappers_never_soften_a_command() {
    let list = include_str!("../../../tests/cases/shell/grave.txt");
    let mut wrong = Vec::new();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        let (_, command) = line.split_once('\t').unwrap();
        let plain = words(&shell(command));
        let quoted = command.replace('\'', "'\\''");
        for wrapped in [
            format!("bash -c '{quoted}'"),
            format!("sudo sh -lc '{quoted}'"),
            format!("( {command} )"),
            format!("{{ {command}; }}"),
            format!("true && {command}"),
            format!("echo \"$( {command} )\""),
            format!("w() {{ {command}; }}; w"),
            format!("if true; then {command}; fi"),
            format!("env A=b nohup timeout 5 bash -c '{quoted}'"),
            format!("{command} | cat"),
            format!("bash <<'XEOFX'\n{command}\nXEOFX"),
        ] {
            match read(Format::Shell, wrapped.as_bytes()) {
                Err(error) => wrong.push(format!("{wrapped}: {error}")),
                Ok(change) => {
                    let found = words(&change);
                    let lost: Vec<_> = plain.difference(&found).collect();
                    if !lost.is_empty() {
                        wrong.push(format!("{wrapped}: lost {lost:?}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} softened:\n{}", wrong.len(), wrong.join("\n"));
}

fn grave(change: &Change) -> Vec<&Effect> {
    change.effects.iter().filter(|effect| !effect.hazards.is_empty()).collect()
}

#[test]
fn a_mutation_that_deletes_a_volume_with_somebodys_token() {
    let change = shell(include_str!("../../../tests/cases/shell/pocketos.sh"));
    let effect = grave(&change)[0];
    assert_eq!((effect.effect, effect.class), (EffectKind::Delete, Class::Data));
    assert!(effect.has(HazardKind::DataLoss) && effect.is_asked(Manner::ForeignCredential));
    assert!(effect.resource.address.contains("volume/3d2c42fb"), "{}", effect.resource.address);
}

#[test]
fn schemas_that_are_pushed() {
    for text in [
        include_str!("../../../tests/cases/shell/replit.sh"),
        include_str!("../../../tests/cases/shell/prisma_33183.sh"),
        include_str!("../../../tests/cases/shell/prisma_36183.sh"),
    ] {
        assert!(grave(&shell(text)).iter().any(|effect| effect.has(HazardKind::DataLoss)), "{text}");
    }
    assert!(
        grave(&shell(include_str!("../../../tests/cases/shell/prisma_36183.sh")))[0].is_asked(Manner::Forced)
    );
}

#[test]
fn an_agent_that_asks_nobody_and_what_it_was_told_to_do() {
    let change = shell(include_str!("../../../tests/cases/shell/amazon_q.sh"));
    assert!(change.effects.iter().any(|effect| effect.is_asked(Manner::Unattended)));
    let deletes = |kind: &str| {
        let found = change
            .effects
            .iter()
            .find(|effect| effect.resource.kind == kind && effect.effect == EffectKind::Delete);
        found.is_some_and(|effect| effect.is_asked(Manner::SelectsAll) && !effect.hazards.is_empty())
    };
    for kind in ["aws_instance", "aws_s3_object", "aws_iam_user"] {
        assert!(deletes(kind), "{kind}");
    }
}

#[test]
fn the_other_commands_of_incidents() {
    let change = shell(include_str!("../../../tests/cases/shell/moj.sh"));
    let effect = grave(&change)[0];
    assert_eq!((effect.resource.kind.as_str(), effect.class), ("kubernetes_namespace", Class::Data));
    assert!(effect.is_asked(Manner::SelectsAll));
    let change = shell(include_str!("../../../tests/cases/shell/datatalks.sh"));
    assert!(
        change
            .effects
            .iter()
            .any(|effect| effect.effect == EffectKind::Delete && effect.is_asked(Manner::Forced))
    );
    assert!(
        change
            .effects
            .iter()
            .any(|effect| effect.effect == EffectKind::Execute && effect.has(HazardKind::Unknown))
    );
    let change = shell(include_str!("../../../tests/cases/shell/claude_code_32995.sh"));
    assert!(grave(&change)[0].has(HazardKind::DataLoss) && grave(&change)[0].class == Class::Data);
    let change = shell(include_str!("../../../tests/cases/shell/claude_code_47891.sh"));
    assert!(grave(&change)[0].is_asked(Manner::Forced));
    let refused = read(Format::Shell, include_bytes!("../../../tests/cases/shell/gemini_cli.ps1"));
    assert_eq!(refused.unwrap_err(), ReadError::PowerShell);
}

#[test]
fn an_empty_filter_and_what_was_deleted_after_it() {
    let given =
        read(Format::Http, include_bytes!("../../../tests/cases/http/cloudflare_byoip.http")).unwrap();
    let delete = given.effects.iter().find(|effect| effect.effect == EffectKind::Delete).unwrap();
    assert!(delete.is_asked(Manner::SelectsAll) && !delete.hazards.is_empty());
    let mut text = String::from("GET /v1/prefixes?pending_delete\n");
    for n in 0..1100 {
        text.push_str(&format!("\nDELETE /v1/prefixes/p-{n}\n"));
    }
    let change = read(Format::Http, text.as_bytes()).unwrap();
    let deletes: Vec<_> =
        change.effects.iter().filter(|effect| effect.effect == EffectKind::Delete).collect();
    assert_eq!(deletes.len(), 1100);
    assert!(
        deletes.iter().all(|effect| effect.is_asked(Manner::SelectsAll) && effect.class == Class::Traffic)
    );
}

#[test]
fn a_list_of_sites_that_are_deleted_for_good() {
    let ids: Vec<String> = (0..883).map(|n| format!("\"site-{n:04}\"")).collect();
    let given = include_str!("../../../tests/cases/http/atlassian.json");
    let text = given.replace("\"site-0001\",\n  \"... 883 ids ...\"", &ids.join(", "));
    let change = read(Format::Http, text.as_bytes()).unwrap();
    assert_eq!(change.effects.len(), 883);
    let grave = |effect: &Effect| effect.effect == EffectKind::Delete && effect.is_asked(Manner::Permanent);
    assert!(change.effects.iter().all(grave));
    let change = read(Format::Http, given.as_bytes()).unwrap();
    assert!(change.effects.iter().any(|effect| effect.is_asked(Manner::SelectsAll)));
}

#[test]
fn each_target_is_an_effect() {
    let change = shell("aws ec2 terminate-instances --instance-ids i-1 i-2 i-3");
    let addresses: Vec<_> = change.effects.iter().map(|effect| effect.resource.address.as_str()).collect();
    assert_eq!(addresses, ["aws ec2 instance/i-1", "aws ec2 instance/i-2", "aws ec2 instance/i-3"]);
    assert!(
        change
            .effects
            .iter()
            .all(|effect| effect.resource.kind == "aws_instance" && effect.class == Class::Compute)
    );
    assert!(!change.effects[0].is_asked(Manner::SelectsAll));
}

#[test]
fn a_command_says_which_environment_it_reaches() {
    for text in [
        "kubectl --context prod delete ns shop",
        "ssh web-prod-1 'rm -rf /srv/app'",
        "aws --profile production s3 rm s3://a",
    ] {
        assert!(!shell(text).context.environment_signs.is_empty(), "{text}");
    }
    assert!(shell("kubectl --context nonprod delete ns shop").context.environment_signs.is_empty());
    assert!(shell("kubectl --context staging delete ns shop").context.environment_signs.is_empty());
}

#[test]
fn secrets_are_not_stored() {
    for (text, secrets) in [
        ("PGPASSWORD=hunter2 psql -c 'DROP TABLE a'", vec!["hunter2"]),
        ("mysql -u root -phunter2 -e 'DROP TABLE a'", vec!["hunter2"]),
        ("curl -u ann:hunter2 -X DELETE https://x.io/a", vec!["hunter2"]),
        ("curl -X DELETE -H 'Authorization: Bearer tok3n.abc' https://x.io/a", vec!["tok3n.abc"]),
        ("curl -X DELETE -HAuthorization:tok3nabc https://x.io/a", vec!["tok3nabc"]),
        ("kubectl --token=tok3n delete ns a", vec!["tok3n"]),
        ("kubectl --token tok3n delete ns a", vec!["tok3n"]),
        ("psql postgres://ann:hunter2@db.io/x -c 'DROP TABLE a'", vec!["hunter2"]),
        ("export API_KEY=abcdefgh; frobnicate abcdefgh", vec!["abcdefgh"]),
        ("psql -c \"ALTER ROLE a PASSWORD 'hunter2'\"", vec!["hunter2"]),
        ("curl https://x.io/a -d '{\"password\": \"hunter2\"}'", vec!["hunter2"]),
        ("AWS_SECRET_ACCESS_KEY=abcd/efgh bash -c 'aws s3 rm s3://a'", vec!["abcd/efgh"]),
        ("curl \"https://x.io/a?api_key=topsecret\" -X DELETE", vec!["topsecret"]),
    ] {
        let change = shell(text);
        let stored =
            String::from_utf8(change.content().unwrap()).unwrap() + &change.assessment().unwrap().to_string();
        for secret in secrets {
            assert!(!stored.contains(secret), "{text}: {stored}");
        }
    }
}

#[test]
fn the_digest_is_over_the_whole() {
    let digest = |text: &str| shell(text).digest().unwrap();
    assert_eq!(digest("rm -rf /etc"), digest("rm -rf /etc"));
    assert_ne!(digest("PGPASSWORD=aaaa psql -c 'select 1'"), digest("PGPASSWORD=bbbb psql -c 'select 1'"));
    let long = "x".repeat(5000);
    assert_ne!(digest(&format!("frobnicate {long}a")), digest(&format!("frobnicate {long}b")));
}

#[test]
fn what_cannot_be_read_is_refused_by_name() {
    let code = |bytes: &[u8]| read(Format::Shell, bytes).unwrap_err().code();
    assert_eq!(code(b""), "empty");
    assert_eq!(code(b"  \n"), "empty");
    assert_eq!(code(b"# only a word\n"), "empty");
    assert_eq!(code(b"\xff\xfel"), "utf16");
    assert_eq!(code(b"ls \xff"), "not_utf8");
    assert_eq!(code(b"ls \0"), "nul");
    assert_eq!(code(&vec![b'a'; (1 << 20) + 1]), "too_large");
    assert_eq!(code(b"if true; then"), "not_readable");
    assert_eq!(code(format!("{}ls{}", "( ".repeat(200), " )".repeat(200)).as_bytes()), "too_deep");
    assert_eq!(code("if a; then ".repeat(100_000).get(..1_000_000).unwrap().as_bytes()), "too_deep");
    let doubling: String = (0..16).map(|n| format!("f{n}() {{ f{0}; f{0}; }}\n", n + 1)).collect();
    assert_eq!(code(format!("{doubling}f16() {{ ls; }}\nf0").as_bytes()), "too_many");
    assert_eq!(code(b"f() { f; }; f"), "too_deep");
    assert_eq!(code(b"Remove-Item -Recurse -Force C:\\data"), "powershell");
}

#[test]
fn deep_and_long_texts_neither_crash_nor_take_long() {
    for opener in [
        "$(",
        "${a:-",
        "`",
        "((",
        "$((",
        "[[ ",
        "{ ",
        "! ",
        "\"$(",
        "<(",
        "a=(",
        "case x in (",
        "time ",
        "$[",
        "a && ",
        "a | ",
        "a; ",
        "1+",
        "\\",
        "'",
        "<<A ",
    ] {
        for times in [60, 300, 900, 7_000, 100_000] {
            let _ = read(Format::Shell, opener.repeat(times).as_bytes());
        }
        let text = format!("echo $(({}1))", opener.repeat(2_000));
        let _ = read(Format::Shell, text.as_bytes());
    }
}

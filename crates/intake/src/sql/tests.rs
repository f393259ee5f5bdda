use holdpoint_core::{Effect, EffectKind, HazardKind, Manner};

use super::read;
use crate::ReadError;

fn effects(text: &str) -> Vec<Effect> {
    read(text.as_bytes()).unwrap().effects
}

fn hazards(text: &str) -> Vec<HazardKind> {
    let mut kinds: Vec<_> = effects(text).iter().flat_map(|e| e.hazards.iter().map(|h| h.kind)).collect();
    kinds.sort();
    kinds
}

#[test]
fn rows_are_judged_by_their_condition() {
    use HazardKind::{DataLoss, Unknown};
    for (text, expected) in [
        ("UPDATE users SET name = 'x' WHERE id = 7", vec![]),
        ("UPDATE users SET name = 'x' WHERE users.id IN (1, 2)", vec![]),
        ("UPDATE orders SET state = 'x' WHERE order_id = $1 AND state = 'y'", vec![]),
        ("UPDATE users SET name = 'x' WHERE created_at < now()", vec![Unknown]),
        ("UPDATE users SET name = 'x'", vec![DataLoss]),
        ("DELETE FROM users WHERE id = 1", vec![Unknown]),
        ("DELETE FROM users WHERE tenant_id = 1", vec![DataLoss]),
        ("DELETE FROM users WHERE age > 30", vec![DataLoss]),
        ("DELETE FROM users", vec![DataLoss]),
        ("DELETE FROM users WHERE 1=1", vec![DataLoss]),
        ("DELETE FROM users WHERE id = 1 OR true", vec![DataLoss]),
        ("/* x */ delete from users -- where id = 1", vec![DataLoss]),
    ] {
        assert_eq!(hazards(text), expected, "{text}");
    }
}

#[test]
fn what_reaches_every_row_selects_all() {
    for text in [
        "DELETE FROM users",
        "DELETE FROM users WHERE true",
        "DELETE FROM users WHERE 1 = 1",
        "DELETE FROM users WHERE id = id",
        "DELETE FROM users WHERE id IS NOT NULL",
        "DELETE FROM users WHERE id > 0",
        "DELETE FROM users WHERE name LIKE '%'",
        "UPDATE users SET deleted = true WHERE (2 > 1)",
        "TRUNCATE users",
    ] {
        assert!(effects(text)[0].is_asked(Manner::SelectsAll), "{text}");
    }
    assert!(!effects("DELETE FROM users WHERE id = 5")[0].is_asked(Manner::SelectsAll));
}

#[test]
fn what_is_dropped_is_lost() {
    for text in [
        "DROP TABLE a",
        "DROP DATABASE a",
        "DROP SCHEMA a CASCADE",
        "ALTER TABLE a DROP COLUMN b",
        "ALTER TABLE a ALTER COLUMN b TYPE varchar(10)",
        "TRUNCATE TABLE a, b",
        "CREATE OR REPLACE TABLE a (b int)",
    ] {
        assert!(hazards(text).contains(&HazardKind::DataLoss), "{text}");
    }
    assert_eq!(effects("DROP TABLE a, b").len(), 2);
    assert_eq!(effects("DROP TABLE a")[0].effect, EffectKind::Delete);
    assert!(hazards("DROP INDEX a").is_empty());
    assert!(hazards("DROP SCHEMA a CASCADE").contains(&HazardKind::Cascade));
}

#[test]
fn writes_hide_in_reads() {
    assert_eq!(
        hazards("WITH gone AS (DELETE FROM users RETURNING *) SELECT * FROM gone"),
        [HazardKind::DataLoss]
    );
    assert_eq!(hazards("EXPLAIN ANALYZE DELETE FROM users"), [HazardKind::DataLoss]);
    assert_eq!(hazards("SELECT 1 /*! ; DROP TABLE x */"), [HazardKind::DataLoss]);
    assert_eq!(hazards("EXPLAIN DELETE FROM users"), []);
    for text in [
        "SELECT pg_terminate_backend(4)",
        "SELECT lo_unlink(4)",
        "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_stat_activity",
        "SELECT \"dblink_exec\"('x')",
        "CALL purge()",
        "DO $$ BEGIN DELETE FROM x; END $$",
        "EXECUTE gone",
        "SELECT 1 /*M! ; DROP TABLE x */",
        "COPY a TO PROGRAM 'sh'",
        "\\! rm -rf /",
        "\\i x.sql",
        "\\copy a to program 'sh'",
        "this is no SQL",
        "SELECT 'open",
    ] {
        assert!(hazards(text).contains(&HazardKind::Unknown), "{text}: {:?}", hazards(text));
    }
}

#[test]
fn rights_are_seen() {
    assert_eq!(hazards("GRANT ALL ON a TO b"), [HazardKind::Privilege]);
    assert_eq!(hazards("REVOKE ALL ON a FROM b"), [HazardKind::Lockout]);
    assert_eq!(hazards("CREATE ROLE a SUPERUSER"), [HazardKind::Privilege]);
    assert_eq!(hazards("DROP ROLE a"), [HazardKind::Lockout]);
    assert_eq!(hazards("ALTER TABLE a DISABLE ROW LEVEL SECURITY"), [HazardKind::Exposure]);
}

#[test]
fn each_statement_counts_and_a_rollback_is_not_relied_on() {
    let all = effects("BEGIN; DELETE FROM a; DELETE FROM b; ROLLBACK;");
    assert_eq!(all.iter().filter(|e| e.has(HazardKind::DataLoss)).count(), 2);
    let said =
        all.iter().flat_map(|e| &e.hazards).all(|h| h.evidence.contains("`ROLLBACK` is not relied on"));
    assert!(said);
}

#[test]
fn secrets_and_values_are_not_repeated() {
    let change =
        read(b"ALTER ROLE app PASSWORD 'hunter2secret'; INSERT INTO keys (api_key) VALUES ('verysecret')")
            .unwrap();
    let stored = String::from_utf8(change.content().unwrap()).unwrap();
    assert!(!stored.contains("hunter2secret") && !stored.contains("verysecret"), "{stored}");
    let change = read(b"SELECT 1;\nnonsense 'secretvalue'").unwrap();
    let hazard = change.effects.iter().flat_map(|e| &e.hazards).next().unwrap();
    assert_eq!(hazard.evidence, "the statement on line 2 cannot be read");
}

#[test]
fn what_cannot_be_read_is_refused_by_name() {
    assert!(matches!(read(b" "), Err(ReadError::NothingAsked { .. })));
    assert!(matches!(read(b"-- nothing"), Err(ReadError::NothingAsked { .. })));
    assert!(matches!(read(b"\xff"), Err(ReadError::NotUtf8 { at: 0 })));
    assert!(matches!(read(&vec![b' '; (1 << 20) + 1]), Err(ReadError::TooLong { .. })));
    let deep = format!("SELECT {}1{}", "(".repeat(65), ")".repeat(65));
    assert!(matches!(read(deep.as_bytes()), Err(ReadError::Nested { .. })));
    let long = format!("SELECT 1{}", "+1".repeat(500_000));
    assert!(read(long.as_bytes()).unwrap().effects[0].has(HazardKind::Unknown));
}

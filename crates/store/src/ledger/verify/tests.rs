use holdpoint_core::ledger::{Leaf, commitment};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::ledger::LedgerKey;

fn key() -> LedgerKey {
    LedgerKey::from_bytes(&[3; 32], "example.com/ledger").unwrap()
}

fn verifier() -> Verifier {
    Verifier::parse(&key().verifier_key()).unwrap()
}

fn leaf(n: u64) -> (Leaf, [u8; 32], String) {
    let body = json!({ "n": n }).to_string();
    let salt = [u8::try_from(n % 251).unwrap(); 32];
    let leaf = Leaf {
        event: i64::try_from(n * 3 + 1).unwrap(),
        at: i64::try_from(n).unwrap(),
        kind: "change.held".to_owned(),
        actor: "agt_1".to_owned(),
        change: n.is_multiple_of(2).then(|| "chg_1".to_owned()),
        digest: None,
        commitment: commitment(&salt, body.as_bytes()),
    };
    (leaf, salt, body)
}

fn signed(size: u64) -> String {
    let mut tree = Frontier::default();
    for n in 0..size {
        tree.push(record_hash(&leaf(n).0.bytes().unwrap()));
    }
    key().sign(size, tree.root()).unwrap()
}

fn export(size: u64) -> Vec<String> {
    let header = Header { format: FORMAT.to_owned(), checkpoint: signed(size) };
    let mut lines = vec![serde_json::to_string(&header).unwrap()];
    for n in 0..size {
        let (leaf, salt, body) = leaf(n);
        lines.push(json!({"index": n, "leaf": leaf, "salt": hex::encode(salt), "body": body}).to_string());
    }
    lines
}

fn check(lines: &[String], older: Option<&str>) -> Result<Verified, VerifyError> {
    verify(lines.join("\n").as_bytes(), &verifier(), older)
}

#[test]
fn the_frontier_has_the_roots_that_the_tree_crate_computes() {
    struct Stored(Vec<Hash>);
    impl tlog_tiles::HashReader for Stored {
        fn read_hashes(&self, at: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
            Ok(at.iter().map(|i| self.0[usize::try_from(*i).unwrap()]).collect())
        }
    }
    let mut stored = Stored(Vec::new());
    let mut tree = Frontier::default();
    assert_eq!(tree.root(), EMPTY_HASH);
    for n in 0..70 {
        let bytes = leaf(n).0.bytes().unwrap();
        tree.push(record_hash(&bytes));
        let fresh = tlog_tiles::stored_hashes(n, &bytes, &stored).unwrap();
        stored.0.extend(fresh);
        assert_eq!(tree.root(), tlog_tiles::tree_hash(n + 1, &stored).unwrap());
    }
}

#[test]
fn what_is_not_an_export_is_refused_with_its_line() {
    for text in ["", "{}", "not json", "{\"format\":\"holdpoint-ledger/2\",\"checkpoint\":\"\"}"] {
        let result = verify(text.as_bytes(), &verifier(), None);
        assert!(matches!(result, Err(VerifyError::Line { line: 1, .. })), "{text}: {result:?}");
    }
    let mut lines = export(3);
    lines[2].push('x');
    assert!(matches!(check(&lines, None), Err(VerifyError::Line { line: 3, .. })));
}

#[test]
fn an_older_head_of_another_past_or_a_longer_one_is_found() {
    let lines = export(9);
    for size in 0..=9 {
        assert_eq!(check(&lines, Some(&signed(size))).unwrap().continues, Some(size));
        let forged = key().sign(size, Hash([7; 32])).unwrap();
        assert!(matches!(check(&lines, Some(&forged)), Err(VerifyError::Forked { .. })), "{size}");
    }
    assert!(matches!(check(&lines, Some(&signed(10))), Err(VerifyError::Forked { size: 10 })));
}

/// One way to tamper with an export.
#[derive(Debug, Clone)]
enum Tamper {
    Drop(usize),
    Cut(usize),
    Double(usize),
    Swap(usize, usize),
    /// Swap two leaves and number them anew.
    Disguise(usize, usize),
    Edit(usize, usize),
    Body(usize),
    Salt(usize),
    Insert(usize),
}

fn tamper() -> impl Strategy<Value = Tamper> {
    let at = 0..64_usize;
    prop_oneof![
        at.clone().prop_map(Tamper::Drop),
        at.clone().prop_map(Tamper::Cut),
        at.clone().prop_map(Tamper::Double),
        (at.clone(), at.clone()).prop_map(|(a, b)| Tamper::Swap(a, b)),
        (at.clone(), at.clone()).prop_map(|(a, b)| Tamper::Disguise(a, b)),
        (at.clone(), at.clone()).prop_map(|(a, b)| Tamper::Edit(a, b)),
        at.clone().prop_map(Tamper::Body),
        at.clone().prop_map(Tamper::Salt),
        at.prop_map(Tamper::Insert),
    ]
}

fn edit(line: &mut String, change: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_str(line).unwrap();
    change(&mut value);
    *line = value.to_string();
}

fn renumber(lines: &mut [String]) {
    for (n, line) in lines.iter_mut().skip(1).enumerate() {
        edit(line, |value| value["index"] = json!(n));
    }
}

impl Tamper {
    fn apply(&self, lines: &mut Vec<String>) {
        let size = lines.len() - 1;
        let at = |n: &usize| 1 + n % size;
        match self {
            Tamper::Drop(n) => {
                lines.remove(at(n));
                renumber(lines);
            }
            Tamper::Cut(n) => lines.truncate(at(n)),
            Tamper::Double(n) => {
                let copy = lines[at(n)].clone();
                lines.insert(at(n), copy);
            }
            Tamper::Swap(a, b) => lines.swap(at(a), at(b)),
            Tamper::Disguise(a, b) => {
                lines.swap(at(a), at(b));
                renumber(lines);
            }
            Tamper::Edit(n, field) => edit(&mut lines[at(n)], |value| {
                let field = ["event", "at", "kind", "actor", "change", "digest", "commitment"][field % 7];
                let leaf = &mut value["leaf"];
                leaf[field] = match &leaf[field] {
                    Value::Number(number) => json!(number.as_i64().unwrap() + 1),
                    Value::String(text) => json!(format!("{text}x")),
                    _ => json!("x"),
                };
            }),
            Tamper::Body(n) => edit(&mut lines[at(n)], |value| value["body"] = json!("{\"n\":\"other\"}")),
            Tamper::Salt(n) => edit(&mut lines[at(n)], |value| value["salt"] = json!("ff".repeat(32))),
            Tamper::Insert(n) => {
                let (leaf, salt, body) = leaf(1_000);
                let line =
                    json!({"index": 0, "leaf": leaf, "salt": hex::encode(salt), "body": body}).to_string();
                lines.insert(at(n), line);
                renumber(lines);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_way_of_tampering_is_found(size in 1_u64..40, how in tamper()) {
        let good = export(size);
        let verified = check(&good, None).unwrap();
        prop_assert_eq!((verified.size, verified.bodies), (size, size));
        let mut bad = good.clone();
        how.apply(&mut bad);
        // Only what changed nothing may pass (a swap of a leaf with itself).
        prop_assert_eq!(check(&bad, None).is_err(), bad != good, "{:?}", how);
    }

    #[test]
    fn a_leaf_is_proved_at_its_own_place_only(size in 1_u64..40, at in 0_u64..40, other in 0_u64..40) {
        let (at, other) = (at % size, other % size);
        let mut nodes = crate::ledger::sequence::Nodes::default();
        for n in 0..size {
            let first = tlog_tiles::stored_hash_index(0, n);
            let fresh = tlog_tiles::stored_hashes(n, &leaf(n).0.bytes().unwrap(), &nodes).unwrap();
            nodes.0.extend((first..).zip(fresh));
        }
        let proof: Vec<Digest> = tlog_tiles::prove_record(size, at, &nodes).unwrap()
            .into_iter().map(|hash| Digest::from_bytes(hash.0)).collect();
        let head = signed(size);
        let holds = inclusion(&leaf(at).0, other, &proof, &head, &verifier()).is_ok();
        prop_assert_eq!(holds, at == other);
    }
}

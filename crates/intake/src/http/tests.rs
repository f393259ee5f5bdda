use holdpoint_core::{Class, Effect, EffectKind, HazardKind, Manner};

use super::graphql::{Operation, operation};
use super::read;
use crate::ReadError;

fn effects(text: &str) -> Vec<Effect> {
    read(text.as_bytes()).unwrap().effects
}

#[test]
fn methods_say_what_is_done() {
    assert_eq!(effects("GET /v1/users")[0].effect, EffectKind::Read);
    assert_eq!(effects("GET /v1/users/7?deleted_at=1")[0].effect, EffectKind::Read);
    assert_eq!(effects("GET /users/7/delete")[0].effect, EffectKind::Delete);
    let deleted =
        &effects("DELETE https://api.example.com/v1/volumes/vol-1 HTTP/1.1\nAuthorization: Bearer abcdef\n")
            [0];
    assert_eq!((deleted.effect, deleted.class), (EffectKind::Delete, Class::Data));
    assert_eq!(deleted.resource.address, "api.example.com/v1/volumes/vol-1");
    assert!(deleted.has(HazardKind::DataLoss) && deleted.is_asked(Manner::ForeignCredential));
    let post = &effects("POST /v1/things\nContent-Type: application/json\n\n{\"a\": 1}")[0];
    assert!(post.has(HazardKind::Unknown) && post.effect == EffectKind::Update);
    let hidden = &effects("POST /v1/things\nX-HTTP-Method-Override: DELETE\n")[0];
    assert_eq!(hidden.effect, EffectKind::Delete);
}

#[test]
fn several_requests_are_each_judged() {
    let all = effects("GET /a\n\nDELETE /b/1\n###\n# a comment\nPOST /c/purge\n\n{}\n\nDELETE /d/2");
    assert_eq!(all.len(), 4);
    assert_eq!(all.iter().filter(|e| e.effect == EffectKind::Delete).count(), 3);
}

#[test]
fn fields_of_mutations_are_read_by_name() {
    let fields = |text: &str| match operation(text) {
        Some(Operation::Mutates(fields)) => fields.into_iter().map(|(name, _)| name).collect(),
        _ => vec![],
    };
    assert_eq!(fields("mutation { volumeDelete(volumeId: \"a}b\") }"), ["volumeDelete"]);
    assert_eq!(
        fields("mutation X($a: ID!) { safe: deleteX(id: $a) { id name } y(a: {b: 1}) }"),
        ["deleteX", "y"]
    );
    assert_eq!(operation("query { volumes { delete } }"), Some(Operation::Reads));
    assert_eq!(operation("{ volumes }"), Some(Operation::Reads));
    assert_eq!(fields("query A { a } mutation B { b }"), ["b"]);
    assert_eq!(operation("nothing"), None);
}

#[test]
fn a_list_is_one_effect_for_each() {
    let all = effects(
        r#"{"endpoint": "POST /internal/deprovision", "mode": "PERMANENT_DELETE", "ids": ["site-1", "site-2"]}"#,
    );
    assert_eq!(all.len(), 2);
    for effect in &all {
        assert_eq!(effect.effect, EffectKind::Delete);
        assert!(effect.is_asked(Manner::Permanent) && !effect.hazards.is_empty());
    }
}

#[test]
fn what_selects_all_is_seen() {
    for text in [
        "DELETE /v1/users?status=",
        "DELETE /v1/users?status",
        "DELETE /v1/users?name=*",
        "DELETE /v1/users/{id}",
        "POST /v1/users/delete\n\n{\"filter\": {}}",
        "POST /v1/users/delete\n\n{\"filter\": null}",
        "POST /v1/users/delete\n\n{\"name\": \"*\"}",
        "POST /v1/users/delete\n\n{\"all\": true}",
        "POST /v1/users/delete\n\n{\"ids\": []}",
        "GET /v1/users?pending\n\nDELETE /v1/users/7",
    ] {
        let all = effects(text);
        assert!(
            all.iter().any(|e| e.effect == EffectKind::Delete && e.is_asked(Manner::SelectsAll)),
            "{text}"
        );
    }
    assert!(!effects("DELETE /v1/users/7?notify=yes")[0].is_asked(Manner::SelectsAll));
    assert!(
        !effects("GET /v1/volumes?pending\n\nDELETE /v1/users/7")
            .iter()
            .any(|e| e.is_asked(Manner::SelectsAll))
    );
}

#[test]
fn secrets_are_not_stored() {
    let change =
        read(b"DELETE https://a:hunter2@x.io/v1/a?api_key=topsecret\nAuthorization: Bearer abc123token\n")
            .unwrap();
    let stored =
        String::from_utf8(change.content().unwrap()).unwrap() + &change.assessment().unwrap().to_string();
    for secret in ["hunter2", "topsecret", "abc123token"] {
        assert!(!stored.contains(secret), "{secret} in {stored}");
    }
}

#[test]
fn what_is_no_request_is_refused_by_name() {
    assert!(matches!(read(b""), Err(ReadError::NothingAsked { .. })));
    assert!(matches!(read(b"hello there"), Err(ReadError::NotReadable { line: 1, .. })));
    assert!(matches!(read(b"GET /a\nno header here"), Err(ReadError::NotReadable { line: 2, .. })));
    assert!(matches!(read(b"{\"a\": 1}"), Err(ReadError::NotReadable { .. })));
    assert!(matches!(read(b"{\"url\": \"/a\", \"url\": \"/b\"}"), Err(ReadError::DuplicateKey { .. })));
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    assert!(matches!(read(deep.as_bytes()), Err(ReadError::Nested { .. })));
}

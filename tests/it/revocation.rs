//! A credential that is taken away stops at once, at every replica.

use holdpoint_tests::{Site, attempt, held, held_by_one};
use serde_json::json;

#[test]
fn a_revoked_agent_is_out_at_once_everywhere() {
    let Some(site) = Site::new("a_revoked_agent_is_out_at_once_everywhere") else { return };
    let (left, right) = (site.start(), site.start());
    let (cast, other) = (site.cast(&left), site.cast(&right));
    let change = other.pipeline.submit(&held_by_one("orders"));
    cast.ada.approve(&change);
    let path = format!("/v1/agents/{}/revocation", site.id("pipeline"));
    let _ = cast.olive.post(&path, &json!({})).unwrap().expect(200);
    for replica in [&cast.pipeline, &other.pipeline] {
        assert_eq!(replica.get("/v1/changes").unwrap().status, 401);
        assert_eq!(replica.try_submit(&held("customers"), None).unwrap().status, 401);
        assert_eq!(
            replica.claim(&change, &attempt(1)).unwrap().status,
            401,
            "not even what was released before"
        );
    }
    assert_eq!(other.other.get("/v1/changes").unwrap().status, 200, "others go on");
}

#[test]
fn a_revoked_person_is_out_at_once_everywhere() {
    let Some(site) = Site::new("a_revoked_person_is_out_at_once_everywhere") else { return };
    let (left, right) = (site.start(), site.start());
    let (cast, other) = (site.cast(&left), site.cast(&right));
    let change = cast.pipeline.submit(&held("orders"));
    let (session, elsewhere) = (site.session(&left, "ada"), site.session(&left, "ada").at(&right.url()));
    assert_eq!((session.get("/").unwrap().status, elsewhere.get("/").unwrap().status), (200, 200));
    let config = left.config().display().to_string();
    let _ = site.run(&left, "olive", &["person", "revoke", site.id("ada"), "--config", &config]).expect(0);
    for (token, session) in [(&cast.ada, &session), (&other.ada, &elsewhere)] {
        assert_eq!(token.get("/v1/changes").unwrap().status, 401);
        assert_eq!(token.answer(&change, "approve").unwrap().status, 401);
        assert_eq!(session.get("/").unwrap().status, 303, "the session is over too");
    }
}

#[test]
fn signing_out_ends_the_session_and_a_link_opens_once() {
    let Some(site) = Site::new("signing_out_ends_the_session_and_a_link_opens_once") else { return };
    let (left, right) = (site.start(), site.start());
    let session = site.session(&left, "ada");
    assert_eq!(session.at(&right.url()).get("/").unwrap().status, 200, "a session is known to every replica");
    let own = [("sec-fetch-site", "same-origin")];
    assert_eq!(session.call("POST", "/sign-out", &own, Some(b"")).unwrap().status, 303);
    assert_eq!(session.at(&right.url()).get("/").unwrap().status, 303);

    let config = left.config().display().to_string();
    let arguments = ["--output", "json", "person", "link", site.id("grace"), "--config", &config];
    let link = site.run(&left, "olive", &arguments).expect(0).json();
    let code = link["sign_in"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let form = format!("code={code}");
    let headers = [("sec-fetch-site", "same-origin"), ("content-type", "application/x-www-form-urlencoded")];
    let redeem = |url: &str| {
        let nobody = holdpoint_tests::Client::anonymous(url);
        nobody.call("POST", "/sign-in", &headers, Some(form.as_bytes())).unwrap().status
    };
    let nobody = site.cast(&left).nobody;
    assert_eq!(nobody.get(&format!("/sign-in/{code}")).unwrap().status, 200, "a preview uses nothing up");
    assert_eq!((redeem(&left.url()), redeem(&right.url())), (303, 403));
}

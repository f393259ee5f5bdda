//! Budgets of destruction: many at once, over several replicas, in small pieces, and they are never overspent.

use holdpoint_tests::{Daemon, Site, small_deletes};
use serde_json::Value;

const TIGHT: &str = "\
budgets.agent = { over_hour = 7, over_day = 30, spent_hour = 12, spent_day = 300 }
budgets.session = { over_hour = 100, over_day = 100, spent_hour = 100, spent_day = 300 }
budgets.data = { over_hour = 1, over_day = 3, spent_hour = 4, spent_day = 12 }
budgets.class = { over_hour = 20, over_day = 60, spent_hour = 400, spent_day = 1200 }";

fn fired(change: &Value, rule: &str) -> bool {
    change["reasons"].as_array().unwrap().iter().any(|reason| reason["rule"] == rule)
}

#[test]
fn fifty_at_once_on_three_replicas_never_overspend() {
    let Some(site) = Site::new("fifty_at_once_on_three_replicas") else { return };
    let site = site.with(TIGHT);
    let replicas: Vec<Daemon> = (0..3).map(|_| site.start()).collect();
    let casts: Vec<_> = replicas.iter().map(|replica| site.cast(replica)).collect();
    let changes: Vec<Value> = std::thread::scope(|scope| {
        let submitting: Vec<_> = (0..50)
            .map(|n| {
                let agent = &casts[n % 3].agent;
                scope.spawn(move || agent.submit(&small_deletes(&format!("mark_{n}"), 1)))
            })
            .collect();
        submitting.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let of = |state: &str| changes.iter().filter(|change| change["state"] == state).collect::<Vec<_>>();
    assert_eq!(of("allowed").len(), 7, "exactly what the budget has");
    assert_eq!(of("held").len(), 43);
    assert!(of("held").iter().all(|change| fired(change, "R13")), "{}", of("held")[0]);

    // People release more, at the same time, and still not more than there is.
    let held = of("held");
    let approved: usize = std::thread::scope(|scope| {
        let answering: Vec<_> = held
            .iter()
            .enumerate()
            .map(|(n, change)| {
                let cast = &casts[n % 3];
                scope.spawn(move || {
                    let _ = cast.ada.answer(change, "approve").unwrap();
                    let last = cast.grace.answer(change, "approve").unwrap();
                    assert!(matches!(last.status, 200 | 409), "{}", last.text);
                    usize::from(cast.agent.state(change["id"].as_str().unwrap()) == "approved")
                })
            })
            .collect();
        answering.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert_eq!(approved, 5, "12 in an hour: 7 allowed, 5 approved");
    let denied = casts[0].agent.submit(&small_deletes("one_more", 1));
    assert_eq!(denied["state"], "denied", "{denied}");
}

#[test]
fn a_salami_meets_the_same_wall_as_one_piece() {
    let Some(site) = Site::new("a_salami_meets_the_same_wall") else { return };
    let site = site.with(TIGHT);
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let whole = cast.pipeline.submit(&small_deletes("whole", 8));
    assert!(whole["state"] == "held" && fired(&whole, "R13"), "{whole}");
    let slices: Vec<Value> =
        (0..8).map(|n| cast.other.submit(&small_deletes(&format!("slice_{n}"), 1))).collect();
    assert!(slices.iter().take(7).all(|slice| slice["state"] == "allowed"), "{slices:?}");
    assert!(slices[7]["state"] == "held" && fired(&slices[7], "R13"), "{}", slices[7]);
    // A change of another requester is another budget, until the class is used up by all together.
    assert_eq!(cast.agent.submit(&small_deletes("third", 1))["state"], "allowed");
}

#[test]
fn sessions_have_budgets_of_their_own_and_checking_spends_nothing() {
    let Some(site) = Site::new("sessions_have_budgets") else { return };
    let session = "budgets.session = { over_hour = 2, over_day = 2, spent_hour = 100, spent_day = 300 }";
    let site = site.with(session);
    let daemon = site.start();
    let cast = site.cast(&daemon);
    let submit = |name: &str, session: &str, path: &str| -> Value {
        let body = small_deletes(name, 2).to_string();
        let headers = [("content-type", "application/json")];
        let path = format!("{path}?format=terraform&session={session}");
        cast.pipeline.call("POST", &path, &headers, Some(body.as_bytes())).unwrap().json()
    };
    for n in 0..3 {
        assert_eq!(submit(&format!("check_{n}"), "one", "/v1/check")["verdict"], "allow");
    }
    assert_eq!(submit("first", "one", "/v1/changes")["state"], "allowed");
    assert_eq!(submit("second", "one", "/v1/changes")["state"], "held");
    assert_eq!(submit("third", "two", "/v1/changes")["state"], "allowed");
}

//! A shell script that was judged is run as it was judged, once.

use holdpoint_tests::Site;

#[test]
fn exactly_the_released_script_runs_once() {
    let Some(site) = Site::new("exactly_the_released_script_runs_once") else { return };
    let daemon = site.start();
    let script = site.dir().join("script.sh");
    std::fs::write(&script, "echo one >> made.txt\n").unwrap();
    let file = script.to_str().unwrap();
    let submitted = site
        .run(&daemon, "agent", &["submit", "--format", "shell", file, "--output", "json"])
        .expect(0)
        .json();
    assert_eq!(submitted["state"], "allowed", "{submitted}");
    assert!(submitted["next"].as_str().unwrap().contains("--script"), "{submitted}");
    let id = submitted["id"].as_str().unwrap();

    // Another text is not what was released, and the refusal says what differs.
    std::fs::write(&script, "echo two >> made.txt\n").unwrap();
    let other = site.run(&daemon, "agent", &["exec", id, "--script", file]).expect(77);
    assert!(other.err.contains("It differs in"), "{other:?}");
    assert!(!site.dir().join("made.txt").exists());

    std::fs::write(&script, "echo one >> made.txt\n").unwrap();
    let _ = site.run(&daemon, "agent", &["exec", id, "--script", file]).expect(0);
    assert_eq!(std::fs::read_to_string(site.dir().join("made.txt")).unwrap(), "one\n");
    let again = site.run(&daemon, "agent", &["exec", id, "--script", file]).expect(77);
    assert!(again.err.contains("already claimed"), "{again:?}");
    assert_eq!(std::fs::read_to_string(site.dir().join("made.txt")).unwrap(), "one\n");
}

#[test]
fn a_dangerous_script_waits_and_says_what_would_pass() {
    let Some(site) = Site::new("a_dangerous_script_waits") else { return };
    let daemon = site.start();
    let script = site.dir().join("script.sh");
    std::fs::write(&script, "kubectl delete namespace --all\n").unwrap();
    let file = script.to_str().unwrap();
    let denied = site
        .run(&daemon, "agent", &["submit", "--format", "shell", file, "--output", "json"])
        .expect(77)
        .json();
    let steps = denied["reasons"].to_string();
    assert!(steps.contains("\"do\":\"name_targets\""), "an agent can act on it: {denied}");
    let id = denied["id"].as_str().unwrap();
    let _ = site.run(&daemon, "agent", &["exec", id, "--script", file]).expect(77);
}

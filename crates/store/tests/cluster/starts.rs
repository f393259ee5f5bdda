use std::time::Instant;

use holdpoint_store::cluster::How;

use crate::support::{Holder, Place, as_owner, ask, find, root, run};

#[tokio::test]
async fn cold_then_warm_then_attached_keep_the_data() {
    let Some(place) = Place::new("cold_then_warm_then_attached_keep_the_data") else { return };
    let mut times = Vec::new();
    let mut ensure = async |wanted: How| {
        let from = Instant::now();
        let cluster = place.ensure().await.unwrap();
        times.push(format!("{wanted:?} {:?}", from.elapsed()));
        assert_eq!(cluster.how(), wanted);
        cluster
    };
    let first = ensure(How::Initialised).await;
    run(
        &first.owner_url(),
        "create schema s authorization holdpoint_owner; create table s.t as select 7 as n",
    )
    .await;
    first.stop().await.unwrap();
    assert_eq!(place.postmaster(), None);

    let second = ensure(How::Started).await;
    let pid = place.postmaster();
    let third = ensure(How::Reattached).await;
    assert_eq!(place.postmaster(), pid);
    assert_eq!(ask(&third.owner_url(), "select n::text from s.t").await, "7");
    drop(second);
    let from = Instant::now();
    third.stop().await.unwrap();
    println!("{} stop {:?}", times.join(", "), from.elapsed());
}

#[tokio::test]
async fn the_roles_own_everything_and_nothing() {
    let Some(place) = Place::stopped("the_roles_own_everything_and_nothing").await else { return };
    let cluster = place.ensure().await.unwrap();
    assert_eq!(
        ask(&cluster.app_url(), "select current_user || ' ' || current_database()").await,
        "holdpoint_app holdpoint"
    );
    let sql =
        "select pg_get_userbyid(datdba) || has_database_privilege('holdpoint_app', oid, 'create,temp')::text
               from pg_database where datname = current_database()";
    assert_eq!(ask(&cluster.app_url(), sql).await, "holdpoint_ownerfalse");
    let sql = "select count(*)::text from pg_roles where rolname ~ '^holdpoint_' and not (rolsuper or rolcreaterole or rolcreatedb)";
    assert_eq!(ask(&cluster.owner_url(), sql).await, "2");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn no_configuration_file_switches_durability_off() {
    let Some(place) = Place::stopped("no_configuration_file_switches_durability_off").await else { return };
    let settings = "fsync = off\nfull_page_writes = off\nsynchronous_commit = off\nlisten_addresses = '*'\n";
    std::fs::write(place.data().join("postgresql.auto.conf"), settings).unwrap();
    let cluster = place.ensure().await.unwrap();
    let sql = "select string_agg(name || '=' || setting, ' ' order by name) from pg_settings where name in
               ('fsync', 'full_page_writes', 'synchronous_commit', 'listen_addresses', 'data_checksums')";
    assert_eq!(
        ask(&cluster.app_url(), sql).await,
        "data_checksums=on fsync=on full_page_writes=on listen_addresses= synchronous_commit=on"
    );
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn the_server_has_dropped_root_and_its_groups() {
    let Some(place) = Place::stopped("the_server_has_dropped_root_and_its_groups").await else { return };
    if !root() {
        return eprintln!("skipped: the_server_has_dropped_root_and_its_groups (not root)");
    }
    let cluster = place.ensure().await.unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", place.postmaster().unwrap())).unwrap();
    let field = |name: &str| status.lines().find_map(|l| l.strip_prefix(name)).unwrap().trim().to_owned();
    assert!(field("Uid:").split_whitespace().all(|uid| uid != "0"), "{status}");
    assert!(field("Gid:").split_whitespace().all(|gid| gid != "0"), "{status}");
    assert_eq!(field("Groups:"), "");
    assert_eq!(field("CapEff:").trim_start_matches('0'), "");
    let environment = std::fs::read(format!("/proc/{}/environ", place.postmaster().unwrap())).unwrap();
    assert!(!String::from_utf8_lossy(&environment).contains("HOME="));
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn another_user_is_refused_by_peer_authentication() {
    let Some(place) = Place::stopped("another_user_is_refused_by_peer_authentication").await else { return };
    let (true, Some(psql)) = (root(), find("psql")) else {
        return eprintln!("skipped: another_user_is_refused_by_peer_authentication (needs root and psql)");
    };
    let cluster = place.ensure().await.unwrap();
    let psql = |user: &str| {
        let mut command = crate::support::command("setpriv");
        let ids = [format!("--reuid={user}"), "--clear-groups".to_owned()];
        command.args(ids).arg(&psql).args(["-w", "-h"]).arg(cluster.socket());
        command.args(["-U", "holdpoint_app", "holdpoint", "-Atc", "select 'in'"]).output().unwrap()
    };
    // The directory alone keeps others out ...
    let closed = psql("nobody");
    assert!(String::from_utf8_lossy(&closed.stderr).contains("Permission denied"), "{closed:?}");
    // ... and were it open, the server would still know who calls.
    let opened = as_owner(&place.data(), "chmod").arg("0755").arg(cluster.socket()).status().unwrap();
    let socket = cluster.socket().join(".s.PGSQL.5432");
    assert!(
        opened.success()
            && as_owner(&place.data(), "chmod").arg("0777").arg(socket).status().unwrap().success()
    );
    let refused = psql("nobody");
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("authentication failed"), "{refused:?}");
    assert_eq!(psql("root").stdout, b"in\n");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn only_the_last_holder_stops_the_server() {
    let Some(place) = Place::stopped("only_the_last_holder_stops_the_server").await else { return };
    let mut other = Holder::spawn(&place.base);
    assert_eq!(other.how(), "Started");
    let ours = place.ensure().await.unwrap();
    let pid = place.postmaster();
    let url = ours.app_url();
    ours.stop().await.unwrap();
    assert_eq!(place.postmaster(), pid);
    assert_eq!(ask(&url, "select 'still here'").await, "still here");
    other.stop();
    assert_eq!(place.postmaster(), None);
}

#[tokio::test]
async fn of_many_first_starts_at_once_one_initialises() {
    let Some(place) = Place::new("of_many_first_starts_at_once_one_initialises") else { return };
    let mut holders: Vec<Holder> = (0..4).map(|_| Holder::spawn(&place.base)).collect();
    let mut how: Vec<String> = holders.iter_mut().map(Holder::how).collect();
    how.sort();
    assert_eq!(how, ["Initialised", "Reattached", "Reattached", "Reattached"]);
    holders.into_iter().for_each(Holder::stop);
    assert_eq!(place.postmaster(), None);
}

#[tokio::test]
async fn a_long_path_gets_a_short_socket() {
    let Some(mut place) = Place::new("a_long_path_gets_a_short_socket") else { return };
    place.base = place.root.join("x".repeat(100)).join("a db's folder, 100 %");
    let cluster = place.ensure().await.unwrap();
    let socket = cluster.socket().to_owned();
    assert!(!socket.starts_with(&place.root));
    assert_eq!(ask(&cluster.app_url(), "select 'in'").await, "in");
    cluster.stop().await.unwrap();
    std::fs::remove_dir(&socket).unwrap();
    // Someone else's link in its place is not followed.
    std::os::unix::fs::symlink(&place.root, &socket).unwrap();
    let refused = place.ensure().await.unwrap_err().to_string();
    std::fs::remove_file(&socket).unwrap();
    assert!(refused.contains("is not a directory"), "{refused}");
}

#[tokio::test]
async fn a_path_with_spaces_and_signs_makes_a_url() {
    let Some(mut place) = Place::new("a_path_with_spaces_and_signs_makes_a_url") else { return };
    place.base = place.root.join("it's 100 % & #1?ü");
    let cluster = place.ensure().await.unwrap();
    assert_eq!(ask(&cluster.app_url(), "select 'in'").await, "in");
    cluster.stop().await.unwrap();
}

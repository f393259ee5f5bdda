use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use holdpoint_store::cluster::How;
use tokio::task::JoinSet;

use crate::support::{Holder, Place, as_owner, ask, connect, kill, run};

#[tokio::test]
async fn a_killed_daemon_leaves_a_server_to_attach_to() {
    let Some(place) = Place::new("a_killed_daemon_leaves_a_server_to_attach_to") else { return };
    let mut other = Holder::spawn(&place.base);
    assert_eq!(other.how(), "Initialised");
    let pid = place.postmaster();
    other.kill9();
    let from = Instant::now();
    let cluster = place.ensure().await.unwrap();
    println!("re-attached after kill -9 in {:?}", from.elapsed());
    assert_eq!((cluster.how(), place.postmaster()), (How::Reattached, pid));
    // The dead one no longer counts as a holder.
    cluster.stop().await.unwrap();
    assert_eq!(place.postmaster(), None);
}

#[tokio::test]
async fn a_killed_server_comes_back_with_its_data() {
    let Some(place) = Place::stopped("a_killed_server_comes_back_with_its_data").await else { return };
    let mut cluster = place.ensure().await.unwrap();
    let owner = cluster.owner_url();
    run(&owner, "create schema s; create table s.t(n int)").await;
    for round in 0..4 {
        run(&owner, "insert into s.t values (1)").await;
        // A backend at work keeps the shared memory for a moment longer than its server lives.
        let mut busy = connect(&owner).await;
        let mut work = JoinSet::new();
        work.spawn(async move {
            let _ = sqlx::query("select sum(n) from generate_series(1, 2000000) n").execute(&mut busy).await;
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(cluster.runs());
        place.kill_postmaster();
        while cluster.runs() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let from = Instant::now();
        if round % 2 == 0 {
            assert_eq!(cluster.revive().await.unwrap(), How::Started);
        } else {
            cluster = place.ensure().await.unwrap();
            assert_eq!(cluster.how(), How::Started);
        }
        println!("back {:?} after kill -9 of the server", from.elapsed());
        assert_eq!(ask(&owner, "select count(*)::text from s.t").await, (round + 1).to_string());
        work.join_all().await;
    }
    assert_eq!(cluster.revive().await.unwrap(), How::Reattached);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_pid_file_of_a_dead_or_foreign_process_is_no_obstacle() {
    let Some(place) = Place::stopped("a_pid_file_of_a_dead_or_foreign_process_is_no_obstacle").await else {
        return;
    };
    let cluster = place.ensure().await.unwrap();
    let file = place.data().join("postmaster.pid");
    let text = fs::read_to_string(&file).unwrap();
    cluster.stop().await.unwrap();
    let (_, rest) = text.split_once('\n').unwrap();

    let mut foreign = as_owner(&place.data(), "sleep").arg("60").stdout(Stdio::null()).spawn().unwrap();
    let mut dead = as_owner(&place.data(), "true").spawn().unwrap();
    dead.wait().unwrap();
    for pid in [foreign.id(), dead.id()] {
        let written =
            as_owner(&place.data(), "tee").arg(&file).stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
        let mut tee = written.unwrap();
        std::io::Write::write_all(&mut tee.stdin.take().unwrap(), format!("{pid}\n{rest}").as_bytes())
            .unwrap();
        tee.wait().unwrap();
        let cluster = place.ensure().await.unwrap();
        assert_eq!(cluster.how(), How::Started);
        cluster.stop().await.unwrap();
    }
    // It was not taken for the server and stopped.
    assert!(kill("-0", i32::try_from(foreign.id()).unwrap()));
    foreign.kill().unwrap();
    foreign.wait().unwrap();
}

#[tokio::test]
async fn a_half_made_cluster_is_never_used() {
    let Some(place) = Place::new("a_half_made_cluster_is_never_used") else { return };
    fs::create_dir(&place.base).unwrap();
    fs::create_dir(place.base.join("data.new")).unwrap();
    fs::write(place.base.join("data.new/PG_VERSION"), "15\n").unwrap();
    let cluster = place.ensure().await.unwrap();
    assert_eq!(cluster.how(), How::Initialised);
    assert!(!place.base.join("data.new").exists());
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn killed_anywhere_in_the_first_start_the_next_one_works() {
    let Some(place) = Place::new("killed_anywhere_in_the_first_start_the_next_one_works") else { return };
    for milliseconds in [60, 200, 400, 700] {
        let other = Holder::spawn(&place.base);
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        other.kill9();
    }
    let cluster = place.ensure().await.unwrap();
    assert_eq!(ask(&cluster.app_url(), "select 'in'").await, "in");
    println!("{:?}", cluster.how());
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_without_its_socket_is_started_again() {
    let Some(place) = Place::stopped("a_server_without_its_socket_is_started_again").await else { return };
    let cluster = place.ensure().await.unwrap();
    let pid = place.postmaster();
    fs::remove_file(cluster.socket().join(".s.PGSQL.5432")).unwrap();
    drop(cluster);
    let cluster = place.ensure().await.unwrap();
    assert_eq!(cluster.how(), How::Started);
    assert_ne!(place.postmaster(), pid);
    cluster.stop().await.unwrap();
}

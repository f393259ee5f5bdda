//! Networks, names and balancers.

use crate::world::{ids, of, world};

#[tokio::test]
async fn a_security_group_shows_who_is_behind_it_and_who_refers_to_it() {
    let Some(world) = world("a_security_group_shows_who_is_behind_it_and_who_refers_to_it") else { return };
    let seen = world.look("aws_security_group", world.id("group")).await;
    assert_eq!(ids(&seen, "aws_instance"), [world.id("machine")]);
    assert_eq!(ids(&seen, "aws_security_group"), [world.id("friend")]);
    // An interface does not carry its machine's tags: they are asked for.
    let machine = of(&seen, "aws_instance")[0];
    assert_eq!((machine.name.as_str(), &*machine.tags["Environment"]), ("web-1", "prod"));
    assert_eq!((&seen.before["world_in"], &seen.before["network"]), (&false.into(), &world.id("vpc").into()));
}

#[tokio::test]
async fn a_network_shows_what_lives_inside() {
    let Some(world) = world("a_network_shows_what_lives_inside") else { return };
    let seen = world.look("aws_vpc", world.id("vpc")).await;
    assert_eq!(seen.name.as_deref(), Some("main"));
    assert_eq!(ids(&seen, "aws_subnet").len(), 2);
    assert!(ids(&seen, "aws_instance").contains(&world.id("machine").to_owned()));
    assert_eq!(ids(&seen, "aws_nat_gateway"), [world.id("nat")]);
    assert_eq!(ids(&seen, "aws_internet_gateway"), [world.id("internet")]);
    assert_eq!(ids(&seen, "aws_route_table").len(), 3);
    let subnet = world.look("aws_subnet", world.id("subnet")).await;
    assert!(ids(&subnet, "aws_instance").contains(&world.id("machine").to_owned()));
    assert!(
        !of(&subnet, "aws_efs_file_system").is_empty() || !of(&subnet, "aws_network_interface").is_empty()
    );
}

#[tokio::test]
async fn a_way_out_shows_who_takes_it() {
    let Some(world) = world("a_way_out_shows_who_takes_it") else { return };
    let table = world.look("aws_route_table", world.id("table")).await;
    assert_eq!(ids(&table, "aws_subnet"), [world.id("subnet")]);
    assert!(ids(&table, "aws_instance").contains(&world.id("machine").to_owned()), "{:?}", table.dependents);
    let nat = world.look("aws_nat_gateway", world.id("nat")).await;
    assert_eq!(ids(&nat, "aws_route_table"), [world.id("private")], "{:?}", nat.gaps);
    assert_eq!(ids(&nat, "aws_subnet"), [world.id("other")]);
    let internet = world.look("aws_internet_gateway", world.id("internet")).await;
    assert_eq!(ids(&internet, "aws_route_table"), [world.id("table")]);
    assert_eq!(ids(&internet, "aws_vpc"), [world.id("vpc")]);
}

#[tokio::test]
async fn an_address_shows_who_is_reached_by_it() {
    let Some(world) = world("an_address_shows_who_is_reached_by_it") else { return };
    let seen = world.look("aws_eip", world.id("address")).await;
    assert_eq!(ids(&seen, "aws_instance"), [world.id("machine")]);
}

#[tokio::test]
async fn what_remains_of_a_name_is_counted() {
    let Some(world) = world("what_remains_of_a_name_is_counted") else { return };
    let zone = world.id("zone");
    let one = world.look_in("aws_route53_record", "www.example.com A one", Some(zone)).await;
    assert_eq!((one.exists, &one.before["values"]), (Some(true), &serde_json::json!(["10.0.0.1"])));
    assert_eq!(one.before["remaining_of_type"], 1);
    let last = world.look_in("aws_route53_record", "API.example.com. CNAME", Some(zone)).await;
    assert_eq!((last.exists, &last.before["remaining_of_name"]), (Some(true), &0.into()));
    let none = world.look_in("aws_route53_record", "no.example.com A", Some(zone)).await;
    assert_eq!(none.exists, Some(false));
    let whole = world.look("aws_route53_zone", zone).await;
    assert_eq!(of(&whole, "aws_route53_record").len(), 2, "{:?}", whole.dependents);
}

#[tokio::test]
async fn a_balancer_shows_listeners_and_targets() {
    let Some(world) = world("a_balancer_shows_listeners_and_targets") else { return };
    let seen = world.look("aws_lb", world.id("balancer")).await;
    assert_eq!(seen.before["deletion_protection"], true);
    assert_eq!(of(&seen, "aws_lb_listener").len(), 1);
    assert_eq!(ids(&seen, "aws_lb_target_group"), [world.id("targets")]);
    assert!(ids(&seen, "aws_instance").contains(&world.id("machine").to_owned()));
    assert_eq!(seen.tags["Environment"], "prod");
    // Found by ARN, tagged by another service's answer.
    let group = world.look("aws_lb_target_group", world.id("targets")).await;
    assert_eq!(of(&group, "aws_lb")[0].tags["Environment"], "prod", "{:?}", group.gaps);
    assert_eq!(ids(&group, "aws_lb"), [world.id("balancer")]);
    assert!(group.before["targets"].as_u64().unwrap() >= 1);
}

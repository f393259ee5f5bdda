//! How much runs before the change: an incident lowered it from a hundred to none.

use crate::world::{of, world};

#[tokio::test]
async fn capacity_is_known_before_it_is_lowered() {
    let Some(world) = world("capacity_is_known_before_it_is_lowered") else { return };
    let fleet = world.look("aws_autoscaling_group", "fleet").await;
    let is = |name: &str| fleet.before[name].as_u64().unwrap();
    assert_eq!((is("min"), is("max"), is("desired"), is("in_service")), (2, 9, 4, 4));
    assert_eq!(of(&fleet, "aws_instance").len(), 4);
    assert_eq!(fleet.tags["Environment"], "prod");
    let shop = world.look_in("aws_ecs_service", "shop", Some("prod")).await;
    assert_eq!((shop.exists, &shop.before["desired"]), (Some(true), &5.into()));
    assert_eq!(world.look("aws_autoscaling_group", "nothing").await.exists, Some(false));
}

#[tokio::test]
async fn clusters_show_what_runs_in_them() {
    let Some(world) = world("clusters_show_what_runs_in_them") else { return };
    let cluster = world.look("aws_ecs_cluster", "prod").await;
    assert_eq!(
        (cluster.exists, of(&cluster, "aws_ecs_service").len()),
        (Some(true), 1),
        "{:?}",
        cluster.gaps
    );
    assert_eq!(cluster.tags["Environment"], "prod");
    let kubernetes = world.look("aws_eks_cluster", "k8s").await;
    assert_eq!(kubernetes.exists, Some(true), "{:?}", kubernetes.gaps);
}

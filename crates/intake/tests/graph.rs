//! A plan that Terraform 1.11 made, with a state that it wrote: modules and resources with `for_each` and `count`,
//! locals, outputs, `depends_on` of a module and a provisioner. One `terraform_data.base` is to be replaced.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use holdpoint_core::{Change, Link, radius};
use holdpoint_intake::terraform;

fn change() -> Change {
    terraform::read(include_bytes!("plans/modules.json")).unwrap()
}

fn on(change: &Change, address: &str) -> Vec<(String, Link)> {
    let from = change.graph.find(address).unwrap();
    let name = |number: u32| change.graph.nodes().get(number as usize).unwrap().address.clone();
    let edges = change.graph.edges().iter().filter(|edge| edge.from == from);
    let mut on: Vec<_> = edges.map(|edge| (name(edge.to), edge.how)).collect();
    on.sort();
    on
}

#[test]
fn what_terraform_writes_is_followed_from_instance_to_instance() {
    let change = change();
    let list = |expected: &[(&str, Link)]| {
        expected.iter().map(|(to, how)| ((*to).to_owned(), *how)).collect::<Vec<_>>()
    };
    let expected = [
        ("module.net[\"prod\"].terraform_data.vpc", Link::Reference),
        ("terraform_data.uselocal", Link::DependsOn),
    ];
    assert_eq!(on(&change, "module.app[\"prod\"].terraform_data.a"), list(&expected));
    assert_eq!(on(&change, "terraform_data.pick"), list(&[("terraform_data.counted[1]", Link::Reference)]));
    assert_eq!(on(&change, "terraform_data.splat").len(), 2);
    let counted = [
        ("module.net[\"dev\"].terraform_data.vpc", Link::Reference),
        ("terraform_data.base", Link::Reference),
    ];
    assert_eq!(on(&change, "terraform_data.counted[0]"), list(&counted));
}

#[test]
fn where_a_local_stands_between_the_state_knows() {
    let change = change();
    assert_eq!(on(&change, "terraform_data.uselocal"), [("terraform_data.base".to_owned(), Link::State)]);
    assert_eq!(
        on(&change, "module.net[\"dev\"].terraform_data.vpc"),
        [("terraform_data.base".to_owned(), Link::State)]
    );
    assert!(change.graph.gaps.is_empty(), "{:?}", change.graph.gaps);
}

#[test]
fn everything_but_the_base_is_in_reach_of_it() {
    let mut change = change();
    change.effects.retain(|effect| effect.resource.address == "terraform_data.base");
    let found = radius(&change.graph, &change);
    assert_eq!((found.dependents(), found.coverage.percent()), (11, 100));
    assert_eq!(change.graph.nodes().len(), 12);
}

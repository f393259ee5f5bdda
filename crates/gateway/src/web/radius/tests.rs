use std::collections::BTreeSet;

use holdpoint_core::{Class, Coverage, EffectKind, Fallen, Gap, Link, Radius, Share};

use super::fold::fold;
use super::layout::place;
use super::*;
use crate::web::sample::HOSTILE;

fn fallen(address: &str, hop: u32, effect: Option<EffectKind>, on: &[u32]) -> Fallen {
    Fallen {
        workspace: String::new(),
        address: address.to_owned(),
        kind: address.split('.').next().unwrap_or_default().to_owned(),
        class: Class::Compute,
        hop,
        effect,
        environment: None,
        on: on.iter().map(|place| (*place, Link::Reference)).collect(),
    }
}

/// A database that falls, twelve machines that depend on it, and a record on each of two of them.
fn small() -> Radius {
    let mut listed = vec![fallen("aws_db_instance.main", 0, Some(EffectKind::Delete), &[])];
    listed[0].class = Class::Data;
    listed.extend((0..12).map(|n| fallen(&format!("aws_instance.web[{n}]"), 1, None, &[0])));
    listed.push(fallen("aws_route53_record.a", 2, None, &[1]));
    listed.push(fallen("aws_route53_record.b", 2, None, &[2]));
    listed[14].workspace = "net/production".to_owned();
    Radius {
        direct: 1,
        destroyed: 1,
        hops: vec![12, 2],
        data: 1,
        shares: [(Class::Data, Share { destroyed: 1, of: 4 })].into(),
        coverage: Coverage { references: 25, resolved: 24, shown: true, gaps: Vec::new() },
        listed,
        ..Radius::default()
    }
}

/// As many dependents as are counted, of which as many are listed as core lists.
fn large(dependents: u64, hops: u32) -> Radius {
    let mut listed: Vec<Fallen> = (0..200)
        .map(|n| fallen(&format!("type{}.n{n}", n % 70), 0, Some(EffectKind::Replace), &[n / 2]))
        .collect();
    for n in 200..400_u32 {
        let hop = 1 + (n - 200) % hops;
        let mut one = fallen(&format!("kind{}.n{n}", n % 90), hop, None, &[n / 2, n - 1, n / 3]);
        one.class = [Class::Data, Class::Compute, Class::Network, Class::Key][n as usize % 4];
        one.workspace = format!("w{}", n % 11);
        listed.push(one);
    }
    Radius {
        direct: 900,
        destroyed: 700,
        hops: (0..hops).map(|_| dependents / u64::from(hops)).collect(),
        coverage: Coverage {
            references: 90,
            resolved: 40,
            shown: true,
            gaps: (0..9)
                .map(|n| Gap { resource: String::new(), says: format!("source {n} did not answer") })
                .collect(),
        },
        listed,
        ..Radius::default()
    }
}

fn nodes(view: &RadiusView) -> usize {
    view.picture.as_ref().map_or(0, |svg| svg.to_string().matches("<g class=\"r ").count())
}

#[test]
fn siblings_are_folded_and_what_falls_keeps_its_name() {
    let folded = fold(&small(), LIMITS);
    let labels: Vec<_> = folded.groups.iter().map(|g| (g.column, g.label.as_str())).collect();
    assert_eq!(labels[0], (0, "aws_db_instance.main"));
    assert_eq!(labels[1], (1, "12 × aws_instance"));
    assert_eq!(labels.len(), 4, "{labels:?}");
    assert!(folded.lines.contains(&(0, 1)), "{:?}", folded.lines);
}

#[test]
fn never_more_than_sixty_nodes_however_many_depend() {
    for hops in [1, 2, 3, 7, 9, 40, 200] {
        let view = view(Some(&large(10_000, hops)), 0);
        assert!((2..=MOST).contains(&nodes(&view)), "{} nodes for {hops} hops", nodes(&view));
        assert_eq!(view.rows.len(), 400);
    }
}

#[test]
fn the_same_radius_gives_the_same_picture() {
    let picture = |radius: &Radius| view(Some(radius), 0).picture.unwrap().to_string();
    assert_eq!(picture(&large(5_000, 6)), picture(&large(5_000, 6)));
}

#[test]
fn nodes_do_not_overlap_and_lie_within_the_picture() {
    for radius in [small(), large(10_000, 5)] {
        let scene = scene::scene(&radius, &fold(&radius, LIMITS));
        let placed = place(&scene);
        let corners: BTreeSet<(i64, i64)> = placed.at.iter().copied().collect();
        assert_eq!(corners.len(), scene.spots.len());
        for (x, y) in &corners {
            let others = corners.iter().filter(|(a, b)| (a, b) != (x, y) && a == x);
            assert!(others.clone().all(|(_, b)| (b - y).abs() >= layout::HEIGHT));
            assert!(x + layout::WIDTH <= placed.width && y + layout::HEIGHT <= placed.height);
        }
    }
}

#[test]
fn lines_do_not_cross_where_they_need_not() {
    let mut listed: Vec<Fallen> =
        ["a.a", "b.b", "c.c"].iter().map(|a| fallen(a, 0, Some(EffectKind::Delete), &[])).collect();
    listed.extend([2, 1, 0].iter().zip(["d.d", "e.e", "f.f"]).map(|(on, a)| fallen(a, 1, None, &[*on])));
    let radius = Radius { direct: 3, destroyed: 3, hops: vec![3], listed, ..Radius::default() };
    let scene = scene::scene(&radius, &fold(&radius, LIMITS));
    let placed = place(&scene);
    for (a, b) in &scene.lines {
        for (c, d) in &scene.lines {
            let above = placed.at[*a].1.cmp(&placed.at[*c].1);
            assert_eq!(above, placed.at[*b].1.cmp(&placed.at[*d].1), "{:?}", scene.lines);
        }
    }
}

#[test]
fn hostile_names_are_only_text() {
    let mut radius = small();
    for fallen in &mut radius.listed {
        fallen.address = HOSTILE.to_owned();
        fallen.kind = HOSTILE.to_owned();
        fallen.workspace = HOSTILE.to_owned();
    }
    radius.coverage.gaps = vec![Gap { resource: HOSTILE.to_owned(), says: HOSTILE.to_owned() }];
    let picture = view(Some(&radius), 0).picture.unwrap().to_string();
    assert!(!picture.contains("<script") && !picture.contains("<img") && !picture.contains('\u{202e}'));
    assert!(!picture.contains(" style=") && !picture.contains("onerror=alert(2)>"));
    assert!(picture.contains("⟦U+202E⟧") && picture.contains("&lt;script&gt;"));
}

#[test]
fn gaps_are_drawn_as_gaps_and_said() {
    let mut radius = small();
    radius.coverage = Coverage {
        references: 25,
        resolved: 22,
        shown: true,
        gaps: vec![Gap { resource: "x.y".to_owned(), says: "`a` is not in the plan".to_owned() }],
    };
    let some = view(Some(&radius), 0);
    let picture = some.picture.unwrap().to_string();
    assert!(picture.contains("r-gap") && picture.contains("r-line-gap") && picture.contains("3 references"));
    assert!(some.coverage.starts_with("22 of 25 references followed (88 %)") && !some.covered);
    radius.coverage = Coverage::default();
    radius.hops.clear();
    radius.listed.truncate(1);
    let none = view(Some(&radius), 0);
    assert!(none.picture.unwrap().to_string().contains("dependents not shown"));
    assert!(none.coverage.contains("does not show what depends on what") && !none.covered);
}

#[test]
fn whole_coverage_draws_no_gap() {
    let mut radius = small();
    radius.coverage.resolved = 25;
    assert!(!view(Some(&radius), 0).picture.unwrap().to_string().contains("r-gap"));
}

#[test]
fn what_is_not_listed_is_counted_in_the_picture() {
    let view = view(Some(&large(10_000, 2)), 0);
    let picture = view.picture.unwrap().to_string();
    assert!(picture.contains(">500 more<") && picture.contains("4,900 more"), "{picture}");
    assert_eq!(view.unlisted, "10,500 more are counted and not listed one by one.");
}

#[test]
fn data_other_workspaces_and_shares_are_said_in_words() {
    let view = view(Some(&small()), 4);
    let picture = view.picture.unwrap().to_string();
    assert!(
        picture.contains("r-drum") && picture.contains("holds data") && picture.contains("in net/production")
    );
    assert_eq!(view.sentence, "1 falls, 14 depend on it, 1 holds data; 96 % of references followed");
    assert_eq!(view.shares, [("data", "1 of 4 (25 %)".to_owned())]);
    assert_eq!(view.estate, "1 of 4 (25 %)");
}

#[test]
fn every_listed_resource_is_in_the_table_with_what_it_depends_on() {
    let radius = small();
    let rows = view(Some(&radius), 0).rows;
    for fallen in &radius.listed {
        assert!(rows.iter().any(|row| row.address.to_string() == fallen.address), "{}", fallen.address);
    }
    assert_eq!(rows[13].on[0].0.to_string(), "aws_instance.web[0]");
}

#[test]
fn a_cycle_and_a_loop_do_no_harm() {
    let listed = vec![
        fallen("a.a", 0, Some(EffectKind::Delete), &[0, 1]),
        fallen("b.b", 1, None, &[0, 1, 2, 77]),
        fallen("c.c", 2, None, &[1, 2]),
    ];
    let radius = Radius { direct: 1, destroyed: 1, hops: vec![1, 1], listed, ..Radius::default() };
    let view = view(Some(&radius), 0);
    assert!(nodes(&view) >= 3 && !view.undrawn.is_empty());
}

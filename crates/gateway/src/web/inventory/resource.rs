//! One resource: what is known of it, what it depends on, and what depends on it.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use holdpoint_core::Timestamp;
use holdpoint_store::people::Person;

use super::href;
use super::list::place;
use super::load::{self, Found, Neighbour};
use crate::auth::Reviewer;
use crate::web::radius::fold::holds_data;
use crate::web::radius::layout::{self, Scene, Shape, Spot};
use crate::web::radius::svg::{self, Svg};
use crate::web::radius::words;
use crate::web::shell::{Frame, Shell, render};
use crate::web::visible::{Shown, prose, shown, visible};
use crate::web::words::{When, count, when};
use crate::{ApiError, AppState, clock};

/// How many neighbours are drawn on each side; all of them are listed.
const DRAWN: usize = 12;

#[derive(Template)]
#[template(path = "resource.html")]
struct Page {
    shell: Shell,
    address: Shown,
    workspace: Shown,
    workspace_href: String,
    kind: Shown,
    class: &'static str,
    data: bool,
    present: bool,
    environment: Option<(&'static str, Shown)>,
    place: Shown,
    identifiers: Vec<Shown>,
    first: When,
    seen: When,
    born: Option<(When, Shown)>,
    gone: Option<(When, Shown)>,
    change: String,
    picture: Svg,
    sides: [Side; 2],
}

/// The neighbours on one side.
#[derive(Debug)]
struct Side {
    title: &'static str,
    none: &'static str,
    rows: Vec<NeighbourView>,
}

/// What it depends on, or what depends on it.
#[derive(Debug)]
struct NeighbourView {
    href: String,
    address: Shown,
    /// Empty in the same workspace.
    workspace: Shown,
    how: &'static str,
}

/// What is asked for.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Wanted {
    workspace: String,
    address: String,
}

/// `GET /inventory/resource`
pub(crate) async fn page(
    State(app): State<AppState>,
    frame: Frame,
    who: Reviewer,
    Query(wanted): Query<Wanted>,
) -> Result<Response, ApiError> {
    let found = load::one(&app, &wanted.workspace, &wanted.address).await?;
    let found = found.ok_or(ApiError::NotFound("resource"))?;
    render(StatusCode::OK, &build(&found, frame, &who.person, clock::now()))
}

fn build(found: &Found, frame: Frame, person: &Person, now: Timestamp) -> Page {
    let row = &found.row;
    let by = |name: &Option<String>| name.as_deref().map(shown).unwrap_or_default();
    let view = |((workspace, address), how): &Neighbour| NeighbourView {
        href: href(workspace, address),
        address: shown(address),
        workspace: if *workspace == row.workspace { Shown::default() } else { shown(workspace) },
        how: words::link(*how),
    };
    Page {
        shell: Shell::new(visible(&row.address), "inventory", frame, Some(person)),
        address: shown(&row.address),
        workspace: shown(&row.workspace),
        workspace_href: format!("/inventory?workspace={}", super::encode(&row.workspace)),
        kind: shown(&row.kind),
        class: row.class.as_str(),
        data: holds_data(row.class),
        present: row.present,
        environment: row.sign.as_ref().map(|(is, says)| (is.as_str(), prose(says))),
        place: shown(&place(row)),
        identifiers: row.identifiers.iter().take(20).map(|text| shown(text)).collect(),
        first: when(row.first_seen_at, now),
        seen: when(row.seen_at, now),
        born: row.born_at.map(|at| (when(at, now), by(&row.born_by))),
        gone: row.gone_at.map(|at| (when(at, now), by(&row.gone_by))),
        change: row.change.to_string(),
        picture: picture(found),
        sides: [
            Side {
                title: "What depends on it",
                none: "Nothing that is known depends on it.",
                rows: found.dependents.iter().map(view).collect(),
            },
            Side {
                title: "What it depends on",
                none: "It depends on nothing that is known.",
                rows: found.dependencies.iter().map(view).collect(),
            },
        ],
    }
}

/// What it depends on at the left, itself, what depends on it at the right.
fn picture(found: &Found) -> Svg {
    let (left, right) = (found.dependencies.len() as u64, found.dependents.len() as u64);
    let mut scene = Scene::default();
    for (heading, n) in
        [("It depends on", Some(left)), ("This resource", None), ("Depend on it", Some(right))]
    {
        scene.headings.push((heading.to_owned(), n.map_or(String::new(), |n| count(n, "resource"))));
    }
    let row = &found.row;
    let data = holds_data(row.class);
    scene.spots.push(Spot {
        column: 1,
        shape: Shape::Here,
        sign: "◆",
        label: row.address.clone(),
        note: format!("{}{}", row.class.as_str(), if row.present { "" } else { ", gone" }),
        title: format!("{}, in {}", row.address, row.workspace),
        data,
        many: false,
    });
    for (column, all) in [(0, &found.dependencies), (2, &found.dependents)] {
        for ((workspace, address), how) in all.iter().take(DRAWN) {
            let own = scene.spots.len();
            let elsewhere = *workspace != row.workspace;
            let note = if elsewhere { format!("in {workspace}") } else { words::link_short(*how).to_owned() };
            scene.lines.push(if column == 0 { (own, 0) } else { (0, own) });
            scene.spots.push(Spot {
                column,
                shape: Shape::Depends,
                sign: "·",
                label: address.clone(),
                note,
                title: format!("{address}, in {workspace}: {}", words::link(*how)),
                data: false,
                many: false,
            });
        }
        let left = all.len().saturating_sub(DRAWN);
        if left > 0 {
            scene.lines.push(if column == 0 { (scene.spots.len(), 0) } else { (0, scene.spots.len()) });
            scene.spots.push(Spot {
                column,
                shape: Shape::Rest,
                sign: "…",
                label: format!("{left} more"),
                note: "in the list below".to_owned(),
                title: format!("{left} more, in the list below"),
                data: false,
                many: true,
            });
        }
    }
    let says = format!("It depends on {}; {} on it.", count(left, "resource"), depend(right));
    svg::draw(&scene, &layout::place(&scene), "hop-picture", "One hop around this resource", &says)
}

fn depend(n: u64) -> String {
    if n == 1 { "1 resource depends".to_owned() } else { format!("{} depend", count(n, "resource")) }
}

#[cfg(test)]
mod tests {
    use holdpoint_core::Link;

    use super::*;
    use crate::web::sample;

    fn html(n: usize) -> String {
        let neighbour =
            |n: usize| (("net/production".to_owned(), format!("{}{n}", sample::HOSTILE)), Link::Mention);
        let found = Found {
            row: load::sample("aws_db_instance.main"),
            dependents: (0..n).map(neighbour).collect(),
            dependencies: vec![(("shop/production".to_owned(), "aws_kms_key.k".to_owned()), Link::Reference)],
        };
        build(&found, Frame::default(), &sample::reviewer("Ada"), sample::now()).render().unwrap()
    }

    #[test]
    fn both_sides_are_listed_in_full_and_drawn_in_part() {
        let html = html(40);
        assert_eq!(html.matches("a value holds its id, ARN or name</td>").count(), 40);
        assert_eq!(html.matches("<g class=\"r r-depends").count(), DRAWN + 1);
        assert!(html.contains(">28 more<") && html.contains("an expression refers to it"));
    }

    #[test]
    fn what_agents_wrote_is_only_text() {
        let html = html(3);
        assert!(
            !html.contains("<script>alert") && !html.contains("<img src=x") && !html.contains('\u{202e}')
        );
    }
}

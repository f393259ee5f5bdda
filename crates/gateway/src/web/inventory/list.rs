//! The list of resources, and of the workspaces they are of.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use holdpoint_core::{Class, Timestamp};
use holdpoint_store::people::Person;

use super::load::{self, Filter, InventoryRow, WorkspaceRow};
use super::{encode, href};
use crate::auth::Reviewer;
use crate::web::radius::fold::holds_data;
use crate::web::shell::{Frame, Shell, render};
use crate::web::visible::{Shown, shown, visible};
use crate::web::words::{When, grouped, when};
use crate::{ApiError, AppState, clock};

/// Rows a page.
const PAGE: u32 = 100;

/// The classes to filter by, gravest first.
const CLASSES: [Class; 10] = [
    Class::Data,
    Class::Backup,
    Class::Key,
    Class::Identity,
    Class::Traffic,
    Class::Network,
    Class::Compute,
    Class::Watch,
    Class::Other,
    Class::Unlisted,
];

#[derive(Template)]
#[template(path = "inventory.html")]
struct Page {
    shell: Shell,
    workspaces: Vec<WorkspaceView>,
    rows: Vec<RowView>,
    classes: [&'static str; 10],
    class: &'static str,
    is: &'static str,
    q: String,
    /// Anything is left out.
    filtered: bool,
    first: bool,
    next: Option<String>,
}

/// One workspace.
#[derive(Debug)]
struct WorkspaceView {
    /// As it is sent back.
    value: String,
    name: Shown,
    plain: String,
    href: String,
    seen: When,
    resources: String,
    current: bool,
}

/// One resource.
#[derive(Debug)]
struct RowView {
    href: String,
    address: Shown,
    workspace: Shown,
    kind: Shown,
    class: &'static str,
    data: bool,
    environment: &'static str,
    place: Shown,
    present: bool,
    seen: When,
}

/// What is asked for.
#[derive(Debug, Default, serde::Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    workspace: String,
    #[serde(default)]
    class: String,
    #[serde(default)]
    q: String,
    /// `there`, `gone`, or nothing for both.
    #[serde(default)]
    is: String,
    #[serde(default)]
    after_workspace: String,
    #[serde(default)]
    after: String,
}

impl Wanted {
    fn filter(&self) -> Filter {
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Filter {
            // A workspace's name is taken as it is: it may begin or end with what does not show.
            workspace: Some(self.workspace.clone()).filter(|name| !name.is_empty()),
            class: CLASSES.into_iter().find(|class| class.as_str() == self.class),
            search: some(&self.q),
            present: match self.is.as_str() {
                "there" => Some(true),
                "gone" => Some(false),
                _ => None,
            },
        }
    }
}

/// `GET /inventory`
pub(crate) async fn page(
    State(app): State<AppState>,
    frame: Frame,
    who: Reviewer,
    Query(wanted): Query<Wanted>,
) -> Result<Response, ApiError> {
    let after = (!wanted.after.is_empty()).then(|| (wanted.after_workspace.clone(), wanted.after.clone()));
    let filter = wanted.filter();
    let (workspaces, rows) = load::page(&app, &filter, after, PAGE.saturating_add(1)).await?;
    render(StatusCode::OK, &build(&workspaces, &rows, &filter, &wanted, frame, &who.person, clock::now()))
}

fn build(
    workspaces: &[WorkspaceRow],
    rows: &[InventoryRow],
    filter: &Filter,
    wanted: &Wanted,
    frame: Frame,
    person: &Person,
    now: Timestamp,
) -> Page {
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let class = filter.class.map_or("", Class::as_str);
    let is = filter.present.map_or("", |present| if present { "there" } else { "gone" });
    let q = filter.search.as_deref().unwrap_or_default();
    let query = |workspace: &str| {
        format!("/inventory?workspace={}&class={class}&is={is}&q={}", encode(workspace), encode(q))
    };
    let last = rows.iter().take(page).next_back().filter(|_| rows.len() > page);
    Page {
        shell: Shell::new("Inventory", "inventory", frame, Some(person)),
        workspaces: workspaces
            .iter()
            .map(|workspace| WorkspaceView {
                value: workspace.name.clone(),
                name: shown(&workspace.name),
                plain: visible(&workspace.name),
                href: query(&workspace.name),
                seen: when(workspace.seen_at, now),
                resources: grouped(workspace.resources),
                current: filter.workspace.as_deref() == Some(&workspace.name),
            })
            .collect(),
        rows: rows.iter().take(page).map(|row| view(row, now)).collect(),
        classes: CLASSES.map(Class::as_str),
        class,
        is,
        q: visible(q),
        filtered: filter.workspace.is_some()
            || filter.class.is_some()
            || !q.is_empty()
            || filter.present.is_some(),
        first: wanted.after.is_empty(),
        next: last.map(|last| {
            let on = query(filter.workspace.as_deref().unwrap_or_default());
            format!("{on}&after_workspace={}&after={}", encode(&last.workspace), encode(&last.address))
        }),
    }
}

fn view(row: &InventoryRow, now: Timestamp) -> RowView {
    RowView {
        href: href(&row.workspace, &row.address),
        address: shown(&row.address),
        workspace: shown(&row.workspace),
        kind: shown(&row.kind),
        class: row.class.as_str(),
        data: holds_data(row.class),
        environment: row.sign.as_ref().map_or("", |(environment, _)| environment.as_str()),
        place: shown(&place(row)),
        present: row.present,
        seen: when(row.seen_at, now),
    }
}

/// The account and region, as far as known.
pub(super) fn place(row: &InventoryRow) -> String {
    let parts: Vec<&str> =
        [&row.account, &row.region].into_iter().filter_map(|part| part.as_deref()).collect();
    parts.join(" / ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::sample;

    fn html(rows: &[InventoryRow], wanted: &Wanted) -> String {
        let workspace = WorkspaceRow {
            name: "shop/production".to_owned(),
            seen_at: sample::now(),
            resources: 1_200,
            change: holdpoint_core::ChangeId::new(sample::now(), 1),
        };
        let person = sample::reviewer("Ada");
        build(&[workspace], rows, &wanted.filter(), wanted, Frame::default(), &person, sample::now())
            .render()
            .unwrap()
    }

    #[test]
    fn the_page_after_begins_after_the_last_and_keeps_the_filter() {
        let rows: Vec<_> = (0..101).map(|n| load::sample(&format!("a.b{n:03}"))).collect();
        let wanted = Wanted { class: "data".to_owned(), q: "a b".to_owned(), ..Wanted::default() };
        let html = html(&rows, &wanted);
        assert!(
            html.contains(
                "class=data&#38;is=&#38;q=a%20b&#38;after_workspace=shop%2Fproduction&#38;after=a.b099"
            ),
            "{html}"
        );
        assert!(!html.contains("a.b100") && html.contains("1,200"));
    }

    #[test]
    fn what_agents_wrote_is_only_text() {
        let html = html(
            &[load::sample(sample::HOSTILE)],
            &Wanted { q: sample::HOSTILE.to_owned(), ..Wanted::default() },
        );
        assert!(
            !html.contains("<script>alert") && !html.contains("<img src=x") && !html.contains('\u{202e}')
        );
    }

    #[test]
    fn an_empty_inventory_says_what_fills_it() {
        assert!(html(&[], &Wanted::default()).contains("holdpoint submit"));
    }
}

//! `GET /v1/changes`: changes, newest first, a page at a time.

use axum::Json;
use axum::extract::State;
use holdpoint_core::{ChangeId, StateName};
use holdpoint_store::changes::{self, Filter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::Parameters;
use crate::api::view::ChangeView;
use crate::auth::AnyCaller;
use crate::hub::Snapshot;
use crate::{ApiError, AppState};

const PAGE: u32 = 50;
const MOST: u32 = 200;

/// Which changes.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// One state, or several with commas.
    state: Option<String>,
    /// The requester's id.
    requester: Option<String>,
    /// Words from the requester's name, workspace or statement.
    search: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// How many, 50 by default and 200 at most.
    limit: Option<u32>,
}

/// A page of changes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct Page {
    /// Newest first; approvals are left out here.
    pub(crate) changes: Vec<ChangeView>,
    /// Give it as `cursor` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next_cursor: Option<String>,
}

/// Changes, newest first. Agents and pipelines see their own.
#[utoipa::path(
    get, path = "/v1/changes", params(ListQuery), tag = "changes", security(("requester" = []), ("person" = [])),
    responses((status = 200, body = Page), (status = 400, body = crate::Problem))
)]
pub(crate) async fn list(
    State(app): State<AppState>,
    who: AnyCaller,
    Parameters(query): Parameters<ListQuery>,
) -> Result<Json<Page>, ApiError> {
    let states: Result<Vec<StateName>, String> =
        query.state.iter().flat_map(|text| text.split(',')).map(|name| name.trim().parse()).collect();
    let before: Option<ChangeId> = match query.cursor.as_deref().map(str::parse) {
        Some(Ok(id)) => Some(id),
        Some(Err(_)) => {
            return Err(ApiError::BadRequest(
                "`cursor` must be a `next_cursor` of an earlier page".to_owned(),
            ));
        }
        None => None,
    };
    let filter = Filter {
        states: states.map_err(ApiError::BadRequest)?,
        requester: who.only().or(query.requester),
        search: query.search,
    };
    let limit = query.limit.unwrap_or(PAGE).clamp(1, MOST);
    let mut conn = app.db.conn().await?;
    let found = changes::list(&mut conn, &filter, before, limit).await?;
    let full = found.len() >= limit as usize;
    let next_cursor = found.last().filter(|_| full).map(|change| change.id.to_string());
    let changes =
        found.into_iter().map(|change| ChangeView::from(&Snapshot::new(change, Vec::new()))).collect();
    Ok(Json(Page { changes, next_cursor }))
}

//! `POST /v1/changes`: hand a change in.

use std::sync::atomic::AtomicU64;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use holdpoint_core::{ChangeId, Continuity, Digest, Environment, Format, Source, Verdict};
use holdpoint_store::changes::{self, NewChange, Origin, Submitted};
use holdpoint_store::workspaces;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::view::ChangeView;
use crate::api::{Parameters, wait};
use crate::auth::Requester;
use crate::hub::Snapshot;
use crate::judge::{self, NotRead, Read};
use crate::metrics::count;
use crate::{ApiError, AppState, clock, random};

/// Documents up to this size are read on the spot; larger ones on a thread of their own, few at a time.
const SMALL: usize = 64 << 10;

/// What a requester says beside the document. All of it is the requester's claim.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SubmitQuery {
    /// `terraform`.
    pub(crate) format: Option<String>,
    /// The requester's own name for what is changed; continuity is judged by it.
    pub(crate) workspace: Option<String>,
    /// SHA-256 of the binary plan.
    pub(crate) plan_sha256: Option<String>,
    /// The state lineage in the binary plan.
    pub(crate) lineage: Option<String>,
    /// The state serial in the binary plan.
    pub(crate) serial: Option<u64>,
    /// The version of the tool that made the plan.
    pub(crate) tool_version: Option<String>,
    /// The agent's session.
    pub(crate) session: Option<String>,
    /// The pipeline's run.
    pub(crate) run_url: Option<String>,
    /// The ticket behind it.
    pub(crate) ticket: Option<String>,
    /// Why, in the requester's own words.
    pub(crate) statement: Option<String>,
}

impl SubmitQuery {
    fn check(&self) -> Result<(), ApiError> {
        let fields = [
            ("workspace", &self.workspace, 200),
            ("lineage", &self.lineage, 100),
            ("tool_version", &self.tool_version, 100),
            ("session", &self.session, 200),
            ("run_url", &self.run_url, 500),
            ("ticket", &self.ticket, 200),
            ("statement", &self.statement, 2_000),
        ];
        for (name, value, limit) in fields {
            if value.as_ref().is_some_and(|text| text.chars().count() > limit) {
                return Err(ApiError::BadRequest(format!("`{name}` is longer than {limit} characters")));
            }
        }
        Ok(())
    }

    pub(crate) fn format(&self) -> Result<Format, ApiError> {
        self.format.as_deref().unwrap_or("terraform").parse().map_err(ApiError::BadRequest)
    }

    pub(crate) fn source(&self) -> Result<Source, ApiError> {
        self.check()?;
        let plan_sha256 = match &self.plan_sha256 {
            Some(text) => Some(
                text.parse::<Digest>().map_err(|e| ApiError::BadRequest(format!("`plan_sha256`: {e}")))?,
            ),
            None => None,
        };
        Ok(Source {
            plan_sha256,
            lineage: self.lineage.clone(),
            serial: self.serial,
            workspace: self.workspace.clone(),
            tool_version: self.tool_version.clone(),
        })
    }
}

/// The raw document, within the configured limit.
#[derive(Debug)]
pub(crate) struct Document(pub(crate) Bytes);

impl FromRequest<AppState> for Document {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, ApiError> {
        let limit = app.config.limits.body_bytes;
        let declared =
            request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
        if declared.is_some_and(|length| length > limit) {
            return Err(ApiError::TooLarge(limit));
        }
        match Bytes::from_request(request, app).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(BytesRejection::FailedToBufferBody(failure))
                if failure.status() == StatusCode::PAYLOAD_TOO_LARGE =>
            {
                Err(ApiError::TooLarge(limit))
            }
            Err(rejection) => Err(ApiError::BadRequest(rejection.body_text())),
        }
    }
}

/// Reads a document without holding up other requests.
pub(crate) async fn read(app: &AppState, format: Format, document: Bytes) -> Result<Read, ApiError> {
    let read = if document.len() <= SMALL {
        judge::read(format, &document)
    } else {
        let turn = app.readers.clone().acquire_owned().await;
        let _turn = turn.map_err(|_| ApiError::Internal("the readers are gone".to_owned()))?;
        tokio::task::spawn_blocking(move || judge::read(format, &document))
            .await
            .map_err(|error| ApiError::Internal(format!("reading the document failed: {error}")))?
    };
    read.map_err(|error| match error {
        NotRead::Intake(error) => {
            count(&app.metrics.unreadable);
            ApiError::Unreadable(error)
        }
        NotRead::Serialise(error) => error.into(),
    })
}

/// What an operator configured for the requester.
pub(crate) fn configured(who: &Requester) -> Option<(Environment, String)> {
    let environment = who.agent.environment?;
    let says = format!(
        "{} `{}` is registered for {}",
        who.actor.kind.as_str(),
        who.actor.name,
        environment.as_str()
    );
    Some((environment, says))
}

/// Hand a change in.
#[utoipa::path(
    post, path = "/v1/changes", params(SubmitQuery), tag = "changes", security(("requester" = [])),
    request_body(content = String, description = "The foreign document as it is.", content_type = "application/json"),
    responses(
        (status = 201, body = ChangeView, description = "Recorded and judged; `Location` names it."),
        (status = 200, body = ChangeView, description = "Handed in before: the same change."),
        (status = 409, body = crate::Problem, description = "The idempotency key was used with other bytes."),
        (status = 413, body = crate::Problem), (status = 422, body = crate::Problem), (status = 503, body = crate::Problem),
    )
)]
pub(crate) async fn submit(
    State(app): State<AppState>,
    who: Requester,
    Parameters(query): Parameters<SubmitQuery>,
    headers: HeaderMap,
    Document(document): Document,
) -> Result<Response, ApiError> {
    let format = query.format()?;
    let source = query.source()?;
    let key = idempotency_key(&headers)?;
    let origin = Origin {
        session: query.session.clone(),
        run_url: query.run_url.clone(),
        ticket: query.ticket.clone(),
    };
    let request_digest = request_digest(&query, &document);
    let read = read(&app, format, document).await?;
    let (content, assessment) = (read.change.content()?, read.change.assessment()?);

    let seen = match &source.workspace {
        Some(workspace) => workspaces::seen(&mut *app.db.conn().await?, workspace).await?,
        None => None,
    };
    let (facts, judgement) =
        judge::judge(&app.policies, &read, &source, configured(&who), seen.as_ref(), &who.actor);
    let id = ChangeId::new(clock::now(), random::id_bits()?);
    let new = NewChange {
        id,
        requester: &who.actor,
        idempotency_key: key.as_deref(),
        request_digest,
        change_content: &content,
        assessment: &assessment,
        format,
        counts: read.counts,
        source: &source,
        facts: &facts,
        judgement: &judgement,
        statement: query.statement.as_deref(),
        origin: &origin,
        hold_for: app.config.times.hold(),
        grant_for: app.config.times.grant(),
    };
    let submitted = record(&app, &new).await?;

    let (status, change) = match submitted {
        Submitted::Created(change) => {
            counter(&app, &judgement.verdict);
            tracing::info!(change = %change.id, requester = %who.actor.id, verdict = judgement.verdict.as_str(), "judged");
            app.hub.committed(change.id);
            (StatusCode::CREATED, change)
        }
        Submitted::Existing(change) => (StatusCode::OK, change),
    };
    let id = change.id;
    let snapshot = match wait::preferred(&app, &headers) {
        Some(limit) if !change.state.name().is_decided() => {
            wait::until(&app, id, limit, |s| s.change.state.name().is_decided()).await?
        }
        _ if status == StatusCode::OK => wait::look(&app, id).await?,
        _ => std::sync::Arc::new(Snapshot::new(change, Vec::new())),
    };
    let mut view = ChangeView::from(&*snapshot);
    view.checkpoint = app.hub.checkpoint();
    let mut response = (status, Json(view)).into_response();
    let location = HeaderValue::from_str(&format!("/v1/changes/{id}"));
    response.headers_mut().insert(header::LOCATION, location.map_err(|e| ApiError::Internal(e.to_string()))?);
    Ok(response)
}

/// Records a judged change. Handing in is one statement, so only a state that is seen with it takes a transaction.
async fn record(app: &AppState, new: &NewChange<'_>) -> Result<Submitted, ApiError> {
    let builds_on = matches!(new.facts.continuity, Continuity::FirstSeen | Continuity::Continues);
    let source = new.source;
    let (Some(workspace), Some(lineage), Some(serial), true) =
        (&source.workspace, &source.lineage, source.serial, builds_on)
    else {
        return Ok(changes::submit(&mut *app.db.conn().await?, new).await?);
    };
    let mut tx = app.db.begin().await?;
    let submitted = changes::submit(&mut tx, new).await?;
    if let Submitted::Created(change) = &submitted {
        workspaces::saw(&mut tx, workspace, lineage, serial, change.id).await?;
    }
    tx.commit().await.map_err(holdpoint_store::Error::from)?;
    Ok(submitted)
}

fn counter(app: &AppState, verdict: &Verdict) {
    let counter: &AtomicU64 = match verdict {
        Verdict::Allow => &app.metrics.allowed,
        Verdict::Hold { .. } => &app.metrics.held,
        Verdict::Deny => &app.metrics.denied,
    };
    count(counter);
}

/// What an idempotency key is bound to: the bytes and everything said beside them.
fn request_digest(query: &SubmitQuery, document: &[u8]) -> Digest {
    Digest::of(format!("{query:?}\0{}", Digest::of(document)).as_bytes())
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    match value.to_str() {
        Ok(text) if (1..=200).contains(&text.len()) => Ok(Some(text.to_owned())),
        _ => Err(ApiError::BadRequest("`Idempotency-Key` must have 1 to 200 ASCII characters".to_owned())),
    }
}

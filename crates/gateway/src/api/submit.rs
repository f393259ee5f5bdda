//! `POST /v1/changes`: hand a change in.

use std::sync::atomic::AtomicU64;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use holdpoint_core::{Actor, ChangeId, Digest, Environment, Format, Source, Verdict};
use holdpoint_store::agents::Agent;
use holdpoint_store::changes::{Origin, Submitted};
use holdpoint_store::workspaces;

use crate::api::record::{self, Submission};
use crate::api::said::SubmitQuery;
use crate::api::view::ChangeView;
use crate::api::{Parameters, wait};
use crate::auth::Requester;
use crate::facts::{self, Asker};
use crate::hub::Snapshot;
use crate::judge::{self, NotRead, Read};
use crate::metrics::count;
use crate::ssm::{self, NotComplete};
use crate::{ApiError, AppState, clock, random};

/// Documents up to this size are read on the spot; larger ones on a thread of their own, few at a time.
const SMALL: usize = 64 << 10;

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
        judge::read(format, &document, &app.config.environments)
    } else {
        let turn = app.readers.clone().acquire_owned().await;
        let _turn = turn.map_err(|_| ApiError::Internal("the readers are gone".to_owned()))?;
        let config = app.config.clone();
        tokio::task::spawn_blocking(move || judge::read(format, &document, &config.environments))
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
    environment_of(&who.agent)
}

/// As above.
pub(crate) fn environment_of(agent: &Agent) -> Option<(Environment, String)> {
    let environment = agent.environment?;
    let says = format!("{} `{}` is registered for {}", agent.kind.as_str(), agent.name, environment.as_str());
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
    let mut source = query.source()?;
    let intent = query.intent()?;
    let key = idempotency_key(&headers)?;
    let origin = Origin {
        session: query.session.clone(),
        run_url: query.run_url.clone(),
        ticket: query.ticket.clone(),
    };
    let request_digest = request_digest(&query, &document);
    let document = match format {
        Format::Ssm => completed(&app, &who.actor, document, &mut source).await?,
        _ => document,
    };
    let order = (format == Format::Ssm).then(|| document.clone());
    let mut read = read(&app, format, document).await?;
    if order.is_some() && read.change.effects.is_empty() {
        let what = "nothing that this command does is understood, and that is never taken for harmless";
        return Err(ApiError::BadRequest(what.to_owned()));
    }
    let seen = match &source.workspace {
        Some(workspace) => workspaces::seen(&mut *app.db.conn().await?, workspace).await?,
        None => None,
    };
    let asker = Asker {
        requester: &who.actor,
        session: query.session.as_deref(),
        intent: &intent,
        configured: configured(&who),
    };
    let facts = facts::gather(&app, &read.change, &source, &asker, seen.as_ref()).await;
    let submission = Submission {
        id: ChangeId::new(clock::now(), random::id_bits()?),
        asker: &asker,
        idempotency_key: key.as_deref(),
        request_digest,
        source: &source,
        origin: &origin,
        statement: query.statement.as_deref(),
        members: &[],
        order: order.as_deref(),
    };
    let (submitted, facts) = record::record(&app, &read, &submission, facts).await?;
    if let Submitted::Created(change) = &submitted {
        facts::learn(&app, change.id, &mut read.change, &source, &facts, &asker);
    }

    let (status, change) = match submitted {
        Submitted::Created(change) => {
            counter(&app, &change.judgement.verdict);
            tracing::info!(change = %change.id, requester = %who.actor.id, verdict = change.judgement.verdict.as_str(), "judged");
            app.hub.committed(change.id);
            (StatusCode::CREATED, change)
        }
        Submitted::Existing(change) => (StatusCode::OK, change),
        Submitted::Moved => {
            return Err(ApiError::Internal("a change was recorded without its freeze".to_owned()));
        }
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

/// Commands on machines are judged with their targets resolved and their document pinned; those bytes are what runs.
pub(crate) async fn completed(
    app: &AppState,
    who: &Actor,
    document: Bytes,
    source: &mut Source,
) -> Result<Bytes, ApiError> {
    if !app.config.ssm.enabled {
        let what = "commands on machines are not taken here; an administrator switches `[ssm]` on";
        return Err(ApiError::BadRequest(what.to_owned()));
    }
    // The reader refuses what one reader could take for one thing and the next for another, such as a key twice.
    read(app, Format::Ssm, document.clone()).await?;
    let complete = ssm::complete(app, who, &document).await.map_err(|error| match error {
        NotComplete::Wrong(what) => ApiError::BadRequest(what),
        NotComplete::Unanswered(what) => ApiError::Unanswered(what),
    })?;
    source.plan_sha256 = Some(Digest::of(&complete));
    Ok(Bytes::from(complete))
}

pub(crate) fn counter(app: &AppState, verdict: &Verdict) {
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

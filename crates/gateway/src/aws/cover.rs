//! Under an approved plan: the key that `holdpoint exec` was given opens one change, and the calls that its effects cover
//! pass without another question. Everything else is judged by itself.

use std::sync::{Arc, Mutex, PoisonError};

use holdpoint_core::{Change, ChangeId};
use holdpoint_intake::aws::cover::{Cover, SoFar};
use holdpoint_store::aws::calls;
use holdpoint_store::changes;

use super::arrive::Arrived;
use super::road::{Pass, Right, Stopped, begun};
use crate::AppState;

/// Covers of changes that are being carried out, so that a plan is read once and not for each of its calls.
#[derive(Debug, Default)]
pub(crate) struct Covers {
    kept: Mutex<Vec<(ChangeId, Arc<Cover>)>>,
}

/// How many are kept.
const MOST: usize = 16;

impl Covers {
    async fn of(&self, app: &AppState, id: ChangeId) -> Result<Arc<Cover>, holdpoint_store::Error> {
        {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, cover)) = kept.iter().find(|(of, _)| *of == id) {
                return Ok(Arc::clone(cover));
            }
        }
        let change = changes::load(&mut *app.db.conn().await?, id).await?;
        let cover = Arc::new(Cover::of(&change));
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.remove(0);
        }
        kept.push((id, Arc::clone(&cover)));
        Ok(cover)
    }
}

/// The pass of a call that the key's change covers; none when the key opens no change, or that does not cover it.
pub(super) async fn under(
    app: &AppState,
    arrived: &Arrived,
    judged: &Change,
) -> Result<Option<Pass>, Stopped> {
    let (Some((id, _)), Some(gateway)) = (arrived.key.opens.change, &app.aws) else { return Ok(None) };
    let cover = gateway.covers.of(app, id).await?;
    let so_far = {
        let mut conn = app.db.conn().await?;
        SoFar {
            born: calls::born(&mut conn, id).await?.into_iter().collect(),
            made: calls::counts(&mut conn, id).await?.into_iter().collect(),
        }
    };
    match cover.covers(&arrived.call, judged, &so_far) {
        Ok(()) => {
            let call = begun(app, arrived, id, None).await?;
            Ok(Some(Pass { change: id, call, right: Right::Part }))
        }
        Err(why) => {
            tracing::info!(change = %id, service = arrived.call.service, operation = arrived.call.operation, why, "a call is not covered");
            Ok(None)
        }
    }
}

//! Events of the last days by CloudTrail's own look-up. It answers two questions a second and account, and knows
//! management events only; files are the better source where there are any.

use serde_json::json;
use time::OffsetDateTime;

use super::Batch;
use crate::ask::Unanswered;
use crate::look::View;

/// Writes between two times, as far as a bounded number of pages shows them.
///
/// # Errors
/// Why there is not even a first page.
pub async fn recent(
    view: &View<'_>,
    from: OffsetDateTime,
    to: OffsetDateTime,
) -> Result<(Batch, bool), Unanswered> {
    let asked = json!({
        "LookupAttributes": [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}],
        "StartTime": from.unix_timestamp(),
        "EndTime": to.unix_timestamp(),
        "MaxResults": 50,
    });
    let rows = view.list("cloudtrail", "LookupEvents", asked, "Events").await?;
    let mut batch = Batch::default();
    rows.rows.iter().for_each(|event| batch.inner(event));
    Ok((batch, rows.more))
}

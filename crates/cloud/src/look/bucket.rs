//! S3: whether a bucket or a prefix holds anything, and whether what is deleted could come back.

use std::time::Duration;

use holdpoint_core::Link;
use serde_json::{Value, json};

use super::Subject;
use super::seen::{Dependent, Saved, Seen};
use super::traffic::{Metric, metric};
use super::view::View;
use crate::ask::{Unanswered, number, rows, text, texts, truth};

/// How many objects lie under a prefix, as far as they were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Objects counted.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Whether there are more.
    pub more: bool,
}

/// Counts the objects under a prefix, up to about `limit` (whole pages of at most 1000).
///
/// # Errors
/// The question that was not answered; what was counted until then is left out, because it says too little.
pub async fn count(view: &View<'_>, bucket: &str, prefix: &str, limit: u64) -> Result<Counted, Unanswered> {
    let mut counted = Counted { objects: 0, bytes: 0, more: false };
    let mut token = String::new();
    loop {
        let page = limit.saturating_sub(counted.objects).clamp(1, 1000);
        let mut asked = json!({"Bucket": bucket, "prefix": prefix, "max-keys": page});
        if let (Some(asked), false) = (asked.as_object_mut(), token.is_empty()) {
            asked.insert("continuation-token".to_owned(), json!(token));
        }
        let answer = view.ask("s3", "ListObjectsV2", asked).await?;
        for row in rows(&answer, "Contents") {
            counted.objects += 1;
            counted.bytes = counted.bytes.saturating_add(number(row, "Size").unwrap_or(0));
        }
        counted.more = truth(&answer, "IsTruncated").unwrap_or(false);
        token = rows(&answer, "NextContinuationToken")
            .first()
            .and_then(|token| token.as_str())
            .unwrap_or_default()
            .to_owned();
        if !counted.more || token.is_empty() || counted.objects >= limit {
            return Ok(counted);
        }
    }
}

/// Objects of a bucket counted for a reviewer: one page.
const SHOWN: u64 = 1000;

pub(super) async fn bucket(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let name = subject.id.as_str();
    let of = json!({ "Bucket": name });
    let objects = Metric {
        namespace: "AWS/S3",
        name: "NumberOfObjects",
        statistic: "Maximum",
        dimensions: &[("BucketName", name), ("StorageType", "AllStorageTypes")],
        over: Duration::from_secs(3 * 24 * 3600),
    };
    let (head, tags, status, notify, counted, versions, estimate) = tokio::join!(
        view.ask("s3", "HeadBucket", &of),
        view.ask("s3", "GetBucketTagging", &of),
        view.ask("s3", "GetBucketPolicyStatus", &of),
        view.ask("s3", "GetBucketNotificationConfiguration", &of),
        count(view, name, "", SHOWN),
        view.ask("s3", "ListObjectVersions", json!({"Bucket": name, "max-keys": 1})),
        metric(view, objects),
    );
    match head {
        Ok(_) => seen.exists = Some(true),
        Err(unanswered) if unanswered.missing() => seen.exists = Some(false),
        Err(unanswered) => seen.gap(unanswered.to_string()),
    }
    seen.name = Some(crate::ask::plain(name));
    protections(view, name, seen).await;
    if let Some(tags) = seen.aside(tags) {
        seen.tagged(&tags, "TagSet/Tag");
    }
    if let Some(status) = seen.aside(status) {
        seen.was("public", truth(&status, "IsPublic").unwrap_or(false));
    }
    if let Some(notify) = seen.aside(notify) {
        feeds(seen, &notify);
    }
    note_count(seen, counted);
    if let Some(versions) = seen.aside(versions) {
        let any = ["Version", "DeleteMarker"].iter().any(|kind| !rows(&versions, kind).is_empty());
        seen.was("holds_versions", any);
    }
    if seen.before.get("more_objects") == Some(&Value::Bool(true)) {
        seen.traffic("objects_by_metric", estimate);
    }
}

pub(super) async fn objects(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let Some(bucket) = subject.within.as_deref().filter(|bucket| !bucket.is_empty()) else {
        seen.gap("not looked at: its bucket is not known");
        return;
    };
    let counted = count(view, bucket, &subject.id, SHOWN).await;
    seen.exists = match &counted {
        Ok(counted) => Some(counted.objects > 0),
        Err(unanswered) if unanswered.missing() => Some(false),
        Err(_) => None,
    };
    note_count(seen, counted);
    protections(view, bucket, seen).await;
    if seen.before.get("versioning").and_then(Value::as_str) == Some("Enabled") {
        let what = format!("earlier versions in the bucket `{}`", crate::ask::plain(bucket));
        seen.points.push(Saved::new("versions", &what, !subject.for_good, ""));
    }
}

fn note_count(seen: &mut Seen, counted: Result<Counted, Unanswered>) {
    match counted {
        Ok(counted) => {
            seen.was("objects", counted.objects);
            seen.was("bytes", counted.bytes);
            seen.was("more_objects", counted.more);
        }
        Err(unanswered) if unanswered.missing() => {}
        Err(unanswered) => seen.gap(unanswered.to_string()),
    }
}

/// Versioning, object lock and replication. A replica is told, but not counted as a recovery point: it has only what was
/// written since replication began and fits its rules.
async fn protections(view: &View<'_>, bucket: &str, seen: &mut Seen) {
    let of = json!({ "Bucket": bucket });
    let (versioning, lock, replication) = tokio::join!(
        view.ask("s3", "GetBucketVersioning", &of),
        view.ask("s3", "GetObjectLockConfiguration", &of),
        view.ask("s3", "GetBucketReplication", &of),
    );
    if let Some(versioning) = seen.aside(versioning) {
        let status = text(&versioning, "Status");
        seen.was("versioning", if status.is_empty() { "Off".to_owned() } else { status });
        seen.was("mfa_delete", text(&versioning, "MfaDelete"));
    }
    if let Some(lock) = seen.aside(lock) {
        seen.was("object_lock", text(&lock, "ObjectLockEnabled") == "Enabled");
        seen.was("lock_mode", text(&lock, "Rule/DefaultRetention/Mode"));
    }
    if let Some(replication) = seen.aside(replication) {
        seen.was("replicated_to", texts(&replication, "Rule/Destination/Bucket"));
    }
}

/// What the bucket's events start. CloudFunction, Queue and Topic are the API's own element names.
fn feeds(seen: &mut Seen, notify: &Value) {
    let fed = [
        ("CloudFunctionConfiguration/CloudFunction", "aws_lambda_function"),
        ("QueueConfiguration/Queue", "aws_sqs_queue"),
        ("TopicConfiguration/Topic", "aws_sns_topic"),
    ];
    for (path, kind) in fed {
        for arn in texts(notify, path) {
            seen.depends(Dependent::new(kind, &arn, "gets its events", Link::Mention));
        }
    }
}

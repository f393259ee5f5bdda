//! Whether something is in use right now, by CloudWatch.

use std::time::Duration;

use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use super::view::View;
use crate::ask::{Unanswered, rows};

/// A metric of one resource.
#[derive(Debug, Clone, Copy)]
pub(super) struct Metric<'a> {
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
    /// `Sum` or `Maximum`.
    pub(super) statistic: &'a str,
    /// Name and value of each dimension.
    pub(super) dimensions: &'a [(&'a str, &'a str)],
    /// How far back; it is one data point.
    pub(super) over: Duration,
}

/// The highest data point; none if there is no data, which does not say that there is no traffic.
pub(super) async fn metric(view: &View<'_>, metric: Metric<'_>) -> Result<Option<f64>, Unanswered> {
    let end = view.times.now;
    // Whole minutes, so that the same question is the same for the cache.
    let end = end.replace_second(0).unwrap_or(end).replace_nanosecond(0).unwrap_or(end);
    let start = end - metric.over;
    let mut asked = json!({
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Statistics.member.1": metric.statistic,
        "Period": metric.over.as_secs(),
        "StartTime": start.format(&Rfc3339).unwrap_or_default(),
        "EndTime": end.format(&Rfc3339).unwrap_or_default(),
    });
    if let Some(asked) = asked.as_object_mut() {
        for (number, (name, value)) in (1..).zip(metric.dimensions) {
            asked.insert(format!("Dimensions.member.{number}.Name"), json!(name));
            asked.insert(format!("Dimensions.member.{number}.Value"), json!(value));
        }
    }
    let answer = view.ask("cloudwatch", "GetMetricStatistics", asked).await?;
    let points = rows(&answer, &format!("Datapoints/{}", metric.statistic));
    Ok(points.into_iter().filter_map(value).reduce(f64::max))
}

fn value(point: &Value) -> Option<f64> {
    point
        .as_str()
        .and_then(|text| text.parse().ok())
        .or_else(|| point.as_f64())
        .filter(|value: &f64| value.is_finite())
}

impl super::Seen {
    /// Notes a metric under a name; no data is noted as a gap.
    pub(super) fn traffic(&mut self, name: &str, found: Result<Option<f64>, Unanswered>) {
        match found {
            Ok(Some(value)) => self.was(name, value),
            Ok(None) => self.gap(format!("no data: {name}")),
            Err(unanswered) => self.gap(unanswered.to_string()),
        }
    }
}

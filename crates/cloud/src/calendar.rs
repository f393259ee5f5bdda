//! Systems Manager's Change Calendar, which feeds the freeze.

use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::ask::text;
use crate::look::View;

/// Whether changes may happen now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Calendar {
    /// All calendars are open, until the time given.
    Open(Option<OffsetDateTime>),
    /// At least one is closed, until the time given.
    Closed(Option<OffsetDateTime>),
    /// It could not be found out, and why; it counts as closed.
    Unknown(String),
}

impl Calendar {
    /// Whether changes are frozen: closed, or not known.
    #[must_use]
    pub fn frozen(&self) -> bool {
        !matches!(self, Calendar::Open(_))
    }
}

/// Asks for the state of all calendars together, by name or ARN: open only if each is. No calendar at all is open, for
/// none was configured.
pub async fn calendar(view: &View<'_>, names: &[String]) -> Calendar {
    if names.is_empty() {
        return Calendar::Open(None);
    }
    let at = view.times.now.format(&Rfc3339).unwrap_or_default();
    let asked = view.ask("ssm", "GetCalendarState", json!({"CalendarNames": names, "AtTime": at})).await;
    match asked {
        Ok(answer) => {
            let next = OffsetDateTime::parse(&text(&answer, "NextTransitionTime"), &Rfc3339).ok();
            match text(&answer, "State").as_str() {
                "OPEN" => Calendar::Open(next),
                "CLOSED" => Calendar::Closed(next),
                other => Calendar::Unknown(format!("not known: the calendar's state is `{other}`")),
            }
        }
        Err(unanswered) => Calendar::Unknown(unanswered.to_string()),
    }
}

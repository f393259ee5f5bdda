//! Route 53: what a zone answers, and what remains of a name when one record goes.

use holdpoint_core::Link;
use serde_json::{Value, json};

use super::Subject;
use super::seen::{Dependent, Seen};
use super::view::View;
use crate::ask::{number, rows, text, texts};

pub(super) async fn zone(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let id = bare(&subject.id);
    let (main, records, tags) = tokio::join!(
        view.ask("route53", "GetHostedZone", json!({ "Id": id })),
        view.ask("route53", "ListResourceRecordSets", json!({"Id": id, "maxitems": "300"})),
        view.ask("route53", "ListTagsForResource", json!({"ResourceType": "hostedzone", "ResourceId": id})),
    );
    if let Some(row) = seen.main(main, "HostedZone") {
        seen.name = Some(text(&row, "Name"));
        seen.was_number(&row, &[("records", "ResourceRecordSetCount")]);
        seen.was_truth(&row, &[("private", "Config/PrivateZone")]);
    }
    if let Some(tags) = seen.aside(tags) {
        seen.tagged(&tags, "ResourceTagSet/Tags/Tag");
    }
    let Some(records) = seen.aside(records) else { return };
    for row in rows(&records, "ResourceRecordSets/ResourceRecordSet") {
        let kind = text(row, "Type");
        // Every zone has these two; they are no one's.
        if kind != "SOA" && kind != "NS" {
            let name = format!("{} {kind}", text(row, "Name"));
            seen.depends(Dependent::new("aws_route53_record", &name, "is answered by it", Link::Owner));
        }
    }
    if crate::ask::truth(&records, "IsTruncated") == Some(true) {
        seen.gap("there are more records than were looked at");
    }
}

pub(super) async fn record(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let Some(zone) = subject.within.as_deref() else {
        seen.gap("not looked at: its zone is not known");
        return;
    };
    let mut parts = subject.id.splitn(3, ' ');
    let name = dotted(parts.next().unwrap_or_default());
    let kind = parts.next().unwrap_or_default().to_owned();
    let set = parts.next();
    // Asked by name only: what remains under the same name is of other types, too.
    let asked = json!({"Id": bare(zone), "name": name, "maxitems": "100"});
    let (about, zone) = tokio::join!(
        view.ask("route53", "ListResourceRecordSets", asked),
        view.ask("route53", "GetHostedZone", json!({"Id": bare(zone)})),
    );
    if let Some(zone) = seen.aside(zone) {
        seen.was("zone", text(&zone, "HostedZone/Name"));
    }
    let Some(about) = seen.aside(about) else { return };
    let same: Vec<&Value> = rows(&about, "ResourceRecordSets/ResourceRecordSet")
        .into_iter()
        .filter(|row| dotted(&text(row, "Name")) == name)
        .collect();
    let this =
        |row: &Value| text(row, "Type") == kind && set.is_none_or(|set| text(row, "SetIdentifier") == set);
    let (gone, left): (Vec<&Value>, Vec<&Value>) = same.into_iter().partition(|row| this(row));
    seen.name = Some(crate::ask::plain(&name));
    seen.exists = Some(!gone.is_empty());
    if let Some(row) = gone.first() {
        seen.was("values", texts(row, "ResourceRecords/ResourceRecord/Value"));
        seen.was("alias", text(row, "AliasTarget/DNSName"));
        seen.was("ttl", number(row, "TTL"));
        seen.was_text(row, &[("set", "SetIdentifier"), ("health_check", "HealthCheckId")]);
    }
    let of_type = left.iter().filter(|row| text(row, "Type") == kind).count();
    seen.was("remaining_of_type", of_type);
    seen.was("remaining_of_name", left.len());
}

/// An id without the path that answers put before it.
fn bare(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

/// A name as Route 53 lists it: lower case, with the dot at its end, `*` in its escaped form.
fn dotted(name: &str) -> String {
    let name = name.to_ascii_lowercase().replace('*', "\\052");
    if name.ends_with('.') { name } else { format!("{name}.") }
}

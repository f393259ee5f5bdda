//! KMS: what a key is known as, and who may use it.

use holdpoint_core::Link;
use serde_json::json;

use super::Subject;
use super::seen::{Dependent, Seen};
use super::view::View;
use crate::ask::text;

pub(super) async fn look(view: &View<'_>, subject: &Subject, seen: &mut Seen) {
    let of = json!({"KeyId": subject.handle()});
    let (main, aliases, grants, tags) = tokio::join!(
        view.ask("kms", "DescribeKey", &of),
        view.list("kms", "ListAliases", &of, "Aliases"),
        view.list("kms", "ListGrants", &of, "Grants"),
        view.ask("kms", "ListResourceTags", &of),
    );
    if let Some(row) = seen.main(main, "KeyMetadata") {
        seen.was_text(
            &row,
            &[("state", "KeyState"), ("usage", "KeyUsage"), ("manager", "KeyManager"), ("origin", "Origin")],
        );
        seen.was_truth(&row, &[("enabled", "Enabled"), ("several_regions", "MultiRegion")]);
        seen.was("deleted_at", super::table::seconds(&row, "DeletionDate"));
        seen.was("what", text(&row, "Description"));
    }
    if let Some(tags) = seen.aside(tags) {
        seen.tagged(&tags, "Tags");
    }
    for row in seen.listed(aliases, "aliases") {
        let alias = text(&row, "AliasName");
        if seen.name.is_none() {
            seen.name = Some(alias.clone());
        }
        seen.depends(Dependent::new("aws_kms_alias", &alias, "points at it", Link::Mention));
    }
    for row in seen.listed(grants, "grants") {
        let mut grant = Dependent::new("aws_kms_grant", &text(&row, "GrantId"), "may use it", Link::Mention);
        grant.name = text(&row, "GranteePrincipal");
        seen.depends(grant);
    }
    // KMS does not know what was encrypted with a key; only those who read it do.
    seen.gap("not known: what is encrypted with it");
}

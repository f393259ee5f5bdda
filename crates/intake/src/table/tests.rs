use super::*;

fn text() -> &'static str {
    include_str!("../resources.toml")
}

#[test]
fn the_table_reads() {
    Table::parse(text()).unwrap();
    Table::get().unwrap();
}

#[test]
fn no_type_has_two_classes() {
    let file: File = toml::from_str(text()).unwrap();
    let mut seen = BTreeSet::new();
    for name in file.class.values().flatten() {
        assert!(seen.insert(name), "`{name}` stands in two classes");
    }
    assert!(seen.len() > 250, "{}", seen.len());
    for provider in ["aws_", "google_", "azurerm_", "kubernetes_"] {
        assert!(seen.iter().filter(|name| name.starts_with(provider)).count() > 30, "{provider}");
    }
}

/// The class of a type as rows write it: kinds of Kubernetes in its own words begin with a capital.
fn class_of(table: &Table, kind: &str) -> Class {
    match kind.starts_with(|c: char| c.is_ascii_uppercase()) {
        true => table.class("", kind.split('.').next()),
        false => table.class(kind, None),
    }
}

#[test]
fn every_row_speaks_of_a_type_with_a_class() {
    let table = Table::parse(text()).unwrap();
    let file = &table.file;
    let types = (file.switches.iter().map(|r| &r.types))
        .chain(file.opens.iter().map(|r| &r.types))
        .chain(file.worlds.iter().map(|r| &r.types))
        .chain(file.documents.iter().map(|r| &r.types))
        .chain(file.floors.iter().map(|r| &r.types))
        .chain(file.fates.iter().map(|r| &r.types))
        .chain(file.removals.iter().map(|r| &r.types))
        .chain(file.held.iter().map(|r| &r.types))
        .chain(file.identities.iter().map(|r| &r.types))
        .chain(file.onces.iter().map(|r| &r.types));
    // What a manifest is for, the kind in it says.
    for kind in types.flatten().filter(|kind| !kind.ends_with('*') && *kind != "kubernetes_manifest") {
        assert_ne!(class_of(&table, kind), Class::Unlisted, "`{kind}` has no class");
    }
}

#[test]
fn every_switch_says_when_it_is_on_and_every_fate_is_of_data() {
    let table = Table::parse(text()).unwrap();
    for row in table.file.switches.iter() {
        let ways =
            usize::from(!row.on.is_empty()) + usize::from(row.at_least.is_some()) + usize::from(row.set);
        assert_eq!(ways, 1, "{}", row.attribute);
        assert!(!row.lowering || row.at_least.is_some(), "{}", row.attribute);
    }
    for kind in table.file.fates.iter().flat_map(|row| &row.types) {
        assert!(matches!(class_of(&table, kind), Class::Data | Class::Key), "{kind}");
    }
    for row in table.file.opens.iter() {
        assert!(matches!(
            row.hazard,
            holdpoint_core::HazardKind::Exposure | holdpoint_core::HazardKind::Privilege
        ));
    }
}

#[test]
fn secrets_are_known_by_the_end_of_their_name() {
    let secrets = &Table::get().unwrap().secrets;
    for name in [
        "password",
        "master_password",
        "DB_PASSWORD",
        "secret-key",
        "privateKey",
        "token",
        "API_KEY",
        "clientSecret",
    ] {
        assert!(secrets.names(name), "{name}");
    }
    for name in [
        "password_length",
        "creation_token",
        "kms_key_id",
        "key",
        "hash_key",
        "secret_arn",
        "",
        "name",
        "public_key",
    ] {
        assert!(!secrets.names(name), "{name}");
    }
}

#[test]
fn attributes_that_name_resources_name_types_that_have_names() {
    let table = Table::get().unwrap();
    for (attribute, kinds) in table.graph.all_referring() {
        for kind in kinds {
            assert!(
                table.once(kind).next().is_some(),
                "`{attribute}` names `{kind}`, which has no name that is used once"
            );
        }
    }
    assert!(
        table.graph.role("arn").identifier && table.graph.role("tags").tags && !table.graph.role("ami").any
    );
    assert!(table.graph.is_guest("aws_sns_topic_policy") && !table.graph.is_guest("aws_sns_topic"));
}

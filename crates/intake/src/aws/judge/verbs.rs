//! The plain reading of a call: what it does to what, by the rows of the table, and where they say nothing by its verb
//! and the right that it needs.

use std::collections::BTreeMap;

use holdpoint_core::{Backup, Class, EffectKind, HazardKind, Manner};

use super::deed::Deed;
use super::names::{self, Names};
use super::subject::Subject;
use crate::ReadError;
use crate::act::Act;
use crate::aws::Access;
use crate::cloudformation::types::snake;
use crate::hazard::{self, Subject as Seen};
use crate::mask::Masked;
use crate::table::Table;

/// What a verb does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Reads,
    Creates,
    Updates,
    Deletes,
    Loosens,
    Disables,
    Stops,
    Executes,
    Grants,
    Strange,
}

fn way(subject: &Subject<'_>) -> Way {
    let verbs = &subject.calls.verbs;
    let verb = subject.verb();
    let ways = [
        (&verbs.deletes, Way::Deletes),
        (&verbs.loosens, Way::Loosens),
        (&verbs.disables, Way::Disables),
        (&verbs.stops, Way::Stops),
        (&verbs.executes, Way::Executes),
        (&verbs.grants, Way::Grants),
        (&verbs.creates, Way::Creates),
        (&verbs.updates, Way::Updates),
        (&verbs.reads, Way::Reads),
    ];
    ways.into_iter().find(|(words, _)| words.contains(verb)).map_or(Way::Strange, |(_, way)| way)
}

/// The deeds of a call, one for each thing that it names.
pub(super) fn deeds(subject: &Subject<'_>) -> Result<Vec<Deed>, ReadError> {
    let table = Table::get()?;
    let way = way(subject);
    let ordinary = subject.is_ordinary();
    let effect = subject.rows().find_map(|row| row.effect).unwrap_or_else(|| effect(subject, way, ordinary));
    let kind = kind(subject, effect);
    let class = subject.rows().find_map(|row| row.class).unwrap_or_else(|| {
        // What is said to be of no consequence is known, whatever else is not.
        let slight = ordinary && effect.destroys();
        if slight { Class::Other } else { table.class(&kind, None) }
    });
    let names = names::read(subject, subject.rows().find_map(|row| row.of.as_deref()));
    let noun = subject.rows().find_map(|row| row.noun.clone());
    let noun = noun.unwrap_or_else(|| snake(&names::singular(&subject.noun())).replace('_', " "));
    let mut model = Act::new(effect, &kind, String::new()).class(class);
    if effect != EffectKind::Read {
        let pointers = hazards(subject, table, (way, ordinary), &mut model);
        return Ok(spread(subject, &noun, &model, names, &pointers));
    }
    rows(subject, &mut model);
    Ok(spread(subject, &noun, &model, names, &[]))
}

/// The effect, where no row says it.
fn effect(subject: &Subject<'_>, way: Way, ordinary: bool) -> EffectKind {
    if subject.call.access.reads() && !matches!(way, Way::Deletes) {
        return EffectKind::Read;
    }
    // To see who may do what is a right over rights in some published lists, and changes nothing.
    if subject.call.access == Access::Permissions
        && matches!(subject.verb(), "get" | "list" | "describe" | "validate")
    {
        return EffectKind::Read;
    }
    match way {
        Way::Deletes => EffectKind::Delete,
        Way::Creates => EffectKind::Create,
        Way::Executes if !ordinary && matches!(subject.verb(), "invoke" | "execute" | "run") => {
            EffectKind::Execute
        }
        // What reads by its name and by no published list, changes something as far as anybody knows.
        Way::Reads if subject.call.access == Access::Unknown => EffectKind::Update,
        Way::Reads if subject.call.access == Access::Write => EffectKind::Update,
        _ => EffectKind::Update,
    }
}

/// The type, in the words of the resource table.
fn kind(subject: &Subject<'_>, effect: EffectKind) -> String {
    if let Some(kind) = subject.rows().find_map(|row| row.kind.clone()) {
        return kind;
    }
    if subject.call.access == Access::Tagging {
        return "aws_tag".to_owned();
    }
    let noun = subject.noun();
    let single = names::singular(&noun);
    let types = &subject.service.types;
    if let Some(kind) = types.get(noun.as_ref()).or_else(|| types.get(&single)) {
        return kind.clone();
    }
    if !effect.destroys() {
        // What is done to a part is done to the thing: `ModifyInstanceAttribute`.
        let longest =
            types.iter().filter(|(known, _)| noun.starts_with(known.as_str())).max_by_key(|(k, _)| k.len());
        if let Some((_, kind)) = longest {
            return kind.clone();
        }
    }
    let service = subject.call.service.replace('-', "_");
    if single.is_empty() { format!("aws_{service}") } else { format!("aws_{service}_{}", snake(&single)) }
}

/// The hazards of rows, of values that are asked for, and of the verb; with where among the parameters each was found.
fn hazards(
    subject: &Subject<'_>,
    table: &Table,
    (way, ordinary): (Way, bool),
    act: &mut Act,
) -> Vec<(HazardKind, String)> {
    let mut pointers = Vec::new();
    rows(subject, act);
    let said = !act.hazards.is_empty();
    values(subject, table, act, &mut pointers);
    if subject.call.access == Access::Tagging {
        return pointers;
    }
    if ordinary {
        return pointers;
    }
    if subject.call.access == Access::Unknown {
        act.adds_hazard(HazardKind::Unknown, format!("nobody has published what {} needs", subject.named()));
    }
    if subject.call.access == Access::Permissions
        && !super::document::tells(subject)
        && !said
        && !act.effect.destroys()
        && act.hazards.is_empty()
    {
        let (kind, says) = match way {
            Way::Loosens | Way::Disables => (HazardKind::Lockout, "takes rights away from somebody"),
            _ => (HazardKind::Privilege, "gives somebody rights, and which is not judged"),
        };
        act.adds_hazard(kind, format!("{} {says}", subject.named()));
    }
    if !said {
        by_verb(subject, way, act);
    }
    pointers
}

/// What rows of the table say.
fn rows(subject: &Subject<'_>, act: &mut Act) {
    for row in subject.rows() {
        for (kind, says) in &row.hazards {
            act.adds_hazard(*kind, says.clone());
        }
        for (manner, says) in &row.manners {
            act.adds_manner(*manner, says.clone());
        }
        act.to_zero |= row.zero;
        act.backup = act.backup.or(row.backup);
    }
}

/// What the resource table says of the values that are asked for, and of what is destroyed.
fn values(subject: &Subject<'_>, table: &Table, act: &mut Act, pointers: &mut Vec<(HazardKind, String)>) {
    let root = &subject.translated.node;
    let masked = Masked::default();
    let destroys = act.effect.destroys();
    let seen = Seen {
        effect: act.effect,
        kind: &act.kind,
        create_before_destroy: false,
        deposed: false,
        before: destroys.then_some(root),
        after: (!destroys).then_some(root),
        unknown: &[],
        forced_by: &[],
        masked: &masked,
    };
    let class = act.class.unwrap_or_default();
    let assessed = hazard::transitions(&seen, class, table);
    let mut found = assessed.hazards;
    found.extend(hazard::asked(&seen, subject.origin(), table));
    let backup = assessed.backup;
    for hazard in found {
        // A row of the table knows better what becomes of the backups.
        if act.backup.is_some() && hazard.kind == HazardKind::BackupLoss && class != Class::Backup {
            continue;
        }
        if hazard.kind == HazardKind::Capacity && !destroys {
            act.to_zero = true;
        }
        if !act.hazards.iter().any(|(kind, _)| *kind == hazard.kind)
            && let Some(origin) = subject.origin().get(&hazard.attribute).filter(|origin| !origin.is_empty())
        {
            pointers.push((hazard.kind, origin.clone()));
        }
        act.adds_hazard(hazard.kind, hazard.evidence);
    }
    if destroys && backup != Backup::NotApplicable {
        act.backup = act.backup.or(Some(backup));
    }
}

/// What the verb alone says.
fn by_verb(subject: &Subject<'_>, way: Way, act: &mut Act) {
    let class = act.class.unwrap_or_default();
    let named = subject.named();
    match way {
        Way::Deletes if !act.effect.destroys() => {
            act.adds_hazard(HazardKind::Unknown, format!("{named} destroys something"))
        }
        Way::Deletes if class == Class::Identity => {
            act.adds_hazard(HazardKind::Lockout, "whoever gets in by it no longer can");
        }
        Way::Loosens | Way::Stops | Way::Disables if act.hazards.is_empty() => {
            let kind = match (way, class) {
                (Way::Loosens, Class::Other) => return,
                (_, Class::Identity) => HazardKind::Lockout,
                (_, Class::Backup) => HazardKind::BackupLoss,
                (_, Class::Watch) | (Way::Disables, Class::Other | Class::Unlisted | Class::Key) => {
                    HazardKind::ProtectionOff
                }
                _ => HazardKind::Capacity,
            };
            let says = match way {
                Way::Loosens => "takes something off it",
                Way::Disables => "switches it off",
                _ => "stops it, or lets another serve in its place",
            };
            act.adds_hazard(kind, format!("{named} {says}"));
        }
        Way::Grants if act.hazards.is_empty() => {
            act.adds_hazard(HazardKind::Privilege, format!("{named} lets somebody in"));
        }
        Way::Strange if !subject.call.access.reads() => {
            act.adds_hazard(HazardKind::Unknown, format!("what {named} does is not known by its name"));
        }
        _ => {}
    }
}

/// One deed for each name; the same of all of them.
fn spread(
    subject: &Subject<'_>,
    noun: &str,
    model: &Act,
    names: Names,
    pointers: &[(HazardKind, String)],
) -> Vec<Deed> {
    let mut model = model.clone();
    let grave = model.effect.destroys() || !model.hazards.is_empty() || model.effect == EffectKind::Execute;
    if let Some(says) = names.everything.clone().filter(|_| grave) {
        model.adds_manner(Manner::SelectsAll, says);
    }
    let deed = |name: names::Name, model: &Act| {
        let mut act = model.clone();
        act.address = subject.called(noun, &name.shown);
        Deed { act, identifiers: name.identifiers, item: name.item, pointers: pointers.to_vec() }
    };
    let count = names.all.len();
    if count > names::MOST {
        model.adds_manner(
            Manner::SelectsAll,
            format!("{count} are named at once, more than are told one by one"),
        );
        let name = names::Name { shown: format!("({count})"), ..names::Name::default() };
        return vec![deed(name, &model)];
    }
    if names.all.is_empty() {
        let name = names::Name { shown: given(subject), ..names::Name::default() };
        return vec![deed(name, &model)];
    }
    let mut seen: BTreeMap<String, ()> = BTreeMap::new();
    let all = names.all.into_iter().filter(|name| seen.insert(name.shown.clone(), ()).is_none());
    all.map(|name| deed(name, &model)).collect()
}

/// The name that a new thing is given by its tags.
fn given(subject: &Subject<'_>) -> String {
    let tags = ["TagSpecifications.Tags", "Tags", "tags"]
        .into_iter()
        .flat_map(|path| crate::value::find(&subject.parameters, path))
        .flat_map(|(_, node)| node.items().to_vec());
    let mut names = tags.filter(|tag| tag.get("Key").and_then(crate::value::Node::as_str) == Some("Name"));
    let name =
        names.next().and_then(|tag| tag.get("Value").and_then(crate::value::Node::as_str).map(str::to_owned));
    name.map(|name| name.chars().take(100).collect()).unwrap_or_default()
}

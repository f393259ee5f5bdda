//! Commands on files and disks.

use holdpoint_core::{Class, EffectKind, HazardKind, Manner};

use super::place::{self, Place};
use super::walk::Walk;
use super::way::Way;
use super::word::Word;
use crate::ReadError;
use crate::act::Act;

/// `rm`, by where each path leads.
pub(super) fn remove(walk: &mut Walk, args: &[Word], way: &Way) -> Result<(), ReadError> {
    let mut options = true;
    let mut forced = false;
    let mut recursive = false;
    let mut targets = Vec::new();
    for word in args {
        let text = word.text.as_str();
        if options && text == "--" {
            options = false;
        } else if options && text.starts_with('-') && text.len() > 1 && word.is_known() {
            forced |= text == "--force" || (!text.starts_with("--") && text.contains('f'));
            recursive |= text == "--recursive" || (!text.starts_with("--") && text.contains(['r', 'R']));
        } else {
            targets.push(word);
        }
    }
    let no_root = args.iter().any(|word| word.text == "--no-preserve-root");
    for word in &targets {
        let mut act = removed(walk, word, way);
        if act.is_grave() && (forced || no_root) {
            let option = if no_root { "--no-preserve-root" } else { "-f" };
            act.adds_manner(Manner::Forced, format!("`{option}` overrides the question"));
        }
        if act.is_grave() && recursive && word.glob {
            act.adds_manner(Manner::SelectsAll, format!("`{}` is whatever there is", word.text));
        }
        walk.acts.push(act);
    }
    if targets.is_empty() {
        return walk.local("rm");
    }
    Ok(())
}

fn removed(walk: &Walk, word: &Word, way: &Way) -> Act {
    let address = format!("file {}", word.text);
    let gone = |says: String| {
        Act::new(EffectKind::Delete, "file", address.clone())
            .class(Class::Data)
            .hazard(HazardKind::DataLoss, says)
    };
    match place::of(word, walk.here.as_deref(), way.remote) {
        Place::Working => {
            let mut act = Act::new(EffectKind::Update, "file", address.clone()).local();
            act.class = Some(Class::Other);
            act
        }
        Place::Matters(says) => gone(says),
        Place::Everything(says) => gone(says.clone()).manner(Manner::SelectsAll, says),
        Place::Unseen(says) => gone(says),
    }
}

/// A file that is written over.
pub(super) fn written(walk: &mut Walk, word: &Word, appends: bool, way: &Way) {
    let text = word.text.as_str();
    let address = format!("file {text}");
    let act = Act::new(EffectKind::Update, "file", address).class(Class::Other);
    let disk = [
        "/dev/sd",
        "/dev/nvme",
        "/dev/vd",
        "/dev/xvd",
        "/dev/disk",
        "/dev/mapper",
        "/dev/md",
        "/dev/hd",
        "/dev/mmcblk",
    ];
    if disk.iter().any(|start| text.starts_with(start)) {
        walk.acts.push(
            act.class(Class::Data)
                .hazard(HazardKind::DataLoss, format!("`{text}` is a disk, and it is written over")),
        );
        return;
    }
    let keys =
        ["authorized_keys", "sudoers", ".aws/credentials", ".kube/config", "/etc/passwd", "/etc/shadow"];
    let act = match place::of(word, walk.here.as_deref(), way.remote) {
        _ if keys.iter().any(|key| text.contains(key)) => {
            act.hazard(HazardKind::Privilege, format!("`{text}` says who may get in"))
        }
        Place::Matters(says) if text.starts_with("~/") && !text.contains("/.") => {
            let _ = says;
            act.local()
        }
        Place::Matters(says) if appends => act.hazard(HazardKind::Unknown, says),
        Place::Matters(says) => act.hazard(HazardKind::DataLoss, format!("{says}, and it is written over")),
        Place::Everything(_) => act.local(),
        Place::Unseen(says) => act.hazard(HazardKind::Unknown, says),
        Place::Working => act.local(),
    };
    walk.acts.push(act);
}

fn words(args: &[Word]) -> Vec<&Word> {
    args.iter().filter(|word| !word.text.starts_with('-') || word.text == "-").collect()
}

/// Everything else that touches files.
pub(super) fn act(walk: &mut Walk, name: &str, args: &[Word], way: &Way) -> Result<(), ReadError> {
    let has = |option: &str| args.iter().any(|word| word.text == option);
    match name {
        "dd" => {
            for word in args.iter().filter(|word| word.text.starts_with("of=")) {
                written(walk, &word.behind("of="), false, way);
            }
            walk.read("dd")
        }
        "shred" | "wipefs" | "mkswap" | "badblocks" => each(walk, args, way, true),
        _ if name.starts_with("mk") && name.contains("fs") || name == "mke2fs" => each(walk, args, way, true),
        "truncate" | "fallocate" => each(walk, args, way, false),
        "find" | "fd" => find(walk, args, way),
        "rsync" | "rclone" => synced(walk, name, args, way),
        "tee" | "sponge" => {
            for word in words(args) {
                written(walk, word, has("-a"), way);
            }
            walk.local(name)
        }
        "mv" | "cp" | "ln" | "install" => {
            let paths = words(args);
            if let Some((target, sources)) = paths.split_last() {
                written(walk, target, false, way);
                if name == "mv" {
                    for source in sources {
                        let act = removed(walk, source, way);
                        if act.is_grave() {
                            walk.acts.push(act);
                        }
                    }
                }
            }
            walk.local(name)
        }
        "chmod" | "chown" | "chgrp" | "setfacl" => {
            for word in words(args).into_iter().skip(1) {
                match place::of(word, walk.here.as_deref(), way.remote) {
                    Place::Working => {}
                    Place::Matters(says) | Place::Everything(says) | Place::Unseen(says) => {
                        let act = Act::new(EffectKind::Update, "file", format!("file {}", word.text))
                            .class(Class::Other);
                        walk.acts
                            .push(act.hazard(HazardKind::Lockout, format!("who may use it changes: {says}")));
                    }
                }
            }
            walk.local(name)
        }
        "scp" | "sftp" => {
            let target = words(args).last().map(|word| word.text.clone()).unwrap_or_default();
            if target.contains(':') || name == "sftp" {
                walk.acts.push(
                    Act::new(EffectKind::Update, "file", format!("file {target}"))
                        .class(Class::Unlisted)
                        .hazard(HazardKind::Unknown, "what is there on the other machine is written over"),
                );
            }
            walk.local(name)
        }
        "sed"
            if args.iter().any(|word| {
                word.text == "-i" || word.text.starts_with("-i") || word.text == "--in-place"
            }) =>
        {
            for word in words(args).into_iter().skip(1) {
                written(walk, word, true, way);
            }
            walk.local(name)
        }
        "awk" | "gawk"
            if args.iter().any(|word| word.text.contains("system(") || word.text.contains("| getline")) =>
        {
            walk.acts.push(super::simple::unknown("script", "what the awk program runs is not judged"));
            Ok(())
        }
        "tar" if args.iter().any(|word| runs(&word.text)) => {
            walk.acts.push(super::simple::unknown("script", "what tar runs on its way is not judged"));
            Ok(())
        }
        "sed" | "awk" | "gawk" | "split" => walk.read(name),
        _ => walk.local(name),
    }
}

fn runs(option: &str) -> bool {
    ["--checkpoint-action", "--to-command", "--use-compress-program", "--rsh-command", "-I"]
        .iter()
        .any(|known| option.starts_with(known))
}

fn each(walk: &mut Walk, args: &[Word], way: &Way, whole: bool) -> Result<(), ReadError> {
    for word in words(args) {
        if word.text.starts_with("/dev/") || (whole && word.holes.is_empty() && word.text.starts_with('/')) {
            let act = Act::new(EffectKind::Update, "disk", format!("disk {}", word.text)).class(Class::Data);
            walk.acts
                .push(act.hazard(HazardKind::DataLoss, format!("what `{}` holds is destroyed", word.text)));
        } else {
            let act = removed(walk, word, way);
            if act.is_grave() {
                walk.acts.push(act);
            }
        }
    }
    walk.local("disk")
}

/// `find … -delete` and `find … -exec`: below its roots.
fn find(walk: &mut Walk, args: &[Word], way: &Way) -> Result<(), ReadError> {
    let roots: Vec<Word> =
        args.iter().take_while(|word| !word.text.starts_with(['-', '(', '!'])).cloned().collect();
    let roots = if roots.is_empty() { vec![Word::known("./found")] } else { roots };
    // What is found lies below its root, but the root itself is found too.
    let narrowed = args.iter().any(|word| {
        matches!(
            word.text.as_str(),
            "-name"
                | "-iname"
                | "-path"
                | "-regex"
                | "-mindepth"
                | "-newer"
                | "-mtime"
                | "-size"
                | "-empty"
                | "-type"
        )
    });
    let below = |root: &Word| {
        let mut word = root.clone();
        if narrowed || root.text == "." {
            word.add("/found");
        }
        word
    };
    let starts: Vec<usize> = args
        .iter()
        .enumerate()
        .filter(|(_, word)| {
            matches!(word.text.as_str(), "-exec" | "-execdir" | "-ok" | "-okdir" | "-x" | "-X")
        })
        .map(|(n, _)| n)
        .collect();
    let mut done = false;
    for start in starts {
        let inner: Vec<&Word> =
            args.iter().skip(start + 1).take_while(|word| word.text != ";" && word.text != "+").collect();
        for root in &roots {
            let argv: Vec<Word> =
                inner
                    .iter()
                    .map(|word| {
                        if word.text.contains("{}") { replaced(word, &below(root)) } else { (*word).clone() }
                    })
                    .collect();
            walk.run(&argv, &way.inner())?;
            done = true;
        }
    }
    if args.iter().any(|word| word.text == "-delete") {
        for root in &roots {
            let mut act = removed(walk, &below(root), way);
            if act.is_grave() {
                act.adds_manner(
                    Manner::SelectsAll,
                    format!("whatever is found below `{}` is deleted", root.text),
                );
            }
            walk.acts.push(act);
            done = true;
        }
    }
    if done { Ok(()) } else { walk.read("find") }
}

fn replaced(word: &Word, with: &Word) -> Word {
    Word {
        text: word.text.replace("{}", &with.text),
        bare: word.bare.replace("{}", &with.bare),
        holes: with.holes.clone(),
        glob: false,
    }
}

fn synced(walk: &mut Walk, name: &str, args: &[Word], way: &Way) -> Result<(), ReadError> {
    let deletes = args.iter().any(|word| {
        word.text.starts_with("--delete") || word.text == "--del" || word.text == "--remove-source-files"
    });
    let dry = args.iter().any(|word| {
        word.text == "--dry-run"
            || (!word.text.starts_with("--") && word.text.starts_with('-') && word.text.contains('n'))
    });
    let paths = words(args);
    let verb = paths.first().map(|word| word.text.as_str()).unwrap_or_default();
    let deletes = deletes
        || (name == "rclone" && ["sync", "delete", "purge", "move", "deletefile", "cleanup"].contains(&verb));
    let reads = name == "rclone"
        && ["ls", "lsd", "lsf", "lsl", "check", "size", "cat", "version", "config"].contains(&verb);
    if dry || reads {
        return walk.read(name);
    }
    let Some(target) = paths.last() else { return walk.read(name) };
    let remote = target.text.contains(':');
    let matters = match place::of(target, walk.here.as_deref(), way.remote) {
        Place::Working => None,
        Place::Matters(says) | Place::Everything(says) | Place::Unseen(says) => Some(says),
    };
    let act = Act::new(EffectKind::Update, "file", format!("file {}", target.text)).class(Class::Unlisted);
    walk.acts.push(match (deletes, remote || matters.is_some()) {
        (true, true) => act
            .hazard(HazardKind::DataLoss, "whatever the source does not have is deleted there")
            .manner(Manner::SelectsAll, "which files those are is not shown"),
        (false, true) => act.hazard(HazardKind::Unknown, "what is there is written over"),
        (_, false) => act.local(),
    });
    Ok(())
}

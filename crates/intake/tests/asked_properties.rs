//! What holds for any command, statement or request.

use holdpoint_core::{Change, Format};
use holdpoint_intake::read;
use proptest::prelude::*;

const PIECES: [&str; 60] = [
    "rm",
    "-rf",
    "/",
    "*",
    "$X",
    "\"$X/\"",
    "$(",
    ")",
    "`",
    "'",
    "\"",
    ";",
    "&&",
    "||",
    "|",
    "&",
    "(",
    "{",
    "}",
    "\n",
    "<<EOF\n",
    "EOF",
    "<",
    ">",
    ">>",
    "aws",
    "ec2",
    "terminate-instances",
    "--instance-ids",
    "i-1",
    "kubectl",
    "delete",
    "ns",
    "--all",
    "for",
    "x",
    "in",
    "do",
    "done",
    "if",
    "then",
    "fi",
    "case",
    "esac",
    "[[",
    "]]",
    "$((",
    "))",
    "bash",
    "-c",
    "psql",
    "DROP TABLE a",
    "WHERE",
    "DELETE /a/{id}",
    "{\"a\": [",
    "]}",
    "xargs",
    "curl",
    "-d",
    "${a:-",
];

fn gravity(change: &Change) -> (usize, usize) {
    let hazards: std::collections::BTreeSet<_> =
        change.effects.iter().flat_map(|e| e.hazards.iter().map(|h| h.kind)).collect();
    let manners: std::collections::BTreeSet<_> =
        change.effects.iter().flat_map(|e| e.manners.iter().map(|m| m.manner)).collect();
    (hazards.len(), manners.len())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for format in [Format::Shell, Format::Sql, Format::Http] {
            let _ = read(format, &bytes);
        }
    }

    #[test]
    fn pieces_of_commands_are_read_or_refused(pieces in proptest::collection::vec(0..PIECES.len(), 0..30), gap in 0..2usize) {
        let text: Vec<&str> = pieces.iter().map(|n| PIECES[*n]).collect();
        let text = text.join(["", " "][gap]);
        for format in [Format::Shell, Format::Sql, Format::Http] {
            if let Ok(change) = read(format, text.as_bytes()) {
                prop_assert!(!change.effects.is_empty());
                prop_assert_eq!(change.digest().unwrap(), read(format, text.as_bytes()).unwrap().digest().unwrap());
                let mut addresses: Vec<_> = change.effects.iter().map(|e| &e.resource.address).collect();
                addresses.dedup();
                prop_assert_eq!(addresses.len(), change.effects.len());
            }
        }
    }

    /// In a shell of its own, behind sudo or in a subshell, a command has at least the hazards that it has alone.
    #[test]
    fn wrapping_never_lowers_gravity(pieces in proptest::collection::vec(0..PIECES.len(), 1..12)) {
        let text: Vec<&str> = pieces.iter().map(|n| PIECES[*n]).filter(|piece| !piece.contains('\n') && !piece.contains("EOF")).collect();
        let text = text.join(" ");
        prop_assume!(!text.trim().is_empty());
        if let Ok(plain) = read(Format::Shell, text.as_bytes()) {
            let quoted = text.replace('\'', "'\\''");
            for wrapped in [format!("bash -c '{quoted}'"), format!("sudo sh -c '{quoted}'"), format!("env A=1 bash -c '{quoted}'"), format!("(\n{text}\n)")] {
                if let Ok(change) = read(Format::Shell, wrapped.as_bytes()) {
                    let (is, was) = (gravity(&change), gravity(&plain));
                    prop_assert!(is.0 >= was.0 && is.1 >= was.1, "{} is milder than {}", wrapped, text);
                }
            }
        }
    }

    /// Whatever literal there is, no message quotes it.
    #[test]
    fn refusals_quote_nothing(secret in "[a-z]{12}") {
        for (format, text) in [
            (Format::Shell, format!("if {secret}; then '")),
            (Format::Http, format!("{secret} {secret}")),
            (Format::Sql, format!("SELECT '{secret}")),
        ] {
            match read(format, text.as_bytes()) {
                Err(error) => prop_assert!(!error.to_string().contains(&secret)),
                Ok(change) => {
                    let says = change.effects.iter().flat_map(|e| e.hazards.iter().map(|h| h.evidence.as_str()));
                    for evidence in says {
                        prop_assert!(!evidence.contains(&secret), "{}", evidence);
                    }
                }
            }
        }
    }
}

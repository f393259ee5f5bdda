//! `holdpoint ledger`: export the record, and check an export offline.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use holdpoint_store::ledger::verify::{self, Verifier, VerifyError};

use crate::cli::client::Connection;
use crate::cli::exit::{Exit, Failure};
use crate::cli::plan;
use crate::cli::print::{self, Output};

/// The tamper-evident record.
#[derive(Debug, Args)]
pub(crate) struct Ledger {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Write the whole record to standard output, with a person's token.
    #[command(after_help = "Example:\n  holdpoint ledger export > ledger.jsonl")]
    Export,
    /// Print the public key that verifies checkpoints; note it when the daemon is set up.
    #[command(after_help = "Example:\n  holdpoint ledger key > holdpoint.pub")]
    Key,
    /// Check an export, offline: every leaf, the tree, the signature, and that an older checkpoint is a prefix of it.
    #[command(
        after_help = "Example:\n  holdpoint ledger verify ledger.jsonl --key holdpoint.pub --checkpoint kept.txt\n\nExit: 0 whole, 77 it was tampered with, 65 it cannot be read."
    )]
    Verify {
        /// The export, or `-` for standard input.
        file: PathBuf,
        /// The signer's public key (`name+id+key`), or a file that holds it, as you noted it when the daemon was set up.
        #[arg(long)]
        key: String,
        /// A file with an older checkpoint that you kept.
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
    },
}

impl Ledger {
    pub(crate) fn run(self, connection: &Connection, output: Output) -> Result<Exit, Failure> {
        match self.verb {
            Verb::Export => {
                let answer = connection.open()?.get("/v1/ledger/export", &[])?;
                let mut reader = answer.into_body().into_reader();
                std::io::copy(&mut reader, &mut std::io::stdout())?;
            }
            Verb::Key => {
                let mut answer = connection.open()?.get("/v1/ledger/key", &[])?;
                print::out(answer.body_mut().read_to_string().map_err(Failure::internal)?.trim_end());
            }
            Verb::Verify { file, key, checkpoint } => {
                let export = plan::document(&file)?;
                let older = checkpoint.map(|path| plan::document(&path)).transpose()?;
                let older = older.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                let key = std::fs::read_to_string(&key).unwrap_or(key);
                let key = Verifier::parse(&key).map_err(|error| Failure::usage(error.to_string()))?;
                let found = verify::verify(export.as_slice(), &key, older.as_deref()).map_err(refused)?;
                match output {
                    Output::Json => print::json(&serde_json::json!({
                        "origin": found.origin, "size": found.size, "root": found.root, "bodies": found.bodies,
                        "continues": found.continues,
                    }))?,
                    Output::Text => {
                        let bodies = found.bodies;
                        print::out(&format!(
                            "whole: {} entries, {bodies} with their bodies, under root {}",
                            found.size, found.root
                        ));
                        if let Some(size) = found.continues {
                            print::out(&format!("continues the older checkpoint of {size} entries"));
                        }
                    }
                }
            }
        }
        Ok(Exit::Ok)
    }
}

/// What cannot be read may be the wrong file; everything else means that the record is not what was signed.
fn refused(error: VerifyError) -> Failure {
    let exit = match &error {
        VerifyError::Read(_) | VerifyError::Line { .. } => Exit::Unreadable,
        _ => Exit::Denied,
    };
    Failure::new(exit, "ledger", error.to_string())
}

//! The command `holdpoint`: one file a subcommand.

mod agent;
mod aws;
mod calls;
mod changes;
mod check;
mod client;
mod dev;
mod doctor;
mod exec;
mod exit;
mod freeze;
mod ledger;
mod person;
mod plan;
mod policy;
mod print;
mod radius;
mod reconcile;
mod serve;
mod signals;
mod submit;
mod task;
mod wait;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use holdpoint_core::Answer;

use crate::cli::client::Connection;
use crate::cli::exec::Ended;
use crate::cli::exit::{Exit, Failure};
use crate::cli::print::Output;

/// A hold point in front of every infrastructure change that an AI agent makes.
#[derive(Debug, Parser)]
#[command(
    name = "holdpoint",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
struct Cli {
    #[command(flatten)]
    connection: Connection,
    /// How results are written to standard output.
    #[arg(long, global = true, value_enum, default_value_t = Output::Text, value_name = "FORMAT")]
    output: Output,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Dev(dev::Dev),
    Serve(serve::Serve),
    Check(check::Check),
    Submit(submit::Submit),
    Exec(exec::Exec),
    Show(changes::Show),
    List(changes::List),
    Wait(wait::Wait),
    Withdraw(changes::Withdraw),
    Cancel(changes::Cancel),
    /// Approve a held change, with a person's token.
    Approve(changes::Decide),
    /// Reject a held change, with a person's token and a comment.
    Reject(changes::Decide),
    Resolve(changes::Resolve),
    Freeze(freeze::Freeze),
    Unfreeze(freeze::Unfreeze),
    Agent(agent::Agent),
    Person(person::People),
    Policy(policy::Policies),
    Ledger(ledger::Ledger),
    Reconcile(reconcile::Reconcile),
    Migrate(serve::Migrate),
    Doctor(doctor::Doctor),
    /// Print the API's description (OpenAPI 3.1).
    Openapi,
    /// Print completions for a shell.
    #[command(after_help = "Example:\n  holdpoint completions bash > /etc/bash_completion.d/holdpoint")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Parses the command line, runs it, and says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { ExitCode::SUCCESS };
        }
    };
    let output = cli.output;
    match run(cli) {
        Ok(Ended::Command(code)) => ExitCode::from(u8::try_from(code).unwrap_or(Exit::Internal as u8)),
        Ok(Ended::Ours(exit)) => exit.into(),
        Err(failure) => {
            report(&failure, output);
            failure.exit.into()
        }
    }
}

fn report(failure: &Failure, output: Output) {
    print::say(&format!("holdpoint: {}", print::plain(&failure.says)));
    if output == Output::Json {
        let problem = serde_json::json!({ "error": { "code": failure.code, "detail": failure.says } });
        let _ = print::json(&problem);
    }
}

fn run(cli: Cli) -> Result<Ended, Failure> {
    let (connection, output) = (&cli.connection, cli.output);
    let exit = match cli.command {
        Command::Exec(exec) => return exec.run(connection),
        Command::Dev(dev) => dev.run(),
        Command::Serve(serve) => serve.run(),
        Command::Check(check) => check.run(output),
        Command::Submit(submit) => submit.run(connection, output),
        Command::Show(show) => show.run(connection, output),
        Command::List(list) => list.run(connection, output),
        Command::Wait(wait) => wait.run(connection, output),
        Command::Withdraw(withdraw) => withdraw.run(connection, output),
        Command::Cancel(cancel) => cancel.run(connection, output),
        Command::Approve(decide) => decide.run(Answer::Approve, connection, output),
        Command::Reject(decide) => decide.run(Answer::Reject, connection, output),
        Command::Resolve(resolve) => resolve.run(connection, output),
        Command::Freeze(freeze) => freeze.run(connection, output),
        Command::Unfreeze(unfreeze) => unfreeze.run(connection, output),
        Command::Agent(agent) => agent.run(connection, output),
        Command::Person(people) => people.run(output),
        Command::Policy(policies) => policies.run(output),
        Command::Ledger(ledger) => ledger.run(connection, output),
        Command::Reconcile(reconcile) => reconcile.run(connection, output),
        Command::Migrate(migrate) => migrate.run(),
        Command::Doctor(doctor) => doctor.run(output),
        Command::Openapi => {
            print::out(crate::api::openapi::document()?.trim_end());
            Ok(Exit::Ok)
        }
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "holdpoint", &mut std::io::stdout());
            Ok(Exit::Ok)
        }
    };
    exit.map(Ended::Ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}

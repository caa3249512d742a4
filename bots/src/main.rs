//! Starts the bots: on the simulator, or live behind Twilio.
//!
//! `cargo run -- --help` tells more.

mod command;
mod keep;
mod listen;
mod live;
mod say;
mod simulated;
mod thinks;

use std::{error::Error, io::IsTerminal, process::ExitCode};

use bots::Entry;
use command::Command;
use keep::{Keep, STORE};
use listen::{LISTEN, stop};
use live::Live;
use say::{complain, say};
use simulated::Simulated;
use thinks::endpoint;
use tracing::Level;

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Command::read(std::env::args().skip(1)) {
        Ok(Command::Help) => {
            say(command::help());
            Ok(())
        }
        Ok(Command::Simulate(entries)) => simulate(entries).await,
        Ok(Command::Live(entries)) => live(entries).await,
        Err(error) => {
            complain(error);
            return ExitCode::from(2);
        }
    };
    if let Err(error) = done {
        complain(error);
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

async fn simulate(entries: &'static [Entry]) -> Result<(), Box<dyn Error>> {
    log(Level::WARN);
    let simulated = Simulated::prepare(
        entries,
        variable(LISTEN),
        Keep::at(variable(STORE)),
        endpoint(variable)?,
    )
    .await?;
    say(&simulated);
    simulated.serve(stop).await?;
    say("Stopped.");
    Ok(())
}

async fn live(entries: &'static [Entry]) -> Result<(), Box<dyn Error>> {
    log(Level::INFO);
    let live = Live::prepare(entries, variable).await?;
    say(&live);
    live.serve(stop()).await?;
    say("Stopped.");
    Ok(())
}

fn log(level: Level) {
    let is_terminal = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_max_level(level).with_ansi(is_terminal);
    // A closed standard error must not end the bots.
    log.with_writer(std::io::stderr).log_internal_errors(false).init();
}

#[expect(clippy::disallowed_methods, reason = "this is a binary, where the environment is read")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

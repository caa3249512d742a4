//! Starts the bots: on the simulator, or live behind Twilio.
//!
//! `cargo run -- --help` tells more.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to its terminal")]

mod command;
mod listen;
mod live;
mod simulated;

use std::{error::Error, io::IsTerminal, process::ExitCode};

use bots::Entry;
use command::Command;
use listen::{LISTEN, stop};
use live::Live;
use simulated::Simulated;
use tracing::Level;

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Command::read(std::env::args().skip(1)) {
        Ok(Command::Help) => {
            println!("{}", command::help());
            Ok(())
        }
        Ok(Command::Simulate(entries)) => simulate(entries).await,
        Ok(Command::Live(entries)) => live(entries).await,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    if let Err(error) = done {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

async fn simulate(entries: &'static [Entry]) -> Result<(), Box<dyn Error>> {
    log(Level::WARN);
    let simulated = Simulated::prepare(entries, variable(LISTEN)).await?;
    println!("{simulated}");
    simulated.serve(stop).await?;
    println!("Stopped.");
    Ok(())
}

async fn live(entries: &'static [Entry]) -> Result<(), Box<dyn Error>> {
    log(Level::INFO);
    let live = Live::prepare(entries, variable).await?;
    println!("{live}");
    live.serve(stop()).await?;
    println!("Stopped.");
    Ok(())
}

fn log(level: Level) {
    let is_terminal = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_max_level(level).with_ansi(is_terminal);
    log.with_writer(std::io::stderr).init();
}

#[expect(clippy::disallowed_methods, reason = "this is a binary, where the environment is read")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

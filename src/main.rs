//! The command line `chinwag`: the simulator for a bot in any language.

use std::{net::SocketAddr, process::ExitCode};

use chinwag::{
    message::AccountSid,
    simulator::{Sender, Simulator},
};
use clap::{Args, Parser, Subcommand};

/// WhatsApp bots with manners: tools for bots on Twilio.
#[derive(Debug, Parser)]
#[command(version)]
struct Command {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Play Twilio's side for a bot in any language, with a chat page.
    Simulate(Simulate),
}

#[derive(Debug, Args)]
struct Simulate {
    /// Where messages go; connection overrides in its fragment, such as #rt=3000, are heeded.
    #[arg(long, value_name = "URL")]
    webhook: String,
    /// Where a message goes when that fails.
    #[arg(long, value_name = "URL")]
    fallback: Option<String>,
    /// Where statuses go.
    #[arg(long, value_name = "URL")]
    status_callback: Option<String>,
    /// The bot's number.
    #[arg(long, value_name = "NUMBER", default_value = "+14155238886")]
    from: String,
    /// Where the chat page and the API listen.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4040")]
    listen: SocketAddr,
    /// The account that messages belong to.
    #[arg(long, value_name = "SID", env = "TWILIO_ACCOUNT_SID")]
    account_sid: Option<AccountSid>,
    /// The token that signs webhook calls: the one your bot checks them with.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "TWILIO_AUTH_TOKEN",
        hide_env_values = true,
        default_value = "chinwag-simulator-token"
    )]
    auth_token: String,
}

#[tokio::main]
#[expect(clippy::print_stderr, reason = "a command says what went wrong")]
async fn main() -> ExitCode {
    let Task::Simulate(simulate) = Command::parse().task;
    match run(simulate).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chinwag: {error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "a command says where to look")]
async fn run(simulate: Simulate) -> chinwag::Result<()> {
    let mut sender = Sender::new("your bot", &simulate.from, &simulate.webhook);
    if let Some(url) = simulate.fallback {
        sender = sender.fallback(url);
    }
    if let Some(url) = simulate.status_callback {
        sender = sender.status_callback(url);
    }
    sender.check()?;
    let mut simulator = Simulator::new(simulate.auth_token).sender(sender);
    if let Some(account) = simulate.account_sid {
        simulator = simulator.account(account);
    }
    let listener = tokio::net::TcpListener::bind(simulate.listen).await.map_err(|error| {
        format!("cannot listen on {}: {error}; choose another address by --listen", simulate.listen)
    })?;
    println!("The chat page: http://{}", listener.local_addr()?);
    println!("Messages go to {}, signed with the auth token.", simulate.webhook);
    println!("Stop with Ctrl-C.");
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    Ok(simulator.serve(listener, stop).await?)
}

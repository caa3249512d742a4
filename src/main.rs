//! The command line `chinwag`: the simulator and the markup for bots in any language.

use std::{
    io::{self, IsTerminal, Read, Write},
    net::SocketAddr,
    process::ExitCode,
};

use chinwag::{
    markup::{Limit, Mark, Rich, Sign, marks, neutralise, neutralise_inline},
    message::AccountSid,
    simulator::{Sender, Simulator},
};
use clap::{Args, Parser, Subcommand};
use serde_json::{Value, json};
use tracing::Level;

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
    /// Convert WhatsApp's markup: text on standard input, the result on standard output.
    #[command(subcommand)]
    Markup(Conversion),
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum Conversion {
    /// Markdown to WhatsApp's markup.
    FromMarkdown,
    /// WhatsApp's markup to HTML.
    Html,
    /// WhatsApp's markup to plain text, as for SMS.
    Plain,
    /// WhatsApp's markup to text for terminals.
    Ansi,
    /// Where WhatsApp's markup formats, as JSON: kind, outer and inner byte range of each span.
    Spans,
    /// What a person typed, so that it formats nothing.
    Neutralise {
        /// For use inside a line: line ends become spaces.
        #[arg(long)]
        inline: bool,
    },
    /// WhatsApp's markup in parts that fit, as a JSON array of texts.
    Split {
        /// UTF-16 units of a part at most.
        #[arg(long, value_name = "UNITS", default_value_t = 1600, value_parser = at_least_one)]
        limit: usize,
    },
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("a whole number from 1 is needed".to_owned()),
        Ok(limit) => Ok(limit),
    }
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
    let done = match Command::parse().task {
        Task::Simulate(simulate) => run(simulate).await,
        Task::Markup(conversion) => convert(conversion),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chinwag: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Warnings to standard error, for standard output is for results.
fn log() {
    let log = tracing_subscriber::fmt().with_max_level(Level::WARN);
    // A closed standard error must not end the program.
    let log = log.with_ansi(io::stderr().is_terminal()).log_internal_errors(false);
    log.with_writer(io::stderr).init();
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
    log();
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

/// From standard input to standard output, byte for byte: a line end is added for people only.
fn convert(conversion: Conversion) -> chinwag::Result<()> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).map_err(|error| format!("standard input: {error}"))?;
    let mut out = io::stdout();
    out.write_all(converted(conversion, &text).as_bytes())?;
    if out.is_terminal() {
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

fn converted(conversion: Conversion, text: &str) -> String {
    match conversion {
        Conversion::FromMarkdown => Rich::from_markdown(text).to_string(),
        Conversion::Html => Rich::parse(text).to_html(),
        Conversion::Plain => Rich::parse(text).to_plain(),
        Conversion::Ansi => Rich::parse(text).to_ansi(),
        Conversion::Spans => marks(text).iter().map(span).collect::<Value>().to_string(),
        Conversion::Neutralise { inline: true } => neutralise_inline(text).into_owned(),
        Conversion::Neutralise { inline: false } => neutralise(text).into_owned(),
        Conversion::Split { limit } => {
            let parts = Rich::parse(text).split(Limit::utf16(limit));
            json!(parts.iter().map(Rich::to_string).collect::<Vec<_>>()).to_string()
        }
    }
}

fn span(mark: &Mark) -> Value {
    let mut span = json!({
        "kind": mark.sign.name(),
        "outer": [mark.outer.start, mark.outer.end],
        "inner": [mark.inner.start, mark.inner.end],
    });
    if let Sign::Number(number) = mark.sign {
        span["n"] = json!(number);
    }
    span
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_conversion_gives_what_the_library_gives() {
        for (conversion, text, result) in [
            (Conversion::FromMarkdown, "**a** b", "*a* b"),
            (Conversion::Html, "*a* <b>", "<strong>a</strong> &lt;b&gt;"),
            (Conversion::Plain, "*a*", "a"),
            (Conversion::Spans, "*a*", r#"[{"inner":[1,2],"kind":"bold","outer":[0,3]}]"#),
            (Conversion::Neutralise { inline: false }, "*a*", "∗a∗"),
            (Conversion::Neutralise { inline: true }, "a\nb", "a b"),
            (Conversion::Split { limit: 11 }, "hello world foo", r#"["hello world","foo"]"#),
        ] {
            assert_eq!(converted(conversion, text), result, "{conversion:?}");
        }
    }
}

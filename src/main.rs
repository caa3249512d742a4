//! The command line `chinwag`: the simulator and the markup for bots in any language, and broadcasts.

#[path = "main/broadcast.rs"]
mod broadcast;
#[path = "main/told.rs"]
mod told;

use std::{
    fmt::Display,
    io::{self, ErrorKind, IsTerminal, Read, Write},
    path::PathBuf,
    process::ExitCode,
};

use chinwag::{
    markup::{Limit, Mark, Rich, Sign, marks, neutralise, neutralise_inline},
    message::{AccountSid, Address, Link},
    simulator::{Rules, Sandbox, Sender, Simulator},
};
use clap::{Args, Parser, Subcommand};
use serde_json::{Value, json};
use tokio::net::TcpListener;
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
    /// Tell many contacts something by a template, each of them once.
    #[command(subcommand)]
    Broadcast(broadcast::Task),
    /// A link that opens a chat with a sender, with the first message already written.
    Link(Prefilled),
}

#[derive(Debug, Args)]
struct Prefilled {
    /// The sender's number, as in +14155238886.
    #[arg(value_name = "NUMBER")]
    sender: String,
    /// The message that is already written.
    #[arg(long, value_name = "TEXT", default_value = "")]
    text: String,
    #[command(flatten)]
    shape: Shape,
}

/// Without any of these the link itself is printed.
#[derive(Debug, Default, Args)]
#[group(multiple = false)]
struct Shape {
    /// As a QR code, an SVG image on standard output.
    #[arg(long)]
    svg: bool,
    /// As a QR code, a PNG image in this file.
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// As a QR code in the terminal, with the link below it.
    #[arg(long)]
    terminal: bool,
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
    /// Whose rules apply: classic, those of 2018, or current, today's.
    #[arg(long, value_name = "RULES", default_value_t = Rules::Classic)]
    rules: Rules,
    /// Play Twilio's sandbox, joined by these words, as in small-tree; several are separated by
    /// commas, and each may have a webhook of its own, as in small-tree,big-lake=URL.
    #[arg(long, value_name = "WORDS")]
    sandbox: Option<Sandbox>,
    /// Ask for the account's credentials where what people attach is fetched.
    #[arg(long)]
    guard_media: bool,
    /// Where the chat page and the API listen.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4040")]
    listen: String,
    /// The account that messages belong to.
    #[arg(long, value_name = "SID", env = "TWILIO_ACCOUNT_SID")]
    account_sid: Option<String>,
    /// The token that signs webhook calls: the one your bot checks them with. If there is none, it
    /// is chinwag-simulator-token.
    #[arg(long, value_name = "TOKEN", env = "TWILIO_AUTH_TOKEN", hide_env_values = true)]
    auth_token: Option<String>,
}

/// The token of those who set none; everybody knows it.
const AUTH_TOKEN: &str = "chinwag-simulator-token";

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Command::parse().task {
        Task::Simulate(simulate) => run(simulate).await,
        Task::Markup(conversion) => convert(conversion),
        Task::Broadcast(task) => broadcast::run(task).await,
        Task::Link(prefilled) => link(prefilled),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(io::stderr(), format_args!("chinwag: {error}"));
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

/// A line for the terminal. `println` would panic behind `| head`, and the simulator is to go on.
fn tell(mut out: impl Write, line: impl Display) {
    drop(writeln!(out, "{line}").and_then(|()| out.flush()));
}

/// An empty setting is none: in many files of settings it stands for one that is not used.
fn filled(setting: Option<String>) -> Option<String> {
    setting.filter(|value| !value.trim().is_empty())
}

async fn listen(address: &str) -> Result<TcpListener, String> {
    let example = "as in --listen 127.0.0.1:5050";
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            format!("{address} is taken by another program; choose another port, {example}")
        }
        ErrorKind::InvalidInput => format!(
            "--listen is {address:?}; it must be an address and a port, as in 127.0.0.1:5050"
        ),
        _ => format!("cannot listen on {address} ({error}); choose another address, {example}"),
    })
}

async fn run(simulate: Simulate) -> chinwag::Result<()> {
    let mut sender = Sender::new("your bot", &simulate.from, &simulate.webhook);
    if let Some(url) = simulate.fallback {
        sender = sender.fallback(url);
    }
    if let Some(url) = simulate.status_callback {
        sender = sender.status_callback(url);
    }
    let invitation = simulate.sandbox.as_ref().map(Sandbox::invitation);
    if let (Some(sandbox), Some(invitation)) = (simulate.sandbox, &invitation) {
        sender = sender.sandbox(sandbox).try_([invitation]);
    }
    sender.check()?;
    log();
    // While one is replaced there are several; Twilio signs with the first.
    let token = simulate.auth_token.as_deref().and_then(|tokens| tokens.split(',').next());
    let token = filled(token.map(|token| token.trim().to_owned()));
    let mut simulator = Simulator::new(token.as_deref().unwrap_or(AUTH_TOKEN)).sender(sender);
    simulator = simulator.rules(simulate.rules);
    if simulate.guard_media {
        simulator = simulator.guards_media();
    }
    let mut account = Simulator::ACCOUNT;
    if let Some(sid) = filled(simulate.account_sid) {
        let named = |error| format!("--account-sid or TWILIO_ACCOUNT_SID: {error}");
        account = sid.parse::<AccountSid>().map_err(named)?;
        simulator = simulator.account(account);
    }
    let listener = listen(&simulate.listen).await?;
    let say = |line: String| tell(io::stdout(), line);
    say(format!("The chat page: http://{}", listener.local_addr()?));
    say(format!("Twilio's API: the same address, for the account {account} with the auth token."));
    say(format!("Messages go to {}, signed with the auth token.", simulate.webhook));
    if let Some(invitation) = invitation {
        say(format!("It is a sandbox: write \"{invitation}\" first."));
    }
    if token.is_none() {
        say(format!("The auth token is {AUTH_TOKEN}: set TWILIO_AUTH_TOKEN to it in your bot."));
    }
    say("Stop with Ctrl-C.".to_owned());
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    Ok(simulator.serve(listener, stop).await?)
}

/// From standard input to standard output, byte for byte: a line end is added for people only.
fn convert(conversion: Conversion) -> chinwag::Result<()> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).map_err(|error| format!("standard input: {error}"))?;
    let mut out = io::stdout();
    let mut result = converted(conversion, &text);
    if out.is_terminal() {
        result.push('\n');
    }
    match out.write_all(result.as_bytes()).and_then(|()| out.flush()) {
        // Whoever reads it has enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

fn link(prefilled: Prefilled) -> chinwag::Result<()> {
    let number = prefilled.sender.trim_start_matches("whatsapp:");
    let sender = Address::whatsapp(number).map_err(|error| format!("{number:?}: {error}"))?;
    let link = Link::to(&sender)?.text(prefilled.text);
    if let Some(file) = prefilled.shape.png {
        let written = std::fs::write(&file, link.png()?);
        return Ok(written.map_err(|error| format!("{}: {error}", file.display()))?);
    }
    tell(io::stdout(), drawn(&link, &prefilled.shape)?);
    Ok(())
}

fn drawn(link: &Link, shape: &Shape) -> chinwag::Result<String> {
    Ok(match shape {
        Shape { svg: true, .. } => link.svg()?,
        Shape { terminal: true, .. } => format!("{}{link}", link.terminal()?),
        _ => link.to_string(),
    })
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
    fn a_link_is_printed_and_drawn() {
        let told = |arguments: &[&str]| {
            let command = ["chinwag", "link", "+14155238886", "--text", "join small-tree"];
            let command = Command::try_parse_from(command.iter().chain(arguments)).unwrap();
            let Task::Link(link) = command.task else { panic!("it is a link") };
            let sender = Address::whatsapp(&link.sender).unwrap();
            drawn(&Link::to(&sender).unwrap().text(link.text), &link.shape).unwrap()
        };
        let url = "https://wa.me/14155238886?text=join%20small-tree";
        assert_eq!(told(&[]), url);
        assert!(told(&["--svg"]).starts_with("<svg"));
        assert!(told(&["--terminal"]).ends_with(url) && told(&["--terminal"]).contains('█'));
        let both = ["chinwag", "link", "+14155238886", "--svg", "--terminal"];
        assert!(Command::try_parse_from(both).is_err());
    }

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

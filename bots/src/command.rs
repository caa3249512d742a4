//! What was typed behind `cargo run --`.

use bots::{Entry, ROSTER};

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Command {
    /// Tell how the program is used.
    Help,
    /// Play Twilio's side, with these bots.
    Simulate(&'static [Entry]),
    /// Serve these bots to Twilio.
    Live(&'static [Entry]),
}

/// Why what was typed cannot be done.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidCommand {
    #[error("there is no bot {0:?}; there are {names}, or none of these for all", names = names())]
    Name(String),
    #[error("there is no flag {0:?}; there are --live and --help")]
    Flag(String),
    #[error("name one bot, or none for all: not {0} and {1}")]
    Two(&'static str, String),
}

impl Command {
    /// Reads the arguments, without the program's name.
    pub(crate) fn read(
        arguments: impl IntoIterator<Item = String>,
    ) -> Result<Self, InvalidCommand> {
        let (mut chosen, mut is_live) = (ROSTER, false);
        for argument in arguments {
            match &*argument {
                "--help" | "-h" | "help" => return Ok(Self::Help),
                "--live" => is_live = true,
                flag if flag.starts_with('-') => return Err(InvalidCommand::Flag(argument)),
                _ if chosen.len() < ROSTER.len() => {
                    return Err(InvalidCommand::Two(chosen[0].name, argument));
                }
                name => chosen = one(name).ok_or(InvalidCommand::Name(argument))?,
            }
        }
        Ok(if is_live { Self::Live(chosen) } else { Self::Simulate(chosen) })
    }
}

fn one(name: &str) -> Option<&'static [Entry]> {
    let at = ROSTER.iter().position(|entry| entry.name == name)?;
    ROSTER.get(at..=at)
}

fn names() -> String {
    ROSTER.iter().map(|entry| entry.name).collect::<Vec<_>>().join(", ")
}

/// How the program is used.
pub(crate) fn help() -> String {
    let list = |entry: &Entry| format!("  {:<11}{}\n", entry.name, entry.about);
    let bots: String = ROSTER.iter().map(list).collect();
    format!(
        "\
cargo run                    all bots on the simulator, with a page to write to them
cargo run -- NAME            one bot, on the sandbox's number
cargo run -- [NAME] --live   without the simulator, for Twilio to call

NAME is one of
{bots}
On the simulator
  CHINWAG_LISTEN      the page's address and port; 127.0.0.1:4040 if it is not set
Live
  TWILIO_AUTH_TOKEN   the account's auth token; several, with commas, while one is replaced
  TWILIO_ACCOUNT_SID  the account's SID; without it reminders and
                      late replies are not sent
  TWILIO_API_URL      where messages are sent by; https://api.twilio.com if it is not set
  CHINWAG_PUBLIC_URL  the address under which Twilio calls, as in https://bot.example.com
  CHINWAG_LISTEN      address and port to listen on; 0.0.0.0:8080 if it is not set
Both
  CHINWAG_STORE       where the bots remember: memory:, sqlite:PATH, postgres://… or redis://…,
                      with {{bot}} in the place of the bot's name; sqlite:chinwag-{{bot}}.db if it is
                      not set
  CHINWAG_ASSISTANT_URL    what the assistant asks: the address of a language model with OpenAI's
                           API, as in http://127.0.0.1:11434/v1
  CHINWAG_ASSISTANT_MODEL  the model's name there
  CHINWAG_ASSISTANT_KEY    the key, if one is needed"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &str) -> String {
        let names =
            |entries: &[Entry]| entries.iter().map(|e| e.name).collect::<Vec<_>>().join(" ");
        match Command::read(typed.split_whitespace().map(str::to_owned)) {
            Ok(Command::Help) => "help".to_owned(),
            Ok(Command::Simulate(entries)) => format!("simulate {}", names(entries)),
            Ok(Command::Live(entries)) => format!("live {}", names(entries)),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_is_typed_is_done_or_refused_for_a_reason() {
        let unknown = r#"there is no bot "ecco"; there are echo, orders, faq, formatter, survey, appointments, passcode, shipping, assistant, or none of these for all"#;
        for (typed, done) in [
            (
                "",
                "simulate echo orders faq formatter survey appointments passcode shipping assistant",
            ),
            ("faq", "simulate faq"),
            (
                "--live",
                "live echo orders faq formatter survey appointments passcode shipping assistant",
            ),
            ("--live orders", "live orders"),
            ("orders --live", "live orders"),
            ("--help", "help"),
            ("echo -h", "help"),
            ("ecco", unknown),
            ("echo faq", "name one bot, or none for all: not echo and faq"),
            ("--life", r#"there is no flag "--life"; there are --live and --help"#),
        ] {
            assert_eq!(read(typed), done, "{typed}");
        }
    }

    #[test]
    fn the_help_names_every_bot() {
        assert!(ROSTER.iter().all(|entry| help().contains(entry.about)));
    }
}

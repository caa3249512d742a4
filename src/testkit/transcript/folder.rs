//! A folder of transcripts, which is a test.

use std::{fs, path::Path};

use tokio::runtime;

use super::{Transcript, read::InvalidTranscript};
use crate::{dispatch::Bot, testkit::Chat};

/// Plays every transcript of a folder, `*.chat`, with this bot.
///
/// With `CHINWAG_CHATS=write` in the environment nothing is compared: lines of the bot that differ
/// are replaced by what it says now, and missing ones are filled in, to be looked through in the
/// diff.
///
/// ```no_run
/// # use chinwag::Bot;
/// # fn bot() -> Bot { Bot::new(()) }
/// #[test]
/// fn chats() {
///     chinwag::testkit::chats("tests/chats", bot);
/// }
/// ```
///
/// # Panics
/// If there are no transcripts, or one goes otherwise: with a line for each file, and what was
/// wanted and heard in each that failed.
#[track_caller]
#[expect(clippy::panic, reason = "a check ends the test")]
pub fn chats<S>(folder: impl AsRef<Path>, bot: impl Fn() -> Bot<S> + Clone + Send + Sync + 'static)
where
    S: Send + Sync + 'static,
{
    let folder = folder.as_ref();
    let entries = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("the folder {} cannot be read: {error}", folder.display()));
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "chat")).collect();
    paths.sort();
    assert!(!paths.is_empty(), "the folder {} has no *.chat", folder.display());
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime needs a thread, and this is one");
    let is_written = std::env::var_os("CHINWAG_CHATS").is_some_and(|wish| wish == "write");
    let mut list = Vec::new();
    let mut failures = Vec::new();
    for path in &paths {
        let played = runtime.block_on(async {
            if is_written { write(path, bot.clone()).await } else { play(path, bot.clone()).await }
        });
        let told = if played.is_ok() { "as it is written" } else { "OTHERWISE" };
        list.push(format!("  {}: {told}", path.display()));
        if let Err(failure) = played {
            failures.push(failure);
        }
    }
    assert!(failures.is_empty(), "\n{}\n\n{}", list.join("\n"), failures.join("\n\n"));
}

async fn play<S>(
    path: &Path,
    bot: impl Fn() -> Bot<S> + Send + Sync + 'static,
) -> Result<(), String>
where
    S: Send + Sync + 'static,
{
    let transcript = read(path)?;
    transcript.check(bot).await.map_err(|mismatch| mismatch.to_string())
}

async fn write<S>(
    path: &Path,
    bot: impl Fn() -> Bot<S> + Send + Sync + 'static,
) -> Result<(), String>
where
    S: Send + Sync + 'static,
{
    let text = read(path)?.rewritten(Chat::with(bot())).await;
    fs::write(path, text).map_err(|error| format!("{} cannot be written: {error}", path.display()))
}

fn read(path: &Path) -> Result<Transcript, String> {
    Transcript::read(path).map_err(|error: InvalidTranscript| error.to_string())
}

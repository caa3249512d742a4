//! What keeping conversations costs, store beside store in one run.
//!
//! - `keeping load [URL…]`: webhook calls a second with 64 conversations at once, over HTTP, for
//!   these stores: that in memory and one in a file, if none are named.
//! - `keeping growth [URL…]`: a turn with 10,000 conversations stored and with ten times as many.
//! - `keeping notify [MESSAGES [URL…]]`: 100,000 notifications from the outbox of a file to the
//!   simulator, and to a sink that only counts, beside a plain loop of the same requests.
//! - `keeping idle`: bytes of resident memory for each of a million idle conversations in memory.

#![expect(clippy::print_stdout, reason = "figures are its result")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

mod growth;
mod idle;
mod load;
mod notify;
mod receiver;
mod serve;

use chinwag::Result;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let folder = std::env::current_dir()?.join("target/bench-stores");
    std::fs::create_dir_all(&folder)?;
    let file = |name: &str| {
        let file = folder.join(name);
        for ending in ["", "-wal", "-shm"] {
            drop(std::fs::remove_file(format!("{}{ending}", file.display())));
        }
        format!("sqlite:{}", file.display())
    };
    let urls = |name: &str| match &arguments[1..] {
        [] => vec!["memory:".to_owned(), file(name)],
        some => some.to_vec(),
    };
    match arguments.first().map(String::as_str) {
        Some("serve") => serve::serve(&arguments[1], &arguments[2]).await,
        Some("sink") => receiver::sink(&arguments[1]).await,
        Some("simulator") => receiver::simulator(&arguments[1], &arguments[2], &arguments[3]).await,
        Some("notify") => {
            let messages = arguments.get(1).map_or(Ok(100_000), |count| count.parse())?;
            let stores = match arguments.get(2..) {
                None | Some([]) => vec![file("notify.db")],
                Some(some) => some.to_vec(),
            };
            notify::alone(messages, &file("alone.db")).await?;
            notify::measure(messages, &stores).await
        }
        Some("load") => load::measure(&urls("load.db")).await,
        Some("growth") => growth::measure(&urls("growth.db")).await,
        Some("idle") => idle::measure().await,
        _ => Err("keeping load [URL…], growth [URL…], notify [MESSAGES [URL…]] or idle".into()),
    }
}

//! WhatsApp bots with manners, on Twilio: never twice, never late, never uninvited.
//!
//! Twilio POSTs each inbound message to a webhook. chinwag verifies it, hands it to the author's
//! handlers, and answers with TwiML. The house has floors, and a room uses only those below:
//!
//! | floor | rooms |
//! | --- | --- |
//! | ground: values | [`message`], [`markup`], [`twiml`] |
//! | first: what is kept | [`conversation`], [`store`] |
//! | second: what is said | [`dispatch`], [`outbound`] |
//! | third: the wire | [`webhook`]; `rest`, by the feature `client` |
//! | roof: without a network | `simulator`, `testkit`, by the features of these names |
//!
//! ```
//! use chinwag::{Bot, Captures, Webhook, pattern, text};
//!
//! let bot = Bot::new(())
//!     .on(text("hi"), async || "Hello! Say *double 21*.")
//!     .on(pattern(r"double (\d+)"), async |Captures((n,)): Captures<(u32,)>| (n * 2).to_string())
//!     .otherwise(async || "Say *hi*.");
//! let app: axum::Router = Webhook::new(bot).auth_token("…").router()?;
//! # Ok::<(), chinwag::webhook::InvalidWebhook>(())
//! ```
//!
//! Begin with [`Bot`]; the [guide](docs::guide) and the [architecture](docs::architecture) are
//! here too.

pub mod conversation;
pub mod dispatch;
pub mod markup;
pub mod message;
pub mod outbound;
#[cfg(feature = "client")]
pub mod rest;
#[cfg(feature = "simulator")]
pub mod simulator;
pub mod store;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod twiml;
pub mod webhook;

pub use conversation::Stored;
pub use dispatch::{
    Bot, Captures, Dialogue, Error, Handler, Remembered, Reply, Result, Router, State, Step, Text,
    Turn, ask,
    filter::{pattern, text, word, words},
};
pub use webhook::Webhook;

/// The long texts.
pub mod docs {
    #[doc = include_str!("docs/architecture.md")]
    pub mod architecture {}
    #[doc = include_str!("docs/guide.md")]
    pub mod guide {}
    #[doc = include_str!("docs/reliability.md")]
    pub mod reliability {}
    #[doc = include_str!("docs/changes.md")]
    pub mod changes {}
}

/// The README's code is compiled too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

//! THIRD: we call Twilio, by its REST API; with the feature `client`.
//!
//! Begin with [`Client`]. It writes [`Request`]s and reads their answers; what carries them is a
//! [`Transport`], the [`Network`] or a [`Recorder`]. Given to a webhook's courier, it is the way out
//! for what a bot says unasked.

mod account;
mod client;
mod draft;
mod error;
mod message;
mod network;
mod outbox;
mod page;
mod recorder;
mod transport;

pub use account::Account;
pub use client::Client;
pub use draft::Draft;
pub use error::RestError;
pub use message::{Direction, Message};
pub use network::Network;
pub use page::{Page, Search};
pub use recorder::Recorder;
pub use transport::{Lost, Method, Request, Response, Transport};

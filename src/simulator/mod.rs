//! ROOF: Twilio's side without a network: phones, the carrier and the chat page.
//!
//! A person's message becomes a signed webhook call to the bot, over HTTP and with everything that
//! Twilio sends; the bot's answer is read as Twilio reads it and lands on the person's phone. Each
//! call is kept with its answer and with what Twilio's debugger would say. There is no back door:
//! a bot cannot tell the simulator from Twilio, whatever language it is written in.
//!
//! The path of a message: `api` → `take` → `journey` (`wire`, `call`, `client`) → `answer` →
//! `deliver` → `posted` → `reports`; `verdict` says what may be sent. What is remembered is in `world`.

mod rules;
mod sandbox;
mod sender;
mod stage;

mod number;
mod phone;
mod said;

mod carrier;
mod deliver;
mod fetch;
mod journey;
mod posted;
mod reports;
mod take;
mod verdict;

mod answer;
mod call;
mod client;
mod cookies;
mod form;
mod overrides;
mod target;
mod wire;

mod contents;
mod events;
mod faults;
mod ids;
mod lane;
mod log;
mod message;
mod request;
mod templates;
mod thread;
mod world;

mod api;
mod guard;
mod page;
mod refusal;
mod rest;
mod stream;

pub use rules::{InvalidRules, Rules};
pub use sandbox::{InvalidSandbox, Sandbox};
pub use sender::{Badge, InvalidSender, Sender};
pub use stage::Simulator;
pub use target::InvalidUrl;

//! THIRD: we call Twilio, by its REST API; with the feature `client`.
//!
//! Begin with [`Client`]. It has messages, attachments, content templates and the typing indicator:
//! it writes [`Request`]s and reads their answers; what carries them is a
//! [`Transport`], the [`Network`] or a [`Recorder`]. Given to a webhook's courier, it is the way out
//! for what a bot says unasked.

mod account;
mod client;
mod error;
mod outbox;

mod check;
mod draft;
mod message;
mod page;

mod approval;
mod content;
mod content_check;
mod contents;

mod download;
mod media;
mod typing;

mod connection;
mod network;
mod recorder;
mod transport;

pub use account::Account;
pub use approval::{Approval, ApprovalStatus, Category, Submission};
pub use check::{InvalidDraft, LATEST, SOONEST};
pub use client::Client;
pub use content::{Choice, ContentDraft, ContentTemplate, Form, Lead, ListRow};
pub use content_check::InvalidContent;
pub use contents::ContentPage;
pub use download::{Download, DownloadError, Downloads};
pub use draft::Draft;
pub use error::RestError;
pub use media::Attachment;
pub use message::{Direction, Message};
pub use network::Network;
pub use page::{Page, Search};
pub use recorder::Recorder;
pub use transport::{Lost, Method, Payload, Request, Response, Transport};
pub use typing::TYPING_SHOWN;

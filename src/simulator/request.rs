//! The debugger: each webhook call with its answer and what became of it.

use std::{collections::VecDeque, sync::Arc};

use serde::{Serialize, Serializer};

use super::{
    call::Hop, client::Received, journey::Errand, message::as_text, wire::Wire, world::number,
};
use crate::{
    conversation::{Key, clock::Timestamp},
    message::MessageSid,
};

/// Most calls that are kept.
const MOST_REQUESTS: usize = 1_000;

/// Codes of messages that stand in TwiML and are not sent.
const COSTLY: [u32; 7] = [14101, 14102, 14103, 14108, 21910, 63003, 63031];

/// One webhook call.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Request {
    pub(super) id: String,
    pub(super) kind: Kind,
    pub(super) bot: String,
    #[serde(flatten)]
    pub(super) wire: Wire,
    pub(super) response: Option<Received>,
    pub(super) duration_ms: f64,
    pub(super) error_code: Option<u32>,
    pub(super) error_message: Option<String>,
    pub(super) warnings: Vec<Warning>,
    pub(super) rule: Option<Rule>,
    /// The messages that the answer led to.
    pub(super) messages: Vec<String>,
    /// The message that the call is about.
    #[serde(serialize_with = "as_text")]
    pub(super) message_sid: MessageSid,
    #[serde(serialize_with = "as_text")]
    pub(super) created_at: Timestamp,
    pub(super) replay_of: Option<String>,
    /// The conversation that the call is about.
    #[serde(skip)]
    pub(super) key: Key,
}

impl Request {
    /// A call as it was made, before its answer is read.
    pub(super) fn of(id: String, errand: &Errand, hop: Hop) -> Self {
        Self {
            id,
            kind: errand.kind,
            bot: number(errand.key.sender()),
            response: hop.received,
            duration_ms: (hop.took.as_secs_f64() * 1e6).round() / 1e3,
            error_code: None,
            error_message: None,
            warnings: hop.wire.target.warnings.clone(),
            rule: None,
            messages: Vec::new(),
            message_sid: errand.about,
            created_at: hop.started,
            replay_of: errand.replay_of.clone(),
            key: errand.key.clone(),
            wire: hop.wire,
        }
    }

    /// Notes what is odd: for what costs a message, as an error.
    pub(super) fn note(&mut self, warning: Warning) {
        match warning.code {
            Some(code) if COSTLY.contains(&code) && self.error_code.is_none() => {
                self.fail(code, &warning.message);
            }
            _ => self.warnings.push(warning),
        }
    }

    /// Notes what went wrong; the first thing stays.
    pub(super) fn fail(&mut self, code: u32, message: &str) {
        if self.error_code.is_none() {
            self.error_code = Some(code);
            self.error_message = Some(message.to_owned());
        }
    }
}

/// Why a webhook is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// A person wrote.
    Message,
    /// A person wrote, and the first webhook failed.
    Fallback,
    /// The status of a message changed.
    Status,
}

/// How an answer was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Rule {
    /// As TwiML.
    Twiml,
    /// `text/plain`: all of it is one message.
    Text,
    /// There was nothing to read.
    Nothing,
}

/// What is odd and does not stop anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Warning {
    /// Twilio's code, or none if the remark is the simulator's own.
    pub(super) code: Option<u32>,
    pub(super) message: String,
}

impl Warning {
    pub(super) fn new(code: u32, message: impl Into<String>) -> Self {
        Self { code: Some(code), message: message.into() }
    }

    /// A remark for which Twilio has no code.
    pub(super) fn remark(message: impl Into<String>) -> Self {
        Self { code: None, message: message.into() }
    }
}

/// The newest calls, oldest first.
#[derive(Debug, Default)]
pub(super) struct Requests(VecDeque<Arc<Request>>);

impl Requests {
    pub(super) fn push(&mut self, request: Arc<Request>) {
        if self.0.len() == MOST_REQUESTS {
            self.0.pop_front();
        }
        self.0.push_back(request);
    }

    pub(super) fn get(&self, id: &str) -> Option<Arc<Request>> {
        self.0.iter().rev().find(|request| request.id == id).map(Arc::clone)
    }

    /// Those behind the one with this id; `None` if that one is not kept.
    pub(super) fn after(&self, id: Option<&str>) -> Option<Vec<Arc<Request>>> {
        let start = match id {
            None => 0,
            Some(id) => self.0.iter().position(|request| request.id == id)? + 1,
        };
        Some(self.0.range(start..).map(Arc::clone).collect())
    }
}

/// Serializes parameters as a list of pairs.
pub(super) fn as_pairs<S: Serializer>(
    parameters: &crate::message::Parameters,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(parameters.iter())
}

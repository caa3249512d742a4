//! The way of one message: from document to document, until one of them ends it.

use std::sync::Arc;

use super::{
    answer::{self, Answer, Failure},
    call::Hop,
    carrier::Carrier,
    client::{Received, Trouble},
    deliver::Document,
    posted::Letter,
    request::{Kind, Request, Warning},
    target::Target,
    wire::Wire,
    world::World,
};
use crate::{
    conversation::Key,
    message::MessageSid,
    twiml::{MAX_MESSAGES, Method, Redirect, Verb},
};

/// Most documents that are fetched for one message
/// (<https://www.twilio.com/docs/api/errors/14106>).
const MOST_DOCUMENTS: usize = 50;

/// A call that is to be made.
#[derive(Debug, Clone)]
pub(super) struct Errand {
    pub(super) kind: Kind,
    pub(super) key: Key,
    pub(super) wire: Wire,
    /// The message that the call is about.
    pub(super) about: MessageSid,
    pub(super) replay_of: Option<String>,
    /// Whether its answer is lost on purpose.
    pub(super) is_late: bool,
}

impl Errand {
    /// A call that is made for the first time.
    pub(super) const fn about(about: MessageSid, kind: Kind, key: Key, wire: Wire) -> Self {
        Self { kind, key, wire, about, replay_of: None, is_late: false }
    }
}

/// A way that did not lead to an answer, and the URL at which it ended.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) failure: Failure,
    pub(super) url: String,
}

/// What one message has led to so far.
#[derive(Debug, Default)]
struct Tally {
    documents: usize,
    messages: usize,
}

impl Carrier {
    /// Makes a call, sends what the answer says, and goes on where it redirects to. Gives the id
    /// of the first call as well.
    pub(super) async fn travel(
        self: &Arc<Self>,
        mut errand: Errand,
    ) -> (String, Result<(), Failed>) {
        let mut tally = Tally::default();
        let mut first = None;
        loop {
            tally.documents += 1;
            let hops = self.run(&errand).await;
            errand.is_late = false;
            let (id, outcome) = self.heed(&errand, hops, &mut tally);
            let first = first.get_or_insert(id);
            let (target, method) = match outcome {
                Ok(Some(next)) => next,
                Ok(None) => return (first.clone(), Ok(())),
                Err(failed) => return (first.clone(), Err(failed)),
            };
            let token = self.world().ids.token();
            let parameters = errand.wire.parameters;
            errand.wire = self.wire(&errand.key, target, method, parameters, &token);
        }
    }

    /// Makes an errand's call.
    pub(super) async fn run(&self, errand: &Errand) -> Vec<Hop> {
        let mut hops = self.call(&errand.key, errand.wire.clone()).await;
        if let Some(last) = hops.last_mut().filter(|_| errand.is_late) {
            let total = last.wire.target.overrides.total;
            (last.received, last.trouble) = (None, Some(Trouble::TotalTimedOut(total)));
        }
        hops
    }

    /// Does what an answer says; gives the id of the first request and where to go on.
    fn heed(
        self: &Arc<Self>,
        errand: &Errand,
        hops: Vec<Hop>,
        tally: &mut Tally,
    ) -> (String, Result<Option<(Target, Method)>, Failed>) {
        let mut world = self.world();
        let (first, mut request, read) = keep(&mut world, errand, hops, answer::read);
        if errand.kind == Kind::Message && errand.replay_of.is_none() && tally.documents == 1 {
            let id = Some(first.clone());
            world.change(&errand.key, errand.about, |message| message.request_id = id);
        }
        let mut letters = Vec::new();
        let outcome = read.and_then(|answer| {
            request.rule = Some(answer.rule);
            answer.warnings.into_iter().for_each(|warning| request.note(warning));
            self.plan(&mut world, &mut request, answer.verbs, tally, &mut letters)
        });
        match (&outcome, request.error_code, &request.error_message) {
            (Err(failure), ..) => request.fail(failure.code, &failure.message),
            // Wherever the way goes on from here, what was not sent stays unsaid.
            (Ok(_), Some(code), Some(why)) if errand.replay_of.is_none() => {
                world.change(&errand.key, errand.about, |message| message.fail(code, why));
            }
            _ => {}
        }
        let url = request.wire.url.clone();
        request.messages = letters.iter().map(|one| one.message.sid.to_string()).collect();
        world.record(request);
        for letter in letters {
            self.post(&mut world, letter);
        }
        (first, outcome.map_err(|failure| Failed { failure, url }))
    }

    /// The messages that an answer's verbs send, and where they redirect to.
    fn plan(
        &self,
        world: &mut World,
        request: &mut Request,
        verbs: Vec<Verb>,
        tally: &mut Tally,
        letters: &mut Vec<Letter>,
    ) -> Result<Option<(Target, Method)>, Failure> {
        for verb in verbs {
            let message = match verb {
                Verb::Message(message) => message,
                Verb::Redirect(redirect) => return next(&redirect, request, tally).map(Some),
            };
            if tally.messages == MAX_MESSAGES {
                let text = format!("more than {MAX_MESSAGES} messages; the others are not sent");
                request.fail(14109, &text);
                continue;
            }
            let document =
                Document { key: &request.key, url: &request.wire.target.url, request: &request.id };
            match self.letter(world, &document, &message, &mut request.warnings) {
                Ok(letter) => {
                    tally.messages += 1;
                    letters.push(letter);
                }
                Err(warning) => request.note(warning),
            }
        }
        Ok(None)
    }
}

/// Where a redirect leads.
fn next(
    redirect: &Redirect,
    request: &Request,
    tally: &Tally,
) -> Result<(Target, Method), Failure> {
    if tally.documents == MOST_DOCUMENTS {
        let text = format!("one message led to more than {MOST_DOCUMENTS} documents");
        return Err(Failure::last(14106, text));
    }
    match request.wire.target.join(&redirect.url) {
        Ok(target) => Ok((target, redirect.method.unwrap_or_default())),
        Err(reason) => {
            Err(Failure::new(reason.code(), format!("the redirect cannot be followed: {reason}")))
        }
    }
}

/// Keeps the redirects of a call, and gives the id of its first request, its last one, and what
/// the answer to that means.
pub(super) fn keep(
    world: &mut World,
    errand: &Errand,
    mut hops: Vec<Hop>,
    read: fn(&Received) -> Result<Answer, Failure>,
) -> (String, Request, Result<Answer, Failure>) {
    let last = hops.pop().expect("a call has at least one request");
    let mut first = None;
    for hop in hops {
        let mut request = Request::of(world.ids.request(), errand, hop);
        request.warnings.extend(lost_parameters(&request));
        first.get_or_insert_with(|| request.id.clone());
        world.record(request);
    }
    let trouble = last.trouble.as_ref().map(|one| Failure::new(one.code(), one.to_string()));
    let request = Request::of(world.ids.request(), errand, last);
    let answer = match (trouble, &request.response) {
        (Some(failure), _) => Err(failure),
        (None, Some(received)) => read(received),
        (None, None) => Err(Failure::new(11200, "there was no answer")),
    };
    (first.unwrap_or_else(|| request.id.clone()), request, answer)
}

/// The commonest way to lose a message: a redirect to https or to a trailing slash.
fn lost_parameters(request: &Request) -> Option<Warning> {
    let status = request.response.as_ref()?.status;
    let is_lost = request.wire.method == Method::Post && (301..=303).contains(&status);
    is_lost.then(|| {
        let text = "Twilio follows this redirect by GET and without the parameters; \
                    answer 307 or 308, or configure the URL to which it leads";
        Warning::remark(text)
    })
}

//! From a message in TwiML to a message on a phone: who may send what to whom.

use super::{
    carrier::Carrier,
    message::{Callback, Message},
    posted::Letter,
    request::Warning,
    said::Attached,
    target::{Target, resolve},
    world::{World, number},
};
use crate::{
    conversation::Key,
    message::{Address, Media, MediaKind, Status},
    twiml::{self, Method},
};

/// The document in which a message stands.
#[derive(Debug)]
pub(super) struct Document<'a> {
    /// The conversation that it answers.
    pub(super) key: &'a Key,
    /// Where it was found.
    pub(super) url: &'a str,
    /// The call whose answer it is.
    pub(super) request: &'a str,
}

impl Carrier {
    /// The message that is sent, or why it is not.
    pub(super) fn letter(
        &self,
        world: &mut World,
        document: &Document<'_>,
        given: &twiml::Message,
        warnings: &mut Vec<Warning>,
    ) -> Result<Letter, Warning> {
        let addresses = self.addresses(world, document, given)?;
        let [from, to] = &addresses;
        let key = Key::new(from, to);
        let media = attached(document.url, given, warnings);
        let sid = world.ids.message(!media.is_empty());
        let (body, now) = (given.body.clone(), self.clock.now());
        let mut message = Message::outbound(sid, addresses, body, media, now);
        message.request_id = Some(document.request.to_owned());
        message.callbacks = self.callbacks(document.url, &message, given, warnings);
        let verdict = self.verdict(world, &key, &message, None);
        if let Err((code, why)) = &verdict {
            warnings.push(Warning::new(*code, &**why));
        }
        message.rule = verdict.as_ref().ok().copied();
        Ok(Letter { key, message, end: Status::Undelivered, denial: verdict.err() })
    }

    /// From whom to whom, if such a message can travel.
    fn addresses(
        &self,
        world: &World,
        document: &Document<'_>,
        given: &twiml::Message,
    ) -> Result<[Address; 2], Warning> {
        let of = |text: &str| text.parse::<Address>();
        let ours = |address: &Address| self.senders.iter().any(|one| &one.address() == address);
        let (Ok(sender), Ok(contact)) = (of(document.key.sender()), of(document.key.contact()))
        else {
            return Err(Warning::remark("the conversation has no addresses"));
        };
        let from = given.from.clone().unwrap_or(sender);
        let to = given.to.clone().unwrap_or(contact);
        if !ours(&from) {
            let text = format!("from={from} is none of the simulator's senders; nothing is sent");
            return Err(Warning::new(14108, text));
        }
        if !to.is_whatsapp() {
            let text = format!("to={to} is not on WhatsApp; write whatsapp: before the number");
            return Err(Warning::new(21910, text));
        }
        if to == from {
            return Err(Warning::new(63031, "to and from are the same; nothing is sent"));
        }
        if world.phone(&number(to.as_str())).is_none() {
            let text = format!("to={to} is none of the simulator's people; nothing is sent");
            return Err(Warning::new(63003, text));
        }
        Ok([from, to])
    }

    /// Who is told what becomes of the message: what it says itself, else what the sender says.
    fn callbacks(
        &self,
        base: &str,
        message: &Message,
        given: &twiml::Message,
        warnings: &mut Vec<Warning>,
    ) -> Vec<Callback> {
        let own = [
            ("action", &given.action, given.method.unwrap_or_default()),
            ("statusCallback", &given.status_callback, Method::Post),
        ];
        let mut callbacks: Vec<Callback> = Vec::new();
        for (name, url, method) in own {
            let Some(url) = url else { continue };
            match resolve(base, url).map(|url| Target::read(&url)) {
                Some(Ok(target)) if callbacks.iter().any(|known| known.target == target) => {}
                Some(Ok(target)) => callbacks.push(Callback { target, method }),
                _ => {
                    let text = format!("{name} is not a URL that the simulator can call");
                    warnings.push(Warning::new(14105, text));
                }
            }
        }
        let sender = self.senders.iter().find(|one| one.address() == message.from);
        let configured = sender.and_then(|sender| sender.status_callback.as_deref());
        if callbacks.is_empty()
            && let Some(Ok(target)) = configured.map(Target::read)
        {
            callbacks.push(Callback { target, method: Method::Post });
        }
        callbacks
    }
}

/// What WhatsApp attaches: one thing a message.
///
/// Source: <https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages>.
fn attached(base: &str, given: &twiml::Message, warnings: &mut Vec<Warning>) -> Vec<Attached> {
    let Some(first) = given.media.first() else { return Vec::new() };
    if given.media.len() > Media::MOST_ON_WHATSAPP {
        warnings.push(Warning::remark(format!(
            "the message has {} media and WhatsApp takes one: the first is sent",
            given.media.len()
        )));
    }
    let url = resolve(base, first).unwrap_or_else(|| first.clone());
    let media = Media::at(url);
    let kind = media.kind();
    if kind != MediaKind::Other && !media.is_supported_on_whatsapp() {
        let text =
            format!("WhatsApp does not deliver {}, as the URL's ending says", media.content_type);
        warnings.push(Warning::new(63021, text));
    }
    if kind != MediaKind::Other && !kind.takes_caption() && !given.body.is_empty() {
        warnings.push(Warning::remark(format!(
            "WhatsApp drops the text beside {}: send it as a message of its own",
            media.content_type
        )));
    }
    vec![Attached { content_type: media.content_type.to_string(), url: media.url }]
}

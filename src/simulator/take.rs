//! A person sends a message: it is taken, numbered, and put on its way to the bot.

use std::{sync::Arc, time::Duration};

use tokio::sync::oneshot;

use super::{
    answer::Failure, carrier::Carrier, form, journey::Errand, lane::Place, message::Message,
    phone::Phone, refusal::Refusal, request::Kind, said::Said, sender::Sender, target::Target,
    world::World,
};
use crate::{
    conversation::Key,
    message::{Address, MessageSid, Parameters},
    twiml::Method,
};

/// Most messages of one conversation that wait for the bot.
const MOST_WAITING: usize = 100;
/// How long Twilio knows which message is quoted
/// (<https://www.twilio.com/docs/whatsapp/message-features>).
const QUOTABLE: Duration = Duration::from_hours(7 * 24);

/// A message that was taken and is on its way.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) key: Key,
    pub(super) sid: MessageSid,
    /// Ends when the bot has answered, or failed.
    pub(super) done: oneshot::Receiver<()>,
}

/// A message that was taken and waits for its turn.
struct Queued {
    sid: MessageSid,
    parameters: Parameters,
    token: String,
    place: Place,
}

impl Carrier {
    /// Takes a person's message. It is on its way when this returns, in the order of these calls.
    pub(super) fn take(self: &Arc<Self>, person: &Address, given: Said) -> Result<Taken, Refusal> {
        let given = given.checked().map_err(Refusal::bad)?;
        let sender = self.addressee(person, &given.to)?;
        let key = Self::key(sender, person);
        let Queued { sid, parameters, token, mut place } = self.queue(sender, person, &given)?;
        let (end, done) = oneshot::channel();
        let (carrier, sender, lane) = (Arc::clone(self), sender.clone(), key.clone());
        self.spawn(async move {
            place.turn().await;
            // The cookies are those that the message before this one left.
            let target = Target::read(&sender.webhook).expect("the sender was checked");
            let wire = carrier.wire(&lane, target, sender.method, parameters, &token);
            carrier.carry(&sender, Errand::about(sid, Kind::Message, lane, wire)).await;
            drop((place, end));
        });
        Ok(Taken { key, sid, done })
    }

    /// The bot that a person writes to.
    fn addressee(&self, person: &Address, to: &str) -> Result<&Sender, Refusal> {
        if self.sender(person.id()).is_some() {
            return Err(Refusal::bad("the number in the path is a bot's; write from a person's"));
        }
        self.sender(to).ok_or_else(|| {
            let known: Vec<_> = self.senders.iter().map(|one| one.number.as_str()).collect();
            Refusal::bad(format!("to: no bot has {to}; there is {}", known.join(", ")))
        })
    }

    /// Puts the message into the conversation and into the lane to the bot, both at once.
    fn queue(&self, sender: &Sender, person: &Address, given: &Said) -> Result<Queued, Refusal> {
        let key = Self::key(sender, person);
        let now = self.clock.now();
        let mut world = self.world();
        if world.thread(&key).is_some_and(|thread| thread.lane.len() >= MOST_WAITING) {
            let text = format!("{MOST_WAITING} messages already wait for this bot; try later");
            return Err(Refusal::busy(text));
        }
        let quoted = quoted(&world, &key, given)?;
        let name = name_of(&mut world, person, given)?;
        let sid = world.ids.message(!given.media.is_empty());
        let mut message = Message::inbound(sid, person.clone(), sender.address(), given, now);
        message.reply_to = quoted.as_ref().map(|quoted| quoted.sid.to_string());
        let known = quoted.filter(|quoted| now.since(quoted.created_at) <= QUOTABLE);
        let parameters = form::message(self.account, &message, given, &name, known.as_ref());
        let token = world.ids.token();
        world.add(&key, message);
        let place = world.thread_mut(&key).lane.queue();
        Ok(Queued { sid, parameters, token, place })
    }

    /// Goes to the webhook and where its answers lead, and to the fallback if that fails.
    async fn carry(self: &Arc<Self>, sender: &Sender, errand: Errand) {
        let (key, sid) = (errand.key.clone(), errand.about);
        let parameters = errand.wire.parameters.clone();
        let Err(failed) = self.travel(errand).await.1 else { return };
        let fallback = sender.fallback.as_deref().filter(|_| failed.failure.has_fallback);
        if let Some(Ok(target)) = fallback.map(Target::read) {
            let parameters = form::fallback(&parameters, failed.failure.code, &failed.url);
            let token = self.world().ids.token();
            let wire = self.wire(&key, target, Method::Post, parameters, &token);
            let errand = Errand::about(sid, Kind::Fallback, key.clone(), wire);
            if self.travel(errand).await.1.is_ok() {
                return;
            }
        }
        let Failure { code, message: why, .. } = failed.failure;
        self.world().change(&key, sid, |message| message.fail(code, &why));
    }
}

/// The message that this one answers: the one it names, or, for a button, the bot's newest.
fn quoted(world: &World, key: &Key, given: &Said) -> Result<Option<Message>, Refusal> {
    let thread = world.thread(key);
    if let Some(sid) = &given.reply_to {
        let found = sid.parse().ok().and_then(|sid| thread?.find(sid)).cloned();
        return found.map(Some).ok_or_else(|| {
            Refusal::bad(format!("reply_to: there is no message {sid} in this conversation"))
        });
    }
    if given.button.is_none() && given.list.is_none() {
        return Ok(None);
    }
    let newest = thread.and_then(|thread| thread.messages().rfind(|one| !one.is_inbound()));
    Ok(newest.cloned())
}

/// The name that the bot is told; who was not known before is now.
fn name_of(world: &mut World, person: &Address, given: &Said) -> Result<String, Refusal> {
    let known = world.phone(person.id()).map(|phone| phone.name.clone());
    let is_known = known.is_some();
    let name = given.profile_name.clone().or(known).unwrap_or_else(|| person.id().to_owned());
    if !is_known && !world.put_phone(Phone::new(person.id(), &name)) {
        return Err(Refusal::busy("there is no room for more people"));
    }
    Ok(name)
}

//! A person sends a message: it is taken, numbered, and put on its way to the bot.

use std::{sync::Arc, time::Duration};

use tokio::{sync::oneshot, time::sleep};

use super::{
    answer,
    answer::Failure,
    carrier::Carrier,
    faults::{Kind as Fault, On, Strike},
    form,
    journey::Errand,
    journey::keep,
    lane::Place,
    message::Kept,
    message::Message,
    phone::Phone,
    posted::Letter,
    refusal::Refusal,
    request::Kind,
    said::Said,
    sandbox::{self, Word},
    sender::Sender,
    target::Target,
    world::World,
};
use crate::{
    conversation::Key,
    message::{Address, MessageSid, Parameters, Status},
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

/// Where a message goes on.
enum Admitted {
    /// To this webhook.
    Here(String),
    /// Nowhere: Twilio has answered it.
    Answered,
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
    ///
    /// `base` is the address at which the bot finds us, if that is known.
    pub(super) fn take(
        self: &Arc<Self>,
        person: &Address,
        given: Said,
        base: Option<&str>,
    ) -> Result<Taken, Refusal> {
        let given = given.checked().map_err(Refusal::bad)?;
        let sender = self.addressee(person, &given.to)?;
        let key = Self::key(sender, person);
        let queued = self.queue(sender, person, &given, base)?;
        let (sid, (end, done)) = (queued.sid, oneshot::channel());
        let webhook = match self.admit(sender, &key, given.body()) {
            Admitted::Here(webhook) => webhook,
            Admitted::Answered => return Ok(Taken { key, sid, done }),
        };
        let strike = self.world().faults.strike(On::Webhook);
        let (carrier, sender, lane) = (Arc::clone(self), sender.clone(), key.clone());
        self.spawn(async move {
            let place = carrier.set_out(&sender, &webhook, &lane, queued, strike).await;
            drop((place, end));
        });
        Ok(Taken { key, sid, done })
    }

    /// Waits for the message's turn and makes its call, with which something may go wrong.
    async fn set_out(
        self: &Arc<Self>,
        sender: &Sender,
        webhook: &str,
        key: &Key,
        queued: Queued,
        strike: Option<Strike>,
    ) -> Place {
        let Queued { sid, parameters, token, mut place } = queued;
        place.turn().await;
        match strike {
            Some(Strike { kind: Fault::Delay, delay }) => sleep(delay).await,
            Some(Strike { kind: Fault::Reorder, delay }) => {
                drop(place);
                sleep(delay).await;
                place = self.world().thread_mut(key).lane.queue();
                place.turn().await;
            }
            _ => {}
        }
        // The cookies are those that the message before this one left.
        let target = Target::read(webhook).expect("the sender and its sandbox were checked");
        let wire = self.wire(key, target, sender.method, parameters, &token);
        let mut errand = Errand::about(sid, Kind::Message, key.clone(), wire);
        match strike.map(|strike| strike.kind) {
            Some(Fault::Lose) => {
                let text = "the call was lost on purpose: /sim/faults";
                self.world().change(key, sid, |message| message.fail(11200, text));
                return place;
            }
            Some(Fault::Double) => {
                let lost = Errand { is_late: true, ..errand.clone() };
                let hops = self.run(&lost).await;
                let mut world = self.world();
                let (.., request, _) = keep(&mut world, &lost, hops, answer::read);
                world.record(request);
            }
            Some(Fault::Late) => errand.is_late = true,
            _ => {}
        }
        self.carry(sender, errand).await;
        place
    }

    /// Where a message goes on: the sandbox answers itself who joins, leaves, or is a stranger.
    fn admit(self: &Arc<Self>, sender: &Sender, key: &Key, body: &str) -> Admitted {
        let own = || Admitted::Here(sender.webhook.clone());
        let Some(sandbox) = &sender.sandbox else { return own() };
        let now = self.clock.now();
        let mut world = self.world();
        let door = world.members.door(key, now);
        let answer = match (sandbox.read(body), door) {
            (Word::Join(door), _) => {
                world.members.join(key, door, now);
                sandbox::welcome(key.sender())
            }
            (Word::Stop, Some(_)) => {
                world.members.leave(key);
                sandbox::farewell()
            }
            (Word::Other, Some(door)) => {
                return sandbox
                    .webhook(door)
                    .map_or_else(own, |url| Admitted::Here(url.to_owned()));
            }
            (Word::Stop | Word::Strange | Word::Other, _) => sandbox::stranger(key.contact()),
        };
        self.answer_for_twilio(&mut world, key, answer);
        Admitted::Answered
    }

    /// A message of Twilio's own, of which the account knows nothing.
    fn answer_for_twilio(self: &Arc<Self>, world: &mut World, key: &Key, body: String) {
        let (Ok(from), Ok(to)) = (key.sender().parse(), key.contact().parse()) else { return };
        let (sid, now) = (world.ids.message(false), self.clock.now());
        let mut message = Message::outbound(sid, [from, to], body, Vec::new(), now);
        message.kept = Kept::Deleted;
        let letter = Letter { key: key.clone(), message, end: Status::Failed, denial: None };
        self.post(world, letter);
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
    fn queue(
        &self,
        sender: &Sender,
        person: &Address,
        given: &Said,
        base: Option<&str>,
    ) -> Result<Queued, Refusal> {
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
        let mut told = given.clone();
        for (media, base) in told.media.iter_mut().zip(base) {
            media.url = self.media_url(base, sid);
        }
        let parameters = form::message(self.account, &message, &told, &name, known.as_ref());
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

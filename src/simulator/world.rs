//! Everything that the simulator remembers; it lives as long as the process.

use std::{collections::HashMap, sync::Arc};

use super::{
    contents::Contents,
    cookies::Jars,
    events::{Event, Events},
    faults::Faults,
    ids::Ids,
    log,
    message::{Kept, Message},
    phone::{Phone, Phones, Put},
    posted::Scheduled,
    request::{Request, Requests},
    sandbox::Members,
    thread::Thread,
};
use crate::{
    conversation::{Key, clock::Timestamp},
    message::{Address, MessageSid, Status},
};

/// People, conversations, calls and events.
#[derive(Debug)]
pub(super) struct World {
    phones: Phones,
    /// How many messages there were.
    messages: u64,
    threads: HashMap<Key, Thread>,
    /// In which conversation each message stands.
    places: HashMap<MessageSid, Key>,
    pub(super) requests: Requests,
    pub(super) events: Events,
    pub(super) jars: Jars,
    pub(super) ids: Ids,
    pub(super) contents: Contents,
    /// Messages that wait for their time.
    pub(super) scheduled: Vec<Scheduled>,
    pub(super) members: Members,
    pub(super) faults: Faults,
}

impl World {
    pub(super) fn new(seed: u64, now: Timestamp) -> Self {
        Self {
            phones: Phones::default(),
            messages: 0,
            threads: HashMap::new(),
            places: HashMap::new(),
            requests: Requests::default(),
            events: Events::new(),
            jars: Jars::default(),
            ids: Ids::new(seed),
            contents: Contents::of_the_sandbox(now),
            scheduled: Vec::new(),
            members: Members::default(),
            faults: Faults::default(),
        }
    }

    pub(super) fn phones(&self) -> &[Phone] {
        self.phones.all()
    }

    pub(super) fn phone(&self, number: &str) -> Option<&Phone> {
        self.phones.get(number)
    }

    /// Somebody is there from the start, before anybody watches.
    pub(super) fn begin_with(&mut self, phone: Phone) {
        self.phones.keep(phone);
    }

    /// Adds a person, or gives one another name; `false` if there is no room.
    pub(super) fn put_phone(&mut self, phone: Phone) -> bool {
        let put = self.phones.put(phone);
        if put == Put::Changed {
            self.events.push(Event::Phones { phones: self.phones.all().to_vec() });
        }
        put != Put::Full
    }

    pub(super) fn thread(&self, key: &Key) -> Option<&Thread> {
        self.threads.get(key)
    }

    pub(super) fn thread_mut(&mut self, key: &Key) -> &mut Thread {
        self.threads.entry(key.clone()).or_default()
    }

    /// Adds a message and tells those who watch.
    pub(super) fn add(&mut self, key: &Key, mut message: Message) {
        self.messages += 1;
        message.serial = self.messages;
        self.tell(key, &message);
        self.places.insert(message.sid, key.clone());
        if let Some(oldest) = self.thread_mut(key).push(message) {
            self.places.remove(&oldest.sid);
        }
    }

    /// Changes a message and tells those who watch; gives it as it is then.
    pub(super) fn change(
        &mut self,
        key: &Key,
        sid: MessageSid,
        change: impl FnOnce(&mut Message),
    ) -> Option<Message> {
        let message = self.threads.get_mut(key)?.find_mut(sid)?;
        change(message);
        let message = message.clone();
        self.tell(key, &message);
        Some(message)
    }

    /// Somebody types an answer to this message, which shows as read.
    pub(super) fn type_for(&mut self, sid: MessageSid, until: Timestamp) {
        let Some(key) = self.places.get(&sid).cloned() else { return };
        self.thread_mut(&key).typing_until = Some(until);
        let [bot, phone] = [key.sender(), key.contact()].map(number);
        self.events.push(Event::Typing { phone, bot, until: until.to_string() });
        self.change(&key, sid, |message| message.status = Status::Read);
    }

    /// Twilio's copies of all messages, in no order.
    pub(super) fn copies(&self) -> impl Iterator<Item = &Message> {
        self.threads.values().flat_map(copies)
    }

    /// Twilio's copies of the messages between these two, whoever of them is the bot.
    pub(super) fn copies_between(
        &self,
        one: &Address,
        other: &Address,
    ) -> impl Iterator<Item = &Message> {
        let keys = [Key::new(one, other), Key::new(other, one)];
        keys.into_iter().filter_map(|key| self.threads.get(&key)).flat_map(copies)
    }

    /// Twilio's copy of one message.
    pub(super) fn copy_of(&mut self, sid: MessageSid) -> Option<&mut Message> {
        let found = self.threads.get_mut(self.places.get(&sid)?)?.find_mut(sid);
        found.filter(|message| message.kept != Kept::Deleted)
    }

    /// Keeps a call and tells those who watch; what went wrong goes to the log as well.
    pub(super) fn record(&mut self, request: Request) {
        log::tell(&request);
        let request = Arc::new(request);
        self.requests.push(Arc::clone(&request));
        self.events.push(Event::Request(request));
    }

    fn tell(&mut self, key: &Key, message: &Message) {
        let [bot, phone] = [key.sender(), key.contact()].map(number);
        let message = Box::new(message.clone());
        self.events.push(Event::Message { phone, bot, message });
    }
}

/// What Twilio keeps of a conversation.
fn copies(thread: &Thread) -> impl Iterator<Item = &Message> {
    thread.messages().filter(|message| message.kept != Kept::Deleted)
}

/// An address without its channel.
pub(super) fn number(address: &str) -> String {
    address.split_once(':').map_or(address, |(_, number)| number).to_owned()
}

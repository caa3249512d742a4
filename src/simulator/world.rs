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
    phone::{MOST_PHONES, Phone},
    posted::Scheduled,
    request::{Request, Requests},
    sandbox::Members,
    thread::Thread,
};
use crate::{
    conversation::{Key, clock::Timestamp},
    message::{MessageSid, Status},
};

/// People, conversations, calls and events.
#[derive(Debug)]
pub(super) struct World {
    phones: Vec<Phone>,
    /// How many messages there were.
    messages: u64,
    threads: HashMap<Key, Thread>,
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
            phones: Vec::new(),
            messages: 0,
            threads: HashMap::new(),
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
        &self.phones
    }

    pub(super) fn phone(&self, number: &str) -> Option<&Phone> {
        self.phones.iter().find(|phone| phone.number == number)
    }

    /// Adds a person, or gives one another name; `false` if there is no room.
    pub(super) fn put_phone(&mut self, phone: Phone) -> bool {
        let is_full = self.phones.len() == MOST_PHONES;
        match self.phones.iter_mut().find(|known| known.number == phone.number) {
            Some(known) if *known == phone => return true,
            Some(known) => known.name = phone.name,
            None if is_full => return false,
            None => self.phones.push(phone),
        }
        self.events.push(Event::Phones { phones: self.phones.clone() });
        true
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
        self.thread_mut(key).push(message);
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
        let found = self.threads.iter().find(|(_, thread)| thread.find(sid).is_some());
        let Some(key) = found.map(|(key, _)| key.clone()) else { return };
        self.thread_mut(&key).typing_until = Some(until);
        let [bot, phone] = [key.sender(), key.contact()].map(number);
        self.events.push(Event::Typing { phone, bot, until: until.to_string() });
        self.change(&key, sid, |message| message.status = Status::Read);
    }

    /// Twilio's copies of all messages, in no order.
    pub(super) fn copies(&self) -> impl Iterator<Item = &Message> {
        let messages = self.threads.values().flat_map(Thread::messages);
        messages.filter(|message| message.kept != Kept::Deleted)
    }

    /// Twilio's copy of one message.
    pub(super) fn copy_of(&mut self, sid: MessageSid) -> Option<&mut Message> {
        let found = self.threads.values_mut().find_map(|thread| thread.find_mut(sid));
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

/// An address without its channel.
pub(super) fn number(address: &str) -> String {
    address.split_once(':').map_or(address, |(_, number)| number).to_owned()
}

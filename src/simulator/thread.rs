//! One conversation as both sides see it: messages, session, and whose turn it is.

use std::collections::VecDeque;

use super::{lane::Lane, message::Message};
use crate::{
    conversation::{Session, clock::Timestamp},
    message::{MessageSid, Status},
};

/// Most messages of a conversation that are kept.
const MOST_MESSAGES: usize = 10_000;

/// One conversation.
#[derive(Debug, Default)]
pub(super) struct Thread {
    /// Oldest first.
    messages: VecDeque<Message>,
    session: Option<Session>,
    /// Until when the bot is seen to type.
    pub(super) typing_until: Option<Timestamp>,
    /// Messages on their way to the bot.
    pub(super) lane: Lane,
    /// Statuses on their way to the bot.
    pub(super) reports: Lane,
}

impl Thread {
    pub(super) fn messages(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages.iter()
    }

    pub(super) fn newest(&self) -> Option<&Message> {
        self.messages.back()
    }

    pub(super) fn find(&self, sid: MessageSid) -> Option<&Message> {
        self.messages.iter().rev().find(|message| message.sid == sid)
    }

    pub(super) fn find_mut(&mut self, sid: MessageSid) -> Option<&mut Message> {
        self.messages.iter_mut().rev().find(|message| message.sid == sid)
    }

    /// Adds a message, and gives the one that there is no room for any more; a message of the person
    /// opens the session.
    pub(super) fn push(&mut self, message: Message) -> Option<Message> {
        if message.is_inbound() {
            self.session = Some(Session::opened_at(message.created_at));
        } else {
            self.typing_until = None;
        }
        let is_full = self.messages.len() == MOST_MESSAGES;
        let oldest = if is_full { self.messages.pop_front() } else { None };
        self.messages.push_back(message);
        oldest
    }

    /// Messages of the bot that the person has not looked at.
    pub(super) fn unread(&self) -> impl Iterator<Item = &Message> {
        let is_unread =
            |message: &&Message| !message.is_inbound() && message.status == Status::Delivered;
        self.messages.iter().filter(is_unread)
    }

    /// The session, unless it is over.
    pub(super) fn open_session(&self, now: Timestamp) -> Option<Session> {
        self.session.filter(|session| session.is_open(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::said::Said;

    #[test]
    fn the_newest_messages_are_kept() {
        let [from, to] = ["+15005550006", "+14155238886"].map(|number| number.parse().unwrap());
        let (from, to): (crate::message::Address, crate::message::Address) = (from, to);
        let mut thread = Thread::default();
        for number in 0..10_010 {
            let sid = MessageSid::new(number);
            let now = Timestamp::from_millis(0);
            let given = Said::default();
            thread.push(Message::inbound(sid, from.clone(), to.clone(), &given, now));
        }
        assert_eq!(thread.messages().count(), 10_000);
        assert!(thread.find(MessageSid::new(9)).is_none());
        assert!(thread.find(MessageSid::new(10)).is_some());
    }
}

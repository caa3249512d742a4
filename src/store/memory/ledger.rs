//! Deliveries in memory, by their sid.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use super::super::{
    DELIVERIES_KEPT, Delivery, Parcel, QUIET, Sent,
    ledger::{Entry, REPORTS_KEPT, is_over, tell_again},
};
use crate::{
    conversation::clock::Timestamp,
    message::{ErrorCode, MessageSid, Status},
};

/// Most messages of which something is known; those that would be forgotten first make room.
const MOST: usize = 100_000;

/// What was sent, and what was heard of it.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    rows: HashMap<MessageSid, Row>,
    /// Messages by the moment until which they are kept.
    kept: BTreeSet<(Timestamp, MessageSid)>,
    /// Deliveries that are not over, by the moment at which somebody is told.
    quiet: BTreeSet<(Timestamp, MessageSid)>,
}

#[derive(Debug)]
struct Row {
    entry: Entry,
    until: Timestamp,
    tell: Option<Timestamp>,
}

impl Ledger {
    /// Notes what was heard; the delivery, and what is to be sent in its place.
    pub(super) fn report(
        &mut self,
        sid: MessageSid,
        status: &Status,
        error: Option<ErrorCode>,
        now: Timestamp,
    ) -> (Option<Delivery>, Option<Parcel>) {
        let Some(mut row) = self.take(sid) else {
            let entry = Entry::new(status.clone(), error, Some(now));
            self.put(sid, entry, now.after(REPORTS_KEPT), None);
            return (None, None);
        };
        row.entry.hear(status, error, now);
        let found = (row.entry.delivery(sid), row.entry.replace(now));
        self.put(sid, row.entry, row.until, row.tell);
        found
    }

    /// Notes that a parcel was sent; what is to be sent in its place, if that is known already.
    pub(super) fn sent(&mut self, parcel: &Parcel, sent: &Sent) -> Option<Parcel> {
        let mut entry = match self.take(sent.sid) {
            Some(row) => row.entry,
            None => Entry::of(parcel, sent),
        };
        entry.attach(parcel, sent);
        let replacement = entry.replace(sent.at);
        let (until, tell) = (sent.at.after(DELIVERIES_KEPT), sent.at.after(QUIET));
        self.put(sent.sid, entry, until, Some(tell));
        replacement
    }

    pub(super) fn delivery(&self, sid: MessageSid) -> Option<Delivery> {
        self.rows.get(&sid)?.entry.delivery(sid)
    }

    pub(super) fn unreported(&mut self, now: Timestamp, most: usize) -> Vec<Delivery> {
        let waiting = self.quiet.iter().take_while(|(when, _)| *when <= now).take(most);
        let waiting: Vec<_> = waiting.map(|(_, sid)| *sid).collect();
        let told = waiting.into_iter().filter_map(|sid| {
            let row = self.take(sid)?;
            let delivery = row.entry.delivery(sid)?;
            self.put(sid, row.entry, row.until, Some(tell_again(delivery.sent, now)));
            Some(delivery)
        });
        told.collect()
    }

    pub(super) fn sweep(&mut self, now: Timestamp) {
        let just_before = now.before(Duration::from_millis(1));
        while let Some((until, sid)) = self.kept.first().copied()
            && until <= just_before
        {
            self.take(sid);
        }
    }

    fn take(&mut self, sid: MessageSid) -> Option<Row> {
        let row = self.rows.remove(&sid)?;
        self.kept.remove(&(row.until, sid));
        if let Some(tell) = row.tell {
            self.quiet.remove(&(tell, sid));
        }
        Some(row)
    }

    fn put(&mut self, sid: MessageSid, entry: Entry, until: Timestamp, tell: Option<Timestamp>) {
        let tell = tell.filter(|_| !is_over(&entry.status));
        self.kept.insert((until, sid));
        if let Some(tell) = tell {
            self.quiet.insert((tell, sid));
        }
        self.rows.insert(sid, Row { entry, until, tell });
        if self.rows.len() > MOST
            && let Some((_, first)) = self.kept.first().copied()
        {
            self.take(first);
        }
    }
}

//! The client as the courier's way out.

use async_trait::async_trait;

use super::{Client, Direction, Draft, Message, Search};
use crate::{
    conversation::clock::Timestamp,
    message::{Address, ErrorCode, MessageSid, Status},
    outbound::{Fault, Gateway, Letter, Unsent},
};

/// How many messages are looked at with one request.
const PAGE: u16 = 100;
/// How many pages are looked at for one message.
const MOST_PAGES: usize = 10;

#[async_trait]
impl Gateway for Client {
    async fn send(&self, letter: &Letter<'_>) -> Result<MessageSid, Unsent> {
        let [from, to] = addresses(letter)?;
        let media = letter.message.media.clone();
        let draft = Draft { media, ..Draft::to(to).from(from).body(&*letter.message.body) };
        Ok(self.take(&draft).await?)
    }

    async fn find(&self, letter: &Letter<'_>, since: Timestamp) -> Result<Vec<MessageSid>, Unsent> {
        let [from, to] = addresses(letter)?;
        // Not by the date of sending, which a message that waits in Twilio's queue has not.
        let search =
            Search { to: Some(to), from: Some(from), page_size: Some(PAGE), ..Search::default() };
        let mut page = self.list(&search).await?;
        let mut found = Vec::new();
        for _ in 0..MOST_PAGES {
            // Moments are to the second: one that was cut off is not earlier.
            let since = since.as_millis() / 1_000 * 1_000;
            let is_new = |one: &&Message| one.created.is_none_or(|it| it.as_millis() >= since);
            let new: Vec<_> = page.messages.iter().filter(is_new).collect();
            let ours = new.iter().filter(|message| is_same(message, letter));
            found.extend(ours.map(|message| message.sid));
            if new.is_empty() {
                break;
            }
            match self.next(&page).await? {
                Some(next) => page = next,
                None => break,
            }
        }
        found.reverse();
        Ok(found)
    }

    async fn look(&self, sid: MessageSid) -> Result<Option<(Status, Option<ErrorCode>)>, Unsent> {
        let message = self.fetch(sid).await?;
        Ok(Some((message.status, message.error)))
    }
}

fn addresses(letter: &Letter<'_>) -> Result<[Address; 2], Unsent> {
    let read = |text: &str| text.parse().map_err(|error| Unsent::new(Fault::Refused, error));
    Ok([read(letter.key.sender())?, read(letter.key.contact())?])
}

/// Whether the message says the same, and by the API.
fn is_same(message: &Message, letter: &Letter<'_>) -> bool {
    let Letter { message: asked, .. } = letter;
    message.direction == Direction::OutboundApi
        && message.body.trim_end() == asked.body.trim_end()
        && usize::try_from(message.media).is_ok_and(|media| media == asked.media.len())
}

//! The client as the courier's way out.

use async_trait::async_trait;

use super::{Client, Direction, Draft, Message, Search};
use crate::{
    conversation::clock::Timestamp,
    message::{Address, ErrorCode, Filled, MessageSid, Status},
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
        let draft = Draft::to(to).from(from);
        let draft = if let Some(template) = &letter.message.template {
            with_template(draft, template)
        } else {
            let media = letter.message.media.clone();
            Draft { media, ..draft.body(&*letter.message.body) }
        };
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

/// By Twilio's id of the template, or else by its text, which WhatsApp compares.
fn with_template(draft: Draft, template: &Filled) -> Draft {
    let Some(content) = template.content_sid() else { return draft.body(template.text()) };
    let values = (1..).zip(template.values());
    let variables = values.map(|(number, value)| (u64::to_string(&number), value.clone()));
    Draft { content: Some(content), variables: variables.collect(), ..draft }
}

/// Whether the message says the same, and by the API.
fn is_same(message: &Message, letter: &Letter<'_>) -> bool {
    let Letter { message: asked, .. } = letter;
    let says = |text: &str| message.body.trim_end() == text.trim_end();
    let has_free_form =
        asked.template.is_none() || !asked.body.is_empty() || !asked.media.is_empty();
    let is_free_form = has_free_form
        && says(&asked.body)
        && usize::try_from(message.media).is_ok_and(|media| media == asked.media.len());
    // Of a template that was sent by its id, Twilio may not tell the text yet.
    let is_template = asked.template.as_ref().is_some_and(|template| {
        says(template.text()) || template.content_sid().is_some() && message.body.is_empty()
    });
    message.direction == Direction::OutboundApi && (is_free_form || is_template)
}

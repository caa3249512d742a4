//! A message that a bot asks for by REST: what is refused at once, and what goes on its way.

use std::{sync::Arc, time::Duration};

use super::problem::Problem;
use crate::{
    conversation::{Key, clock::Timestamp},
    message::{
        Address, ContentSid, LONGEST_BODY, MOST_MEDIA, Media, MessagingServiceSid, Outbound,
        Parameters, Status,
    },
    simulator::{
        Simulator,
        carrier::Carrier,
        contents::Filled,
        message::{Callback, Direction, Message, Service},
        posted::{Letter, Scheduled},
        said::{Attached, Place},
        sender::Sender,
        target::Target,
        verdict::Chosen,
    },
    twiml::Method,
};

/// A scheduled message is this far ahead
/// (<https://www.twilio.com/docs/messaging/features/message-scheduling>).
const SOONEST: Duration = Duration::from_mins(15);
const LATEST: Duration = Duration::from_hours(35 * 24);

/// A message that can be taken.
#[derive(Debug)]
pub(super) struct Order {
    from: Address,
    to: Address,
    says: Filled,
    location: Option<Place>,
    callback: Option<Target>,
    service: Option<Service>,
    chosen: Option<Chosen>,
    send_at: Option<Timestamp>,
}

impl Order {
    /// Reads a form by Twilio's rules for the parameters.
    ///
    /// Source: <https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource>.
    pub(super) fn read(carrier: &Carrier, form: &Parameters) -> Result<Self, Problem> {
        let to = form.filled("To").ok_or_else(|| Problem::new(21604, "A 'To' is required"))?;
        let to: Address =
            to.parse().map_err(|error| Problem::new(21211, format!("Invalid 'To': {error}")))?;
        let chosen = chosen(form)?;
        let service = service(form)?;
        let send_at = send_at(carrier, form)?;
        let from = sender(carrier, form, service, &to)?;
        if !to.is_whatsapp() {
            let text = "To and From are on different channels; write whatsapp: before To";
            return Err(Problem::new(21910, text));
        }
        if to == from {
            return Err(Problem::new(63031, "To and From are the same"));
        }
        let says = match &chosen {
            Some(chosen) => template(carrier, chosen)?,
            None => words(form)?,
        };
        let callback = form.filled("StatusCallback").map(Target::read).transpose();
        let callback = callback
            .map_err(|error| Problem::new(21609, format!("Invalid StatusCallback: {error}")))?;
        let service = service.map(|sid| Service { sid, has_chosen: form.filled("From").is_none() });
        let location = location(form, &says.body)?;
        Ok(Self { from, to, says, location, callback, service, chosen, send_at })
    }
}

/// What it says itself.
fn words(form: &Parameters) -> Result<Filled, Problem> {
    let body = form.get("Body").unwrap_or_default().to_owned();
    let media = media(form)?;
    if media.is_empty() && Outbound::text(&*body).is_empty() {
        let text = "A text message body or media urls must be specified.";
        return Err(Problem::new(21619, text));
    }
    if Outbound::text(&*body).is_too_long() {
        let text = format!("The body has more than the {LONGEST_BODY} characters of a message");
        return Err(Problem::new(21617, text));
    }
    Ok(Filled { body, media, buttons: Vec::new() })
}

/// What its content template says with its values.
fn template(carrier: &Carrier, chosen: &Chosen) -> Result<Filled, Problem> {
    let world = carrier.world();
    let content = world.contents.get(chosen.sid);
    let text = || format!("The ContentSid {} is unknown in this account", chosen.sid);
    Ok(content.ok_or_else(|| Problem::new(21655, text()))?.filled(&chosen.values))
}

/// The content template and its values.
fn chosen(form: &Parameters) -> Result<Option<Chosen>, Problem> {
    let values = form.filled("ContentVariables");
    let Some(sid) = form.filled("ContentSid") else {
        return match values {
            Some(_) => Err(Problem::new(21654, "ContentVariables need a ContentSid")),
            None => Ok(None),
        };
    };
    let sid: ContentSid =
        sid.parse().map_err(|error| Problem::new(21655, format!("The ContentSid: {error}")))?;
    let values = serde_json::from_str(values.unwrap_or("{}")).map_err(|_| {
        Problem::new(21656, "The ContentVariables are no JSON object whose values are texts")
    })?;
    Ok(Some(Chosen { sid, values }))
}

/// The Messaging Service; there is one.
fn service(form: &Parameters) -> Result<Option<MessagingServiceSid>, Problem> {
    let Some(text) = form.filled("MessagingServiceSid") else { return Ok(None) };
    let ours = Simulator::SERVICE;
    match text.parse() {
        Ok(sid) if sid == ours => Ok(Some(sid)),
        _ => Err(Problem::new(21701, format!("The simulator has one Messaging Service: {ours}"))),
    }
}

/// When it is to be sent, if that is not now.
fn send_at(carrier: &Carrier, form: &Parameters) -> Result<Option<Timestamp>, Problem> {
    let (kind, time) = (form.filled("ScheduleType"), form.filled("SendAt"));
    let Some(time) = time else {
        return match kind {
            Some(_) => Err(Problem::new(35111, "A ScheduleType needs a SendAt")),
            None => Ok(None),
        };
    };
    if form.filled("MessagingServiceSid").is_none() {
        let text = format!("Scheduling needs a MessagingServiceSid, here {}", Simulator::SERVICE);
        return Err(Problem::new(35118, text));
    }
    if kind != Some("fixed") {
        return Err(Problem::new(35114, "A SendAt needs ScheduleType=fixed"));
    }
    let now = carrier.clock.now();
    let text = "SendAt is a time of ISO 8601, from 15 minutes to 35 days ahead";
    let time = Timestamp::from_iso_8601(time).ok_or_else(|| Problem::new(35114, text))?;
    if time < now.after(SOONEST) || time > now.after(LATEST) {
        return Err(Problem::new(35114, text));
    }
    Ok(Some(time))
}

/// The sender of ours that is named, or that the service chooses.
fn sender(
    carrier: &Carrier,
    form: &Parameters,
    service: Option<MessagingServiceSid>,
    to: &Address,
) -> Result<Address, Problem> {
    let Some(from) = form.filled("From") else {
        let chosen = service.and_then(|_| carrier.sender_for(to));
        let text = "A 'From' phone number or a MessagingServiceSid is required";
        return chosen.ok_or_else(|| Problem::new(21603, text));
    };
    let from: Address =
        from.parse().map_err(|error| Problem::new(21212, format!("Invalid 'From': {error}")))?;
    if carrier.senders.iter().any(|sender| sender.address() == from) {
        return Ok(from);
    }
    Err(if from.is_whatsapp() {
        let text = "Twilio could not find a Channel with the specified From address";
        Problem::new(63007, text)
    } else {
        Problem::new(21606, "The 'From' is none of the simulator's senders; is whatsapp: missing?")
    })
}

fn media(form: &Parameters) -> Result<Vec<Attached>, Problem> {
    let urls = form.iter().filter(|(name, url)| *name == "MediaUrl" && !url.is_empty());
    let urls: Vec<_> = urls.map(|(_, url)| url).collect();
    if urls.len() > MOST_MEDIA {
        return Err(Problem::new(21623, format!("More than {MOST_MEDIA} media")));
    }
    if let Some(url) = urls.iter().find(|url| !url.starts_with("http")) {
        return Err(Problem::new(21620, format!("Invalid media URL: {url}")));
    }
    let attached = urls.into_iter().take(Media::MOST_ON_WHATSAPP).map(|url| {
        let media = Media::at(url);
        Attached { content_type: media.content_type.to_string(), url: media.url }
    });
    Ok(attached.collect())
}

/// The place of a `geo:` action; the body is its name.
fn location(form: &Parameters, body: &str) -> Result<Option<Place>, Problem> {
    let Some(action) = form.filled("PersistentAction") else { return Ok(None) };
    let place = || {
        let (point, address) = match action.strip_prefix("geo:")?.split_once('|') {
            Some((point, address)) => (point, Some(address.to_owned())),
            None => (action.strip_prefix("geo:")?, None),
        };
        let (latitude, longitude) = point.split_once(',')?;
        Some(Place {
            latitude: latitude.trim().parse().ok()?,
            longitude: longitude.trim().parse().ok()?,
            label: Some(body.to_owned()).filter(|body| !body.is_empty()),
            address,
        })
    };
    let text = "PersistentAction is geo:LATITUDE,LONGITUDE, perhaps with |ADDRESS behind it";
    place().map(Some).ok_or_else(|| Problem::parameter(text))
}

impl Carrier {
    /// The sender that the Messaging Service chooses: the one with the newest message of or to the
    /// person, else the first.
    fn sender_for(&self, to: &Address) -> Option<Address> {
        let world = self.world();
        let newest = |address: &Address| {
            world.thread(&Key::new(address, to)).and_then(|thread| Some(thread.newest()?.serial))
        };
        let addresses = self.senders.iter().rev().map(Sender::address);
        addresses.max_by_key(|address| newest(address))
    }

    /// Takes a message; gives it as it is at first. What becomes of it is seen later.
    pub(super) fn mail(self: &Arc<Self>, order: Order) -> Message {
        let Order { from, to, says, location, callback, service, chosen, send_at } = order;
        let Filled { body, media, buttons } = says;
        let key = Key::new(&from, &to);
        let mut world = self.world();
        let sid = world.ids.message(!media.is_empty());
        let configured = self.senders.iter().find(|sender| sender.address() == from);
        let configured = configured.and_then(|sender| sender.status_callback.as_deref());
        let configured = configured.and_then(|url| Target::read(url).ok());
        let mut message = Message::outbound(sid, [from, to], body, media, self.clock.now());
        message.direction = Direction::OutboundApi;
        (message.location, message.buttons) = (location, buttons);
        message.content_sid = chosen.as_ref().map(|chosen| chosen.sid.to_string());
        message.service = service;
        message.status = match (service, send_at) {
            (_, Some(_)) => Status::Scheduled,
            (Some(_), None) => Status::Accepted,
            (None, None) => Status::Queued,
        };
        let target = callback.or(configured);
        message.callbacks =
            target.map(|target| Callback { target, method: Method::Post }).into_iter().collect();
        if let Some(time) = send_at {
            let first = message.clone();
            self.schedule(&mut world, message, Scheduled { time, key, sid, chosen });
            return first;
        }
        let verdict = self.verdict(&mut world, &key, &message, chosen.as_ref());
        message.rule = verdict.as_ref().ok().copied();
        let first = message.clone();
        let letter = Letter { key, message, end: Status::Failed, denial: verdict.err() };
        self.post(&mut world, letter);
        first
    }
}

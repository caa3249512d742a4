//! A message that a bot asks for by REST: what is refused at once, and what goes on its way.

use std::sync::Arc;

use super::problem::Problem;
use crate::{
    conversation::Key,
    message::{Address, LONGEST_BODY, MOST_MEDIA, Media, Outbound, Parameters, Status},
    simulator::{
        carrier::Carrier,
        deliver::Letter,
        message::{Callback, Direction, Message},
        said::{Attached, Place},
        target::Target,
        world::number,
    },
    twiml::Method,
};

/// A message that can be taken.
#[derive(Debug)]
pub(super) struct Order {
    from: Address,
    to: Address,
    body: String,
    media: Vec<Attached>,
    location: Option<Place>,
    callback: Option<Target>,
}

impl Order {
    /// Reads a form by Twilio's rules for the parameters.
    ///
    /// Source: <https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource>.
    pub(super) fn read(carrier: &Carrier, form: &Parameters) -> Result<Self, Problem> {
        let to = form.filled("To").ok_or_else(|| Problem::new(21604, "A 'To' is required"))?;
        let to: Address =
            to.parse().map_err(|error| Problem::new(21211, format!("Invalid 'To': {error}")))?;
        check_unsupported(form)?;
        let from = sender(carrier, form)?;
        if !to.is_whatsapp() {
            let text = "To and From are on different channels; write whatsapp: before To";
            return Err(Problem::new(21910, text));
        }
        if to == from {
            return Err(Problem::new(63031, "To and From are the same"));
        }
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
        let callback = form.filled("StatusCallback").map(Target::read).transpose();
        let callback = callback
            .map_err(|error| Problem::new(21609, format!("Invalid StatusCallback: {error}")))?;
        Ok(Self { from, to, location: location(form, &body)?, body, media, callback })
    }
}

/// The sender of ours that is named.
fn sender(carrier: &Carrier, form: &Parameters) -> Result<Address, Problem> {
    let Some(from) = form.filled("From") else {
        let text = "A 'From' phone number is required; the simulator has no Messaging Services";
        return Err(Problem::new(21603, text));
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

/// What the simulator does not know yet is refused, and never half done.
fn check_unsupported(form: &Parameters) -> Result<(), Problem> {
    if form.filled("ContentSid").is_some() {
        let text = "The ContentSid is unknown: the simulator has no content templates";
        return Err(Problem::new(21655, text));
    }
    if form.filled("ContentVariables").is_some() {
        return Err(Problem::new(21654, "ContentVariables need a ContentSid"));
    }
    if form.filled("ScheduleType").is_some() || form.filled("SendAt").is_some() {
        let text = "Scheduling needs a MessagingServiceSid, and the simulator has none";
        return Err(Problem::new(35118, text));
    }
    Ok(())
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
    /// Takes a message; gives it as it is at first. What becomes of it is seen later.
    pub(super) fn mail(self: &Arc<Self>, order: Order) -> Message {
        let Order { from, to, body, media, location, callback } = order;
        let key = Key::new(&from, &to);
        let now = self.clock.now();
        let mut world = self.world();
        let is_known = world.phone(&number(to.as_str())).is_some();
        let is_open = world.thread(&key).is_some_and(|thread| thread.open_session(now).is_some());
        let (end, failure) = if !is_known {
            let why = format!("{to} is none of the simulator's people");
            (Status::Failed, Some((63003, why)))
        } else if !is_open {
            let why = format!("{} has not written to {} for 24 hours", to.id(), from.id());
            (Status::Failed, Some((63016, format!("{why}: only a template may be sent"))))
        } else {
            (Status::Delivered, None)
        };
        let sid = world.ids.message(!media.is_empty());
        let configured = self.senders.iter().find(|sender| sender.address() == from);
        let configured = configured.and_then(|sender| sender.status_callback.as_deref());
        let configured = configured.and_then(|url| Target::read(url).ok());
        let mut message = Message::outbound(sid, [from, to], body, media, now);
        message.direction = Direction::OutboundApi;
        message.location = location;
        let target = callback.or(configured);
        message.callbacks =
            target.map(|target| Callback { target, method: Method::Post }).into_iter().collect();
        let queued = message.clone();
        self.post(&mut world, Letter { key, message, end, failure });
        queued
    }
}

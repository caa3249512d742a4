//! Which conversation: one sender of ours and one contact.

use std::fmt;

use crate::message::{Address, Inbound};

/// One sender of ours and one contact: the key of a conversation.
///
/// It is compared and hashed as one text, `sender` and `contact` with a space between them.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(Box<str>);

impl Key {
    /// The conversation of this sender with this contact.
    #[must_use]
    pub fn new(sender: &Address, contact: &Address) -> Self {
        let (sender, contact) = (sender.as_str(), contact.as_str());
        let mut text = String::with_capacity(sender.len() + 1 + contact.len());
        text.push_str(sender);
        text.push(' ');
        text.push_str(contact);
        Self(text.into())
    }

    /// The conversation that this message belongs to.
    #[must_use]
    pub fn of(message: &Inbound) -> Self {
        Self::new(&message.to, &message.from)
    }

    /// Our address.
    #[must_use]
    pub fn sender(&self) -> &str {
        self.0.split_once(' ').map_or("", |(sender, _)| sender)
    }

    /// The person's address.
    #[must_use]
    pub fn contact(&self) -> &str {
        self.0.split_once(' ').map_or("", |(_, contact)| contact)
    }

    /// Both, with a space between them: no address contains one.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Beside this conversation: where its messages wait whose replies took too long. They hold up
    /// each other there, and nothing that is to be sent.
    pub(crate) fn late(&self) -> Self {
        Self(format!("{} late:{}", self.sender(), self.contact()).into())
    }

    /// The key that a store has kept as [`as_str`](Self::as_str); `None` if it is damaged.
    #[allow(dead_code, reason = "only durable stores keep keys")]
    pub(crate) fn revive(text: &str) -> Option<Self> {
        (text.matches(' ').count() == 1).then(|| Self(text.into()))
    }
}

/// Hides the middle of the numbers.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let masked = |text: &str| text.parse::<Address>().map(|a| a.masked().to_string());
        match (masked(self.sender()), masked(self.contact())) {
            (Ok(sender), Ok(contact)) => write!(f, "{sender} {contact}"),
            _ => f.write_str("•••"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_keeps_both_sides_apart() {
        let [sender, contact] =
            ["whatsapp:+14155238886", "whatsapp:+15005550006"].map(|a| a.parse().unwrap());
        let key = Key::new(&sender, &contact);
        assert_eq!((key.sender(), key.contact()), (sender.as_str(), contact.as_str()));
        assert_ne!(key, Key::new(&contact, &sender));
        assert_eq!(format!("{key:?}"), "whatsapp:+1415•••8886 whatsapp:+1500•••0006");
    }

    #[test]
    fn what_is_late_waits_beside_the_conversation() {
        let [sender, contact] =
            ["whatsapp:+14155238886", "whatsapp:+15005550006"].map(|a| a.parse().unwrap());
        let key = Key::new(&sender, &contact);
        assert_ne!(key.late(), key);
        assert_eq!(Key::revive(key.late().as_str()), Some(key.late()));
        assert!(!format!("{:?}", key.late()).contains("5550006"));
    }
}

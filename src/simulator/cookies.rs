//! Cookies as Twilio keeps them: a jar for each conversation, for four hours of silence.

use std::{collections::HashMap, time::Duration};

use crate::conversation::{Key, clock::Timestamp};

/// How long a jar is kept after it was last used
/// (<https://www.twilio.com/docs/messaging/twiml>).
const KEPT: Duration = Duration::from_hours(4);
/// Most cookies in a jar; browsers have about as much room.
const MOST: usize = 50;

/// The jars of all conversations.
#[derive(Debug, Default)]
pub(super) struct Jars(HashMap<Key, Jar>);

#[derive(Debug)]
struct Jar {
    used: Timestamp,
    /// Host, name and value.
    cookies: Vec<(String, String, String)>,
}

impl Jars {
    /// The `Cookie` header for this host, if there is any cookie.
    pub(super) fn header(&mut self, key: &Key, host: &str, now: Timestamp) -> Option<String> {
        let jar = self.0.get_mut(key)?;
        if now.since(jar.used) >= KEPT {
            self.0.remove(key);
            return None;
        }
        jar.used = now;
        let mine = jar.cookies.iter().filter(|(known, ..)| known == host);
        let pairs: Vec<_> = mine.map(|(_, name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Keeps what a `Set-Cookie` header says.
    pub(super) fn keep(&mut self, key: &Key, host: &str, header: &str, now: Timestamp) {
        let mut parts = header.split(';');
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() {
            return;
        }
        let is_over = parts.any(|part| {
            let (name, age) = part.split_once('=').unwrap_or_default();
            name.trim().eq_ignore_ascii_case("max-age")
                && age.trim().parse::<i64>().is_ok_and(|seconds| seconds <= 0)
        });
        let jar =
            self.0.entry(key.clone()).or_insert_with(|| Jar { used: now, cookies: Vec::new() });
        jar.used = now;
        jar.cookies.retain(|(known, other, _)| known != host || other != name);
        if !is_over && jar.cookies.len() < MOST {
            jar.cookies.push((host.to_owned(), name.to_owned(), value.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_come_back_to_their_host_until_four_hours_of_silence() {
        let key = |contact: &str| {
            let [sender, contact] = ["+14155238886", contact].map(|number| number.parse().unwrap());
            Key::new(&sender, &contact)
        };
        let (ana, ben) = (key("+15005550006"), key("+15005550007"));
        let noon = Timestamp::from_millis(0);
        let mut jars = Jars::default();
        jars.keep(&ana, "h:1", "step=2; Path=/; HttpOnly", noon);
        jars.keep(&ana, "h:1", "name=Ana", noon);
        jars.keep(&ana, "h:1", "step=3", noon);
        jars.keep(&ana, "h:1", "nonsense", noon);
        let mut header =
            |key, host, hours| jars.header(key, host, noon.after(Duration::from_hours(hours)));
        assert_eq!(header(&ana, "h:1", 3).as_deref(), Some("name=Ana; step=3"));
        assert_eq!(header(&ana, "h:2", 3), None);
        assert_eq!(header(&ben, "h:1", 3), None);
        assert_eq!(header(&ana, "h:1", 6).as_deref(), Some("name=Ana; step=3"));
        assert_eq!(header(&ana, "h:1", 10), None);
        assert_eq!(header(&ana, "h:1", 10), None);
    }

    #[test]
    fn a_cookie_that_is_over_is_forgotten() {
        let key = Key::new(&"+14155238886".parse().unwrap(), &"+15005550006".parse().unwrap());
        let now = Timestamp::from_millis(0);
        let mut jars = Jars::default();
        jars.keep(&key, "h", "a=1", now);
        jars.keep(&key, "h", "b=1", now);
        jars.keep(&key, "h", "a=; Max-Age=0", now);
        assert_eq!(jars.header(&key, "h", now).as_deref(), Some("b=1"));
    }
}

//! A webhook call as Twilio makes it: time limit, cookies, redirects, and credentials on demand.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::{
    carrier::Carrier,
    client::{self, Received, Trouble},
    target::{InvalidUrl, Target, resolve},
    wire::Wire,
};
use crate::{
    conversation::{Key, clock::Timestamp},
    message::Parameters,
    twiml::Method,
};

/// Most redirects that are followed in a row; Twilio does not say how many it follows.
const MOST_REDIRECTS: usize = 5;

/// One request of a call and what came of it.
#[derive(Debug)]
pub(super) struct Hop {
    pub(super) wire: Wire,
    pub(super) started: Timestamp,
    pub(super) took: Duration,
    pub(super) received: Option<Received>,
    pub(super) trouble: Option<Trouble>,
}

impl Carrier {
    /// What is sent to this target, with the cookies of the conversation.
    pub(super) fn wire(
        &self,
        key: &Key,
        target: Target,
        method: Method,
        parameters: Parameters,
        token: &str,
    ) -> Wire {
        let now = self.clock.now();
        let cookies = self.world().jars.header(key, target.authority(), now);
        Wire::new(&self.signer, target, method, parameters, token).with_cookies(cookies)
    }

    /// Makes a call: the request, and those to which its answers lead. There is at least one.
    pub(super) async fn call(&self, key: &Key, wire: Wire) -> Vec<Hop> {
        // Twilio's limits are about real time, however the simulator's clock is turned.
        let deadline = Instant::now() + wire.target.overrides.total;
        let mut hops: Vec<Hop> = Vec::new();
        let mut next = Some((wire, false));
        while let Some((wire, is_authorized)) = next.take() {
            let mut hop = self.exchange(key, wire, is_authorized, deadline).await;
            if !is_authorized && asks_for_credentials(&hop) {
                next = Some((hop.wire.clone(), true));
            } else {
                match self.redirected(key, &hop, hops.len()) {
                    Ok(wire) => next = wire.map(|wire| (wire, false)),
                    Err(trouble) => hop.trouble = Some(trouble),
                }
            }
            hops.push(hop);
        }
        hops
    }

    async fn exchange(&self, key: &Key, wire: Wire, is_authorized: bool, deadline: Instant) -> Hop {
        let (started, start) = (self.clock.now(), Instant::now());
        let total = wire.target.overrides.total;
        let outcome = timeout_at(deadline, client::send(&wire, is_authorized))
            .await
            .unwrap_or(Err(Trouble::TotalTimedOut(total)));
        let took = start.elapsed();
        let (received, trouble) = match outcome {
            Ok(received) => (Some(received), None),
            Err(trouble) => (None, Some(trouble)),
        };
        let headers = received.iter().flat_map(|received| &received.headers);
        for (_, cookie) in headers.filter(|(name, _)| name == "set-cookie") {
            let now = self.clock.now();
            self.world().jars.keep(key, wire.target.authority(), cookie, now);
        }
        Hop { wire, started, took, received, trouble }
    }

    /// The request that this answer leads to, if it is a redirect.
    fn redirected(&self, key: &Key, hop: &Hop, before: usize) -> Result<Option<Wire>, Trouble> {
        let Some(received) = &hop.received else { return Ok(None) };
        let Some(location) = received.header("location") else { return Ok(None) };
        let from = &hop.wire;
        // Like a browser of old, Twilio asks again by GET and leaves the parameters behind, unless
        // the status forbids it.
        let (method, parameters) = match (received.status, from.method) {
            (307 | 308, Method::Post) => (Method::Post, from.parameters.clone()),
            (301..=303 | 307 | 308, _) => (Method::Get, Parameters::new()),
            _ => return Ok(None),
        };
        if before == MOST_REDIRECTS {
            return Err(Trouble::Redirects(MOST_REDIRECTS));
        }
        let mut target = resolve(&from.target.url, location)
            .ok_or(InvalidUrl::Malformed)
            .and_then(|url| Target::read(&url))
            .map_err(Trouble::Location)?;
        target.overrides = from.target.overrides.clone();
        Ok(Some(self.wire(key, target, method, parameters, &from.token)))
    }
}

fn asks_for_credentials(hop: &Hop) -> bool {
    let asked = hop.received.as_ref().is_some_and(|received| {
        let scheme = received.header("www-authenticate").unwrap_or_default();
        received.status == 401
            && scheme.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic"))
    });
    asked && hop.wire.target.credentials.is_some()
}

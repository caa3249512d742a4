//! What leaves a courier, and when.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chinwag::{
    conversation::{
        Key,
        clock::{Clock, ManualClock, Timestamp},
    },
    message::MessageSid,
    outbound::{Courier, Fault, Gateway, Letter, Rate, Unsent},
    store::Store,
};

/// Takes messages and notes them; of those for which the dice say so it is not known to have any.
#[derive(Debug)]
pub(crate) struct Wire {
    clock: Arc<ManualClock>,
    /// One in so many tries fails; none if it is 0.
    fails: u64,
    tries: Mutex<u64>,
    sent: Mutex<Vec<Sent>>,
}

/// One try to send a message.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) key: Key,
    pub(crate) at: Timestamp,
    pub(crate) is_free_form: bool,
    /// The gateway took it.
    pub(crate) is_taken: bool,
}

impl Wire {
    pub(crate) fn new(clock: &Arc<ManualClock>, fails: u64) -> Arc<Self> {
        let (tries, sent) = (Mutex::default(), Mutex::default());
        Arc::new(Self { clock: Arc::clone(clock), fails, tries, sent })
    }

    /// Sends all that may be sent now, and says what left.
    pub(crate) async fn sends(self: &Arc<Self>, store: &Arc<dyn Store>) -> Vec<Sent> {
        let courier =
            Courier::new(Arc::clone(store), Arc::clone(&self.clock) as _, Arc::clone(self))
                .rate(Rate::UNLIMITED);
        while courier.round().await.unwrap() > 0 {}
        std::mem::take(&mut *self.sent.lock().unwrap())
    }
}

#[async_trait]
impl Gateway for Wire {
    async fn send(&self, letter: &Letter<'_>) -> Result<MessageSid, Unsent> {
        let mut tries = self.tries.lock().unwrap();
        *tries += 1;
        let dice = tries.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let is_taken = self.fails == 0 || !dice.is_multiple_of(self.fails);
        let is_free_form = letter.message.template.is_none();
        let (key, at) = (letter.key.clone(), self.clock.now());
        self.sent.lock().unwrap().push(Sent { key, at, is_free_form, is_taken });
        if !is_taken {
            return Err(Unsent::new(Fault::NotSent, "nobody is there"));
        }
        Ok(MessageSid::new(u128::from(*tries)))
    }

    async fn find(&self, _: &Letter<'_>, _: Timestamp) -> Result<Vec<MessageSid>, Unsent> {
        Ok(Vec::new())
    }
}

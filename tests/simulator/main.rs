//! The simulator against small bots that answer in each way in which a webhook can.
#![cfg(feature = "simulator")]

mod answers;
mod calls;
mod conversations;
mod doors;
mod events;
mod statuses;
mod world;

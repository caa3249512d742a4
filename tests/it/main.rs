//! What crosses rooms, in one binary.

mod chat;
mod dispatch;
mod python;
mod webhook;

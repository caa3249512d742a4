//! What crosses rooms, in one binary.

mod dispatch;
mod webhook;

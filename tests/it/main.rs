//! What crosses rooms, in one binary.

mod dispatch;
mod python;
mod webhook;

//! What crosses rooms, in one binary.

mod dispatch;

//! Starts the bots.

fn main() {}

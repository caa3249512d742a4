//! A consent that nobody has given.

use chinwag::conversation::{Consent, Key};

fn invited(key: Key) -> Consent {
    Consent { key }
}

fn main() {}

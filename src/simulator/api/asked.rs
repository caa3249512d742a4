//! What paths and queries name: people, bots, and the one parameter that a query may have.

use axum::http::Uri;

use crate::{
    message::{Address, Parameters},
    simulator::{carrier::Carrier, number, refusal::Refusal, sender::Sender, world::World},
};

/// The person whose number stands in the path.
pub(super) fn person(number: &str) -> Result<Address, Refusal> {
    number::address(number)
        .map_err(|error| Refusal::bad(format!("the number in the path: {error}")))
}

/// Only those who are known have conversations.
pub(super) fn check_known(world: &World, person: &Address) -> Result<(), Refusal> {
    match world.phone(person.id()) {
        Some(_) => Ok(()),
        None => Err(Refusal::missing(format!(
            "nobody has {}; POST /sim/phones adds a person, and so does a message from there",
            person.id()
        ))),
    }
}

/// The bot that a field names.
pub(super) fn bot<'a>(
    carrier: &'a Carrier,
    field: &str,
    number: &str,
) -> Result<&'a Sender, Refusal> {
    let number = number::bare(number);
    carrier.sender(number).ok_or_else(|| {
        Refusal::missing(format!("{field}: no bot has {number}; GET /sim/bots lists them"))
    })
}

/// The one parameter that a path's query may have.
pub(super) fn query(uri: &Uri, name: &str) -> Result<Option<String>, Refusal> {
    let form = Parameters::decode(uri.query().unwrap_or_default().as_bytes())
        .map_err(|error| Refusal::bad(format!("the query: {error}")))?;
    if let Some((other, _)) = form.iter().find(|(known, _)| *known != name) {
        return Err(Refusal::bad(format!("the query has {other}, and only {name} is known here")));
    }
    // In a query a plus sign stands for a space, and people write it all the same.
    Ok(form.filled(name).map(|value| value.replace(' ', "+")))
}

//! What a wish does to a cart, and what is said of it.

use chinwag::markup::{Rich, bold};

use super::{
    cart::{self, Cart},
    menu,
    wish::{self, Wish},
};

/// Letters of a name that are repeated in an answer.
const SHOWN: usize = 30;

/// Puts in what is wished for.
pub(super) fn add(wishes: &[Wish], cart: &mut Cart) -> Rich {
    for_each(wishes, cart, add_one)
}

/// Takes out what is wished for.
pub(super) fn remove(wishes: &[Wish], cart: &mut Cart) -> Rich {
    for_each(wishes, cart, remove_one)
}

fn for_each(wishes: &[Wish], cart: &mut Cart, change: fn(&Wish, &mut Cart) -> Rich) -> Rich {
    if wishes.len() > wish::MOST {
        return format!("That is a lot at once. Please say at most {} things.", wish::MOST).into();
    }
    wishes.iter().map(|wish| change(wish, cart)).fold(Rich::new(), Rich::line)
}

fn add_one(Wish { count, name }: &Wish, cart: &mut Cart) -> Rich {
    let count = count.unwrap_or(1);
    let Some(item) = menu::find(name) else { return unknown(count, name) };
    if count == 0 {
        return format!("How many × {}? Say a number from 1 to {}.", item.name, cart::MOST).into();
    }
    if cart.add(item, count) {
        return "Noted: " + bold(format!("{count} × {}", item.name)) + ".";
    }
    let have = match cart.count(item) {
        0 => String::new(),
        have => format!(", and you have {have}"),
    };
    let most = cart::MOST;
    format!("We can make at most {most} × {} an order{have}. For more, call us.", item.name).into()
}

fn remove_one(Wish { count, name }: &Wish, cart: &mut Cart) -> Rich {
    let Some(item) = menu::find(name) else { return unknown(count.unwrap_or(1), name) };
    match cart.remove(item, count.unwrap_or(u32::MAX)) {
        0 if *count == Some(0) => format!("Nothing is taken out of {}.", item.name).into(),
        0 => format!("There is no {} in your order.", item.name).into(),
        count => "Taken out: " + bold(format!("{count} × {}", item.name)) + ".",
    }
}

fn unknown(count: u32, name: &str) -> Rich {
    let shown: String = name.chars().take(SHOWN).collect();
    let words = if shown.is_empty() {
        Rich::from("Of what?")
    } else {
        format!("We have no “{shown}”.").into()
    };
    match menu::nearest(name) {
        Some(item) => {
            let count = count.clamp(1, cart::MOST);
            words + " Did you mean " + bold(format!("{count} {}", item.name)) + "?"
        }
        None => words + " Say " + bold("menu") + " to see what we have.",
    }
}

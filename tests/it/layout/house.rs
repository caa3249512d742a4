//! The rules of the house, asked of one file at a time.

use std::{collections::HashMap, path::Path};

use super::{
    CRATES, DOORS, LONGEST_EXAMPLE, LONGEST_FILE, NAMES_WITHOUT_AN_IDEA, ROOMS,
    code::{Code, CodePath},
};

/// What the whole house tells about itself before single files are looked at.
pub(super) struct House {
    /// In which room a name of the front door is at home: `Bot` in `dispatch`.
    front_door: HashMap<String, String>,
    /// The crates that `Cargo.toml` names, as they are written in code.
    pub(super) crates: Vec<String>,
}

impl House {
    /// The house with this `src/lib.rs` and this `Cargo.toml`.
    pub(super) fn new(front_door: &str, manifest: &str) -> Self {
        let names = Code::read(front_door).paths().into_iter();
        let homes =
            names.filter_map(|path| Some((path.names.last()?.clone(), path.names[0].clone())));
        let lines = manifest.lines().skip_while(|line| *line != "[dependencies]").skip(1);
        let lines = lines.take_while(|line| !line.starts_with('['));
        let crates = lines.filter_map(|line| Some(as_written(line.split_once('=')?.0.trim())));
        Self { front_door: homes.collect(), crates: crates.collect() }
    }

    /// What one file does that it may not, each as `file:line: what`.
    pub(super) fn offences(&self, file: &str, text: &str) -> Vec<String> {
        let code = Code::read(text);
        let mut offences = Vec::new();
        let mut offend =
            |line: usize, what: String| offences.push(format!("{file}:{line}: {what}"));

        if !begins_with_a_sentence(text) {
            offend(1, "begin with a `//!` sentence that ends with a full stop or a colon".into());
        }
        let stem = Path::new(file).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if NAMES_WITHOUT_AN_IDEA.contains(&stem) {
            offend(1, format!("name the file by its idea, not {stem}"));
        }
        let is_example = file.starts_with("examples/");
        let longest = if is_example { LONGEST_EXAMPLE } else { LONGEST_FILE };
        if code.lines() > longest {
            offend(1, format!("{} lines of code, and {longest} are the limit", code.lines()));
        }
        if is_example && !header(text).contains("```text") {
            offend(1, "show the conversation in the header, in ```text".into());
        }
        if let Some(inside) = file.strip_prefix("src/") {
            for (line, what) in self.wrong_paths(file, inside, &code.paths()) {
                offend(line, what);
            }
        }
        offences.dedup();
        offences
    }

    /// What a file of `src` imports or calls that it may not, and on which line.
    fn wrong_paths(&self, file: &str, inside: &str, paths: &[CodePath]) -> Vec<(usize, String)> {
        let room = inside.split(['/', '.']).next().unwrap_or_default();
        let Some((_, may)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            return vec![(1, format!("the table has no room {room}; give it a row"))];
        };
        let wrong = paths.iter().flat_map(|path| {
            let names: Vec<_> = path.names.iter().map(String::as_str).collect();
            let ours = self.wrong_room(room, may, inside, &names);
            let foreign = self.wrong_crate(room, names[0]);
            let door = wrong_door(file, &in_full(path, paths));
            [ours, foreign, door].into_iter().flatten().map(|what| (path.line, what))
        });
        wrong.collect()
    }

    /// A path to a room of ours that this one may not import.
    fn wrong_room(&self, room: &str, may: &[&str], inside: &str, names: &[&str]) -> Option<String> {
        let ups = names.iter().take_while(|name| **name == "super").count();
        let depth = inside.trim_end_matches("/mod.rs").split('/').count();
        let name = match names[0] {
            "crate" | "chinwag" => names.get(1)?,
            "super" if ups == depth => names.get(ups)?,
            _ => return None,
        };
        let is_room = ROOMS.iter().any(|(known, _)| known == name);
        let wanted = if is_room { name } else { self.front_door.get(*name)?.as_str() };
        let is_wrong = wanted != room && !may.contains(&wanted);
        is_wrong.then(|| format!("room {room} may not import {wanted}"))
    }

    /// A crate that may not stand in this room.
    fn wrong_crate(&self, room: &str, name: &str) -> Option<String> {
        self.crates.iter().find(|known| *known == name)?;
        match CRATES.iter().find(|(known, _)| as_written(known) == name) {
            None => Some(format!("crate {name} has no row; say in which rooms it may stand")),
            Some((_, rooms)) if rooms.contains(&room) => None,
            Some((_, rooms)) => {
                let rooms = rooms.join(", ");
                Some(format!("room {room} may not import {name}, which stands in {rooms}"))
            }
        }
    }
}

/// A call that only another file may make.
fn wrong_door(file: &str, path: &str) -> Option<String> {
    let (call, door) = DOORS.iter().find(|(call, _)| *call == path)?;
    (file != *door).then(|| format!("only {door} may call {call}"))
}

/// A path from where its first name was imported: `Instant::now` as `std::time::Instant::now`.
fn in_full(path: &CodePath, paths: &[CodePath]) -> String {
    let (first, rest) = path.names.split_at(1);
    let import = paths.iter().find(|other| other.is_import && other.names.last() == first.first());
    match import {
        Some(import) if !path.is_import => [&import.names, rest].concat().join("::"),
        _ => path.names.join("::"),
    }
}

/// A crate's name as code spells it.
pub(super) fn as_written(name: &str) -> String {
    name.replace('-', "_")
}

/// The comment on top of a file.
fn header(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(str::trim).collect::<Vec<_>>().join("\n")
}

fn begins_with_a_sentence(text: &str) -> bool {
    let header = header(text);
    let first = header.split("\n\n").next().unwrap_or_default();
    first.ends_with(['.', ':'])
}

/// A house with a front door, three crates, one of them without a row, and a crate for tests.
fn small_house() -> House {
    House::new(
        "pub use dispatch::{Bot, filter::{text, word}}; pub use webhook::Webhook;",
        "[package]\nname = \"x\"\n\n\
         [dependencies]\naxum = \"1\"\nquick-xml = \"1\"\nnew-one = \"1\"\n\
         \n[dev-dependencies]\nproptest = \"1\"\n",
    )
}

// A check that cannot fail is worth nothing: each row is code and what is said of it.

#[test]
fn offences_of_a_file_in_twiml_are_found() {
    const AXUM: &str = "2: room twiml may not import axum, which stands in webhook, simulator, \
                        testkit, main";
    const CLOCK: &str = "2: only src/conversation/clock.rs may call std::time::Instant::now";
    const ENVIRONMENT: &str = "2: only src/main.rs may call std::env::var";
    const DISPATCH: &str = "2: room twiml may not import dispatch";
    const REST: &str = "2: room twiml may not import rest";
    const WEBHOOK: &str = "2: room twiml may not import webhook";
    for (code, said) in [
        ("use crate::message::Address;", ""),
        ("use crate::twiml::Message;", ""),
        ("use crate::webhook::Form;", WEBHOOK),
        ("use crate::webhook;", WEBHOOK),
        ("pub(crate) use crate::{message, rest};", REST),
        ("use crate::{message::{Id, Url}, webhook::{self, Form}};", WEBHOOK),
        ("fn f() { crate::webhook::open() }", WEBHOOK),
        ("fn f() { use crate::webhook::open; }", WEBHOOK),
        ("fn f() -> Box<dyn crate::rest::Get> { x }", REST),
        ("macro_rules! m { () => { $crate::rest::get() } }", REST),
        ("const X: X = format!(\"{}\", crate::rest::X);", REST),
        ("#[cfg(feature = \"x\")] use crate::rest;", REST),
        ("#[cfg(not(test))] use crate::rest;", REST),
        ("#[derive(crate::webhook::Door)] struct S;", WEBHOOK),
        ("use crate::Bot;", DISPATCH),
        ("use crate::{message, word};", DISPATCH),
        ("use super::super::webhook;", WEBHOOK),
        ("use super::webhook;", ""),
        // What is only said or tested is no import.
        ("// use crate::webhook;\n/* crate::webhook::x */", ""),
        ("/// See [`crate::webhook::Form`].\nstruct S;", ""),
        ("/** See [`crate::webhook::Form`]. */ struct S;", ""),
        ("const S: &str = \"use crate::webhook;\";", ""),
        ("const S: &str = r#\"\"crate::webhook::x\"#;", ""),
        ("#[cfg(test)]\nmod tests { use crate::webhook; use axum::Router; }", ""),
        ("#[cfg(test)] use crate::{webhook}; use crate::rest;", REST),
        ("#[cfg(test)] mod tests; fn f() { crate::rest::x() }", REST),
        ("#[cfg(test)] #[path = \"x.rs\"] mod tests; fn f() { crate::rest::x() }", REST),
        ("#[cfg(test)] fn f() { crate::rest::x() } fn g() { crate::webhook::x() }", WEBHOOK),
        // Foreign crates.
        ("use quick_xml::Reader;", ""),
        ("use proptest::prelude;", ""),
        ("use std::fmt; use axum;", AXUM),
        ("fn f(_: &axum::Router) {}", AXUM),
        ("#[axum::debug_handler] fn f() {}", AXUM),
        ("use ::axum as web;", AXUM),
        ("use {std::fmt, axum::Router};", AXUM),
        ("use super::axum::Router; fn f() { x.axum::<u8>() }", ""),
        ("use new_one::New;", "2: crate new_one has no row; say in which rooms it may stand"),
        // Doors.
        ("fn f() { std::time::Instant::now() }", CLOCK),
        ("use std::time::{self, Instant}; fn f() { Instant::now() }", CLOCK),
        ("use std::time; fn f() { time::Instant::now() }", CLOCK),
        ("use tokio::time::Instant; fn f() { Instant::now() }", ""),
        ("fn f() { std::env::var(\"X\") }", ENVIRONMENT),
        ("use std::env; fn f() { env::var(\"X\") }", ENVIRONMENT),
        ("use std::{env::var, fmt};", ENVIRONMENT),
    ] {
        let file = "src/twiml/read.rs";
        let said = (!said.is_empty()).then(|| format!("{file}:{said}"));
        let found = small_house().offences(file, &format!("//! A sentence.\n{code}"));
        assert_eq!(found, Vec::from_iter(said), "{code}");
    }
}

#[test]
fn what_is_allowed_depends_on_the_file() {
    for (file, code, is_allowed) in [
        ("src/twiml/mod.rs", "use self::webhook;", true),
        ("src/twiml/mod.rs", "use super::webhook;", false),
        ("src/twiml/write/body.rs", "use super::super::webhook;", true),
        ("src/twiml/write/body.rs", "use super::super::super::webhook;", false),
        ("src/twiml.rs", "use super::webhook;", false),
        ("src/webhook/mod.rs", "use crate::{dispatch, twiml};", true),
        ("src/webhook/mod.rs", "use crate::rest::Call;", false),
        ("src/rest/mod.rs", "use crate::webhook::Form;", false),
        ("src/dispatch/bot.rs", "use crate::twiml::Message;", false),
        ("src/simulator/phone.rs", "use crate::{rest, webhook, dispatch};", true),
        ("src/main.rs", "use chinwag::{Bot, simulator};", true),
        ("src/testkit/chat.rs", "use chinwag::main;", false),
        ("src/cellar/mod.rs", "", false),
        ("src/webhook/door.rs", "use axum::Router;", true),
        ("src/webhook/door.rs", "use quick_xml::Reader;", false),
        ("tests/it/webhook.rs", "use quick_xml::Reader;", true),
        (
            "src/conversation/clock.rs",
            "use std::time::SystemTime; fn f() { SystemTime::now(); }",
            true,
        ),
        (
            "src/conversation/key.rs",
            "use std::time::SystemTime; fn f() { SystemTime::now(); }",
            false,
        ),
        ("src/main.rs", "fn f() { std::env::var(\"X\"); }", true),
        ("bots/src/main.rs", "fn f() { std::env::var(\"X\"); }", true),
        ("src/twiml/types.rs", "", false),
        ("tests/it/helpers.rs", "", false),
        ("examples/hello.rs", "", false),
    ] {
        let found = small_house().offences(file, &format!("//! A sentence.\n{code}"));
        assert_eq!(found.len(), usize::from(!is_allowed), "{file}: {code}: {found:?}");
    }
}

#[test]
fn all_offences_are_told_at_once() {
    let code = "No sentence;\n\nuse axum::Router;\nuse crate::{rest, webhook};\n";
    let offences = small_house().offences("src/twiml/util.rs", &format!("//! {code}{code}"));
    let lines: Vec<_> = offences.iter().map(|offence| offence.split(':').nth(1)).collect();
    assert_eq!(lines, ["1", "1", "3", "4", "4", "7", "8", "8"].map(Some), "{offences:?}");
}

#[test]
fn headers_are_sentences() {
    for (text, is_one) in [
        ("//! A sentence.\n", true),
        ("//! A sentence that goes on\n//! here.\n\nuse x;", true),
        ("//! A sentence:\n//!\n//! - a list", true),
        ("//! A title\n//!\n//! A sentence.\n", false),
        ("//! No stop\n", false),
        ("// A sentence.\n", false),
        ("/// A sentence.\nstruct S;", false),
        ("use x;\n//! Too late.\n", false),
        ("", false),
    ] {
        assert_eq!(begins_with_a_sentence(text), is_one, "{text}");
    }
}

#[test]
fn long_files_and_long_examples_are_found() {
    for (file, lines, is_too_long) in [
        ("src/twiml/read.rs", LONGEST_FILE, false),
        ("src/twiml/read.rs", LONGEST_FILE + 1, true),
        ("examples/hello.rs", LONGEST_EXAMPLE, false),
        ("examples/hello.rs", LONGEST_EXAMPLE + 1, true),
    ] {
        let code = "// A comment.\nfn f() {}\n\n".repeat(lines);
        let tests = "#[cfg(test)]\nmod tests {\n    fn f() {}\n}\n";
        let text = format!("//! A sentence.\n//!\n//! ```text\n//! ```\n\n{code}{tests}");
        let offences = small_house().offences(file, &text);
        assert_eq!(offences.len(), usize::from(is_too_long), "{file}: {offences:?}");
    }
}

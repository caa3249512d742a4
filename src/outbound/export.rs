//! All opt-ins and STOPs of a store, for whoever asks for the proof.

use std::io::Write;

use serde::Serialize;

use super::{Notifier, Unsaid};
use crate::conversation::{Key, Record, clock::Timestamp};

/// Conversations that are read at a time.
const AT_ONCE: usize = 500;

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// RFC 4180, with a line of names first. A cell that a spreadsheet would compute begins with an
    /// apostrophe.
    Csv,
    /// A JSON object in each line.
    JsonLines,
}

/// One line: an opt-in, or the STOP that holds.
#[derive(Serialize)]
struct Row<'a> {
    sender: &'a str,
    contact: &'a str,
    what: &'static str,
    at: Timestamp,
    when: String,
    how: &'a str,
    words: &'a str,
}

impl Notifier {
    /// Writes all opt-ins that the store has, and the STOPs that hold: sender, contact, what
    /// (`opt-in` or `stop`), when, how, and with which words. Says how many lines these are.
    ///
    /// Conversations come in an order of the store's own. What changes meanwhile may be in it or
    /// not.
    ///
    /// # Errors
    /// If the store fails, or the lines cannot be written.
    pub async fn export(&self, form: Form, to: &mut (impl Write + Send)) -> Result<u64, Unsaid> {
        if form == Form::Csv {
            to.write_all(b"sender,contact,what,when,how,words\r\n")?;
        }
        let (mut after, mut count) = (None, 0);
        loop {
            let page = self.store.consents(after.as_ref(), AT_ONCE, self.clock.now()).await?;
            let Some((last, _)) = page.last() else { return Ok(count) };
            after = Some(last.clone());
            for (key, record) in &page {
                for row in rows(key, record) {
                    to.write_all(row.line(form).as_bytes())?;
                    count += 1;
                }
            }
        }
    }
}

fn rows<'a>(key: &'a Key, record: &'a Record) -> impl Iterator<Item = Row<'a>> {
    let row = |what, at: Timestamp, how, words| Row {
        sender: key.sender(),
        contact: key.contact(),
        what,
        at,
        when: at.to_string(),
        how,
        words,
    };
    let opt_ins = record.opt_ins().iter();
    let opt_ins = opt_ins.map(move |one| row("opt-in", one.at, &*one.how, &*one.words));
    opt_ins.chain(record.stopped().map(|one| row("stop", one.at, "message", &*one.words)))
}

impl Row<'_> {
    fn line(&self, form: Form) -> String {
        match form {
            Form::JsonLines => {
                serde_json::to_string(self).expect("texts and numbers are always JSON") + "\n"
            }
            Form::Csv => {
                let Self { sender, contact, what, when, how, words, .. } = self;
                let cells = [sender, contact, *what, when, how, words].map(cell);
                cells.join(",") + "\r\n"
            }
        }
    }
}

/// In quotes if it needs them, and never a formula
/// (<https://owasp.org/www-community/attacks/CSV_Injection>).
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\r', '\n']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formulas() {
        for (text, expected) in [
            ("plain", "plain"),
            ("a, b", "\"a, b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("+15005550006", "'+15005550006"),
            ("@x,y", "\"'@x,y\""),
            ("", ""),
        ] {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }
}

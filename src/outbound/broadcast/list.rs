//! A broadcast's list as a CSV file: all of it is checked before anybody is told.

use std::{
    collections::HashMap,
    fmt,
    fs::File,
    io::{self, BufReader, Bytes, Cursor, Read},
    iter::Peekable,
    path::PathBuf,
    sync::Arc,
};

use csv::{ErrorKind, Position, Reader, ReaderBuilder, StringRecord};

use super::Line;
use crate::message::{Address, Channel, InvalidAddress, InvalidValues, Template};

/// The column that says who is told; the others are the numbers of the template's places.
const CONTACT: &str = "contact";
/// Flaws that are told one by one.
const TOLD: usize = 20;

/// A list that was checked: a CSV file with the column `contact` and, for each place of the template,
/// a column that is its number; others are left alone.
///
/// ```text
/// contact,1,2
/// +15005550006,Ana,Friday
/// ```
///
/// A contact is an address, or a number, which is on the sender's channel. The separator is a comma,
/// or a semicolon if the first line has no comma.
#[derive(Debug, Clone)]
pub struct List {
    source: Source,
    template: Template,
    sender: Address,
    lines: u64,
}

#[derive(Debug, Clone)]
enum Source {
    File(PathBuf),
    Bytes(Arc<[u8]>),
}

/// Why a list cannot be told; nobody was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidList {
    /// It cannot be read.
    #[error("the list cannot be read: {0}")]
    Read(#[from] io::Error),
    /// A column is missing.
    #[error(
        "line 1: there is no column {0:?}; the first line must name contact and the template's places, as in contact,1,2"
    )]
    Column(String),
    /// These lines are wrong, and perhaps more.
    #[error("{}", told(.lines, .more))]
    Lines {
        /// The first of them.
        lines: Vec<InvalidLine>,
        /// How many more there are.
        more: u64,
    },
}

/// What is wrong with one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidLine {
    /// Its number; the line of names is 1.
    pub line: u64,
    /// What is wrong.
    pub flaw: Flaw,
}

/// What is wrong with a line of a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// The contact is no address.
    #[error("the contact is no address: {0}")]
    Address(#[from] InvalidAddress),
    /// The contact is not on the sender's channel.
    #[error("the contact is on another channel than the sender")]
    Channel,
    /// A value does not go into the template.
    #[error("{0}")]
    Values(#[from] InvalidValues),
    /// The contact stands in an earlier line.
    #[error("the contact stands in line {0} already")]
    Twice(u64),
    /// It has more or fewer cells than the first line.
    #[error("it has {found} cells, and the first line has {expected}")]
    Cells {
        /// How many it has.
        found: u64,
        /// How many the first line has.
        expected: u64,
    },
    /// It is not UTF-8.
    #[error("it is not written in UTF-8")]
    Utf8,
}

impl fmt::Display for InvalidLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.flaw)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the fields come as references")]
fn told(lines: &[InvalidLine], more: &u64) -> String {
    let mut told: Vec<_> = lines.iter().map(InvalidLine::to_string).collect();
    if *more > 0 {
        told.push(format!("and {more} more"));
    }
    told.join("\n")
}

impl List {
    /// Checks this file, which is read again when it is told.
    ///
    /// # Errors
    /// If it cannot be read, or any line cannot be told.
    pub fn open(
        file: impl Into<PathBuf>,
        template: &Template,
        sender: &Address,
    ) -> Result<Self, InvalidList> {
        Self::check(Source::File(file.into()), template, sender)
    }

    /// Checks these bytes of a file.
    ///
    /// # Errors
    /// If any line cannot be told.
    pub fn of(
        bytes: impl Into<Arc<[u8]>>,
        template: &Template,
        sender: &Address,
    ) -> Result<Self, InvalidList> {
        Self::check(Source::Bytes(bytes.into()), template, sender)
    }

    /// How many lines there are, without the line of names.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// The lines, in their order, for [`Broadcast::tell`](super::Broadcast::tell). One that was
    /// spoilt since it was checked is left out, and the log says so.
    ///
    /// # Errors
    /// If the file cannot be read any more.
    pub fn read(&self) -> Result<impl Iterator<Item = Line> + Send + use<>, InvalidList> {
        let reading = self.reading()?;
        let or_log = |line: Result<Line, InvalidLine>| {
            line.inspect_err(|invalid| {
                tracing::error!(line = invalid.line, error = %invalid.flaw, "a line was spoilt");
            })
            .ok()
        };
        Ok(reading.filter_map(or_log))
    }

    fn check(source: Source, template: &Template, sender: &Address) -> Result<Self, InvalidList> {
        let (template, sender) = (template.clone(), sender.clone());
        let mut list = Self { source, template, sender, lines: 0 };
        let (mut seen, mut wrong, mut more) = (HashMap::new(), Vec::new(), 0);
        for line in list.reading()? {
            list.lines += 1;
            let checked =
                line.and_then(|Line { number, contact, .. }| match seen.insert(contact, number) {
                    Some(first) => Err(InvalidLine { line: number, flaw: Flaw::Twice(first) }),
                    None => Ok(()),
                });
            match checked {
                Err(invalid) if wrong.len() < TOLD => wrong.push(invalid),
                Err(_) => more += 1,
                Ok(()) => {}
            }
        }
        if wrong.is_empty() { Ok(list) } else { Err(InvalidList::Lines { lines: wrong, more }) }
    }

    fn reading(&self) -> Result<Reading, InvalidList> {
        let open = || -> io::Result<Box<dyn Read + Send>> {
            Ok(match &self.source {
                Source::File(path) => Box::new(File::open(path)?),
                Source::Bytes(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
            })
        };
        let mut reader = ReaderBuilder::new().from_reader(open()?);
        let mut names = reader.headers().map_err(unread)?.clone();
        if names.len() == 1 && names[0].contains(';') {
            reader = ReaderBuilder::new().delimiter(b';').from_reader(open()?);
            names = reader.headers().map_err(unread)?.clone();
        }
        let column = |name: &str| {
            let at = names.iter().position(|known| known.trim() == name);
            at.ok_or_else(|| InvalidList::Column(name.to_owned()))
        };
        let contact = column(CONTACT)?;
        let places = 1..=self.template.places();
        let values = places.map(|number| column(&number.to_string())).collect::<Result<_, _>>()?;
        let (template, sender) = (self.template.clone(), self.sender.clone());
        let count = Count { bytes: BufReader::new(open()?).bytes().peekable(), at: 0, line: 1 };
        Ok(Reading { reader, count, contact, values, template, sender })
    }
}

fn unread(error: csv::Error) -> InvalidList {
    match error.into_kind() {
        ErrorKind::Io(error) => InvalidList::Read(error),
        _ => InvalidList::Lines { lines: vec![InvalidLine { line: 1, flaw: Flaw::Utf8 }], more: 0 },
    }
}

/// A list on its way through.
struct Reading {
    reader: Reader<Box<dyn Read + Send>>,
    count: Count,
    /// Which cells are asked for.
    contact: usize,
    values: Vec<usize>,
    template: Template,
    sender: Address,
}

impl Iterator for Reading {
    type Item = Result<Line, InvalidLine>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = StringRecord::new();
        let flaw = match self.reader.read_record(&mut record) {
            Ok(false) => return None,
            Ok(true) => {
                let number = self.count.line(record.position());
                let line = self.line(number, &record);
                return Some(line.map_err(|flaw| InvalidLine { line: number, flaw }));
            }
            Err(error) => match error.kind() {
                ErrorKind::UnequalLengths { len, expected_len, pos } => {
                    (pos.clone(), Flaw::Cells { found: *len, expected: *expected_len })
                }
                _ => (error.position().cloned(), Flaw::Utf8),
            },
        };
        let (position, flaw) = flaw;
        Some(Err(InvalidLine { line: self.count.line(position.as_ref()), flaw }))
    }
}

/// Counts lines, as people do: the reader of cells passes over blank ones.
struct Count {
    bytes: Peekable<Bytes<BufReader<Box<dyn Read + Send>>>>,
    at: u64,
    line: u64,
}

impl Count {
    /// The line in which the record begins that the reader has found there.
    fn line(&mut self, position: Option<&Position>) -> u64 {
        let place = position.map_or(self.at, Position::byte);
        let is_before = |at: u64, byte: u8| at < place || matches!(byte, b'\r' | b'\n');
        while let Some(byte) =
            self.bytes.next_if(|byte| byte.as_ref().is_ok_and(|byte| is_before(self.at, *byte)))
        {
            self.at += 1;
            self.line += u64::from(byte.is_ok_and(|byte| byte == b'\n'));
        }
        self.line
    }
}

impl Reading {
    fn line(&self, number: u64, record: &StringRecord) -> Result<Line, Flaw> {
        // Spreadsheets are kept from taking a number for a sum by an apostrophe before it.
        let cell = |at: usize| record.get(at).unwrap_or_default().trim();
        let text = cell(self.contact);
        let text = text.strip_prefix('\'').unwrap_or(text);
        let contact = if text.starts_with('+') && self.sender.is_whatsapp() {
            Address::whatsapp(text)?
        } else {
            text.parse::<Address>()?
        };
        let channel = |address: &Address| match address.channel() {
            Channel::Other(other) => other.to_owned(),
            channel => format!("{channel:?}:"),
        };
        if channel(&contact) != channel(&self.sender) {
            return Err(Flaw::Channel);
        }
        let template = self.template.fill(self.values.iter().map(|at| cell(*at)))?;
        Ok(Line { number, contact, template })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template() -> Template {
        Template::new("sale", "Hello {{1}}, come on {{2}}.").unwrap()
    }

    fn sender() -> Address {
        "whatsapp:+14155238886".parse().unwrap()
    }

    fn checked(text: &str) -> Result<List, InvalidList> {
        List::of(text.as_bytes(), &template(), &sender())
    }

    #[test]
    fn a_list_is_told_in_its_order() {
        for text in [
            "contact,1,2\n+15005550006,Ana,Friday\nwhatsapp:+15005550007,Ben,\"Mon, 8 am\"\n",
            "\u{feff}2;contact;note;1\r\nFriday;+15005550006;x;Ana\r\n\"Mon, 8 am\";'+15005550007;;Ben",
        ] {
            let list = checked(text).unwrap();
            let lines: Vec<_> = list.read().unwrap().collect();
            let told: Vec<_> = lines
                .iter()
                .map(|line| (line.number, line.contact.as_str(), line.template.text()))
                .collect();
            let expected = [
                (2, "whatsapp:+15005550006", "Hello Ana, come on Friday."),
                (3, "whatsapp:+15005550007", "Hello Ben, come on Mon, 8 am."),
            ];
            assert_eq!((told.as_slice(), list.lines()), (&expected[..], 2));
        }
    }

    #[test]
    fn each_flaw_is_told_with_its_line() {
        for (text, said) in [
            ("", "line 1: there is no column \"contact\""),
            ("phone,1,2\n", "line 1: there is no column \"contact\""),
            ("contact,1\n", "line 1: there is no column \"2\""),
            ("contact,1,2\n15005550006,a,b\n", "line 2: the contact is no address: a number must"),
            ("contact,1,2\n\n\n+1500555000x,a,b\n", "line 4: the contact is no address: a number"),
            ("contact,1,2\nsms:1,a,b\n", "line 2: the contact is on another channel"),
            ("contact,1,2\n+15005550006,a\n", "line 2: it has 2 cells, and the first line has 3"),
            ("contact,1,2\n+15005550006,a,\n", "line 2: the value of {{2}}"),
            (
                "contact,1,2\n+15005550006,a,b\n+15005550007,a,b\nwhatsapp:+15005550006,c,d\n",
                "line 4: the contact stands in line 2 already",
            ),
        ] {
            let error = checked(text).unwrap_err().to_string();
            assert!(error.starts_with(said), "{text:?}: {error}");
        }
        let bytes = b"contact,1,2\n+15005550006,\xff,b\n";
        let error = List::of(&bytes[..], &template(), &sender());
        assert_eq!(error.unwrap_err().to_string(), "line 2: it is not written in UTF-8");
    }

    #[test]
    fn of_many_flaws_the_first_are_told() {
        let text = "contact,1,2\n".to_owned() + &"x,y,z\n".repeat(30);
        let error = checked(&text).unwrap_err().to_string();
        assert_eq!(error.lines().count(), 21);
        assert!(error.ends_with("\nand 10 more"), "{error}");
    }
}

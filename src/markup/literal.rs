//! Characters that would format although they are only text, and what is written instead.
//!
//! WhatsApp has no escape character, and a zero-width character beside a marker does not stop all
//! clients. So a marker that could act becomes a character that looks like it.

use super::edges::{after, before, is_space};

/// A marker in a written line, and why it is there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// Where it stands, in bytes of the line.
    pub(super) at: usize,
    pub(super) why: Why,
}

/// Why a marker is in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// Text; it must not act.
    Text,
    /// Opens a style or code.
    Opens,
    /// Closes it.
    Closes,
    /// Inside code or an address, where it stays as it is.
    Fixed,
}

/// The markers that work in pairs; two pipes at a time are a spoiler for some clients.
const MARKERS: [u8; 5] = [b'*', b'_', b'~', b'`', b'|'];

/// What a marker is replaced with: not a letter, and as wide.
pub(super) fn look_alike(marker: u8) -> &'static str {
    match marker {
        b'*' => "∗",
        b'_' => "＿",
        b'~' => "∼",
        b'`' => "‵",
        b'|' => "∣",
        b'>' => "›",
        _ => "‐",
    }
}

/// Whether a byte is one of the markers that work in pairs. Asked without a branch, see
/// [`Signs`](super::signs::Signs).
#[inline]
#[allow(clippy::needless_bitwise_bool, reason = "a lazy operator is a branch")]
pub(super) fn is_marker(byte: u8) -> bool {
    (byte == b'*') | (byte == b'_') | (byte == b'`') | (byte | 2 == b'~')
}

/// Whether a line begins as an item or a quote would, numbers aside: they show as they are.
pub(super) fn begins_line(line: &str) -> bool {
    match line.as_bytes().first() {
        Some(b'-' | b'*') => after(line, 1).is_some_and(is_space),
        // Some clients may take the line end for the space.
        Some(b'>') => after(line, 1).is_none_or(is_space),
        _ => false,
    }
}

/// Keeps those markers of a line that must be replaced. `seen` holds all markers of the line, in
/// order.
///
/// A marker of text goes if it could open and something behind it could close, or the other way
/// round; if it lies in a style of its own kind or touches a written marker of its kind; and if it
/// is one of several backticks.
pub(super) fn keep_acting(line: &str, seen: &mut Vec<Seen>) {
    if seen.iter().all(|mark| mark.why != Why::Text) {
        return seen.clear();
    }
    let mut first_opener = [usize::MAX; MARKERS.len()];
    let mut last_closer = [0; MARKERS.len()];
    for (at, run) in runs(line, seen).enumerate() {
        if run.opens {
            first_opener[run.marker] = first_opener[run.marker].min(at);
        }
        if run.closes {
            last_closer[run.marker] = at;
        }
    }

    let mut depth = [0_usize; MARKERS.len()];
    let mut goes = Vec::with_capacity(seen.len());
    // They are found a second time, because to keep them takes more time and memory.
    for (at, run) in runs(line, seen).enumerate() {
        let pairs = (run.opens && at < last_closer[run.marker])
            || (run.closes && first_opener[run.marker] < at);
        let acts = pairs || run.is_written || run.is_backticks();
        for mark in &seen[run.first..run.first + run.length] {
            let depth = &mut depth[run.marker];
            match mark.why {
                Why::Opens => *depth += 1,
                Why::Closes => *depth = depth.saturating_sub(1),
                Why::Fixed | Why::Text => {}
            }
            goes.push(mark.why == Why::Text && (acts || *depth > 0));
        }
    }
    let mut goes = goes.into_iter();
    seen.retain(|_| goes.next().unwrap_or(false));
}

/// Several markers of one kind beside each other.
struct Run {
    /// Which of [`MARKERS`].
    marker: usize,
    /// Which of the markers seen is the first, and how many there are.
    first: usize,
    length: usize,
    /// Whether one of them could open or close for any client.
    opens: bool,
    closes: bool,
    /// Whether one of them was written to style something.
    is_written: bool,
}

impl Run {
    fn is_backticks(&self) -> bool {
        MARKERS[self.marker] == b'`' && self.length > 1
    }
}

fn runs(line: &str, seen: &[Seen]) -> impl Iterator<Item = Run> {
    let bytes = line.as_bytes();
    let mut first = 0;
    seen.chunk_by(|a, b| a.at + 1 == b.at && bytes[a.at] == bytes[b.at]).map(move |group| {
        let (start, length) = (group[0].at, group.len());
        let marker = MARKERS.iter().position(|marker| *marker == bytes[start]).unwrap_or(0);
        let is_written = group.iter().any(|mark| matches!(mark.why, Why::Opens | Why::Closes));
        let (left, right) = (side(before(line, start)), side(after(line, start + length)));
        let counts = MARKERS[marker] != b'|' || length > 1;
        first += length;
        Run {
            marker,
            first: first - length,
            length,
            opens: is_written
                || counts && right != Side::Space && (left != Side::Word || length > 1),
            closes: is_written
                || counts && left != Side::Space && (right != Side::Word || length > 1),
            is_written,
        }
    })
}

/// What stands beside a marker, for the least clever client: it knows only ASCII words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Space,
    Word,
    Other,
}

fn side(c: Option<char>) -> Side {
    match c {
        None => Side::Space,
        Some(c) if is_space(c) => Side::Space,
        Some(c) if c.is_ascii_alphanumeric() => Side::Word,
        Some(_) => Side::Other,
    }
}

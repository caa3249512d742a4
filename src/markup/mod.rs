//! GROUND: WhatsApp's formatting as values: rich text in, markup, HTML and plain text out.
//!
//! WhatsApp's markup has no escape character, so text and markup must never share a string. A
//! [`Rich`] document keeps raw text and the styles on it apart; what a user typed stays data until
//! it is written, and cannot format then. Markup that comes from a phone is read by
//! [`Rich::parse`], as the phone shows it.
//!
//! ```
//! use chinwag::markup::{Rich, bold};
//!
//! let price = "*4* €";
//! let text = Rich::new().line("Total: " + bold(price)).bullets(["coffee", "cake"]);
//! assert_eq!(text.to_string(), "Total: *∗4∗ €*\n- coffee\n- cake");
//! assert_eq!(text.to_plain(), "Total: *4* €\n- coffee\n- cake");
//! ```

mod tree;

mod builder;
mod edit;
mod template;
mod wa;

mod edges;
mod lines;
mod links;
mod signs;

mod markdown;
mod marks;
mod read;
mod stack;

mod compose;
mod joints;
mod literal;
mod plan;
mod rows;
mod write;

mod ansi;
mod html;
mod plain;

mod neutralise;

mod breaks;
mod slice;
mod split;
mod stretch;

#[cfg(test)]
mod sample;

pub use builder::{bold, code, italic, link, mono, strike};
pub use marks::{Mark, Sign, marks};
pub use neutralise::{neutralise, neutralise_inline};
pub use split::Limit;
pub use tree::{Kind, Line, LineKind, Rich, Span};
#[doc(hidden)]
pub use wa::{Data, Place, woven};

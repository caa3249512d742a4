//! Each of WhatsApp's styles: as it is built, as it is sent, and as a phone shows it.
//!
//! The terminal stands in for the phone: bold is bold, and a quote has its bar.
//!
//! ```text
//! sent              the phone shows
//! *bold*            bold, in thick letters
//! _italic_          italic, in slanted letters
//! ~strike~          strike, crossed out
//! `code`            code, on a grey ground
//! ```mono```        mono, in letters of one width
//! *_both_*          both, thick and slanted
//! *∗Ana∗*           ∗Ana∗, thick: the stars are hers
//! > a quote         a quote, behind a bar
//! - a bullet        a bullet, behind a dot
//! 1. first          first, behind its number
//! ```
//!
//! `cargo run --example formatting`

use chinwag::{
    markup::{Rich, bold, code, italic, mono, strike},
    wa,
};

fn styles() -> Vec<Rich> {
    let name = "*Ana*";
    vec![
        bold("bold"),
        italic("italic"),
        strike("strike"),
        code("code"),
        mono("mono"),
        bold(italic("both")),
        wa!("*{name}*", name = name),
        Rich::new().quote("a quote"),
        Rich::new().bullets(["a bullet"]),
        Rich::new().numbered(["first"]),
    ]
}

#[expect(clippy::print_stdout, reason = "the terminal stands in for the phone")]
fn main() {
    for rich in styles() {
        println!("{:<18}{}", rich.to_string(), rich.to_ansi());
    }
}

#[test]
fn what_is_sent_is_what_the_page_above_says() {
    let above = include_str!("formatting.rs").lines().skip_while(|line| !line.contains("shows"));
    let said: Vec<_> = above.skip_while(|line| !line.contains("sent  ")).skip(1).collect();
    for (rich, line) in styles().iter().zip(said) {
        assert!(line.starts_with(&format!("//! {rich} ")), "{rich} is not in {line}");
    }
}

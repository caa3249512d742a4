//! Lines for the terminal, whether or not somebody still reads them.

use std::{
    fmt::Display,
    io::{self, Write},
};

/// Tells a line on standard output.
pub(crate) fn say(line: impl Display) {
    tell(io::stdout(), line);
}

/// Complains on standard error.
pub(crate) fn complain(line: impl Display) {
    tell(io::stderr(), line);
}

/// `println` would panic behind `| head`, and the bots are to go on.
fn tell(mut out: impl Write, line: impl Display) {
    drop(writeln!(out, "{line}").and_then(|()| out.flush()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_ends_nothing() {
        let (read, write) = io::pipe().unwrap();
        drop(read);
        assert!((&write).write(b"x").is_err());
        tell(write, "nobody hears it");
    }

    #[test]
    fn a_line_is_told_whole() {
        let mut out = Vec::new();
        tell(&mut out, "hi");
        assert_eq!(out, b"hi\n");
    }
}

//! The command `chinwag simulate`, as it is typed.

use std::{
    io::{BufRead, BufReader, Read, Write, pipe},
    net::TcpStream,
    process::{Child, Command, Output, Stdio},
};

/// Nothing listens on port 1 of loopback.
const WEBHOOK: &str = "http://127.0.0.1:1/whatsapp?key=hidden";

/// The simulator on a free port, with these variables and nothing else of Twilio's set.
fn simulate(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chinwag"));
    command.args(["simulate", "--webhook", WEBHOOK]).args(arguments);
    command.env_remove("TWILIO_AUTH_TOKEN").env_remove("TWILIO_ACCOUNT_SID");
    command.envs(variables.iter().copied()).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A simulator that runs until the test ends.
struct Running {
    process: Child,
    /// Host and port of the page.
    address: String,
    /// All lines at the start.
    said: String,
}

impl Running {
    fn start(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = simulate(&["--listen", "127.0.0.1:0"], variables);
        let mut process = command.args(arguments).spawn().unwrap();
        let mut said = String::new();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        while !said.contains("Ctrl-C") {
            assert_ne!(out.read_line(&mut said).unwrap(), 0, "{said}");
        }
        let address = said.lines().find_map(|line| line.split_once("http://")).unwrap().1;
        Self { process, address: address.to_owned(), said }
    }

    /// Ends it; gives all that it said on standard error.
    fn complaints(mut self) -> String {
        self.process.kill().unwrap();
        let mut said = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        said
    }

    /// The answer to a message of Ana's.
    fn say(&self, body: &str) -> String {
        let json = format!(r#"{{"to": "+14155238886", "body": "{body}"}}"#);
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = "POST /sim/phones/+15005550006/messages HTTP/1.1\r\nhost: localhost\r\n\
                    connection: close\r\ncontent-type: application/json\r\ncontent-length";
        write!(stream, "{head}: {}\r\n\r\n{json}", json.len()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[test]
fn a_call_that_fails_is_a_line_on_standard_error() {
    let running = Running::start(&["--from", "whatsapp:+14155238886"], &[]);
    assert!(running.say("my pin is 4711").contains(r#""error_code":11202"#));
    let said = running.complaints();
    assert_eq!(said.lines().count(), 1, "{said}");
    for expected in [
        "WARN",
        "request=RQ",
        "url=http://127.0.0.1:1/whatsapp ",
        "11202: 127.0.0.1:1 refused the connection; start the bot or correct the port",
    ] {
        assert!(said.contains(expected), "{expected} is not in {said}");
    }
    for hidden in ["4711", "+15005550006", "key=hidden"] {
        assert!(!said.contains(hidden), "{hidden} is in {said}");
    }
}

#[test]
fn the_token_is_named_only_when_it_is_no_secret() {
    let named =
        "The auth token is chinwag-simulator-token: set TWILIO_AUTH_TOKEN to it in your bot.";
    for variables in [
        &[][..],
        &[("TWILIO_AUTH_TOKEN", ""), ("TWILIO_ACCOUNT_SID", "")],
        &[("TWILIO_AUTH_TOKEN", " ")],
    ] {
        let said = Running::start(&[], variables).said.clone();
        assert!(said.lines().any(|line| line == named), "{variables:?}: {said}");
    }
    for (arguments, variables) in
        [(&["--auth-token", "geheim"][..], &[][..]), (&[], &[("TWILIO_AUTH_TOKEN", "geheim")])]
    {
        let said = Running::start(arguments, variables).said.clone();
        assert!(said.contains("signed with the auth token"), "{said}");
        assert!(!said.contains("geheim") && !said.contains("chinwag-simulator-token"), "{said}");
    }
}

#[test]
fn what_cannot_be_done_is_said_in_one_line() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (arguments, variables, expected) in [
        (
            &["--listen", "5181"][..],
            &[][..],
            "--listen is \"5181\"; it must be an address and a port, as in 127.0.0.1:5050",
        ),
        (&["--listen", ""], &[], "--listen is \"\"; it must be an address and a port"),
        (
            &["--listen", &taken],
            &[],
            "is taken by another program; choose another port, as in --listen 127.0.0.1:5050",
        ),
        (
            &["--account-sid", "AC1"],
            &[],
            "--account-sid or TWILIO_ACCOUNT_SID: an account sid is AC and 32 hexadecimal digits",
        ),
        (&[], &[("TWILIO_ACCOUNT_SID", "AC1")], "TWILIO_ACCOUNT_SID: an account sid is AC"),
        (&["--from", "14155238886"], &[], "country code, as in +14155238886"),
    ] {
        let Output { status, stderr, .. } = simulate(arguments, variables).output().unwrap();
        let said = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.starts_with("chinwag: ") && said.contains(expected), "{arguments:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn a_sandbox_is_joined_by_its_words() {
    let running = Running::start(&["--sandbox", "small-tree", "--rules", "current"], &[]);
    assert!(running.said.contains("It is a sandbox: write \"join small-tree\" first."));
    let said = running.say("join small-tree");
    assert!(said.contains("\"error_code\":null"), "{said}");
    for wrong in [["--sandbox", "small tree"], ["--rules", "new"]] {
        let Output { status, stderr, .. } = simulate(&wrong, &[]).output().unwrap();
        let said = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(2), "{wrong:?}: {said}");
        assert!(said.contains("small-tree") || said.contains("classic or current"), "{said}");
    }
}

/// A pipe that nobody reads, as `| head` leaves it.
fn closed() -> Stdio {
    let (read, write) = pipe().unwrap();
    drop(read);
    write.into()
}

#[test]
fn a_closed_pipe_ends_nothing() {
    let (read, mut write) = pipe().unwrap();
    write.write_all(b"*hi*").unwrap();
    drop(write);
    let mut markup = Command::new(env!("CARGO_BIN_EXE_chinwag"));
    markup.args(["markup", "html"]).stdin(read).stdout(closed()).stderr(Stdio::piped());
    let Output { status, stderr, .. } = markup.output().unwrap();
    assert_eq!((status.code(), String::from_utf8(stderr).unwrap().as_str()), (Some(0), ""));

    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let address = free.to_string();
    let mut command = simulate(&["--listen", &address], &[]);
    let process = command.stdout(closed()).stderr(closed()).spawn().unwrap();
    let running = Running { process, address, said: String::new() };
    let is_there = (0..500).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        TcpStream::connect(&running.address).is_ok()
    });
    assert!(is_there);
    for _ in 0..2 {
        assert!(running.say("hi").contains(r#""error_code":11202"#));
    }
}

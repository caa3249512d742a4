//! Twilio's own library for Python on the other side of the wire.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use chinwag::{Bot, Text, Webhook};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A Python that has the library, or `None`, aloud. Where nothing may be skipped, it must be there.
#[expect(
    clippy::disallowed_methods,
    reason = "the gate says which Python, and that it must be there"
)]
fn python() -> Option<String> {
    let python = std::env::var("CHINWAG_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_library = Command::new(&python)
        .args(["-c", "import twilio"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if has_library {
        return Some(python);
    }
    assert!(std::env::var("CHINWAG_NO_SKIP").is_err(), "{python} has no package twilio");
    // Not by `eprintln`, which the test runner keeps to itself.
    let advice = "pip install twilio, or name a Python that has it in CHINWAG_PYTHON";
    drop(writeln!(std::io::stderr(), "SKIPPED: {python} has no package twilio; {advice}"));
    None
}

#[tokio::test]
async fn the_webhook_accepts_what_twilios_library_signs() {
    let Some(python) = python() else { return };
    let bot = Bot::new(()).otherwise(async |text: Option<Text>| text.map(|Text(text)| text));
    let app = Webhook::new(bot).auth_token(TOKEN).router().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/whatsapp", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/carrier.py");
    let run = move || Command::new(python).args([script, &url, TOKEN]).output();
    let output = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "accepted\n", "{error}");
}

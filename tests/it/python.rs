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

/// Ends with the test, whatever its outcome.
#[cfg(feature = "simulator")]
struct Ended(std::process::Child);

#[cfg(feature = "simulator")]
impl Drop for Ended {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[cfg(feature = "simulator")]
#[tokio::test]
async fn twilios_library_accepts_what_the_simulator_signs() {
    use std::io::BufRead;

    use axum::{body::Body, http::Request};
    use chinwag::{
        simulator::{Sender, Simulator},
        twiml::Method,
    };
    use tower::ServiceExt;

    let Some(python) = python() else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/bot.py");
    let mut bot =
        Command::new(python).args([script, TOKEN]).stdout(Stdio::piped()).spawn().unwrap();
    let output = bot.stdout.take().unwrap();
    let _bot = Ended(bot);
    let mut port = String::new();
    std::io::BufReader::new(output).read_line(&mut port).unwrap();
    let url = format!("http://127.0.0.1:{}/whatsapp?tenant=a%20b&x=%27#rt=9000", port.trim());
    let app = Simulator::new(TOKEN)
        .sender(Sender::new("post", "+14155238886", &url))
        .sender(Sender::new("get", "+14155238887", &url).method(Method::Get))
        .router();
    for to in ["+14155238886", "+14155238887"] {
        for body in ["hi", "a&b=c+d %20", "é 你好 🐟", "line\nbreak", "'\"<>"] {
            let message = serde_json::json!({"to": to, "body": body}).to_string();
            let request = Request::post("/sim/phones/+15005550006/messages")
                .header("host", "127.0.0.1:4040")
                .header("content-type", "application/json");
            let response =
                app.clone().oneshot(request.body(Body::from(message)).unwrap()).await.unwrap();
            assert_eq!(response.status(), 201);
            let thread = Request::get(format!("/sim/phones/+15005550006/messages?with={to}"))
                .header("host", "127.0.0.1:4040");
            let thread = app.clone().oneshot(thread.body(Body::empty()).unwrap()).await.unwrap();
            let thread = axum::body::to_bytes(thread.into_body(), usize::MAX).await.unwrap();
            let thread: serde_json::Value = serde_json::from_slice(&thread).unwrap();
            let newest = thread["messages"].as_array().unwrap().last().unwrap();
            assert_eq!(newest["body"], format!("accepted: {body}"), "{to}");
        }
    }
}

#[cfg(feature = "simulator")]
#[tokio::test]
async fn twilios_library_sends_lists_and_deletes_on_the_simulator() {
    let Some(python) = python() else { return };
    let (url, account) = super::simulated::simulated(TOKEN).await;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/messages.py");
    let account = account.to_string();
    let run = move || Command::new(python).args([script, &url, &account, TOKEN]).output();
    let output = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "accepted\n", "{error}");
}

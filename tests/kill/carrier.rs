//! A carrier that repeats each webhook call until it is answered, and people who write on.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::body::Bytes;
use chinwag::{
    message::{MessageSid, Parameters},
    twiml,
    webhook::Signer,
};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::{
    sync::Semaphore,
    time::{sleep, timeout},
};

use crate::{PUBLIC_URL, TOKEN};

/// Calls under way at once.
const AT_ONCE: usize = 48;
/// After this long the carrier hangs up and calls again.
const PATIENCE: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(20);

/// What all people share.
pub(crate) struct Carrier {
    client: Client<HttpConnector, Full<Bytes>>,
    signer: Signer,
    port: u16,
    lines: Semaphore,
    is_over: AtomicBool,
    /// How many calls there were.
    pub(crate) calls: AtomicU32,
    /// How many messages were answered.
    pub(crate) answered: AtomicU32,
    /// How many copies of an answered message were answered again.
    pub(crate) copies: AtomicU32,
}

impl Carrier {
    pub(crate) fn to(port: u16) -> Arc<Self> {
        Arc::new(Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            signer: Signer::new(TOKEN),
            port,
            lines: Semaphore::new(AT_ONCE),
            is_over: AtomicBool::new(false),
            calls: AtomicU32::new(0),
            answered: AtomicU32::new(0),
            copies: AtomicU32::new(0),
        })
    }

    /// People finish the message that they are at.
    pub(crate) fn ends(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    /// One person writes message after message; says how many, or what went wrong.
    pub(crate) async fn person(self: Arc<Self>, number: u32) -> Result<u32, String> {
        let mut said = 0;
        while !self.is_over.load(Ordering::SeqCst) {
            said += 1;
            let form = message(number, said);
            let answer = self.delivered(&form).await?;
            let expected = format!("{said} message {said}");
            if answer != expected {
                return Err(format!("person {number} expected {expected:?} and got {answer:?}"));
            }
            self.answered.fetch_add(1, Ordering::Relaxed);
            if (number + said).is_multiple_of(4) {
                let again = self.delivered(&form).await?;
                if again != answer {
                    return Err(format!("a copy of {expected:?} got {again:?}"));
                }
                self.copies.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(said)
    }

    /// Calls until there is an answer.
    async fn delivered(&self, form: &Parameters) -> Result<String, String> {
        let mut last = String::new();
        for _ in 0..2_000 {
            let line = self.lines.acquire().await.map_err(|error| error.to_string())?;
            self.calls.fetch_add(1, Ordering::Relaxed);
            let answer = timeout(PATIENCE, self.call(form)).await;
            drop(line);
            match answer {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(refused)) => last = refused,
                Err(_) => "it took too long".clone_into(&mut last),
            }
            sleep(PAUSE).await;
        }
        Err(format!("a message is never answered; the last call: {last}"))
    }

    /// One call; what came in place of an answer, if none did.
    async fn call(&self, form: &Parameters) -> Result<String, String> {
        let signature = self.signer.sign(&format!("{PUBLIC_URL}/whatsapp"), form);
        let request = axum::http::Request::post(format!("http://127.0.0.1:{}/whatsapp", self.port))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-twilio-signature", signature)
            .body(Full::from(form.encode()))
            .map_err(|error| error.to_string())?;
        let answer = self.client.request(request).await.map_err(|error| format!("{error:?}"))?;
        let status = answer.status();
        let body = answer.into_body().collect().await.map_err(|error| error.to_string())?;
        let body = body.to_bytes();
        if !status.is_success() {
            return Err(format!("{status} {}", String::from_utf8_lossy(&body)));
        }
        let document = twiml::Response::read(&body).map_err(|error| error.to_string())?;
        Ok(document.response.messages().map(|message| message.body.clone()).collect())
    }
}

/// The parameters of a person's message.
fn message(person: u32, number: u32) -> Parameters {
    let sid = MessageSid::new(u128::from(person) << 32 | u128::from(number));
    let (sid, from) = (sid.to_string(), format!("whatsapp:+1500{person:07}"));
    let body = format!("message {number}");
    [
        ("MessageSid", &*sid),
        ("AccountSid", "AC00000000000000000000000000000001"),
        ("From", &*from),
        ("To", "whatsapp:+14155238886"),
        ("Body", &*body),
        ("NumMedia", "0"),
    ]
    .into_iter()
    .collect()
}

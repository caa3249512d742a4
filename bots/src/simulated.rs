//! The bots on the simulator: Twilio's side and ours in one process, with HTTP between them.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::Router;
use bots::{Entry, Ground, SANDBOX, assistant::Endpoint, media};
use chinwag::{
    conversation::clock::TurnedClock,
    rest::{Account, Client},
    simulator::Simulator,
};
use tokio::net::TcpListener;

use crate::{
    keep::Keep,
    listen::{CannotListen, listen},
};

/// Where the page is if nothing else is said.
const PAGE: &str = "127.0.0.1:4040";
/// Where the bots' webhooks are, unless that port is taken; only the simulator calls them.
const BOTS: &str = "127.0.0.1:4041";

/// Everything is bound and ready to be served; `Display` tells where to click.
pub(crate) struct Simulated {
    entries: &'static [Entry],
    simulator: Simulator,
    page: TcpListener,
    page_address: SocketAddr,
    webhooks: Router,
    bots: TcpListener,
    keep: Keep,
}

impl Simulated {
    /// Listens for the page on this address, and puts each bot behind a webhook of its own.
    pub(crate) async fn prepare(
        entries: &'static [Entry],
        address: Option<String>,
        keep: Keep,
        endpoint: Option<Endpoint>,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let page = listen(address.as_deref().unwrap_or(PAGE)).await?;
        let bots = match listen(BOTS).await {
            Err(CannotListen::Taken(_)) => listen("127.0.0.1:0").await?,
            other => other?,
        };
        let public_url = format!("http://{}", bots.local_addr()?);
        let token = token()?;
        let page_address = page.local_addr()?;
        // One clock for both sides, which the page's API can turn.
        let clock = Arc::new(TurnedClock::default());
        let account = Account::new(Simulator::ACCOUNT, token.clone()).at(local(page_address));
        let ground = Ground {
            tokens: vec![token.clone()],
            public_url: public_url.clone(),
            clock: Arc::clone(&clock) as _,
            client: Some(Client::new(account)?),
            endpoint,
        };

        let mut webhooks = media::routes();
        let mut simulator = Simulator::new(token).clock(clock);
        for entry in entries {
            let path = format!("/{}", entry.name);
            let store = keep.open(entry, entries.len()).await?;
            webhooks = webhooks.merge(entry.webhook(&path, &ground, store)?);
            let number = if entries.len() == 1 { SANDBOX } else { entry.number };
            simulator = simulator.sender(entry.sender(number, &format!("{public_url}{path}")));
        }
        Ok(Self { entries, simulator, page, page_address, webhooks, bots, keep })
    }

    /// Serves both sides until `stop` is there.
    pub(crate) async fn serve<F>(self, stop: fn() -> F) -> io::Result<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let page = self.simulator.serve(self.page, stop());
        let bots = axum::serve(self.bots, self.webhooks).with_graceful_shutdown(stop());
        tokio::try_join!(page, bots.into_future()).map(|((), ())| ())
    }

    /// Where a browser on this machine finds the page.
    fn url(&self) -> String {
        local(self.page_address)
    }
}

/// The URL by which this machine reaches who listens here.
fn local(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    format!("http://{address}")
}

/// A token for this process alone.
fn token() -> Result<String, getrandom::Error> {
    Ok(format!("{:016x}{:016x}", getrandom::u64()?, getrandom::u64()?))
}

impl fmt::Display for Simulated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url();
        writeln!(f, "Open this page and write to the bots:\n\n  {url}\n")?;
        for entry in self.entries {
            let number = if self.entries.len() == 1 { SANDBOX } else { entry.number };
            writeln!(f, "  {:<11}{number}  {}", entry.name, entry.about)?;
        }
        write!(
            f,
            "
Or without the page:

  curl -X POST -H 'content-type: application/json' \\
    -d '{{\"to\":\"{SANDBOX}\",\"body\":\"hi\"}}' \\
    {url}/sim/phones/+15005550006/messages

{}
Ctrl-C stops.",
            self.keep
        )
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::body::Bytes;
    use bots::ROSTER;
    use chinwag::{Bot, Dialogue, Step, Turn, ask, text};
    use http::{Method, Request, StatusCode};
    use http_body_util::{BodyExt, Full};
    use hyper_util::{client::legacy::Client, rt::TokioExecutor};
    use serde_json::{Value, json};
    use tokio::sync::Notify;

    use super::*;

    fn keep() -> Keep {
        Keep::at(Some("memory:".to_owned()))
    }

    async fn prepared(entries: &'static [Entry]) -> Simulated {
        Simulated::prepare(entries, Some("127.0.0.1:0".to_owned()), keep(), None).await.unwrap()
    }

    async fn call(method: Method, url: String, body: &Value) -> (StatusCode, Value) {
        let request = Request::builder().method(method).uri(url);
        let request = request.header("content-type", "application/json");
        let request = request.body(Full::<Bytes>::from(body.to_string())).unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        let answer = client.request(request).await.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn every_bot_answers_over_http_and_all_of_it_stops() {
        static STOP: Notify = Notify::const_new();
        let stop = || STOP.notified();
        let simulated = prepared(ROSTER).await;
        let phone = format!("{}/sim/phones/+15005550006/messages", simulated.url());
        let served = tokio::spawn(simulated.serve(stop));
        let answers = [
            "Hello, *Ana*!",
            "Welcome to *Luna's*",
            "I am",
            "Send me",
            "Your bike is back",
            "Hello, this is *Tooth & Co*",
            "This is *Sparrow Bank*",
            "Hello, this is *Fern Pottery*",
            "I have nothing",
        ];
        assert_eq!(answers.len(), ROSTER.len());
        for (entry, answer) in ROSTER.iter().zip(answers) {
            let said = json!({"to": entry.number, "body": "hi"});
            assert_eq!(call(Method::POST, phone.clone(), &said).await.0, StatusCode::CREATED);
            let with = format!("{phone}?with={}", entry.number);
            let thread = call(Method::GET, with, &json!({})).await.1;
            let heard = thread["messages"][1]["body"].as_str().unwrap();
            assert!(heard.starts_with(answer), "{}: {heard}", entry.name);
        }
        STOP.notify_waiters();
        served.await.unwrap().unwrap();
    }

    #[derive(Default, serde::Serialize, serde::Deserialize)]
    enum Table {
        #[default]
        New,
        Guests,
    }

    impl chinwag::Stored for Table {
        const NAME: &'static str = "table";
    }

    impl Dialogue for Table {
        async fn step(self, turn: &mut Turn) -> chinwag::Result<Step<Self>> {
            let guests = ask::<u8>("For how many?");
            Ok(match self {
                Self::New => Step::next(Self::Guests, guests)
                    .remind_after(Duration::from_hours(2), "Your table waits. For how many?")
                    .give_up_after(Duration::from_hours(20), "The table is gone."),
                Self::Guests => Step::done(format!("{} it is.", guests.answer(turn)?)),
            })
        }
    }

    static RESTAURANT: [Entry; 1] =
        [Entry { bot: || Bot::new(()).dialogue::<Table>(text("table")), ..ROSTER[0] }];

    #[tokio::test]
    async fn a_reminder_comes_to_the_page_when_the_clock_is_turned() {
        static STOP: Notify = Notify::const_new();
        let stop = || STOP.notified();
        let simulated = prepared(&RESTAURANT).await;
        let url = simulated.url();
        let phone = format!("{url}/sim/phones/+15005550006/messages");
        let served = tokio::spawn(simulated.serve(stop));
        let thread = async || {
            let thread = call(Method::GET, phone.clone(), &json!({})).await.1;
            let messages = thread["messages"].as_array().unwrap().clone();
            let bodies = messages.into_iter().map(|one| {
                assert_ne!(one["status"], "failed", "{one}");
                (one["body"].as_str().unwrap().to_owned(), one["direction"].clone())
            });
            bodies.collect::<Vec<_>>()
        };
        let said = json!({"to": SANDBOX, "body": "table"});
        assert_eq!(call(Method::POST, phone.clone(), &said).await.0, StatusCode::CREATED);
        assert_eq!(thread().await.len(), 2);
        let mut expected = 2;
        for (turn, words) in
            [("2h", "Your table waits. For how many?"), ("18h", "The table is gone.")]
        {
            let turn = json!({"advance": turn});
            let turned = call(Method::POST, format!("{url}/sim/clock"), &turn).await;
            assert_eq!(turned.0, StatusCode::OK);
            expected += 1;
            // The timers and the courier look once a second.
            for _ in 0..300 {
                if thread().await.len() == expected {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            let heard = thread().await;
            assert_eq!(heard.len(), expected, "{heard:?}");
            assert_eq!(heard.last(), Some(&(words.to_owned(), json!("outbound-api"))));
        }
        STOP.notify_waiters();
        served.await.unwrap().unwrap();
    }

    /// Waits until the bot's newest message is like this.
    async fn comes(phone: &str, words: &str) {
        let mut newest = String::new();
        // The timers and the courier look once a second.
        for _ in 0..300 {
            let thread = call(Method::GET, phone.to_owned(), &json!({})).await.1;
            let last = thread["messages"].as_array().unwrap().last().unwrap().clone();
            newest = last["body"].as_str().unwrap().to_owned();
            if last["direction"] != "inbound" && newest.contains(words) {
                assert_ne!(last["status"], "failed", "{last}");
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{words:?} has not come, but {newest:?}");
    }

    #[tokio::test]
    async fn templates_come_to_the_page_outside_of_the_session() {
        static STOP: Notify = Notify::const_new();
        let stop = || STOP.notified();
        let simulated = prepared(ROSTER).await;
        let url = simulated.url();
        let served = tokio::spawn(simulated.serve(stop));
        let phone = |bot: &str| {
            let number = ROSTER.iter().find(|entry| entry.name == bot).unwrap().number;
            (format!("{url}/sim/phones/+15005550006/messages?with={number}"), number)
        };
        let says = async |bot: &str, words: &str| {
            let (phone, number) = phone(bot);
            let said = json!({"to": number, "body": words});
            assert_eq!(call(Method::POST, phone, &said).await.0, StatusCode::CREATED);
        };
        for words in ["book", "2", "yes"] {
            says("appointments", words).await;
        }
        let appointments = phone("appointments").0;
        comes(&appointments, "We will remind you the day before.").await;
        says("passcode", "sign in").await;
        comes(&phone("passcode").0, "Your Sparrow Bank code is ").await;
        // Whatever hour it is now: later than the reminder, earlier than the appointment.
        let days = json!({"advance": "86h"});
        let turned = call(Method::POST, format!("{url}/sim/clock"), &days).await;
        assert_eq!(turned.0, StatusCode::OK);
        comes(&appointments, "Your dental appointment is coming up on ").await;
        says("appointments", "confirm").await;
        comes(&appointments, "Thank you! We will see you on ").await;
        STOP.notify_waiters();
        served.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn what_was_said_of_an_order_is_tracked_until_it_is_read() {
        static STOP: Notify = Notify::const_new();
        let stop = || STOP.notified();
        let simulated = prepared(ROSTER).await;
        let url = simulated.url();
        let served = tokio::spawn(simulated.serve(stop));
        let number = ROSTER.iter().find(|entry| entry.name == "shipping").unwrap().number;
        let phone = format!("{url}/sim/phones/+15005550006/messages?with={number}");
        let says = async |words: &str| {
            let said = json!({"to": number, "body": words});
            assert_eq!(call(Method::POST, phone.clone(), &said).await.0, StatusCode::CREATED);
        };
        says("order 2 mugs").await;
        says("yes").await;
        comes(&phone, "You will hear from us.").await;
        let days = json!({"advance": "49h"});
        let turned = call(Method::POST, format!("{url}/sim/clock"), &days).await;
        assert_eq!(turned.0, StatusCode::OK);
        comes(&phone, "order of 2 mugs has shipped").await;
        // Statuses come after the message.
        for _ in 0..100 {
            says("track 1").await;
            let thread = call(Method::GET, phone.clone(), &json!({})).await.1;
            let last = thread["messages"].as_array().unwrap().last().unwrap().clone();
            if last["body"].as_str().unwrap().contains("it has arrived") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        comes(&phone, "We wrote to you about it, and it has arrived.").await;
        STOP.notify_waiters();
        served.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn the_page_and_the_numbers_are_shown() {
        let all = prepared(ROSTER).await;
        let shown = all.to_string();
        assert!(shown.contains(&format!("\n\n  {}\n\n", all.url())), "{shown}");
        assert!(shown.contains("  faq        +14155550103  A bakery"), "{shown}");
        let one = prepared(&ROSTER[2..3]).await.to_string();
        assert!(
            one.contains("  faq        +14155238886  A bakery") && !one.contains("echo"),
            "{one}"
        );
    }

    #[tokio::test]
    async fn a_taken_port_is_refused_in_one_line() {
        let taken = listen("127.0.0.1:0").await.unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let Err(refused) = Simulated::prepare(ROSTER, Some(address.clone()), keep(), None).await
        else {
            panic!("the port is taken");
        };
        assert!(refused.to_string().starts_with(&format!("{address} is taken")), "{refused}");
    }
}

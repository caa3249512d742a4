//! Sets up Twilio's side, and serves it until it is stopped.

use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, middleware};
use secrecy::SecretString;
use tokio::{net::TcpListener, time::sleep};

use super::{
    api,
    carrier::Carrier,
    guard,
    phone::{Phone, usual_people},
    rules::Rules,
    sender::Sender,
    world::World,
};
use crate::{
    conversation::clock::{Clock, TurnedClock},
    message::{AccountSid, MessagingServiceSid},
};

/// How long connections may take to end once the simulator is stopped.
const GRACE: Duration = Duration::from_secs(2);

/// Twilio's side for any number of bots, each with a number of its own.
///
/// ```no_run
/// use chinwag::simulator::{Sender, Simulator};
///
/// # async fn run() -> std::io::Result<()> {
/// let simulator = Simulator::new("a token of your own")
///     .sender(Sender::new("echo", "+14155238886", "http://127.0.0.1:5000/whatsapp"));
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:4040").await?;
/// let stop = async { drop(tokio::signal::ctrl_c().await) };
/// simulator.serve(listener, stop).await
/// # }
/// ```
#[must_use = "a simulator does nothing until it is served"]
pub struct Simulator {
    token: SecretString,
    account: AccountSid,
    senders: Vec<Sender>,
    phones: Vec<Phone>,
    clock: Arc<dyn Clock>,
    seed: Option<u64>,
    rules: Rules,
    guards_media: bool,
}

impl Simulator {
    /// The account of a simulator that was told of none; it exists nowhere else.
    pub const ACCOUNT: AccountSid = AccountSid::new(0x0ce4_15a1_2f3b_4d6e_8a90_c1d2_e3f4_a5b6);

    /// The one Messaging Service, which has all senders in its pool: it schedules messages, and
    /// chooses the sender that the person wrote to last.
    pub const SERVICE: MessagingServiceSid =
        MessagingServiceSid::new(0x0ce4_15a1_2f3b_4d6e_8a90_c1d2_e3f4_a5b6);

    /// A simulator that signs its calls with this auth token, and has no senders yet.
    pub fn new(auth_token: impl Into<String>) -> Self {
        Self {
            token: auth_token.into().into(),
            account: Self::ACCOUNT,
            senders: Vec::new(),
            phones: Vec::new(),
            clock: Arc::new(TurnedClock::default()),
            seed: None,
            rules: Rules::default(),
            guards_media: false,
        }
    }

    /// Adds a bot's number.
    ///
    /// # Panics
    /// If the sender cannot be played (see [`Sender::check`]) or its number is taken already.
    #[track_caller]
    pub fn sender(mut self, sender: Sender) -> Self {
        let mistake = sender.check().err().map(|error| error.to_string());
        assert!(
            mistake.is_none(),
            "the sender {} cannot be played: {}",
            sender.name,
            mistake.unwrap_or_default()
        );
        let taken = self.senders.iter().find(|known| known.number == sender.number);
        assert!(
            taken.is_none(),
            "{} has two senders, {} and {}; give each bot a number of its own",
            sender.number,
            taken.map_or("", |known| &known.name),
            sender.name,
        );
        self.senders.push(sender);
        self
    }

    /// Adds a person; without any there are Ana, Ben and Chidi.
    ///
    /// # Panics
    /// If the number is not E.164 or the name is empty.
    #[track_caller]
    pub fn phone(mut self, number: &str, name: &str) -> Self {
        let phone = Phone::new(number, name);
        let mistake = phone.check().err();
        assert!(mistake.is_none(), "{}", mistake.unwrap_or_default());
        self.phones.push(phone);
        self
    }

    /// The account whose side is played.
    pub fn account(self, account: AccountSid) -> Self {
        Self { account, ..self }
    }

    /// The clock by which messages are dated and sessions end; without one it is the system's, which
    /// `/sim/clock` can turn. Timeouts are in real time.
    pub fn clock(self, clock: impl Clock) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// Where ids come from: the same seed gives the same ids in the same order.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// Whose rules apply; without it those of 2018.
    pub fn rules(self, rules: Rules) -> Self {
        Self { rules, ..self }
    }

    /// What people attach is only given to who brings the account's credentials, as an account of
    /// Twilio's can be set to
    /// (<https://www.twilio.com/docs/messaging/api/media-resource>).
    pub fn guards_media(self) -> Self {
        Self { guards_media: true, ..self }
    }

    /// The page and the API as a router, to be merged into another one. Its streams of events
    /// never end by themselves; [`serve`](Self::serve) ends them.
    pub fn router(self) -> Router {
        self.parts(None).0
    }

    /// Serves until `stop` is there, then ends calls and streams of events at once.
    ///
    /// # Errors
    /// If the listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let (router, carrier) = self.parts(Some(listener.local_addr()?));
        let mut stopped = carrier.stopped();
        let stop = async move {
            stop.await;
            carrier.stop();
        };
        let serve = axum::serve(listener, router).with_graceful_shutdown(stop);
        tokio::select! {
            served = serve => served,
            // Somebody who opened a connection and says nothing must not keep us here.
            () = async { drop(stopped.wait_for(|is_stopped| *is_stopped).await); sleep(GRACE).await; } => {
                Ok(())
            }
        }
    }

    fn parts(self, listening: Option<SocketAddr>) -> (Router, Arc<Carrier>) {
        let phones = if self.phones.is_empty() { usual_people() } else { self.phones };
        let seed = self.seed.unwrap_or_else(|| self.clock.now().as_millis().cast_unsigned());
        let mut world = World::new(seed, self.clock.now());
        for phone in phones {
            world.begin_with(phone);
        }
        // Whoever listens on all addresses is called by one of them, which the caller knows.
        let base =
            listening.filter(|at| !at.ip().is_unspecified()).map(|at| format!("http://{at}"));
        let mut carrier = Carrier::new(self.account, self.token, self.senders, self.clock, world);
        (carrier.rules, carrier.guards_media, carrier.base) = (self.rules, self.guards_media, base);
        let carrier = Arc::new(carrier);
        let guarded = middleware::from_fn_with_state(listening, guard::guard);
        (api::routes(Arc::clone(&carrier)).layer(guarded), carrier)
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator")
            .field("account", &self.account)
            .field("senders", &self.senders)
            .finish_non_exhaustive()
    }
}

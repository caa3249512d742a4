//! Whoever takes what couriers send: the simulator, and the judge of what it was given.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::Request,
    http::{Method, StatusCode},
    middleware::{self, Next},
    response::Response,
    serve::ListenerExt,
};
use chinwag::{
    rest::{Account, Client, Search},
    simulator::{self, Simulator},
    store::Store,
};
use futures_util::future::join_all;
use tokio::{net::TcpListener, time::sleep};

use crate::{
    TOKEN,
    sender::{ACCOUNT, SENDER, contact, words},
};

/// The simulator; it outlives every courier.
#[derive(Debug)]
pub(crate) struct Office {
    address: SocketAddr,
    pub(crate) count: AtomicU64,
    pub(crate) looks: AtomicU64,
}

impl Office {
    /// An office for so many people, behind a port of its own.
    pub(crate) async fn open(people: u32) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let office = Arc::new(Self { address, count: AtomicU64::new(0), looks: AtomicU64::new(0) });
        // Nobody writes to the bot here, so that nothing is there.
        let shop = simulator::Sender::new("shop", SENDER, "http://127.0.0.1:9/");
        let simulator = Simulator::new(TOKEN).account(ACCOUNT).sender(shop);
        let simulator = (0..people).fold(simulator, |simulator, person| {
            simulator.phone(contact(person).trim_start_matches("whatsapp:"), "Ana")
        });
        let at_work = Arc::clone(&office);
        let counts = middleware::from_fn(move |request: Request, next: Next| {
            let office = Arc::clone(&at_work);
            async move { office.answer(request, next).await }
        });
        let app: Router = simulator.router().layer(counts);
        let listener = listener.tap_io(|tcp| drop(tcp.set_nodelay(true)));
        tokio::spawn(async move { axum::serve(listener, app).await });
        office
    }

    /// Counts, and is late with some answers, so that a courier is often killed before it has them.
    async fn answer(&self, request: Request, next: Next) -> Response {
        let is_message = request.method() == Method::POST;
        let answer = next.run(request).await;
        if !is_message {
            self.looks.fetch_add(1, Ordering::SeqCst);
        } else if answer.status() == StatusCode::CREATED {
            let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
            sleep(Duration::from_millis(number % 8)).await;
        }
        answer
    }

    /// The account as whom couriers send.
    pub(crate) fn account(&self) -> Account {
        account(&self.address.to_string())
    }

    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// What is wrong with what each of these people got: numbers from nought, in order; or with what
    /// the store knows of it.
    pub(crate) async fn wrong(&self, store: &dyn Store, people: u32, each: u32) -> Vec<String> {
        let client = Client::new(self.account()).expect("the address is one");
        let all = Search { page_size: Some(1_000), ..Search::default() };
        let mut page = client.list(&all).await.expect("the simulator lists messages");
        let mut taken: HashMap<String, Vec<String>> = HashMap::new();
        let mut wrong = Vec::new();
        loop {
            let next = client.next(&page).await.expect("the simulator lists messages");
            let known = join_all(page.messages.iter().map(|message| store.delivery(message.sid)));
            for (message, known) in page.messages.into_iter().zip(known.await) {
                let to = message.to.map(|to| to.to_string()).unwrap_or_default();
                let known = known.expect("the store tells of a delivery");
                if known.is_none_or(|delivery| delivery.key.contact() != to) {
                    wrong.push(format!("the store does not know {} to {to}", message.sid));
                }
                taken.entry(to).or_default().push(message.body);
            }
            match next {
                Some(next) => page = next,
                None => break,
            }
        }
        // The newest are listed first.
        let expected: Vec<_> = (0..each).rev().map(words).collect();
        let unlike = (0..people).filter_map(|person| {
            let got = taken.remove(&contact(person)).unwrap_or_default();
            (got != expected).then(|| format!("person {person} got {got:?}, the newest first"))
        });
        wrong.extend(unlike);
        wrong.extend(taken.into_keys().map(|stranger| format!("{stranger} got something")));
        wrong
    }
}

/// The account at the office with this address.
pub(crate) fn account(address: &str) -> Account {
    Account::new(ACCOUNT, TOKEN).at(format!("http://{address}"))
}

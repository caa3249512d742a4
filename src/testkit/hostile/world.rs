//! Workers that crash, a store that cannot be reached, a carrier that repeats itself.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::{
    Faulty,
    fate::{Fate, Plan},
    hold::Hold,
    schedule::{Event, Schedule},
};
use crate::{
    conversation::{Key, clock::Clock},
    dispatch::{Bot, Reply, TurnError},
    message::{Address, Inbound, MessageSid, Outbound},
    store::Store,
    testkit::{
        RuntimeClock,
        cluster::{Make, explained, lock},
        line::Carried,
        mailbox::Mailbox,
        notation::written,
    },
};

/// How long the carrier waits for an answer: Twilio's 15 seconds
/// (<https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides>).
const PATIENCE: Duration = Duration::from_secs(15);
/// How often a message is carried before it counts as lost.
const MOST_TRIES: usize = 100;

const OUTSIDE: &str = "a worker's turn panicked outside of its handler";

/// Workers that crash, a store that cannot be reached, a carrier that repeats itself.
pub(super) struct World<S> {
    make: Make<S>,
    /// The store for a look at what is there, without faults.
    store: Arc<dyn Store>,
    faulty: Faulty,
    clock: RuntimeClock,
    workers: Vec<Mutex<Option<Worker<S>>>>,
    fate: Arc<Fate>,
    pub(super) schedule: Arc<Schedule>,
    /// What was answered to each message first.
    answers: Mutex<HashMap<MessageSid, Vec<Outbound>>>,
    trouble: Mutex<Option<String>>,
    mailbox: Mailbox,
    looker: OnceLock<Bot<S>>,
    /// Copies that come later, and turns whose carrier has hung up.
    under_way: Mutex<Vec<JoinHandle<()>>>,
}

/// One life of a worker.
struct Worker<S> {
    /// Made when the first message comes: many lives are short.
    bot: Arc<OnceLock<Bot<S>>>,
    store: Faulty,
}

/// What came of one attempt to deliver a message.
enum Attempt {
    Answered(Reply),
    Failed(TurnError),
    /// The carrier knows of no answer.
    Nothing,
}

impl<S: Send + Sync + 'static> World<S> {
    /// The workers begin, on a runtime whose time is paused and held by this.
    pub(super) fn new(
        make: Make<S>,
        store: Arc<dyn Store>,
        plan: Plan,
        workers: Option<usize>,
        hold: &Hold,
    ) -> Arc<Self> {
        let fate = Arc::new(Fate::new(plan));
        let schedule = Arc::new(Schedule::new(plan));
        let faulty = {
            let (fate, schedule) = (Arc::clone(&fate), Arc::clone(&schedule));
            Faulty::new(Arc::clone(&store), move |call| {
                let fault = fate.of(call)?;
                schedule.adds(Event::Wrong(call, fault));
                Some(fault)
            })
        };
        let faulty = faulty.held_by(hold);
        let store = Arc::new(Faulty::new(store, |_| None).held_by(hold));
        let workers = workers.unwrap_or_else(|| fate.workers());
        let world = Arc::new(Self {
            make,
            store,
            faulty,
            clock: RuntimeClock::new(),
            workers: (0..workers).map(|_| Mutex::new(None)).collect(),
            fate,
            schedule,
            answers: Mutex::default(),
            trouble: Mutex::default(),
            mailbox: Mailbox::default(),
            looker: OnceLock::new(),
            under_way: Mutex::default(),
        });
        (0..workers).for_each(|number| world.hires(number));
        world
    }

    /// Carries a message until it is answered, and copies of it besides.
    pub(super) async fn carries(self: &Arc<Self>, message: Inbound) -> Carried {
        self.mailbox.knows(&message);
        let record =
            self.store.read(&Key::of(&message), self.clock.now()).await.unwrap_or_default();
        let copies: Vec<_> = (2..)
            .zip(self.fate.copies())
            .map(|(copy, delay)| {
                let (world, message) = (Arc::clone(self), message.clone());
                tokio::spawn(async move {
                    sleep(delay).await;
                    world.attempts(&message, copy).await;
                })
            })
            .collect();
        let outcome = self.repeats(&message).await;
        if outcome.is_err() {
            // It was not answered, so each copy would be handled anew.
            copies.iter().for_each(JoinHandle::abort);
        }
        lock(&self.under_way).extend(copies);
        let is_silent = outcome.as_ref().is_ok_and(|reply| reply.messages().is_empty());
        let explanation =
            if is_silent { explained(self.looker(), &message, record) } else { String::new() };
        let trouble = lock(&self.trouble).clone();
        Carried { outcome, explanation, trouble, schedule: Some(Arc::clone(&self.schedule)) }
    }

    /// Lets time pass, and all workers let ring what becomes due.
    pub(super) async fn passes(self: &Arc<Self>, time: Duration) {
        self.schedule.adds(Event::Passed(time));
        let looker = self.looker();
        let end = self.clock.now().after(time);
        let mut tries = 0;
        while let Some(due) = self.mailbox.due(looker).await.filter(|due| *due <= end) {
            if due > self.clock.now() {
                sleep(due.since(self.clock.now())).await;
                self.fate.provides();
                tries = 0;
            }
            self.rings().await;
            self.mailbox.fills(looker).await;
            tries += 1;
            if tries > MOST_TRIES {
                self.complains("a timer never rang");
                break;
            }
            if self.mailbox.due(looker).await == Some(due) {
                sleep(self.fate.pause()).await;
            }
        }
        sleep(end.since(self.clock.now())).await;
    }

    /// What has come unasked to this person.
    pub(super) async fn brings(&self, contact: &Address) -> Vec<Outbound> {
        self.mailbox.fills(self.looker()).await;
        self.mailbox.takes(contact)
    }

    /// All workers that are there let ring what is due, at the same time.
    async fn rings(self: &Arc<Self>) {
        let lives = self.workers.iter().filter_map(|worker| lock(worker).clone());
        let rings = lives.map(|life| {
            let world = Arc::clone(self);
            tokio::spawn(async move {
                tokio::select! {
                    biased;
                    () = life.store.crashed() => {}
                    // What could not be asked is asked again.
                    _ = world.bot(&life).ring() => {}
                }
            })
        });
        for ring in rings.collect::<Vec<_>>() {
            if ring.await.is_err() {
                self.complains(OUTSIDE);
            }
        }
    }

    /// A bot for a look at what is there, without faults.
    fn looker(&self) -> &Bot<S> {
        let make = || (self.make)().store(Arc::clone(&self.store)).clock(self.clock);
        self.looker.get_or_init(make)
    }

    /// Waits for the copies that are still to come.
    pub(super) async fn ends(&self) -> Result<(), String> {
        loop {
            let Some(copy) = lock(&self.under_way).pop() else { break };
            if copy.await.is_err_and(|error| error.is_panic()) {
                self.complains(OUTSIDE);
            }
        }
        lock(&self.trouble).clone().map_or(Ok(()), Err)
    }

    /// Calls of the store so far.
    pub(super) fn calls(&self) -> u64 {
        self.faulty.calls()
    }

    /// As Twilio would, if it never gave up.
    async fn repeats(self: &Arc<Self>, message: &Inbound) -> Result<Reply, TurnError> {
        for _ in 0..MOST_TRIES {
            match self.attempts(message, 1).await {
                Attempt::Answered(reply) if !self.fate.loses_answer() => return Ok(reply),
                Attempt::Failed(error) => return Err(error),
                Attempt::Answered(_) | Attempt::Nothing => {}
            }
            sleep(self.fate.pause()).await;
        }
        self.complains(&format!("message {} was never answered", number(message)));
        Ok(Reply::silent())
    }

    async fn attempts(self: &Arc<Self>, message: &Inbound, copy: usize) -> Attempt {
        let worker = self.fate.worker(self.workers.len());
        let life = lock(&self.workers[worker]).as_ref().map(Worker::clone);
        let message_number = number(message);
        let Some(life) = life else {
            self.schedule.adds(Event::Away { message: message_number, copy, worker });
            return Attempt::Nothing;
        };
        self.schedule.adds(Event::Sent { message: message_number, copy, worker });
        let (world, message) = (Arc::clone(self), message.clone());
        let mut turn = tokio::spawn(async move {
            tokio::select! {
                biased;
                () = life.store.crashed() => Attempt::Nothing,
                outcome = world.bot(&life).receive(message.clone()) => world.notes(&message, copy, outcome),
            }
        });
        match timeout(PATIENCE, &mut turn).await {
            Ok(done) => done.unwrap_or_else(|_| {
                self.complains(OUTSIDE);
                Attempt::Nothing
            }),
            Err(_too_late) => {
                let what = "the carrier waits no longer";
                self.schedule.adds(Event::Came { message: message_number, copy, what });
                if self.fate.hangs_up() {
                    turn.abort();
                } else {
                    lock(&self.under_way).push(tokio::spawn(async move {
                        turn.await.ok();
                    }));
                }
                Attempt::Nothing
            }
        }
    }

    fn bot<'a>(&self, life: &'a Worker<S>) -> &'a Bot<S> {
        let make = || (self.make)().store(life.store.clone()).clock(self.clock).prepared();
        life.bot.get_or_init(make)
    }

    /// Compares an answer with the first one.
    fn notes(&self, message: &Inbound, copy: usize, outcome: Result<Reply, TurnError>) -> Attempt {
        let came = |what| {
            self.schedule.adds(Event::Came { message: number(message), copy, what });
        };
        let reply = match outcome {
            Ok(reply) => reply,
            Err(error) if error.is_retryable() => {
                came("the store failed");
                return Attempt::Nothing;
            }
            Err(error) => {
                came("the turn failed");
                return Attempt::Failed(error);
            }
        };
        came("answered");
        let mut answers = lock(&self.answers);
        let first = answers.entry(message.sid).or_insert_with(|| reply.messages().to_vec());
        if first != reply.messages() {
            let lines = |messages: &[Outbound]| {
                messages.iter().map(written).collect::<Vec<_>>().join("\n        ")
            };
            let (first, now) = (lines(first), lines(reply.messages()));
            let number = number(message);
            self.complains(&format!(
                "copy {copy} of message {number} was answered otherwise\n first: {first}\n   now: {now}"
            ));
        }
        Attempt::Answered(reply)
    }

    /// The first trouble is kept: what follows may come of it.
    fn complains(&self, what: &str) {
        lock(&self.trouble).get_or_insert_with(|| format!("{what}\n\n{}", self.schedule));
    }

    /// A worker begins; after a crash it is away for a while.
    fn hires(self: &Arc<Self>, number: usize) {
        let store = self.faulty.for_worker(number);
        let worker = Worker { bot: Arc::default(), store: store.clone() };
        *lock(&self.workers[number]) = Some(worker);
        // Weak, so that the world ends when its chat does.
        let world = Arc::downgrade(self);
        tokio::spawn(async move {
            store.crashed().await;
            let Some(away) = world.upgrade().map(|world| {
                lock(&world.workers[number]).take();
                world.fate.away()
            }) else {
                return;
            };
            sleep(away).await;
            if let Some(world) = world.upgrade() {
                world.schedule.adds(Event::Back(number));
                world.hires(number);
            }
        });
    }
}

impl<S> Clone for Worker<S> {
    fn clone(&self) -> Self {
        Self { bot: Arc::clone(&self.bot), store: self.store.clone() }
    }
}

/// A message's number in its chat.
fn number(message: &Inbound) -> u64 {
    let bytes = message.sid.to_bytes();
    let (_, low) = bytes.split_at(bytes.len() - 8);
    low.try_into().map_or(0, u64::from_be_bytes)
}

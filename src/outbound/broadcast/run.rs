//! A broadcast at work: lines in, messages into the outbox, and word of how far it is.

use std::{
    collections::{BTreeMap, VecDeque},
    error::Error,
    pin::pin,
    task::Poll,
    time::Duration,
};

use futures_util::{Stream, StreamExt, stream, stream::FuturesUnordered};
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval},
};

use super::{
    Broadcast, Event, Line, Progress, Stage,
    board::{self, Wanted},
    event::Untold,
    one::Outcome,
    waiting::have_left,
};
use crate::{
    conversation::{Key, clock::Timestamp},
    outbound::Unsaid,
};

/// How many contacts are told at the same time.
const AT_ONCE: usize = 32;
/// How often it is looked what is wanted, what has left, and what there is to say.
const TICK: Duration = Duration::from_millis(500);
/// How often other processes are told how far it is: each so many ticks.
const NOTED: u32 = 4;
/// For how many ticks the store may be away.
const PATIENCE: u32 = 60;
/// Over how many ticks the rate is measured.
const MEASURED: usize = 20;
/// How many contacts wait beside the list because of their quiet hours.
const ASIDE: usize = 10_000;

/// A run, between two looks.
struct Run<'a, H> {
    broadcast: &'a Broadcast,
    hears: H,
    progress: Progress,
    said: Option<Progress>,
    wanted: Wanted,
    /// Whose quiet hours end when, and who is not told before that.
    aside: BTreeMap<(Timestamp, u64), Line>,
    put_aside: u64,
    measured: VecDeque<(Timestamp, u64)>,
    /// Messages that had left before this run began.
    earlier: u64,
    ticks: u32,
    /// For how many ticks the store could not be reached.
    away: u32,
}

pub(super) async fn run(
    broadcast: &Broadcast,
    lines: impl Stream<Item = Line>,
    hears: impl FnMut(Event),
) -> Result<Progress, Unsaid> {
    let mut run = Run::new(broadcast, hears);
    let mut lines = pin!(lines.fuse());
    let (mut telling, mut is_read) = (FuturesUnordered::new(), false);
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let room = telling.len() < AT_ONCE
            && telling.len() + broadcast.waiting().len() < broadcast.in_outbox;
        let goes = run.wanted == Wanted::Running && room && run.ticks > 0 && run.away == 0;
        while goes
            && telling.len() < AT_ONCE
            && let Some(line) = run.awake()
        {
            telling.push(broadcast.one(line));
        }
        tokio::select! {
            biased;
            _ = ticks.tick() => {
                run.ticks(is_read && telling.is_empty()).await?;
                if run.is_over(is_read) && telling.is_empty() {
                    return run.end(is_read).await;
                }
            }
            Some((line, outcome)) = telling.next(), if !telling.is_empty() => {
                run.count(&line, outcome)?;
            }
            line = lines.next(), if goes && !is_read && run.aside.len() < ASIDE => match line {
                Some(line) => telling.extend(run.tells(line).map(|line| broadcast.one(line))),
                None => is_read = true,
            },
        }
    }
}

impl<'a, H: FnMut(Event)> Run<'a, H> {
    fn new(broadcast: &'a Broadcast, hears: H) -> Self {
        let progress = Progress {
            name: broadcast.name.to_string(),
            left: broadcast.total,
            ..Progress::default()
        };
        Self {
            broadcast,
            hears,
            progress,
            said: None,
            wanted: Wanted::Running,
            aside: BTreeMap::new(),
            put_aside: 0,
            measured: VecDeque::new(),
            earlier: broadcast.waiting().told,
            ticks: 0,
            away: 0,
        }
    }

    fn now(&self) -> Timestamp {
        self.broadcast.notifier.clock.now()
    }

    /// The line, if its contact is told now.
    fn tells(&mut self, line: Line) -> Option<Line> {
        let key = Key::new(&self.broadcast.sender, &line.contact);
        let quiet = self.broadcast.quiet.as_ref();
        match quiet.and_then(|quiet| quiet.end(&key, self.now())) {
            Some(end) => {
                self.put_aside += 1;
                self.aside.insert((end, self.put_aside), line);
                None
            }
            None => Some(line),
        }
    }

    /// One whose quiet hours are over.
    fn awake(&mut self) -> Option<Line> {
        let now = self.now();
        let first = self.aside.first_entry().filter(|first| first.key().0 <= now)?;
        let line = first.remove();
        self.tells(line)
    }

    fn count(&mut self, line: &Line, outcome: Outcome) -> Result<(), Unsaid> {
        let untold = |why: String| Untold { line: line.number, contact: line.contact.clone(), why };
        match outcome {
            Outcome::Waits => {}
            Outcome::Before => self.progress.before += 1,
            Outcome::Refused(uninvited) => {
                self.progress.refused += 1;
                (self.hears)(Event::Refused(untold(uninvited.to_string())));
            }
            Outcome::Failed(why) => self.fails(untold(why.to_owned())),
            Outcome::Broken(error) => return Err(error),
        }
        Ok(())
    }

    fn fails(&mut self, untold: Untold) {
        self.progress.failed += 1;
        (self.hears)(Event::Failed(untold));
    }

    /// Twice a second; the store may be away for a while.
    async fn ticks(&mut self, is_told: bool) -> Result<(), Unsaid> {
        match self.look(is_told).await {
            Ok(()) => self.away = 0,
            Err(error) if self.away >= PATIENCE => return Err(error),
            Err(error) => {
                if self.away == 0 {
                    tracing::warn!(error = &error as &dyn Error, "a broadcast waits for the store");
                }
                self.away += 1;
            }
        }
        self.ticks += 1;
        Ok(())
    }

    async fn look(&mut self, is_told: bool) -> Result<(), Unsaid> {
        let (broadcast, now) = (self.broadcast, self.now());
        self.wanted = board::read(broadcast).await?.wanted;
        let is_noted = self.ticks.is_multiple_of(NOTED);
        let old = if is_noted { broadcast.waiting().old(now) } else { Vec::new() };
        let left = have_left(&*broadcast.notifier.store, &old).await?;
        let refused = {
            let mut waiting = broadcast.waiting();
            for id in left {
                waiting.has_left(id);
            }
            waiting.take_refused()
        };
        for Line { number, contact, .. } in refused {
            let why = "Twilio refused the message; the log says why".to_owned();
            self.fails(Untold { line: number, contact, why });
        }
        self.measure(is_told);
        self.say();
        if is_noted {
            board::note(broadcast, &self.progress).await?;
        }
        Ok(())
    }

    fn measure(&mut self, is_told: bool) {
        let now = self.now();
        let (told, waiting) = {
            let waiting = self.broadcast.waiting();
            (waiting.told - self.earlier, waiting.len() as u64)
        };
        self.measured.push_back((now, told));
        if self.measured.len() > MEASURED {
            self.measured.pop_front();
        }
        let progress = &mut self.progress;
        if let Some((since, before)) = self.measured.front() {
            #[expect(clippy::cast_precision_loss, reason = "a rate is no count")]
            let rate = (told - before) as f64 / now.since(*since).as_secs_f64().max(0.5);
            progress.per_second = (rate * 10.0).round() / 10.0;
        }
        (progress.told, progress.waiting, progress.at) = (told, waiting, now);
        progress.left = self.broadcast.total.map(|total| total.saturating_sub(progress.seen()));
        progress.stage = match self.wanted {
            Wanted::Paused => Stage::Paused,
            Wanted::Stopped => Stage::Stopped,
            Wanted::Running if is_told && waiting == 0 && !self.aside.is_empty() => Stage::Quiet,
            Wanted::Running => Stage::Running,
        };
    }

    /// Says how far it is, unless that was said.
    fn say(&mut self) {
        let is_new = self.said.as_ref().is_none_or(|said| {
            Progress { at: said.at, per_second: said.per_second, ..self.progress.clone() } != *said
        });
        if is_new {
            self.said = Some(self.progress.clone());
            (self.hears)(Event::Progress(self.progress.clone()));
        }
    }

    fn is_over(&self, is_read: bool) -> bool {
        let is_done = is_read && self.aside.is_empty() && self.broadcast.waiting().len() == 0;
        self.wanted == Wanted::Stopped || (self.wanted == Wanted::Running && is_done)
    }

    async fn end(mut self, is_read: bool) -> Result<Progress, Unsaid> {
        self.measure(is_read);
        if self.wanted == Wanted::Running {
            self.progress.stage = Stage::Done;
            self.progress.left = Some(0);
        }
        self.say();
        board::note(self.broadcast, &self.progress).await?;
        Ok(self.progress)
    }
}

/// A run as a stream that does the work while it is polled.
pub(super) fn events(
    broadcast: Broadcast,
    lines: impl Stream<Item = Line> + Send + 'static,
) -> impl Stream<Item = Result<Event, Unsaid>> + Send {
    let (says, mut said) = mpsc::unbounded_channel();
    let mut failed = None;
    let mut work = Some(Box::pin(async move {
        run(&broadcast, lines, move |event| drop(says.send(Ok(event)))).await
    }));
    stream::poll_fn(move |context| {
        if let Some(future) = &mut work
            && let Poll::Ready(done) = future.as_mut().poll(context)
        {
            (work, failed) = (None, done.err());
        }
        // Whatever it said goes before its error.
        said.poll_recv(context).map(|event| event.or_else(|| failed.take().map(Err)))
    })
}

//! What a message means while a dialogue runs.

use std::{panic::Location, sync::OnceLock};

use super::{
    Frame, InvalidStep, Stack,
    scene::Scene,
    stack::Moment,
    step::{Begin, Change, Gift, Moves},
};
use crate::{
    conversation::{End, Record, Stored, Unreadable},
    dispatch::{Error, Reply, Router, Turn, filter::text, table::Table},
    message::Inbound,
};

/// The dialogues that a bot knows, and what is heard while one of them runs.
pub(in crate::dispatch) struct Dialogues<S> {
    pub(super) scenes: Vec<Known<S>>,
    /// What ends them.
    pub(super) cancels: Router<S>,
    /// The author has not said what ends them.
    pub(super) has_usual_cancels: bool,
    /// What is answered before the question is asked again.
    pub(super) interrupts: Router<S>,
    tables: OnceLock<[Table<S>; 2]>,
}

/// Steps of one turn, in which dialogues call each other without a message in between.
const MOST_STEPS: usize = 100;

/// A dialogue that the bot knows, and where the author wrote that.
pub(in crate::dispatch) struct Known<S> {
    pub(super) scene: Box<dyn Scene<S>>,
    pub(in crate::dispatch) at: &'static Location<'static>,
}

/// How a turn in a running dialogue went.
enum Heard {
    /// This is said.
    Said(Reply),
    /// The dialogue is over, because it cannot be read; the message is for the routes.
    Lost,
}

impl<S: Send + Sync + 'static> Dialogues<S> {
    #[track_caller]
    pub(in crate::dispatch) fn new() -> Self {
        let cancels = Router::new().on(text("cancel") | text("stop it"), async || "Cancelled.");
        Self {
            scenes: Vec::new(),
            cancels,
            has_usual_cancels: true,
            interrupts: Router::new(),
            tables: OnceLock::new(),
        }
    }

    /// Arranges what ends and what interrupts, each as routes.
    pub(in crate::dispatch) fn tables(&self) -> &[Table<S>; 2] {
        let tables =
            || [&self.cancels, &self.interrupts].map(|routes| Table::new(routes.flatten()));
        self.tables.get_or_init(tables)
    }

    /// Whether the bot has dialogues that these words would end.
    pub(in crate::dispatch) fn ends_by(&self, message: &Inbound, record: &Record) -> bool {
        let [cancels, _] = self.tables();
        !self.scenes.is_empty() && cancels.asks_for(message, record)
    }

    /// What the running dialogue makes of the message; `None` if none runs that can go on.
    pub(in crate::dispatch) async fn hear(
        &self,
        turn: &mut Turn<S>,
    ) -> Result<Option<Reply>, Error> {
        let mut stack = self.known_of(turn.record());
        let Some(top) = stack.top_mut() else {
            if turn.record().remembered(Stack::NAME).is_some() {
                turn.runs(stack);
            }
            return Ok(None);
        };
        let [cancels, interrupts] = self.tables();
        if let Some(said) = cancels.offer(turn).await? {
            turn.runs(Stack::default());
            return Ok(Some(said));
        }
        if let Some(said) = interrupts.offer(turn).await? {
            top.begin_time_anew(turn.now());
            let said = if said.begins() { said } else { said.and(top.question()) };
            turn.runs(stack);
            return Ok(Some(said));
        }
        let heard = self.step(&mut stack, turn).await?;
        turn.runs(stack);
        Ok(match heard {
            Heard::Said(reply) => Some(reply),
            Heard::Lost => None,
        })
    }

    /// The dialogues that run, if the bot knows all of them; otherwise they are over, and the log
    /// says so.
    pub(in crate::dispatch) fn known_of(&self, record: &Record) -> Stack {
        let stack = Stack::of(record);
        if let Some(unknown) = self.unknown_of(&stack) {
            tracing::error!(
                name = unknown,
                "the bot does not know the running dialogue; it is over"
            );
            return Stack::default();
        }
        stack
    }

    /// A dialogue that runs and that the bot does not know.
    pub(in crate::dispatch) fn unknown_of<'a>(&self, stack: &'a Stack) -> Option<&'a str> {
        stack.names().find(|name| self.known(name).is_none())
    }

    /// The dialogue that has the word steps on, and then those that it gives something to.
    async fn step(&self, stack: &mut Stack, turn: &mut Turn<S>) -> Result<Heard, Error> {
        let mut said: Option<Reply> = None;
        let mut gift: Option<Gift> = None;
        for _ in 0..MOST_STEPS {
            turn.give(gift.take());
            let top = stack.top().expect("a dialogue runs");
            let scene = self.scene(&top.name).expect("all that run are known");
            let moves = match scene.step(&top.state, turn) {
                Ok(stepping) => stepping.await?,
                Err(unreadable) => return lost(unreadable, stack, said),
            };
            let (words, next) = self.take(moves, stack, turn)?;
            let words = said.take().unwrap_or_default().and(words);
            match next {
                Next::Waits => return Ok(Heard::Said(words)),
                Next::Asks(question) => return Ok(Heard::Said(words.and(question))),
                Next::Gives(given) => (said, gift) = (Some(words), given),
            }
        }
        Err(InvalidStep::Endless.into())
    }

    /// Where the dialogues stand after a step, and what it has said.
    fn take(
        &self,
        moves: Moves,
        stack: &mut Stack,
        turn: &Turn<S>,
    ) -> Result<(Reply, Next), Error> {
        let Moves { reply, change, alarms } = moves;
        let (moment, top) = (moment(turn), stack.top_mut().expect("a dialogue runs"));
        let last = match change {
            Change::Next(frames) => {
                let begin = Begin { frames, question: reply.newest(), alarms };
                self.check(&begin)?;
                stack.pop();
                stack.enter(begin, &moment)?;
                return Ok((reply, Next::Waits));
            }
            Change::Return(frames, gift) => {
                stack.pop();
                stack.push(frames);
                return Ok((reply, over(stack, gift, &moment)));
            }
            Change::Done(gift) => {
                stack.pop();
                return Ok((reply, over(stack, gift, &moment)));
            }
            Change::Again(last) => last.filter(|last| top.tried() >= last.tries),
            Change::Stay => None,
        };
        if let Some(last) = last {
            stack.pop();
            return Ok((last.words, over(stack, None, &moment)));
        }
        if alarms.is_empty() {
            top.begin_time_anew(moment.now);
        } else {
            top.plan(alarms, &moment)?;
        }
        Ok((reply, Next::Waits))
    }

    /// Lets the dialogues begin that the reply begins.
    pub(in crate::dispatch) fn begin(&self, begin: Begin, turn: &mut Turn<S>) -> Result<(), Error> {
        self.check(&begin)?;
        let mut stack = turn.running();
        stack.enter(begin, &moment(turn))?;
        turn.runs(stack);
        Ok(())
    }

    fn check(&self, begin: &Begin) -> Result<(), InvalidStep> {
        let unknown = begin.frames.iter().find(|frame| self.scene(&frame.name).is_none());
        unknown.map_or(Ok(()), |frame| Err(InvalidStep::Unknown(frame.name.clone())))
    }

    fn scene(&self, name: &str) -> Option<&dyn Scene<S>> {
        self.known(name).map(|known| &*known.scene)
    }

    pub(in crate::dispatch) fn known(&self, name: &str) -> Option<&Known<S>> {
        self.scenes.iter().find(|known| known.scene.name() == name)
    }
}

impl<S> Known<S> {
    /// Whether this running dialogue's state can be read.
    pub(in crate::dispatch) fn probe(&self, frame: &Frame) -> Result<(), Unreadable> {
        self.scene.probe(&frame.state)
    }
}

/// A dialogue is over; who has the word now?
fn over(stack: &mut Stack, gift: Option<Gift>, moment: &Moment) -> Next {
    let Some(top) = stack.top_mut() else { return Next::Waits };
    if top.is_called_back() {
        return Next::Gives(gift);
    }
    top.begin_time_anew(moment.now);
    Next::Asks(top.question())
}

/// A state that cannot be read ends all dialogues, unless its author has chosen otherwise.
fn lost(unreadable: Unreadable, stack: &mut Stack, said: Option<Reply>) -> Result<Heard, Error> {
    if unreadable.end != End::Restart {
        return Err(unreadable.into());
    }
    tracing::error!(error = %unreadable, "the running dialogue is over");
    stack.clear();
    Ok(said.map_or(Heard::Lost, Heard::Said))
}

/// For whom and when this turn's dialogues step on.
fn moment<S>(turn: &Turn<S>) -> Moment {
    let contact = turn.message().from.clone();
    Moment { contact, session: turn.session(), now: turn.now() }
}

/// What follows a step.
enum Next {
    /// The person's next message.
    Waits,
    /// The question of the dialogue that was interrupted.
    Asks(Reply),
    /// The dialogue that has called this one steps on.
    Gives(Option<Gift>),
}

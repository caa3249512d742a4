//! Walks through a dialogue: which states are never reached, and which are never left.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    fmt,
    sync::Arc,
};

use serde::de::{DeserializeOwned, Deserializer, Error, Visitor, value};

use super::{Chat, Cluster, line::Line, notation, talk::with_causes};
use crate::{
    conversation::{Json, Key, from_note},
    dispatch::{Bot, Dialogue},
    message::Content,
};

/// States that are looked at, values of one variant among them, and messages that lead to one:
/// a dialogue that counts has no end of them.
const MOST_STATES: usize = 400;
const MOST_OF_ONE: usize = 8;
const LONGEST_WAY: usize = 16;

/// What was found in a dialogue: `Display` tells each state and the messages that lead there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exploration {
    /// The dialogue's name.
    pub dialogue: &'static str,
    /// All states, by the names of the enum's variants.
    pub states: Vec<&'static str>,
    /// The messages that lead to each state that was reached, the shortest way; none to the first.
    pub ways: HashMap<String, Vec<String>>,
    /// States that no message left, but for words that cancel the dialogue.
    pub without_a_way_out: Vec<String>,
    /// Turns that failed: the messages, and why.
    pub failures: Vec<String>,
}

/// Walks through a dialogue of this bot, from state to state, with each of these messages in each
/// of them: as they would begin it, answer its questions, be no answer.
///
/// Each way is walked by a person of its own, so handlers are called often. A state that needs
/// time to pass is not reached. The walk ends at some hundred states.
///
/// ```
/// # use chinwag::{Bot, Dialogue, Result, Step, Stored, Turn, text};
/// use chinwag::testkit::explore;
///
/// # #[derive(Default, serde::Serialize, serde::Deserialize)]
/// # enum Order { #[default] New, Dish }
/// # impl Stored for Order { const NAME: &'static str = "order"; }
/// # impl Dialogue for Order {
/// #     async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
/// #         Ok(match self {
/// #             Self::New => Step::next(Self::Dish, "Which?"),
/// #             Self::Dish => Step::done(format!("{}, noted.", turn.text())),
/// #         })
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let bot = Bot::new(()).dialogue::<Order>(text("order"));
/// explore::<Order, _>(bot, ["order", "pizza", "?"]).await.assert_whole();
/// # }
/// ```
///
/// # Panics
/// If the dialogue's type is no enum that serde's derive reads.
pub async fn explore<D, S>(
    bot: Bot<S>,
    messages: impl IntoIterator<Item: Into<Content>>,
) -> Exploration
where
    D: Dialogue<S> + Default + DeserializeOwned,
    S: Send + Sync + 'static,
{
    let states = variants::<D>();
    assert!(!states.is_empty(), "the dialogue {} is no enum, so it has no states", D::NAME);
    let cluster = Arc::new(Cluster::alone(bot));
    let mut walk = Walk {
        messages: messages.into_iter().map(Into::into).collect(),
        root: cluster.chat(),
        cluster,
        people: 0,
        failures: Vec::new(),
    };
    let mut ways = HashMap::new();
    let mut left = HashSet::new();
    let mut seen = HashSet::from([None]);
    let mut of_one: HashMap<Option<String>, usize> = HashMap::new();
    let mut next = VecDeque::from([(Vec::new(), None)]);
    while let Some((way, state)) = next.pop_front() {
        let here = variant::<D>(state.as_ref());
        for number in 0..walk.messages.len() {
            let way: Vec<usize> = [&*way, &[number]].concat();
            let Some((there, is_cancelled)) = walk.goes(&way).await else { continue };
            let to = variant::<D>(there.as_ref());
            if let Some(here) =
                here.as_ref().filter(|here| !is_cancelled && to.as_ref() != Some(here))
            {
                left.insert(here.clone());
            }
            if let Some(to) = &to {
                ways.entry(to.clone()).or_insert_with(|| walk.words(&way));
            }
            let count = of_one.entry(to).or_default();
            let is_new =
                *count < MOST_OF_ONE && seen.len() < MOST_STATES && way.len() < LONGEST_WAY;
            if is_new && seen.insert(there.clone()) {
                *count += 1;
                next.push_back((way, there));
            }
        }
    }
    let mut without_a_way_out: Vec<String> =
        ways.keys().filter(|state| !left.contains(*state)).cloned().collect();
    without_a_way_out.sort();
    // The first state is seldom kept: the message that begins the dialogue is its first answer.
    if let Some(first) = variant_of(&D::default()).filter(|_| !ways.is_empty()) {
        ways.entry(first).or_default();
    }
    let states = states.to_vec();
    Exploration { dialogue: D::NAME, states, ways, without_a_way_out, failures: walk.failures }
}

/// Which dialogue has the word, and its state as it is kept.
type State = Option<(String, String)>;

struct Walk<S> {
    messages: Vec<Content>,
    cluster: Arc<Cluster<S>>,
    root: Chat,
    people: u64,
    failures: Vec<String>,
}

impl<S: Send + Sync + 'static> Walk<S> {
    /// Somebody new goes this way: where it leads, and whether the last message cancels; `None` if
    /// a turn fails.
    async fn goes(&mut self, way: &[usize]) -> Option<(State, bool)> {
        self.people += 1;
        let chat = self.root.by(&format!("+1{:010}", 9_000_000_000 + self.people));
        let bot = self.cluster.worker(0);
        let mut is_cancelled = false;
        let mut key = None;
        for number in way {
            let message = chat.message(self.messages[*number].clone());
            let record = bot.record_before(&message).await;
            let explanation = bot.explain_after(&message, record);
            let taken_by = explanation.taken_by();
            is_cancelled = taken_by.is_some_and(|route| route.filter.starts_with("cancel: "));
            key = Some(Key::of(&message));
            if let Err(error) = self.cluster.carries(message).await.outcome {
                let words = self.words(way).join(", ");
                self.failures.push(format!("{words}: {}", with_causes(&error)));
                return None;
            }
        }
        let state = match key {
            Some(key) => bot.running_in(&key).await,
            None => None,
        };
        Some((state, is_cancelled))
    }

    fn words(&self, way: &[usize]) -> Vec<String> {
        way.iter().map(|number| notation::said(&self.messages[*number])).collect()
    }
}

impl Exploration {
    /// States that no way led to.
    #[must_use]
    pub fn never_reached(&self) -> Vec<&'static str> {
        self.states.iter().filter(|state| !self.ways.contains_key(**state)).copied().collect()
    }

    /// Every state is reached and left again, and no turn fails.
    ///
    /// # Panics
    /// If not; the panic says which.
    #[track_caller]
    pub fn assert_whole(&self) {
        let is_whole = self.never_reached().is_empty()
            && self.without_a_way_out.is_empty()
            && self.failures.is_empty();
        assert!(is_whole, "{self}");
    }
}

impl fmt::Display for Exploration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the dialogue {}:", self.dialogue)?;
        for state in &self.states {
            write!(f, "  {state}: ")?;
            match self.ways.get(*state) {
                None => f.write_str("never reached; is there a message for it?")?,
                Some(way) if way.is_empty() => f.write_str("at the beginning")?,
                Some(way) => f.write_str(&way.join(", "))?,
            }
            if self.without_a_way_out.iter().any(|stuck| stuck == state) {
                f.write_str("; no message leaves it")?;
            }
            f.write_str("\n")?;
        }
        self.failures.iter().try_for_each(|failure| writeln!(f, "  failed: {failure}"))
    }
}

/// The state's name, if this dialogue has the word.
fn variant<D: crate::conversation::Stored>(state: Option<&(String, String)>) -> Option<String> {
    let (_, note) = state.filter(|(name, _)| name == D::NAME)?;
    variant_of(&from_note::<D>(note).ok()?)
}

/// An enum in JSON is a text, or an object with one name.
fn variant_of<D: Json>(state: &D) -> Option<String> {
    match serde_json::from_str(&state.to_json().ok()?).ok()? {
        serde_json::Value::String(name) => Some(name),
        serde_json::Value::Object(fields) => fields.keys().next().cloned(),
        _ => None,
    }
}

/// The names of an enum's variants, as serde's derive asks for them.
fn variants<D: DeserializeOwned>() -> &'static [&'static str] {
    let mut names: &[&str] = &[];
    // Nothing can be read: the question is the answer.
    drop(D::deserialize(Question(&mut names)));
    names
}

struct Question<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Question<'_> {
    type Error = value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, value::Error> {
        Err(value::Error::custom("it is no enum"))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, value::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, value::Error> {
        *self.0 = variants;
        Err(value::Error::custom("its variants are known now"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

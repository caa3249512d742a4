//! Dialogues that call others, and what they are given.

use super::*;

#[derive(Serialize, Deserialize)]
enum Address {
    Street,
    City { street: String },
}

impl Stored for Address {
    const NAME: &'static str = "address";
}

impl Gives for Address {
    type Given = String;
}

impl Dialogue for Address {
    async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
        let words = turn.text().to_owned();
        Ok(match self {
            _ if words == "none" => Step::done("As you like."),
            _ if words == "?" => Step::again("Where?").attempts(2, "Nowhere, then."),
            Self::Street => Step::next(Self::City { street: words }, "Which city?"),
            Self::City { street } => Step::done_with(format!("{street}, {words}"), "Thanks."),
        })
    }
}

/// Calls `Address` for each parcel, and is itself called by `Day`.
#[derive(Default, Serialize, Deserialize)]
enum Parcel {
    #[default]
    What,
    Where {
        what: String,
    },
}

impl Stored for Parcel {
    const NAME: &'static str = "parcel";
}

impl Gives for Parcel {
    type Given = u32;
}

impl Dialogue for Parcel {
    async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
        Ok(match self {
            Self::What => Step::next(Address::Street, "Which street?")
                .then(Self::Where { what: turn.text().into() }),
            Self::Where { what } => match turn.given::<Address>() {
                Some(place) => Step::done_with(3, format!("{what} to {place}.")),
                None => Step::next(Address::Street, "We need one. Which street?")
                    .then(Self::Where { what }),
            },
        })
    }
}

#[derive(Default, Serialize, Deserialize)]
enum Day {
    #[default]
    New,
    Paid,
    More {
        total: u32,
    },
}

impl Stored for Day {
    const NAME: &'static str = "day";
}

impl Dialogue for Day {
    async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
        Ok(match self {
            Self::New => Step::next(Parcel::What, "What is it?").then(Self::Paid),
            Self::Paid => {
                let total = turn.given::<Parcel>().unwrap_or_default();
                Step::next(Self::More { total }, format!("{total} €. More?"))
            }
            Self::More { total } => Step::done(format!("{total} € in all.")),
        })
    }
}

pub(super) fn post() -> Bot {
    Bot::new(())
        .dialogue::<Day>(text("day"))
        .dialogue::<Parcel>(pattern("(book|letter)"))
        .knows::<Address>()
        .on(text("move"), async || Step::next(Address::Street, "Which street?"))
        .interrupt(text("address"), async || Step::next(Address::Street, "First: which street?"))
        .otherwise(async || "Say day.")
}

#[tokio::test]
async fn a_dialogue_calls_others_and_is_given_what_they_found() {
    let ana = World::of(post);
    assert_eq!(ana.says("day").await, "What is it?");
    assert_eq!(ana.says("book").await, "Which street?");
    assert_eq!(ana.says("High Street").await, "Which city?");
    assert_eq!(ana.says("Bonn").await, "Thanks.|book to High Street, Bonn.|3 €. More?");
    assert_eq!(ana.says("no").await, "3 € in all.");
    assert_eq!(ana.says("no").await, "Say day.");
}

#[tokio::test]
async fn a_called_dialogue_may_end_with_nothing() {
    let ana = World::of(post);
    let again = "As you like.|We need one. Which street?";
    assert_eq!(ana.says_all(&["day", "book", "none"]).await, again);
    assert_eq!(ana.says_all(&["?", "?"]).await, "Nowhere, then.|We need one. Which street?");
    assert_eq!(ana.says_all(&["cancel"]).await, "Cancelled.");
    assert_eq!(ana.says("Bonn").await, "Say day.", "a cancel ends them all");
}

#[tokio::test]
async fn a_dialogue_begins_by_its_filter_by_a_handler_or_in_an_interruption() {
    let ana = World::of(post);
    assert_eq!(ana.says_all(&["letter", "High Street"]).await, "Which city?");
    assert_eq!(ana.says("Bonn").await, "Thanks.|letter to High Street, Bonn.");
    assert_eq!(ana.says_all(&["move", "High Street", "Bonn"]).await, "Thanks.");
    assert_eq!(ana.says("x").await, "Say day.");
    assert_eq!(ana.says_all(&["day", "address"]).await, "First: which street?");
    assert_eq!(ana.says("High Street").await, "Which city?");
    assert_eq!(ana.says("Bonn").await, "Thanks.|What is it?", "and back to the question");
    assert_eq!(ana.says("letter").await, "Which street?");
}

#[tokio::test]
async fn a_dialogue_that_the_bot_does_not_know_cannot_begin() {
    let ana = World::of(|| {
        Bot::new(()).on(text("move"), async || Step::next(Address::Street, "Which street?"))
    });
    let why = "the bot does not know the dialogue `address`; add .knows::<..>() to the bot";
    assert_eq!(ana.why_not("move").await, why);
}

#[tokio::test]
async fn dialogues_that_call_each_other_in_a_circle_fail() {
    #[derive(Default, Serialize, Deserialize)]
    struct Circle;
    impl Stored for Circle {
        const NAME: &'static str = "circle";
    }
    impl Dialogue for Circle {
        async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
            Ok(match turn.text() {
                "begin" => Step::next(Self, "Round and round?"),
                _ => Step::<Self>::done(()).then(Self),
            })
        }
    }
    let ana = World::of(|| Bot::new(()).dialogue::<Circle>(text("begin")));
    ana.says("begin").await;
    assert!(ana.why_not("yes").await.contains("a hundred steps"));
    assert_eq!(ana.says("begin").await, "Round and round?");
}

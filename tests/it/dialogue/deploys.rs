//! What stood in the record before a deploy, and what becomes of it.

use chinwag::conversation::Unreadable;

use super::{calls::post, *};

macro_rules! version {
    ($name:ident $version:literal $end:expr) => {
        #[derive(Default, Serialize, Deserialize)]
        enum $name {
            #[default]
            New,
            Size {
                dish: String,
                grams: u32,
            },
        }

        impl Stored for $name {
            const NAME: &'static str = "order";
            const VERSION: u32 = $version;
            const IF_UNREADABLE: End = $end;

            fn upgrade(version: u32, old: serde_json::Value) -> Result<Self> {
                if version == 1 && old == "Dish" {
                    return Ok(Self::New);
                }
                match old["Count"]["dish"].as_str() {
                    Some(dish) if version == 1 && dish != "tea" => {
                        Ok(Self::Size { dish: dish.into(), grams: 0 })
                    }
                    _ => Err("no way".into()),
                }
            }
        }

        impl Dialogue for $name {
            async fn step(self, turn: &mut Turn) -> Result<Step<Self>> {
                Ok(match self {
                    Self::New => Step::next(Self::New, "Which dish, in 2.0?"),
                    Self::Size { dish, grams } => {
                        Step::done(format!("{dish}: {} {grams}", turn.text()))
                    }
                })
            }
        }
    };
}

version! { Upgraded 2 End::Restart }
version! { Older 1 End::Restart }
version! { Kept 2 End::Answer("We have changed.") }
version! { Handled 2 End::Handler }

fn next<D: Dialogue + Default>() -> Bot {
    Bot::new(()).dialogue::<D>(text("order")).otherwise(async || "Say order, in 2.0.")
}

#[tokio::test]
async fn a_state_of_an_older_version_goes_on() {
    let ana = World::of(shop);
    ana.says_all(&["order", "soup"]).await;
    let ana = ana.deploys(next::<Upgraded>());
    assert_eq!(ana.says("250").await, "soup: 250 0");
}

#[tokio::test]
async fn a_state_without_a_way_up_ends_and_the_routes_get_the_message() {
    let ana = World::of(shop);
    ana.says_all(&["order", "tea"]).await;
    let ana = ana.deploys(next::<Upgraded>());
    let record = ana.record().await;
    let explained = ana.bots[0].explain_after(&ana.message("3"), record).to_string();
    assert!(explained.contains("dialogue order: the filter holds, but the handler cannot"));
    assert_eq!(ana.says("3").await, "Say order, in 2.0.");
    assert_eq!(ana.says("order").await, "Which dish, in 2.0?", "nobody is locked out");
}

#[tokio::test]
async fn a_type_may_keep_what_cannot_be_read_and_answer_or_hand_it_over() {
    let ana = World::of(shop);
    ana.says_all(&["order", "tea"]).await;
    let before = ana.record().await.remembered("chinwag.dialogue").map(str::to_owned);
    let ana = ana.deploys(next::<Kept>());
    let record = ana.record().await;
    let explained = ana.bots[0].explain_after(&ana.message("3"), record);
    assert_eq!(explained.taken_by().unwrap().filter, "dialogue order");
    assert_eq!(ana.says_all(&["3", "4"]).await, "We have changed.");
    let ana = ana.deploys(next::<Handled>());
    assert!(ana.why_not("3").await.contains("version 1 stored as `order`"));
    let handler = async |lost: Unreadable| format!("{} is lost.", lost.name);
    let ana = ana.deploys(next::<Handled>().on_unreadable(handler));
    assert_eq!(ana.says("3").await, "order is lost.");
    assert_eq!(ana.record().await.remembered("chinwag.dialogue"), before.as_deref());
    assert_eq!(ana.says_all(&["cancel", "3"]).await, "Say order, in 2.0.", "nobody is locked out");
}

#[tokio::test]
async fn a_state_of_a_newer_version_ends_when_the_deploy_is_rolled_back() {
    let ana = World::of(next::<Upgraded>);
    ana.says("order").await;
    let ana = ana.deploys(next::<Older>());
    assert_eq!(ana.says("3").await, "Say order, in 2.0.");
}

#[tokio::test]
async fn a_dialogue_that_is_gone_ends_and_the_routes_get_the_message() {
    let ana = World::of(post);
    ana.says_all(&["day", "book"]).await;
    let ana = ana.deploys(shop());
    assert_eq!(ana.says("High Street").await, "Say order.");
    assert!(ana.record().await.remembered("chinwag.dialogue").is_none());
}

#[tokio::test]
async fn a_caller_that_cannot_be_read_ends_with_what_was_said() {
    let ana = World::of(post);
    ana.says_all(&["day", "book", "High Street"]).await;
    let mut record = ana.record().await;
    let note = record.remembered("chinwag.dialogue").unwrap().replace("Paid", "Free");
    record.remember("chinwag.dialogue", &note);
    ana.keeps(record).await;
    assert_eq!(ana.says("Bonn").await, "Thanks.|book to High Street, Bonn.");
    assert_eq!(ana.says("x").await, "Say day.");
}

#[tokio::test]
async fn a_damaged_note_ends_the_dialogue() {
    let ana = World::of(shop);
    ana.says("order").await;
    let mut record = ana.record().await;
    record.remember("chinwag.dialogue", "{\"frames\": 1}");
    ana.keeps(record).await;
    assert_eq!(ana.says("x").await, "Say order.");
    assert!(ana.record().await.remembered("chinwag.dialogue").is_none());
}

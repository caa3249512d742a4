//! Whatever is stored, the person is answered.

use std::sync::Arc;

use chinwag::{conversation::from_note, store::Memory};
use proptest::prelude::*;
use serde_json::Value;

use super::{Person, Restarts, with_a_hook};

/// Pseudo-random numbers (xorshift64*), the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let rolled = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(rolled).unwrap() % most
    }

    /// A sound note with one to three damages.
    fn damaged(&mut self) -> String {
        let sound = ["7", r#"{"v":2,"is":{"number":7}}"#, r#"{"v":3,"is":{"count":7}}"#];
        let mut note = sound[self.below(3)].as_bytes().to_vec();
        for _ in 0..=self.below(3) {
            let at = self.below(note.len() + 1);
            match self.below(5) {
                0 => note.truncate(at),
                1 => note.insert(at, b"{}[]\",:0919\\\n v"[self.below(15)]),
                2 => note.extend_from_within(at..),
                3 => drop(note.drain(at..note.len().min(at + 2))),
                _ => {
                    if let Some(byte) = note.get_mut(at) {
                        *byte ^= 1 << self.below(7);
                    }
                }
            }
        }
        String::from_utf8_lossy(&note).into_owned()
    }
}

/// Promise: deploys lock nobody out.
#[tokio::test]
async fn ten_thousand_damaged_values_end_in_a_defined_way() {
    let store = Arc::new(Memory::new());
    let bot = with_a_hook(&store);
    let mut dice = Dice(20_261_122);
    let (mut readable, mut restarted, mut answered, mut handed) = (0, 0, 0, 0);
    for number in 0..10_000 {
        let person = Person { store: Arc::clone(&store), number };
        let note = dice.damaged();
        person.has(&[("restarts", &note), ("answers", &note), ("hands", &note)]).await;
        let is_readable = from_note::<Restarts>(&note).is_ok();
        let sid = u128::from(number) * 4 + 1;

        let restarts = person.says(&bot, sid, "restarts 1").await;
        let again = person.says(&bot, sid + 1, "restarts 0").await;
        assert!(restarts.starts_with("count ") && again == restarts, "{note}: {restarts}, {again}");
        let answers = person.says(&bot, sid + 2, "answers 1").await;
        let hands = person.says(&bot, sid + 3, "hands 1").await;
        if is_readable {
            assert!(answers == restarts && hands == restarts, "{note}: {answers}, {hands}");
            readable += 1;
            continue;
        }
        assert_eq!(restarts, "count 1", "{note}");
        restarted += 1;
        assert_eq!(answers, "Closed today.", "{note}");
        assert_eq!(person.record().await.remembered("answers"), Some(&*note));
        answered += 1;
        assert!(hands.starts_with("hands of "), "{note}: {hands}");
        handed += 1;
    }
    println!(
        "{readable} readable after all, {restarted} restarted, {answered} answered, {handed} handed on"
    );
    assert!(restarted > 5_000 && readable > 100, "{restarted} {readable}");
    assert_eq!((answered, handed, readable + restarted), (restarted, restarted, 10_000));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,9}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let name = prop_oneof!["v", "is", "count", "number", ".{0,3}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name, inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_json_is_stored_the_person_is_answered(
        value in any_json(),
        version in prop_oneof![Just(None), (0_u32..5).prop_map(Some)],
    ) {
        let note = match version {
            Some(version) => format!(r#"{{"v":{version},"is":{value}}}"#),
            None => value.to_string(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let names = ["restarts", "answers", "hands"];
            let person = Person::with(&names.map(|name| (name, &*note))).await;
            let bot = with_a_hook(&person.store);
            for (sid, name) in (1..).zip(names) {
                let said = person.says(&bot, sid, &format!("{name} 1")).await;
                assert!(!said.is_empty(), "{note}");
            }
        });
    }
}

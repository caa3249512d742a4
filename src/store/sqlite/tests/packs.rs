//! Answers that are carried over together: found, forgotten and damaged.

use super::{
    crowd::{crowd, lingering, messages, noted},
    *,
};
use crate::store::Answer;

/// How many answers the file has in packs, and how many in rows of their own.
async fn answers(store: &Sqlite) -> (usize, i64) {
    let count = |tables: &Tables<'_>| {
        let mut packed = 0;
        for number in 0..100 {
            packed += tables.packed(&key(number))?.len();
        }
        let mut single =
            tables.file.prepare("SELECT count(*) FROM conversations WHERE turn > x''")?;
        Ok(((packed, single.query_one((), |row| row.get(0))?), Reach::Processes))
    };
    store.ask(Kind::Look, count).await.unwrap()
}

/// Many answers of a conversation are carried over together, and each is found by its turn.
#[tokio::test]
async fn answers_that_lie_in_a_pack_are_found() {
    let place = place("packs");
    let store = lingering(&place, "bot.db");
    let turns = 0..1_500;
    for round in 0..15 {
        crowd(&store, round * 100..(round + 1) * 100).await;
    }
    store.due(NOW, 9).await.unwrap();
    let (packed, single) = answers(&store).await;
    assert_eq!(noted(&store).await, 0);
    assert!(packed > 1_000, "{packed}");
    assert_eq!(packed + usize::try_from(single).unwrap(), turns.clone().count());
    // In the memory of this process, and in that of one that has to look.
    let other = lingering(&place, "bot.db");
    for number in turns {
        for store in [&store, &other] {
            let ana = key(u32::try_from(number % 100).unwrap());
            match store.begin(&ana, turn(number), NOW).await.unwrap() {
                Begun::Answered(answer) => {
                    assert_eq!(answer, Answer::new(number.to_string().into_bytes()));
                }
                begun => panic!("{number}: {begun:?}"),
            }
        }
    }
    let (record, lease) = begun(&other, &key(7), turn(1_507), NOW).await;
    assert_eq!(record.messages(), 15);
    other.release(&lease).await.unwrap();
    // They are kept as long as promised, and no longer.
    other.sweep(NOW.after(ANSWERS_KEPT)).await.unwrap();
    assert_eq!(answers(&other).await, (packed, single));
    other.sweep(NOW.after(ANSWERS_KEPT).after(Duration::from_millis(1))).await.unwrap();
    assert_eq!(answers(&other).await, (0, 0));
    assert_eq!(messages(7, &other).await, 15);
}

/// No answer is made up, and none is passed over, if a pack is not what was written.
#[tokio::test]
async fn a_pack_that_is_not_what_was_written_is_an_error() {
    let place = place("damaged-pack");
    let turns: Vec<_> = (0..5).map(|number| (number, NOW, b"yes".to_vec(), None)).collect();
    let store = carried_over(&place, &turns).await;
    // A byte or a whole turn is gone, an answer is cut, and one ends before the one ahead of it.
    for (number, change) in [
        (1, "turns = substr(turns, 1, length(turns) - 1)"),
        (2, "turns = substr(turns, 1, length(turns) - 38)"),
        (3, "answers = substr(answers, 1, length(answers) - 1)"),
        (4, "turns = CAST(substr(turns, 1, 34) || x'ffff0000' || substr(turns, 39) AS BLOB)"),
        (5, "turns = CAST('' AS BLOB)"),
        (6, "answers = CAST('' AS BLOB)"),
    ] {
        let change = format!("UPDATE packs SET {change} WHERE conversation = ?1");
        let change = store.ask(Kind::Change, move |tables| {
            Ok((tables.write(&change, (key(number).as_str(),))?, Reach::Disk))
        });
        assert_eq!(change.await.unwrap(), 1);
    }
    drop(store);
    let store = lingering(&place, "bot.db");
    for number in 1..=6 {
        for message in [0, 4, 5] {
            let begun = store.begin(&key(number), turn(message), NOW).await;
            let error = begun.unwrap_err();
            assert!(error.to_string().contains("is damaged"), "{number}, {message}: {error}");
        }
    }
    assert!(matches!(store.begin(&key(9), turn(4), NOW).await.unwrap(), Begun::Answered(_)));
}

/// Has turns of some conversations committed together, each at a moment and with an answer and maybe a
/// timer, then carried over, and read by a store that has to look.
async fn carried_over(
    place: &Place,
    turns: &[(u128, Timestamp, Vec<u8>, Option<Timestamp>)],
) -> Sqlite {
    let store = lingering(place, "bot.db");
    for (number, at, answer, due) in turns {
        let mut commits = Vec::new();
        for person in 0..10 {
            let (mut record, lease) = begun(&store, &key(person), turn(*number), *at).await;
            record.cancel_timer("ring");
            if let Some(due) = due {
                record.set_timer(Timer::new("ring", *due));
            }
            let written = Written {
                record: record.to_bytes().into(),
                due: record.due(),
                answer: Answer::new(&**answer),
                parcels: Vec::new(),
            };
            commits.push((lease, written));
        }
        let at = *at;
        let all = store.ask(Kind::Commit, move |tables| {
            let tables = &Tables { is_crowded: true, ..*tables };
            for (lease, written) in &commits {
                assert!(tables.commit(lease, written, at)?);
            }
            Ok(((), Reach::Disk))
        });
        all.await.unwrap();
    }
    assert_eq!(noted(&store).await, 10 * i64::try_from(turns.len()).unwrap());
    store.due(Timestamp::from_millis(0), 9).await.unwrap();
    assert_eq!(noted(&store).await, 0);
    drop(store);
    lingering(place, "bot.db")
}

async fn answered(store: &Sqlite, number: u128) -> Option<Answer> {
    match store.begin(&key(7), turn(number), NOW).await.unwrap() {
        Begun::Answered(answer) => Some(answer),
        Begun::Turn(_, lease) => {
            store.release(&lease).await.unwrap();
            None
        }
        Begun::Wait => panic!("nobody is at work"),
    }
}

#[tokio::test]
async fn few_answers_and_long_ones_have_rows_of_their_own() {
    for (name, count, length, is_packed) in [
        ("three", 3, 10, false),
        ("four", 4, 10, true),
        ("empty", 4, 0, true),
        ("long", 4, 16 * 1024, true),
        ("too-long", 4, 16 * 1024 + 1, false),
    ] {
        let place = place(name);
        let answer = |number: u128| vec![u8::try_from(number).unwrap(); length];
        let turns: Vec<_> = (0..count).map(|number| (number, NOW, answer(number), None)).collect();
        let store = carried_over(&place, &turns).await;
        let (packed, single) = answers(&store).await;
        let all = [packed, usize::try_from(single).unwrap()].map(|answers| answers as u128);
        assert_eq!(all, if is_packed { [10 * count, 0] } else { [0, 10 * count] }, "{name}");
        for number in 0..count {
            assert_eq!(answered(&store, number).await, Some(Answer::new(answer(number))), "{name}");
        }
        assert_eq!(answered(&store, count).await, None, "{name}");
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_costs_no_answer() {
    let place = place("set-back");
    let hour = Duration::from_hours(1);
    let earlier = Timestamp::from_millis(NOW.as_millis() - 3_600_000);
    let turns = [NOW, NOW.after(hour), NOW, earlier].into_iter().zip(0..);
    let turns: Vec<_> = turns.map(|(at, number)| (number, at, b"yes".to_vec(), None)).collect();
    let store = carried_over(&place, &turns).await;
    store.sweep(NOW.after(hour).after(ANSWERS_KEPT)).await.unwrap();
    assert_eq!(answers(&store).await, (40, 0));
    store.sweep(NOW.after(hour * 2).after(ANSWERS_KEPT)).await.unwrap();
    assert_eq!(answers(&store).await, (0, 0));
}

#[tokio::test]
async fn a_timer_is_what_the_last_turn_in_the_journal_says() {
    let later = NOW.after(Duration::from_mins(5));
    for (name, timers, rings) in [
        ("set-removed", vec![Some(NOW), None], None),
        ("removed-set", vec![None, Some(later)], Some(later)),
        ("moved", vec![Some(NOW), Some(later)], Some(later)),
    ] {
        let place = place(name);
        let turn = |due, number| (number, NOW, b"yes".to_vec(), due);
        let turns: Vec<_> =
            timers.into_iter().zip(0..).map(|(due, number)| turn(due, number)).collect();
        // The place has a timer already that is to be written over.
        drop(carried_over(&place, &[turn(Some(NOW), 99)]).await);
        let store = carried_over(&place, &turns).await;
        let due = store.due(later, 99).await.unwrap();
        assert_eq!(due.len(), if rings.is_some() { 10 } else { 0 }, "{name}");
        assert!(due.iter().all(|(_, due)| Some(*due) == rings), "{name}: {due:?}");
    }
}

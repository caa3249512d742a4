//! Files of older layouts are brought up to date, and those of others are left alone.

use super::{
    crowd::{crowd, messages},
    *,
};

/// A file of our own is brought up to date or refused, and a foreign one is never touched.
#[test]
fn layouts_are_told_apart() {
    use rusqlite::Connection;
    use schema::{Layout, STEPS};

    let ours = format!("PRAGMA application_id = {}; PRAGMA user_version = ", schema::APPLICATION);
    for (sql, layout) in [
        (String::new(), Layout::After(0)),
        (format!("{ours}1"), Layout::After(1)),
        (format!("{ours}{}", STEPS.len() + 1), Layout::Newer(STEPS.len() + 1)),
        ("PRAGMA application_id = 7".into(), Layout::Foreign),
        ("PRAGMA user_version = 7".into(), Layout::Foreign),
        ("CREATE TABLE theirs (x)".into(), Layout::Foreign),
    ] {
        let file = Connection::open_in_memory().unwrap();
        file.execute_batch(&sql).unwrap();
        assert_eq!(Layout::of(&file).unwrap(), layout, "{sql}");
    }
}

#[tokio::test]
async fn a_file_of_the_first_layout_is_brought_up_to_date() {
    let place = place("first-layout");
    let file = rusqlite::Connection::open(place.join("bot.db")).unwrap();
    file.execute_batch(schema::STEPS[0]).unwrap();
    let mut record = Record::default();
    record.heard(NOW);
    let kept = "INSERT INTO kept (conversation, turn, bytes, at) VALUES (?1, ?2, ?3, ?4)";
    let at = NOW.as_millis();
    file.execute(kept, (key(7).as_str(), [0_u8; 0], record.to_bytes(), at)).unwrap();
    file.execute(kept, (key(7).as_str(), turn(7).as_bytes(), b"seven", at)).unwrap();
    let ours = format!("PRAGMA application_id = {}; PRAGMA user_version = 1", schema::APPLICATION);
    file.execute_batch(&ours).unwrap();
    drop(file);
    let store = Sqlite::open(place.join("bot.db")).unwrap();
    // A process of the older layout that is at work still takes no copy for a new message.
    let older = rusqlite::Connection::open(place.join("bot.db")).unwrap();
    older.execute(kept, (key(7).as_str(), turn(8).as_bytes(), b"eight", at)).unwrap_err();
    drop(older);
    assert_eq!(messages(7, &store).await, 1);
    match store.begin(&key(7), turn(7), NOW).await.unwrap() {
        Begun::Answered(answer) => assert_eq!(answer.as_bytes(), b"seven"),
        other => panic!("{other:?}"),
    }
    crowd(&store, 100..200).await;
}

/// With turns in the journal, of which one has a timer.
#[tokio::test]
async fn a_journal_of_an_older_layout_is_carried_over() {
    for layout in 2..schema::STEPS.len() {
        let place = place(&format!("journal-{layout}"));
        let file = rusqlite::Connection::open(place.join("bot.db")).unwrap();
        for step in &schema::STEPS[..layout] {
            file.execute_batch(step).unwrap();
        }
        let (application, at) = (schema::APPLICATION, NOW.as_millis());
        let ours = format!("PRAGMA application_id = {application}; PRAGMA user_version = {layout}");
        file.execute_batch(&ours).unwrap();
        let mut record = Record::default();
        for number in 0..5 {
            record.heard(NOW);
            let due = (number == 4).then_some(at);
            file.execute(
                "INSERT INTO journal (conversation, turn, record, answer, at, due)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                (key(7).as_str(), turn(number).as_bytes(), record.to_bytes(), b"yes", at, due),
            )
            .unwrap();
        }
        drop(file);
        let store = Sqlite::open(place.join("bot.db")).unwrap();
        assert_eq!(messages(7, &store).await, 5);
        for number in 0..5 {
            let copy = store.begin(&key(7), turn(number), NOW).await.unwrap();
            assert!(matches!(copy, Begun::Answered(_)), "{layout}: {copy:?}");
        }
        assert_eq!(store.due(NOW, 9).await.unwrap(), [(key(7), NOW)]);
    }
}

#[tokio::test]
async fn what_was_sent_is_known_after_the_file_has_got_a_newer_layout() {
    for layout in 1..4 {
        what_was_sent_is_known_from(layout).await;
    }
}

async fn what_was_sent_is_known_from(layout: usize) {
    use rusqlite::Connection;
    use schema::{APPLICATION, STEPS};

    let place = place(&format!("layout-{layout}"));
    let file = Connection::open(place.join("bot.db")).unwrap();
    for step in &STEPS[..layout] {
        file.execute_batch(step).unwrap();
    }
    let ours = format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {layout}");
    file.execute_batch(&ours).unwrap();
    let write = |sid: u128, until: Timestamp, parcel: Option<ParcelId>| {
        let key = parcel.map(|_| key(1).as_str().to_owned());
        let sent = parcel.map(|_| NOW.as_millis());
        let row =
            (MessageSid::new(sid).to_bytes(), until.as_millis(), parcel.map(|id| id.0), key, sent);
        file.execute(
            "INSERT INTO deliveries (sid, until, status, parcel, conversation, sent, tell)
                VALUES (?1, ?2, 'sent', ?3, ?4, ?5, ?5)",
            row,
        )
        .unwrap();
    };
    let parcels = [1, 2].map(|number| ParcelId::of(turn(number), 0));
    let later = NOW.after(Duration::from_hours(1));
    write(8, later, Some(parcels[0]));
    write(7, NOW, Some(parcels[1]));
    write(9, later, None);
    drop(file);
    let store = Sqlite::open(place.join("bot.db")).unwrap();
    // A process of the older layout that is at work still can do no harm.
    let older = Connection::open(place.join("bot.db")).unwrap();
    older.execute("UPDATE deliveries SET tell = NULL", ()).unwrap_err();
    drop(older);
    for (sid, parcel) in [8, 7].into_iter().zip(parcels) {
        let delivery = store.delivery(MessageSid::new(sid)).await.unwrap().unwrap();
        assert_eq!((delivery.parcel, delivery.key, delivery.sent), (parcel, key(1), NOW));
    }
    assert_eq!(store.delivery(MessageSid::new(9)).await.unwrap(), None, "a report that came early");
    let reported = store.report(MessageSid::new(8), &Status::Delivered, None, NOW).await.unwrap();
    assert_eq!(reported.unwrap().status, Status::Delivered);
    assert_eq!(store.unreported(NOW, 9).await.unwrap().len(), 1, "the other one that was sent");
    store.sweep(later).await.unwrap();
    assert_eq!(store.delivery(MessageSid::new(7)).await.unwrap(), None, "it was kept long enough");
    assert!(store.delivery(MessageSid::new(8)).await.unwrap().is_some());
}

/// How many sids the file has in all, and how many of them in its large index.
fn sids(place: &Place) -> (i64, i64) {
    let file = rusqlite::Connection::open(place.join("bot.db")).unwrap();
    let count = |table| {
        file.query_row(&format!("SELECT count(*) FROM {table}"), (), |row| row.get(0)).unwrap()
    };
    let (large, new): (i64, i64) = (count("sids"), count("sids_new"));
    (large + new, large)
}

#[tokio::test]
async fn a_message_is_found_by_its_sid_wherever_that_lies() {
    let place = place("sids");
    let store = Sqlite::open(place.join("bot.db")).unwrap();
    let sid = |number: u32| MessageSid::new(u128::from(number.wrapping_mul(2_654_435_761)));
    let claim = |number| {
        let parcel = parcel(&key(number), turn(u128::from(number)), 0, NOW);
        Claim { parcel, tries: 1 }
    };
    // Of some a report comes first, and of some the settling is said twice.
    for number in 0..40 {
        if number % 3 == 0 {
            let reported = store.report(sid(number), &Status::Delivered, None, NOW).await.unwrap();
            assert_eq!(reported, None);
        }
        let sent = || Settled::Sent(Sent { sid: sid(number), at: NOW, instead: None });
        store.settle(&claim(number), sent()).await.unwrap();
        if number % 5 == 0 {
            store.settle(&claim(number), sent()).await.unwrap();
        }
    }
    assert_eq!(sids(&place), (40, 32));
    drop(store);
    let store = Sqlite::open(place.join("bot.db")).unwrap();
    for number in 0..40 {
        let delivery = store.delivery(sid(number)).await.unwrap().unwrap();
        assert_eq!((delivery.parcel, delivery.key), (claim(number).parcel.id, key(number)));
        let heard = store.report(sid(number), &Status::Read, None, NOW).await.unwrap().unwrap();
        assert_eq!((heard.parcel, heard.status), (claim(number).parcel.id, Status::Read));
    }
    assert_eq!(store.delivery(sid(40)).await.unwrap(), None);
    store.sweep(NOW.after(Duration::from_hours(24 * 365))).await.unwrap();
    assert_eq!(store.delivery(sid(0)).await.unwrap(), None);
    assert_eq!(sids(&place), (0, 0));
}

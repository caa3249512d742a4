//! The layout of the file, as a list of steps that grows at its end.

use rusqlite::Connection;

/// Marks a file as ours: "chwn".
pub(super) const APPLICATION: i32 = 0x6368_776e;

/// Each step brings a file of the layout before it to the next one. A step that was published is
/// never changed.
pub(super) const STEPS: &[&str] = &[
    "
    -- Of each conversation its record, under the empty turn, and right behind it its answers: a
    -- commit changes one page more often than two.
    -- `at` is the moment of the commit. Of a record, `hour` is the same in hours (so that its index
    -- rests while somebody chats), `due` its first timer, `tell` when somebody is told of it.
    CREATE TABLE kept (
        conversation TEXT NOT NULL,
        turn BLOB NOT NULL,
        bytes BLOB NOT NULL,
        at INTEGER NOT NULL,
        hour INTEGER,
        due INTEGER,
        tell INTEGER,
        PRIMARY KEY (conversation, turn)
    ) WITHOUT ROWID;
    CREATE INDEX bells ON kept (tell) WHERE tell IS NOT NULL;
    CREATE INDEX silent ON kept (hour) WHERE hour IS NOT NULL AND due IS NULL;
    CREATE INDEX answers ON kept (at) WHERE hour IS NULL;

    -- The turns at work, and those that wait, while no process has them in its memory.
    CREATE TABLE lanes (
        conversation TEXT PRIMARY KEY,
        turn BLOB NOT NULL,
        fence INTEGER NOT NULL,
        until INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE tickets (
        conversation TEXT NOT NULL,
        place INTEGER NOT NULL,
        turn BLOB NOT NULL,
        until INTEGER NOT NULL,
        PRIMARY KEY (conversation, place)
    ) WITHOUT ROWID;

    -- The outbox: the parcels of a conversation lie together, in their order. `number` tells apart
    -- those of one moment. `ready` is `not_before` for the first parcel of a conversation, and
    -- nothing for those behind it.
    CREATE TABLE parcels (
        conversation TEXT NOT NULL,
        due INTEGER NOT NULL,
        number INTEGER NOT NULL,
        id BLOB NOT NULL,
        body BLOB NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0,
        not_before INTEGER NOT NULL,
        ready INTEGER,
        PRIMARY KEY (conversation, due, number)
    ) WITHOUT ROWID;
    CREATE INDEX parcels_ready ON parcels (ready) WHERE ready IS NOT NULL;

    -- What was sent and what was heard of it, by the message's sid. A report that came before the
    -- settling has neither parcel nor conversation. `tell` is when somebody is told that nothing
    -- final was heard.
    CREATE TABLE deliveries (
        sid BLOB PRIMARY KEY,
        until INTEGER NOT NULL,
        status TEXT NOT NULL,
        error INTEGER,
        reported INTEGER,
        parcel BLOB,
        conversation TEXT,
        sent INTEGER,
        instead BLOB,
        tell INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX deliveries_until ON deliveries (until);
    CREATE INDEX deliveries_quiet ON deliveries (tell) WHERE tell IS NOT NULL;
",
    "
    -- Turns that are committed and not yet in their places, in the order of their commits: of each
    -- the record, its first timer, and the answer.
    CREATE TABLE journal (
        number INTEGER PRIMARY KEY,
        conversation TEXT NOT NULL,
        turn BLOB NOT NULL,
        record BLOB NOT NULL,
        answer BLOB NOT NULL,
        at INTEGER NOT NULL,
        due INTEGER
    );
",
    "
    -- Deliveries lie in the order in which they were sent, so that what is sent together is written
    -- together; by their sids, which are random, each would change a page of its own. Only the index
    -- of the sids is that large, and it is small.
    ALTER TABLE deliveries RENAME TO deliveries_by_sid;
    CREATE TABLE deliveries (
        number INTEGER PRIMARY KEY,
        sid BLOB NOT NULL UNIQUE,
        until INTEGER NOT NULL,
        status TEXT NOT NULL,
        error INTEGER,
        reported INTEGER,
        parcel BLOB,
        conversation TEXT,
        sent INTEGER,
        instead BLOB,
        tell INTEGER
    );
    INSERT INTO deliveries
            (sid, until, status, error, reported, parcel, conversation, sent, instead, tell)
        SELECT sid, until, status, error, reported, parcel, conversation, sent, instead, tell
        FROM deliveries_by_sid ORDER BY until;
    DROP TABLE deliveries_by_sid;
    CREATE INDEX deliveries_until ON deliveries (until);
    CREATE INDEX deliveries_quiet ON deliveries (tell) WHERE tell IS NOT NULL;
",
    "
    -- Sids are random: each new one would change a page of its own in a large index. So the newest lie
    -- on a few pages, and many of them move into the large index together.
    CREATE TABLE sids (sid BLOB PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE sids_new (sid BLOB PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO sids SELECT sid, number FROM deliveries ORDER BY sid;
    -- By another name: a process of the layout before, which may be at work still, would write no sids.
    CREATE TABLE sent (
        number INTEGER PRIMARY KEY,
        sid BLOB NOT NULL,
        until INTEGER NOT NULL,
        status TEXT NOT NULL,
        error INTEGER,
        reported INTEGER,
        parcel BLOB,
        conversation TEXT,
        sent INTEGER,
        instead BLOB,
        tell INTEGER
    );
    INSERT INTO sent SELECT * FROM deliveries;
    DROP TABLE deliveries;
    CREATE INDEX sent_until ON sent (until);
    CREATE INDEX sent_quiet ON sent (tell) WHERE tell IS NOT NULL;
",
    "
    -- Answers of one conversation that are carried over from the journal together lie in one row; see
    -- `packs.rs`. `at` is the moment of the last one.
    CREATE TABLE packs (
        number INTEGER PRIMARY KEY,
        conversation TEXT NOT NULL,
        at INTEGER NOT NULL,
        turns BLOB NOT NULL,
        answers BLOB NOT NULL
    );
    CREATE INDEX packs_of ON packs (conversation);
    CREATE INDEX packs_at ON packs (at);
    -- By another name: a process of the layout before, which may be at work still, would look into no
    -- pack, and handle a copy anew.
    ALTER TABLE kept RENAME TO conversations;
",
];

/// Whose file this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Ours, after this many steps; none in an empty file.
    After(usize),
    /// That of a chinwag which knows more steps: this many.
    Newer(usize),
    /// Another application's.
    Foreign,
}

impl Layout {
    /// Looks, and changes nothing.
    pub(super) fn of(file: &Connection) -> rusqlite::Result<Self> {
        let number =
            |pragma: &str| file.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
        let steps = usize::try_from(number("user_version")?).unwrap_or(usize::MAX);
        let tables = "SELECT EXISTS (SELECT 1 FROM sqlite_schema)";
        let is_empty = !file.query_row(tables, (), |row| row.get::<_, bool>(0))?;
        Ok(match number("application_id")? {
            0 if is_empty && steps == 0 => Self::After(0),
            application if application != i64::from(APPLICATION) => Self::Foreign,
            _ if steps > STEPS.len() => Self::Newer(steps),
            _ => Self::After(steps),
        })
    }
}

/// Takes the steps that are missing, all or none.
pub(super) fn migrate(file: &Connection) -> rusqlite::Result<()> {
    file.execute_batch("BEGIN IMMEDIATE")?;
    let done = take_steps(file);
    file.execute_batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    done
}

fn take_steps(file: &Connection) -> rusqlite::Result<()> {
    // Another process may have taken them meanwhile.
    let Layout::After(taken) = Layout::of(file)? else { return Ok(()) };
    for step in &STEPS[taken..] {
        file.execute_batch(step)?;
    }
    if taken < STEPS.len() {
        file.pragma_update(None, "application_id", APPLICATION)?;
        file.execute_batch(&format!("PRAGMA user_version = {}", STEPS.len()))?;
    }
    Ok(())
}

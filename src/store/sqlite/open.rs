//! Opening the file: what must hold before the first turn.

use std::{
    fs::{self, File, OpenOptions},
    path::{Path, PathBuf, absolute},
    thread::sleep,
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};

use super::{
    schema::{self, Layout, STEPS},
    trouble::Trouble,
};

/// Pages of the file that are kept in memory, in KiB.
///
/// SQLite walks over all of them at the end of a transaction that has split a page; the system
/// keeps the others as well.
const CACHE_KIB: i64 = 8 * 1024;
/// Pages of 4 KiB in the log beside the file before they are moved into it.
///
/// From then on the log is written over, and a sync of what is written over costs much less than one of
/// what is appended.
const LOG_PAGES: i64 = 4_000;
/// What is left of the log on the disk after a flood, in bytes.
const LOG_BYTES: i64 = 64 * 1024 * 1024;
/// Statements that stay prepared: more than there are.
const STATEMENTS: usize = 128;

/// Between two tries for a file that another process holds.
const SHORTEST_PAUSE: Duration = Duration::from_micros(100);
const LONGEST_PAUSE: Duration = Duration::from_millis(10);

/// The file, opened.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) path: PathBuf,
    pub(super) file: Connection,
    /// Whose lock tells who has the lanes.
    pub(super) lanes: File,
}

/// Opens the file, or makes it; with it comes the log beside it, to which commits are written first.
pub(super) fn open(path: &Path, patience: Duration) -> Result<(Opened, File), Trouble> {
    let path = absolute(path).map_err(|_| Trouble::lasting(path, "has no name; name a file"))?;
    look(&path)?;
    let opened =
        patiently(patience, || prepare(&path)).map_err(|error| Trouble::of(&path, &error))?;
    let file = opened?;
    let io = |error: std::io::Error| {
        Trouble::lasting(&path, &format!("cannot be opened beside its log ({error})"))
    };
    // SQLite holds the log as long as it holds the file: this one is the same until the end.
    let beside = |ending: &str| {
        let mut beside = path.clone().into_os_string();
        beside.push(ending);
        beside
    };
    let log = OpenOptions::new().read(true).write(true).open(beside("-wal")).map_err(io)?;
    let lanes = OpenOptions::new().write(true).create(true).truncate(false).open(beside("-lanes"));
    let lanes = lanes.map_err(io)?;
    // New files are there after a power failure only if their directory says so.
    #[cfg(unix)]
    if let Some(directory) = path.parent() {
        File::open(directory).and_then(|directory| directory.sync_all()).map_err(io)?;
    }
    Ok((Opened { path, file, lanes }, log))
}

/// What SQLite would say too, in clearer words.
fn look(path: &Path) -> Result<(), Trouble> {
    if path.is_dir() {
        return Err(Trouble::lasting(path, "is a directory; name a file in it"));
    }
    match path.parent() {
        Some(directory) if !directory.is_dir() => {
            let what = format!("needs the directory {}; create it", directory.display());
            Err(Trouble::lasting(path, &what))
        }
        _ => Ok(()),
    }
}

fn prepare(path: &Path) -> rusqlite::Result<Result<Connection, Trouble>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let file = Connection::open_with_flags(path, flags)?;
    file.busy_timeout(Duration::ZERO)?;
    // Statements are not planned anew for each value.
    file.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    match Layout::of(&file)? {
        Layout::After(_) => {}
        Layout::Newer(steps) => {
            let known = STEPS.len();
            let what = format!(
                "was written by a newer chinwag (layout {steps}, and this one knows {known}); run that one, or name another file"
            );
            return Ok(Err(Trouble::lasting(path, &what)));
        }
        Layout::Foreign => {
            let what = "belongs to another application; name another file";
            return Ok(Err(Trouble::lasting(path, what)));
        }
    }
    if file.is_readonly("main")? {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY);
        return Err(rusqlite::Error::SqliteFailure(code, None));
    }
    let mode =
        file.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
    if mode? != "wal" {
        let what = "cannot have a write-ahead log; put it on a local disk";
        return Ok(Err(Trouble::lasting(path, what)));
    }
    file.pragma_update(None, "synchronous", "FULL")?;
    schema::migrate(&file)?;
    // From here on the log is synced by us, once for all who wait.
    file.pragma_update(None, "synchronous", "NORMAL")?;
    file.pragma_update(None, "cache_size", -CACHE_KIB)?;
    file.pragma_update(None, "temp_store", "MEMORY")?;
    file.pragma_update_and_check(None, "wal_autocheckpoint", LOG_PAGES, |_| Ok(()))?;
    file.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES, |_| Ok(()))?;
    file.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(Ok(file))
}

/// Tries this until no other process holds the file, but not for longer than that; often, as it is
/// mostly held for less than a millisecond.
pub(super) fn patiently<T>(
    patience: Duration,
    mut attempt: impl FnMut() -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let mut waited = Duration::ZERO;
    loop {
        let tried = attempt();
        let code = tried.as_ref().err().and_then(rusqlite::Error::sqlite_error_code);
        if code != Some(ErrorCode::DatabaseBusy) || waited >= patience {
            return tried;
        }
        let pause = (waited / 8).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
        sleep(pause);
        waited += pause;
    }
}

/// Which file on the disk this is; it changes when the file is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity(u64, u64);

impl Identity {
    /// Of the file with this name; `None` if there is none.
    #[cfg(unix)]
    pub(super) fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        fs::metadata(path).ok().map(|file| Self(file.dev(), file.ino()))
    }

    /// Of the file with this name; `None` if there is none. Here an open file cannot be replaced.
    #[cfg(not(unix))]
    pub(super) fn of(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|_| Self(0, 0))
    }
}

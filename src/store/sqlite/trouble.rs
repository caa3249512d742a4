//! What is wrong with the file, in one line that names it and says what to do.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::store::StoreError;

/// What is wrong with the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}")]
pub(super) struct Trouble {
    line: String,
    passes: bool,
}

impl Trouble {
    /// Trouble that somebody must end.
    pub(super) fn lasting(file: &Path, what: &str) -> Self {
        Self { line: format!("the sqlite store {} {what}", file.display()), passes: false }
    }

    /// Trouble that may end by itself.
    pub(super) fn passing(file: &Path, what: &str) -> Self {
        Self { passes: true, ..Self::lasting(file, what) }
    }

    /// What this error of SQLite means for whoever runs the bot.
    pub(super) fn of(file: &Path, error: &rusqlite::Error) -> Self {
        let passing = |what: &str| Self::passing(file, what);
        let lasting = |what: &str| Self::lasting(file, what);
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => passing(
                "is locked by another process; end what keeps it open for so long, as a backup or a shell",
            ),
            Some(ErrorCode::DiskFull) => {
                passing("has no room left on its disk; free some, and it goes on by itself")
            }
            Some(ErrorCode::NotADatabase) => {
                lasting("is not an SQLite file; name another one, or move it away")
            }
            Some(ErrorCode::DatabaseCorrupt) => lasting(
                "is damaged; stop the bot and restore a backup, or save what can be read with the command `.recover` of sqlite3",
            ),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => lasting(
                "cannot be written; let this user write the file and its directory, and mount the disk for writing",
            ),
            Some(ErrorCode::CannotOpen) => {
                lasting("cannot be opened; let this user read and write the file and its directory")
            }
            _ => passing(&format!("cannot be read or written ({error}); look at its disk")),
        }
    }
}

impl From<Trouble> for StoreError {
    fn from(trouble: Trouble) -> Self {
        if trouble.passes { Self::unavailable(trouble) } else { Self::unusable(trouble.line) }
    }
}

//! Where the bots remember: each in a store of its own.

use std::{fmt, sync::Arc};

use bots::Entry;
use chinwag::store::{self, Store, StoreError};

/// The variable that says where.
pub(crate) const STORE: &str = "CHINWAG_STORE";
/// In the URL of a store, the place of the bot's name.
const BOT: &str = "{bot}";
/// Files beside the program's working directory, one for each bot.
const FILES: &str = "sqlite:chinwag-{bot}.db";
/// A store that forgets, and that bots cannot share.
const MEMORY: &str = "memory:";

/// Where the bots remember.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keep(String);

/// Why the bots cannot remember there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CannotKeep {
    #[error(
        "{STORE} names one store for {0} bots; put {{bot}} in the place of its name, as in {FILES}"
    )]
    Shared(usize),
    #[error("{STORE}: {0}")]
    Store(#[from] StoreError),
}

impl Keep {
    /// In the stores of this URL, or in files if there is none.
    pub(crate) fn at(url: Option<String>) -> Self {
        Self(url.filter(|url| !url.trim().is_empty()).unwrap_or_else(|| FILES.to_owned()))
    }

    /// Opens the store of one of these bots.
    pub(crate) async fn open(
        &self,
        entry: &Entry,
        among: usize,
    ) -> Result<Arc<dyn Store>, CannotKeep> {
        if among > 1 && self.0 != MEMORY && !self.0.contains(BOT) {
            return Err(CannotKeep::Shared(among));
        }
        Ok(store::open(&self.0.replace(BOT, entry.name)).await?)
    }
}

/// For people, in one sentence; a server's URL may have a password in it and is not shown.
impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.as_str(), self.0.strip_prefix("sqlite:")) {
            (MEMORY, _) => f.write_str("Nothing is remembered when this program ends."),
            (_, Some(file)) => {
                write!(f, "What is said is remembered in {file}; delete it to forget.")
            }
            _ => write!(f, "What is said is remembered where {STORE} says."),
        }
    }
}

#[cfg(test)]
mod tests {
    use bots::ROSTER;

    use super::*;

    #[tokio::test]
    async fn bots_share_no_store() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
        let refused = Keep::at(Some(file("a.db"))).open(&ROSTER[0], 2).await.unwrap_err();
        let expected = "CHINWAG_STORE names one store for 2 bots; put {bot} in the place of its \
             name, as in sqlite:chinwag-{bot}.db";
        assert_eq!(refused.to_string(), expected);
        assert!(Keep::at(Some(file("a.db"))).open(&ROSTER[0], 1).await.is_ok());
        let each = Keep::at(Some(file("{bot}.db")));
        for entry in ROSTER {
            each.open(entry, ROSTER.len()).await.unwrap();
            assert!(folder.path().join(format!("{}.db", entry.name)).exists());
        }
    }

    #[tokio::test]
    async fn a_bad_store_is_refused_in_one_line() {
        for (url, part) in [
            (
                "mysql://x",
                "CHINWAG_STORE: the store's URL is none; it must be memory:, sqlite:PATH",
            ),
            (
                "sqlite:/no/such/folder/a.db",
                "CHINWAG_STORE: the sqlite store /no/such/folder/a.db needs",
            ),
        ] {
            let refused = Keep::at(Some(url.to_owned())).open(&ROSTER[0], 1).await.unwrap_err();
            let line = refused.to_string();
            assert!(line.starts_with(part) && !line.contains('\n'), "{line}");
        }
    }

    #[test]
    fn people_are_told_where_and_no_password() {
        let shown = |url: Option<&str>| Keep::at(url.map(str::to_owned)).to_string();
        assert!(shown(None).contains("in chinwag-{bot}.db; delete"));
        assert!(shown(Some(" ")).contains("in chinwag-{bot}.db; delete"));
        assert!(shown(Some("memory:")).starts_with("Nothing is remembered"));
        assert!(!shown(Some("redis://:secret@host/{bot}")).contains("secret"));
    }
}

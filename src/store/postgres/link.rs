//! Calls of the server's functions: on pooled connections, within bounds, again where that helps.

use std::{collections::HashMap, time::Duration};

use deadpool_postgres::{Client, Pool};
use tokio::time::timeout;
use tokio_postgres::{
    Row,
    types::{FromSql, ToSql},
};

use super::{
    super::StoreError,
    failure::{Failure, Reason, Remedy},
    place::Place,
};

/// How long a call may take with all its attempts: less than a lease, so that who hears of a
/// failure can still act on it.
const PATIENCE: Duration = Duration::from_secs(4);
/// How often a call is repeated that was in others' way.
const REPEATS: u32 = 5;

/// The functions that are called, with the number of their arguments.
const FUNCTIONS: [(&str, usize); 17] = [
    ("begin_turn", 5),
    ("commit_turn", 11),
    ("extend_lease", 4),
    ("release_lease", 3),
    ("leave_lane", 2),
    ("read_record", 2),
    ("due_timers", 3),
    ("post_parcels", 4),
    ("claim_parcels", 3),
    ("settle_parcel", 4),
    ("settle_sent", 12),
    ("report_delivery", 8),
    ("find_delivery", 1),
    ("unreported_deliveries", 3),
    ("sweep_deliveries", 2),
    ("sweep_conversations", 5),
    ("sweep_answers", 3),
];

/// The connections to one server.
pub(super) struct Link {
    pool: Pool,
    place: Place,
    /// The statement that calls each function; each connection prepares it once.
    statements: HashMap<&'static str, String>,
}

/// A connection at work. Dropped before its work is done, it is closed instead of going back to
/// the others: the server may still be busy with what nobody waits for.
struct Working(Option<Client>);

impl Working {
    fn done(mut self) {
        self.0 = None;
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            drop(Client::take(client));
        }
    }
}

impl Link {
    pub(super) fn new(pool: Pool, place: Place) -> Self {
        let statements = FUNCTIONS.map(|(name, arguments)| {
            let arguments: Vec<_> = (1..=arguments).map(|number| format!("${number}")).collect();
            let arguments = arguments.join(", ");
            (name, format!("SELECT * FROM {}.{name}({arguments})", place.schema()))
        });
        Self { pool, place, statements: statements.into() }
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// The rows that this function gives for these values.
    pub(super) async fn rows(
        &self,
        function: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StoreError> {
        let attempts = self.attempts(&self.statements[function], values);
        let Ok(outcome) = timeout(PATIENCE, attempts).await else {
            let reason = format!("no answer within {} s", PATIENCE.as_secs());
            return Err(StoreError::unavailable(Reason(reason)));
        };
        outcome.map_err(|failure| failure.explain(&self.place))
    }

    /// The only row that this function gives.
    pub(super) async fn row(
        &self,
        function: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Row, StoreError> {
        let mut rows = self.rows(function, values).await?;
        rows.pop().ok_or_else(|| self.place.damaged(function))
    }

    /// A call whose answer is yes, or no if somebody else has what it needs.
    pub(super) async fn yes(
        &self,
        function: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<(), StoreError> {
        let row = self.row(function, values).await?;
        if self.read(&row, 0)? { Ok(()) } else { Err(StoreError::conflict()) }
    }

    /// What stands in this column.
    pub(super) fn read<'a, T: FromSql<'a>>(
        &self,
        row: &'a Row,
        column: usize,
    ) -> Result<T, StoreError> {
        row.try_get(column).map_err(|_| self.place.damaged("a function's answer"))
    }

    /// All calls are idempotent, or lose no more than a lease when they are made twice.
    async fn attempts(
        &self,
        statement: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Failure> {
        let (mut connections, mut repeats) = (1, REPEATS);
        loop {
            let failure = match self.attempt(statement, values).await {
                Ok(rows) => return Ok(rows),
                Err(failure) => failure,
            };
            let left = match failure.remedy() {
                Remedy::Reconnect => {
                    // What broke one may have broken all that were idle; the next is a new one.
                    self.pool.retain(|_, _| false);
                    &mut connections
                }
                Remedy::Repeat => &mut repeats,
                Remedy::Tell => return Err(failure),
            };
            if *left == 0 {
                return Err(failure);
            }
            *left -= 1;
        }
    }

    async fn attempt(
        &self,
        statement: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Failure> {
        let mut working = Working(Some(self.pool.get().await.map_err(Failure::Pool)?));
        let client = working.0.as_mut().expect("it was put there a line above");
        let prepared = client.prepare_cached(statement).await.map_err(Failure::Call)?;
        let outcome = client.query(&prepared, values).await.map_err(Failure::Call);
        if !outcome.as_ref().is_err_and(|failure| failure.remedy() == Remedy::Reconnect) {
            working.done();
        }
        outcome
    }
}

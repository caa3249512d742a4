//! The file inside one transaction.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{CachedStatement, Connection, Params};

use super::holder::Holder;

/// The file inside one transaction.
pub(super) struct Tables<'file> {
    pub(super) file: &'file Connection,
    pub(super) holder: &'file Mutex<Holder>,
    /// Many turns are committed together.
    pub(super) is_crowded: bool,
}

impl<'file> Tables<'file> {
    pub(super) fn new(
        file: &'file Connection,
        holder: &'file Mutex<Holder>,
        is_crowded: bool,
    ) -> Self {
        Self { file, holder, is_crowded }
    }

    /// Who has the lanes; let it go before somebody else asks.
    pub(super) fn holder(&self) -> MutexGuard<'file, Holder> {
        self.holder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn prepared(&self, sql: &str) -> rusqlite::Result<CachedStatement<'file>> {
        #[cfg(test)]
        assert_searches(self.file, sql)?;
        self.file.prepare_cached(sql)
    }

    /// How many rows this has changed.
    pub(super) fn write(&self, sql: &str, values: impl Params) -> rusqlite::Result<usize> {
        self.prepared(sql)?.execute(values)
    }
}

/// No statement may look at all rows of a table that grows with the conversations.
#[cfg(test)]
fn assert_searches(file: &Connection, sql: &str) -> rusqlite::Result<()> {
    let mut plan = file.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    // The plan does not depend on the values, which are not there yet.
    for index in 1..=plan.parameter_count() {
        plan.raw_bind_parameter(index, rusqlite::types::Null)?;
    }
    let mut rows = plan.raw_query();
    while let Some(row) = rows.next()? {
        let step: String = row.get("detail")?;
        let small =
            ["CONSTANT ROW", "1-ROW", "(subquery", "lanes", "tickets", "journal", "sids_new"];
        let is_small = small.iter().any(|name| step.contains(name));
        assert!(is_small || !step.contains("SCAN"), "{step} in {sql}");
        let is_sorted = !step.contains("TEMP B-TREE") || sql.contains("FROM journal");
        assert!(is_sorted, "{step} in {sql}");
    }
    Ok(())
}

//! The file inside one transaction.

use std::cell::Cell;

use rusqlite::{CachedStatement, Connection, Params};

/// The file inside one transaction.
pub(super) struct Tables<'file> {
    file: &'file Connection,
    /// The newest fence, once a turn has begun in this transaction.
    fence: Cell<Option<i64>>,
}

impl<'file> Tables<'file> {
    pub(super) fn new(file: &'file Connection) -> Self {
        Self { file, fence: Cell::new(None) }
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

    /// A fence above all that were given, by other processes too.
    pub(super) fn next_fence(&self) -> rusqlite::Result<i64> {
        let newest = match self.fence.get() {
            Some(newest) => newest,
            None => self.prepared("SELECT newest FROM fences")?.query_one((), |row| row.get(0))?,
        };
        self.fence.set(Some(newest + 1));
        Ok(newest + 1)
    }

    /// Writes down what the transaction has counted in memory.
    pub(super) fn finish(&self) -> rusqlite::Result<()> {
        if let Some(newest) = self.fence.take() {
            self.write("UPDATE fences SET newest = ?1", (newest,))?;
        }
        Ok(())
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
        let small = ["CONSTANT ROW", "1-ROW", "(subquery", "lanes", "tickets", "fences"];
        let is_small = small.iter().any(|name| step.contains(name));
        assert!(is_small || !step.contains("SCAN"), "{step} in {sql}");
        assert!(!step.contains("TEMP B-TREE"), "{step} in {sql}");
    }
    Ok(())
}

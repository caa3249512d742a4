//! A table as lines: phones have no columns.

use crate::markup::{Rich, bold};

/// The cells read so far.
#[derive(Debug, Default)]
pub(super) struct Table {
    header: Vec<Rich>,
    rows: Vec<Vec<Rich>>,
    row: Vec<Rich>,
}

impl Table {
    pub(super) fn cell(&mut self, cell: Rich) {
        self.row.push(cell.on_one_line());
    }

    pub(super) fn end_row(&mut self, is_header: bool) {
        let row = std::mem::take(&mut self.row);
        if is_header {
            self.header = row;
        } else {
            self.rows.push(row);
        }
    }

    /// A document for each row, with a line `*Header:* value` for each cell that is not empty; the
    /// header alone if there are no rows.
    pub(super) fn into_rows(self) -> Vec<Rich> {
        if self.rows.is_empty() {
            let header = self.header.into_iter().filter(|cell| !cell.is_empty());
            return vec![header.fold(Rich::new(), |row, cell| row.line(bold(cell)))];
        }
        let header = self.header;
        let line = |(at, cell): (usize, Rich)| match header.get(at).filter(|name| !name.is_empty())
        {
            Some(name) => {
                let colon = if name.text().ends_with(':') { "" } else { ":" };
                bold(name.clone() + colon) + " " + cell
            }
            None => cell,
        };
        let row = |row: Vec<Rich>| {
            let cells = row.into_iter().enumerate().filter(|(_, cell)| !cell.is_empty());
            cells.map(line).fold(Rich::new(), Rich::line)
        };
        self.rows.into_iter().map(row).collect()
    }
}

//! What is open at a place of a text, the outer before the inner; takes no memory of its own.

/// A stack as deep as formats can lie in each other: there are nine, and none overlaps itself.
#[derive(Debug, Default)]
pub(super) struct Stack<T> {
    held: [T; 9],
    depth: usize,
}

impl<T: Copy> Stack<T> {
    pub(super) fn push(&mut self, item: T) {
        self.held[self.depth] = item;
        self.depth += 1;
    }

    pub(super) fn last(&self) -> Option<T> {
        self.depth.checked_sub(1).map(|top| self.held[top])
    }

    pub(super) fn pop(&mut self) {
        self.depth -= 1;
    }
}

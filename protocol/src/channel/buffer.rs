//! Bytes that wait to be read, with a bound.

/// A queue of bytes: appended at the end, consumed at the start.
#[derive(Default)]
pub(super) struct Buffer {
    held: Vec<u8>,
    start: usize,
}

impl Buffer {
    /// Returns the bytes that were not consumed yet.
    pub(super) fn unread(&self) -> &[u8] {
        self.held.get(self.start..).unwrap_or_default()
    }

    /// Appends bytes unless more than `bytes_max` would wait; `false` then, with nothing changed.
    pub(super) fn push(&mut self, bytes: &[u8], bytes_max: usize) -> bool {
        if self.unread().len().saturating_add(bytes.len()) > bytes_max {
            return false;
        }
        self.held.drain(..self.start);
        self.start = 0;
        self.held.extend_from_slice(bytes);
        true
    }

    /// Drops the first `count` unread bytes.
    pub(super) fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.held.len());
        if self.start == self.held.len() {
            // An idle stream holds no memory.
            self.held = Vec::new();
            self.start = 0;
        }
    }
}

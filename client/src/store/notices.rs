//! Statements about messages that this desk does not have: what gateways are told of others.
//!
//! Kept as they came, verified, the newest of them; nobody's receipts.

use super::record::StoredObject;
use super::writing::Writing;
use super::{Store, StoreError, hex};
use estafette_protocol::encoding::Signed;
use estafette_protocol::statement::{self, Statement};
use estafette_protocol::time::UnixMillis;

/// Folder of the notices.
const FOLDER: &str = "notices";
/// Notices kept, at most.
pub const NOTICES_MAX: usize = 1_024;

impl Store {
    /// The notices, newest first.
    ///
    /// # Errors
    /// When one is broken, or what the disk says.
    pub fn notices(&self) -> Result<Vec<Signed<Statement>>, StoreError> {
        let mut notices = Vec::new();
        for name in self.files.list(FOLDER)? {
            let stored: Option<StoredObject> = self.files.read(&format!("{FOLDER}/{name}"))?;
            if let Some(stored) = stored {
                notices.push(statement::decode(stored.object.as_slice())?);
            }
        }
        notices.sort_by_key(|signed| std::cmp::Reverse(signed.value().at));
        Ok(notices)
    }
}

impl Writing<'_> {
    /// Keeps a notice; says whether it is new. The oldest make room.
    ///
    /// # Errors
    /// What the disk says.
    pub fn add_notice(
        &self,
        statement: &Signed<Statement>,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        // Named by the time of its coming, so that the oldest is the first.
        let suffix = format!("-{}", hex(&statement.hash()));
        let names = self.files().list(FOLDER)?;
        if names.iter().any(|name| name.ends_with(&suffix)) {
            return Ok(false);
        }
        let stored = StoredObject {
            received_at: now,
            object: statement.encode()?.into(),
        };
        let name = format!("{FOLDER}/{:020}{suffix}", now.0);
        self.files().write(&name, &stored)?;
        let old = (names.len() + 1).saturating_sub(NOTICES_MAX);
        names
            .iter()
            .take(old)
            .try_for_each(|name| self.files().remove(&format!("{FOLDER}/{name}")))?;
        Ok(true)
    }
}

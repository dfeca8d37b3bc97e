//! `rotate`: new hop and statement keys for a relay, drawn aside until a roster lists them.

use serde_json::json;

use super::{Folder, init};
use crate::config::Config;
use crate::key_file::{KeyFileError, create_relay_key, read_relay_key};
use crate::output::{Failure, Output};

// IDN-47
pub(super) fn rotate(folder: &Folder, output: &Output) -> Result<(), Failure> {
    let config = Config::load(&folder.dir)?;
    let path = config.folder.next_key();
    let (key, is_new) = match create_relay_key(&path) {
        Err(KeyFileError::Exists { .. }) => (read_relay_key(&path)?, false),
        key => (key?, true),
    };
    let card = init::write_card(&config, &key)?;
    let value = json!({
        "dir": folder.dir,
        "hop_key": hex::encode(card.hop_key.as_bytes()),
        "statement_key": hex::encode(card.statement_key.to_bytes()),
        "made": is_new,
    });
    let made = if is_new { "drawn" } else { "kept as they were" };
    let dir = folder.dir.display();
    let lines = format!(
        "new keys for relay {} in {dir}: {made}, not yet in use",
        config.name
    );
    output.result("rotation", value, lines);
    output.note(format_args!(
        "  The relay goes on with the old ones until the roster lists these and it starts again.\n  \
         → estafette-relay roster add-relay --relay {dir} --authority AUTHORITY\n  \
         → estafette-relay roster sign --authority AUTHORITY"
    ));
    Ok(())
}

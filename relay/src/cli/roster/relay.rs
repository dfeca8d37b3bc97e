//! `roster add-relay`: a relay's public keys and addresses into the draft, and the root into the
//! relay's configuration.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::authority::draft::RelayCard;
use crate::authority::{Authority, AuthorityError, read_file};
use crate::config::{Config, Folder};
use crate::key_file;
use crate::output::{Exit, Failure, Output};

pub(super) fn add(dir: &Path, relay: &Path, output: &Output) -> Result<(), Failure> {
    let mut authority = Authority::open(dir)?;
    let folder = relay.is_dir().then(|| Folder::new(relay));
    let path = folder
        .as_ref()
        .map_or_else(|| relay.to_owned(), Folder::public);
    let card = read_card(&path)?;
    if card.agency != *authority.agency() {
        let what = format!("{} is a relay of {}", relay.display(), card.agency);
        let next = "name a relay of this agency";
        let failure = Failure::new("relay-of-another", what, "Nothing was changed.", next);
        return Err(failure.with_exit(Exit::Usage));
    }
    if card.addresses.is_empty() {
        let what = format!("relay {} has no address that others reach", card.name);
        let why = "A roster says where the relay is. Nothing was changed.";
        let next = "add addresses to relay.toml, then run: estafette-relay init again";
        let failure = Failure::new("no-address", what, why, next);
        return Err(failure.with_exit(Exit::Usage));
    }
    let name = card.name.clone();
    let at = match &folder {
        Some(folder) => {
            pin_root(folder, &authority)?;
            Some(fs::canonicalize(relay).map_err(AuthorityError::io("find", relay))?)
        }
        None => None,
    };
    authority.draft_mut().add_relay(card, at);
    authority.save()?;
    super::drafted(output, dir, "relay", &name, true);
    if folder.is_none() {
        let root = hex::encode(authority.root().as_slice());
        output.note(format_args!(
            "  on the relay's machine, once:  root = \"{root}\"  in relay.toml"
        ));
    }
    Ok(())
}

fn read_card(path: &Path) -> Result<RelayCard, Failure> {
    let malformed = || AuthorityError::Malformed {
        path: path.to_owned(),
        expected: "a relay.public that `init` wrote",
    };
    if !path.exists() {
        let what = format!("{} is not there", path.display());
        let next = "estafette-relay init --agency AGENCY --listen IP:PORT --dir DIR";
        let failure = Failure::new("no-relay", what, "It is no relay's folder.", next);
        return Err(failure.with_exit(Exit::Unknown));
    }
    let text = String::from_utf8(read_file(path)?).map_err(|_| malformed())?;
    Ok(toml::from_str(&text).map_err(|_| malformed())?)
}

/// A relay trusts one root, set once.
fn pin_root(folder: &Folder, authority: &Authority) -> Result<(), Failure> {
    let config = Config::load(folder.dir())?;
    match config.root {
        Some(root) if root == authority.root() => Ok(()),
        Some(_) => {
            let what = format!("the relay in {} has another root", folder.dir().display());
            let why = "It was set up for another authority of the same name. Nothing was changed.";
            let next = "compare fingerprints, then make a new relay folder for the one that counts";
            Err(Failure::new("root-differs", what, why, next).with_exit(Exit::Trust))
        }
        None => {
            let path = folder.config();
            let text = String::from_utf8_lossy(&read_file(&path)?).into_owned();
            let text = Config::with_root(&text, &authority.root());
            Config::parse(folder.clone(), &text)?;
            Ok(key_file::replace(&path, text.as_bytes())?)
        }
    }
}

/// What scripts see of a relay of the draft.
pub(super) fn value(relay: &crate::authority::draft::DraftRelay) -> serde_json::Value {
    json!({
        "name": relay.name,
        "hop_key": hex::encode(relay.hop_key.as_bytes()),
        "addresses": relay.addresses,
        "folder": relay.folder,
    })
}

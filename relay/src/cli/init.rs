//! `init`: a relay's folder, with its keys and configuration.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use estafette_protocol::crypto::HopKey;
use serde_json::json;

use super::Init;
use crate::authority::draft::RelayCard;
use crate::config::{Config, Folder, parse_hash};
use crate::key_file::{self, KeyFileError, RelayKey};
use crate::output::{Exit, Failure, Output};

impl Init {
    pub(super) fn run(&self, output: &Output) -> Result<(), Failure> {
        let folder = Folder::new(&self.dir);
        let text = self.config_text()?;
        // Checked before anything is made.
        let mut config = Config::parse(folder.clone(), &text)?;
        let is_new = !folder.config().exists();
        if !is_new {
            config = self.existing(&folder)?;
        }
        if self.dry_run {
            let lines = format!(
                "would make {}: relay.toml, relay.key, relay.public, published/\n{text}",
                self.dir.display()
            );
            let value = json!({ "dir": self.dir, "config": text, "made": false });
            output.result("init", value, lines);
            return Ok(());
        }
        make_dir(folder.dir())?;
        let key = match key_file::read_relay_key(&folder.key()) {
            Err(KeyFileError::Missing { .. }) => key_file::create_relay_key(&folder.key())?,
            key => key?,
        };
        make_dir(&folder.published())?;
        if is_new {
            key_file::replace(&folder.config(), text.as_bytes())?;
        }
        let card = write_card(&config, &key)?;
        self.report(output, &config, &card, is_new);
        Ok(())
    }

    fn config_text(&self) -> Result<String, Failure> {
        let usable = |a: &&std::net::SocketAddr| !a.ip().is_unspecified() && a.port() != 0;
        let addresses = match self.address.as_slice() {
            [] => self
                .listen
                .iter()
                .filter(usable)
                .map(ToString::to_string)
                .collect(),
            given => given.to_vec(),
        };
        let root = match &self.root {
            None => None,
            Some(text) => Some(parse_hash(text).ok_or_else(|| {
                Failure::new(
                    "usage",
                    "--root is not a hash",
                    "It has 64 hexadecimal digits. Nothing was made.",
                    "estafette-relay roster show --json",
                )
                .with_exit(Exit::Usage)
            })?),
        };
        Ok(Config::template(
            &self.agency,
            &self.name,
            &self.listen,
            &addresses,
            root.as_ref(),
        ))
    }

    /// A folder that was made before keeps its configuration; it must be this agency's.
    fn existing(&self, folder: &Folder) -> Result<Config, Failure> {
        let config = Config::load(folder.dir())?;
        if config.agency == self.agency {
            return Ok(config);
        }
        let what = format!("{} is a relay of {}", folder.dir().display(), config.agency);
        let why = "A relay serves one agency; nothing was changed.";
        Err(Failure::new(
            "relay-of-another",
            what,
            why,
            "name another folder with --dir",
        ))
    }

    fn report(&self, output: &Output, config: &Config, card: &RelayCard, is_new: bool) {
        let dir = self.dir.display();
        let value = json!({
            "dir": self.dir,
            "agency": config.agency,
            "name": config.name,
            "listen": config.listen,
            "addresses": config.addresses,
            "hop_key": hex::encode(card.hop_key.as_bytes()),
            "statement_key": hex::encode(card.statement_key.to_bytes()),
            "made": is_new,
        });
        let made = if is_new { "made" } else { "kept as it was" };
        let listen: Vec<_> = config.listen.iter().map(ToString::to_string).collect();
        let lines = format!(
            "relay {} of {} in {dir}: {made}\n  listens on UDP {}; let it through the firewall",
            config.name,
            config.agency,
            listen.join(", "),
        );
        output.result("init", value, lines);
        if config.addresses.is_empty() {
            output.note("  no address that others reach: add some to addresses in relay.toml");
        }
        if config.root.is_none() {
            output.note(format_args!(
                "  → estafette-relay roster init --agency {} --authority AUTHORITY\n  \
                 → estafette-relay roster add-relay --relay {dir} --authority AUTHORITY",
                config.agency
            ));
        } else {
            output.note(format_args!("  → estafette-relay serve --dir {dir}"));
        }
    }
}

/// Writes what the authority has to know of a relay: of its next keys, where some wait.
pub(super) fn write_card(config: &Config, key: &RelayKey) -> Result<RelayCard, Failure> {
    let malformed = || KeyFileError::Malformed {
        path: config.folder.key(),
        purpose: "relay",
    };
    let card = RelayCard {
        agency: config.agency.clone(),
        name: config.name.clone(),
        hop_key: HopKey::from_bytes(&key.hop.public()).map_err(|_| malformed())?,
        statement_key: key.statement.verifying_key(),
        addresses: config.addresses.clone(),
    };
    let body = toml::to_string(&card).unwrap_or_default();
    let text = format!("# For `estafette-relay roster add-relay`. No secret is in here.\n{body}");
    key_file::replace(&config.folder.public(), text.as_bytes())?;
    Ok(card)
}

/// Makes a folder that only its owner may enter.
pub(super) fn make_dir(dir: &Path) -> Result<(), Failure> {
    let refuse = |error: io::Error| KeyFileError::Io {
        action: "create",
        path: dir.to_owned(),
        kind: error.kind(),
    };
    if dir.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(dir).map_err(refuse)?;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).map_err(refuse)?;
    Ok(())
}

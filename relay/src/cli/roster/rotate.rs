//! `roster rotate-keys` and `roster rotate-root`: new keys of the agency, by a new charter.

use std::path::{Path, PathBuf};

use clap::Args;
use estafette_protocol::address::Agency;
use estafette_protocol::crypto::SigningKey;

use crate::authority::{Authority, NewKeys};
use crate::cli::AuthorityFolder;
use crate::key_file::{KeyFileError, Purpose, create_agency_key, read_agency_key};
use crate::output::{Failure, Output};
use crate::server::now;

#[derive(Debug, Args)]
#[command(after_help = "\
Without --roster or --accord both keys are drawn anew. The next roster is signed and published.
The old accord key stays listed, so that what it signed stands, unless --compromised is given.
Examples:
  estafette-relay roster rotate-keys --root-key /media/stick/ROOT.key
  estafette-relay roster rotate-keys --accord --compromised --root-key /media/stick/ROOT.key")]
pub(in crate::cli) struct RotateKeys {
    /// The key that signs rosters.
    #[arg(long)]
    roster: bool,
    /// The key that signs accords.
    #[arg(long)]
    accord: bool,
    /// Others may know the old accord key: end every accord signed with it.
    #[arg(long, requires = "accord")]
    compromised: bool,
    /// The root key; repeat for as many as the charter's threshold.
    #[arg(long = "root-key", required = true, value_name = "FILE")]
    root_keys: Vec<PathBuf>,
    /// For how long the roster is current.
    #[arg(long, default_value_t = 90, value_name = "DAYS")]
    days: u64,
    #[command(flatten)]
    authority: AuthorityFolder,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The agency's root fingerprint stays: it is that of charter 0. Keep the old root key until every
party has the new charter.
Example:
  estafette-relay roster rotate-root --root-key /media/old/ROOT.key \\
      --new-root-key /media/new/ROOT.key")]
pub(in crate::cli) struct RotateRoot {
    /// The old root key; repeat for as many as the charter's threshold.
    #[arg(long = "root-key", required = true, value_name = "FILE")]
    root_keys: Vec<PathBuf>,
    /// The new root key, which is made where there is none; repeat for several.
    #[arg(long = "new-root-key", required = true, value_name = "FILE")]
    new_root_keys: Vec<PathBuf>,
    /// How many of the new root keys must sign from now on.
    #[arg(long, default_value_t = 1, value_name = "N")]
    threshold: u8,
    /// For how long the roster is current.
    #[arg(long, default_value_t = 90, value_name = "DAYS")]
    days: u64,
    #[command(flatten)]
    authority: AuthorityFolder,
}

impl RotateKeys {
    pub(super) fn run(&self, output: &Output) -> Result<(), Failure> {
        let mut authority = Authority::open(&self.authority.authority)?;
        let roots = read(&self.root_keys, authority.agency())?;
        let both = !self.roster && !self.accord;
        let new = NewKeys {
            roster: self.roster || both,
            accord: self.accord || both,
            is_compromised: self.compromised,
        };
        let signed = authority.rotate_keys(&roots, new, (now(), self.days))?;
        say(&authority, output);
        if self.compromised {
            output.note("  Every accord is to be signed again, and activated at every party:");
            output.note("  → estafette-relay accord sign FILE");
        }
        super::bring(&authority, &signed, output)
    }
}

impl RotateRoot {
    pub(super) fn run(&self, output: &Output) -> Result<(), Failure> {
        let mut authority = Authority::open(&self.authority.authority)?;
        let agency = authority.agency().clone();
        let roots = read(&self.root_keys, &agency)?;
        let make = |path: &PathBuf| match read_agency_key(path, &agency, Purpose::Root) {
            Err(KeyFileError::Missing { .. }) => {
                super::keep_apart(path, &self.authority.authority)?;
                Ok(create_agency_key(path, &agency, Purpose::Root)?)
            }
            key => Ok::<_, Failure>(key?),
        };
        let new: Result<Vec<SigningKey>, Failure> = self.new_root_keys.iter().map(make).collect();
        let new = (new?, self.threshold);
        let signed = authority.rotate_root(&roots, (&new.0, new.1), (now(), self.days))?;
        say(&authority, output);
        super::bring(&authority, &signed, output)
    }
}

fn read(paths: &[PathBuf], agency: &Agency) -> Result<Vec<SigningKey>, KeyFileError> {
    let read = |path: &PathBuf| read_agency_key(Path::new(path), agency, Purpose::Root);
    paths.iter().map(read).collect()
}

fn say(authority: &Authority, output: &Output) {
    let (agency, number) = (authority.agency(), authority.charter_number());
    output.note(format_args!("charter {number} of {agency} signed"));
}

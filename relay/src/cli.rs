//! The command line of the relay and of the agency's authority.
//!
//! Decides verbs, flags and help. What each verb does is in `cli/`, one file each; only `output`
//! prints. Exit codes: 0 done, 1 failed, 2 usage, 3 a person must decide, 5 trust, 6 the relay does
//! not run, 7 refused, 11 no such thing.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use estafette_protocol::address::Agency;

use crate::output::{Failure, Output};

mod accord;
mod failure;
mod house;
mod init;
mod journal;
mod publish;
mod roster;
mod rotate;
mod serve;
mod status;
mod table;

/// Hosts an agency's relay, and signs for the agency that hosts it.
#[derive(Debug, Parser)]
#[command(
    name = "estafette-relay",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "\
Examples, from nothing to a relay with one desk:
  estafette-relay init --agency police.xa --listen 127.0.0.1:4640 --dir relay
  estafette-relay roster init --agency police.xa --authority authority
  estafette-relay roster add-relay --relay relay --authority authority
  estafette-relay roster add-desk duty@spoc --authority authority
  estafette-relay roster sign --authority authority
  estafette-relay serve --dir relay
  estafette-relay roster invite duty@spoc --relay relay --authority authority"
)]
struct Cli {
    /// Print JSON, one object a line.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a relay's folder: keys and configuration.
    Init(Init),
    /// Run the relay of a folder until it is told to stop.
    Serve(Serve),
    /// Say how a running relay stands.
    Status(Folder),
    /// Stop a running relay in good order.
    Stop(Folder),
    /// Draw new keys for a relay, in use once a roster lists them and it starts again.
    #[command(after_help = "\
Example, from new keys to their use:
  estafette-relay rotate --dir relay
  estafette-relay roster add-relay --relay relay --authority authority
  estafette-relay roster sign --authority authority
  estafette-relay stop --dir relay
  estafette-relay serve --dir relay")]
    Rotate(Folder),
    /// Bring a bundle or signed objects to a relay.
    Publish(Publish),
    /// Look after a relay's journal.
    #[command(subcommand)]
    Journal(Journal),
    /// Sign for an agency: units, desks, devices, relays.
    #[command(subcommand)]
    Roster(Roster),
    /// Agree with other agencies.
    #[command(subcommand)]
    Accord(Accord),
    /// Say who may tell whom what within the agency.
    #[command(subcommand)]
    House(house::House),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  estafette-relay init --agency police.xa --listen 127.0.0.1:4640
  estafette-relay init --agency police.xa --listen 0.0.0.0:4640 --listen [::]:4640 \\
      --address relay.police.xa:4640 --dir /var/lib/estafette")]
struct Init {
    /// The agency that hosts the relay, such as police.xa.
    #[arg(long)]
    agency: Agency,
    /// A socket to listen on; repeat for IPv4 and IPv6.
    #[arg(long, required = true, value_name = "IP:PORT")]
    listen: Vec<SocketAddr>,
    /// Where others reach the relay; default: what it listens on.
    #[arg(long, value_name = "HOST:PORT")]
    address: Vec<String>,
    /// The relay's folder.
    #[arg(long, default_value = "relay")]
    dir: PathBuf,
    /// The relay's label in the agency's roster.
    #[arg(long, default_value = "relay")]
    name: String,
    /// Hash of the agency's charter 0, where its authority is on another machine.
    #[arg(long, value_name = "HASH")]
    root: Option<String>,
    /// Say what would be made, and make nothing.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  estafette-relay serve --dir relay
  estafette-relay serve --dir relay --ready-file /run/estafette/ready.json")]
struct Serve {
    /// The relay's folder.
    #[arg(long, default_value = "relay")]
    dir: PathBuf,
    /// Write a JSON object with the addresses to this file when ready; /dev/fd/N for a descriptor.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  estafette-relay status --dir relay
  estafette-relay status --dir relay --json")]
struct Folder {
    /// The relay's folder.
    #[arg(long, default_value = "relay")]
    dir: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Example, on a relay whose agency's authority is on another machine:
  estafette-relay publish police-xa.bundle --dir relay")]
struct Publish {
    /// A bundle that `roster export` wrote, or a file with one signed object.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The relay's folder.
    #[arg(long, default_value = "relay")]
    dir: PathBuf,
}

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Example, after serve has refused a damaged journal:
  estafette-relay journal repair --dir relay")]
enum Journal {
    /// Cut off what is damaged, keep copies, and say what was lost.
    Repair(Folder),
}

/// Where formats of the agency's own are defined.
#[derive(Debug, Args)]
struct DefinitionsFolder {
    /// A folder with formats/, groups/ and codes/ beside those of this edition.
    #[arg(long, value_name = "DIR")]
    definitions: Option<PathBuf>,
}

/// Where the authority of an agency is.
#[derive(Debug, Args)]
struct AuthorityFolder {
    /// The authority's folder.
    #[arg(long, default_value = "authority", value_name = "DIR")]
    authority: PathBuf,
}

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  estafette-relay roster init --agency police.xa --root-key /media/stick/ROOT.key
  estafette-relay roster add-relay --relay relay
  estafette-relay roster add-desk duty@spoc
  estafette-relay roster sign
  estafette-relay roster export police-xa.bundle")]
enum Roster {
    /// Make an agency's authority: root key, charter 0, roster and accord keys.
    #[command(after_help = "\
Example:
  estafette-relay roster init --agency police.xa --root-key /media/stick/ROOT.key")]
    Init {
        /// The agency.
        #[arg(long)]
        agency: Agency,
        /// Where the root key is, or is to be made; never within the authority's folder.
        #[arg(long, default_value = "ROOT.key", value_name = "FILE")]
        root_key: PathBuf,
        /// The unit that is the single point of contact.
        #[arg(long, default_value = "spoc", value_name = "UNIT")]
        gateway: String,
        #[command(flatten)]
        authority: AuthorityFolder,
    },
    /// Add a unit to the draft.
    #[command(after_help = "Example:\n  estafette-relay roster add-unit north --superior spoc")]
    AddUnit {
        /// The unit: a label, or its full name.
        unit: String,
        /// The unit above it; default: the head.
        #[arg(long, value_name = "UNIT")]
        superior: Option<String>,
        /// It is a single point of contact.
        #[arg(long)]
        gateway: bool,
        /// It is the head, above the unit that was.
        #[arg(long, conflicts_with = "superior")]
        head: bool,
        #[command(flatten)]
        authority: AuthorityFolder,
    },
    /// Add a desk to the draft, or change what it may originate.
    #[command(after_help = "\
Examples:
  estafette-relay roster add-desk duty@spoc
  estafette-relay roster add-desk duty@north --format flag:flash --format note:immediate")]
    AddDesk {
        /// The desk: label@unit, or its full name.
        desk: String,
        /// A format it may originate, and up to which precedence; default: every one at flash.
        #[arg(long = "format", value_name = "FORMAT:PRECEDENCE")]
        formats: Vec<String>,
        #[command(flatten)]
        definitions: DefinitionsFolder,
        #[command(flatten)]
        authority: AuthorityFolder,
    },
    /// Say who stands above a desk and who stands in for it.
    SetDesk(roster::SetDesk),
    /// Add an exercise to the draft, or change it; prints its id.
    AddExercise(roster::AddExercise),
    /// Remove an exercise from the draft.
    RemoveExercise(roster::RemoveExercise),
    /// Add a relay to the draft, or bring its entry up to date.
    #[command(
        after_help = "Example:\n  estafette-relay roster add-relay --relay /var/lib/estafette"
    )]
    AddRelay {
        /// The relay's folder, or the `relay.public` file of one on another machine.
        #[arg(long, value_name = "DIR")]
        relay: PathBuf,
        #[command(flatten)]
        authority: AuthorityFolder,
    },
    /// Invite one device to a desk; prints the invitation's text.
    #[command(
        after_help = "Example:\n  estafette-relay roster invite duty@spoc --relay relay --hours 4"
    )]
    Invite {
        /// The desk: label@unit, or its full name.
        desk: String,
        /// The relay's folder.
        #[arg(long, value_name = "DIR")]
        relay: PathBuf,
        /// For how long the invitation may be used.
        #[arg(long, default_value_t = 24, value_name = "HOURS")]
        hours: u64,
        #[command(flatten)]
        authority: AuthorityFolder,
    },
    /// Show devices that ask to join or for new keys, and add those whose fingerprint fits.
    #[command(after_help = "\
Without --fingerprint a person compares each fingerprint and types yes.
Examples:
  estafette-relay roster approve --relay relay
  estafette-relay roster approve duty@spoc --relay relay \\
      --fingerprint \"9f3a 22c1 07be 5d10 8e44 b1f0 6a2d 93c7\"")]
    Approve {
        /// Only devices of this desk.
        desk: Option<String>,
        /// Ask about every device (the default without a desk).
        #[arg(long, conflicts_with = "desk")]
        all: bool,
        /// What the officer reads out, whole; repeat for several devices.
        #[arg(long = "fingerprint", value_name = "DIGITS")]
        fingerprints: Vec<String>,
        /// The relay's folder.
        #[arg(long, value_name = "DIR")]
        relay: PathBuf,
        #[command(flatten)]
        authority: AuthorityFolder,
    },
    /// Remove a device from the draft and revoke its keys.
    #[command(after_help = "Example:\n  estafette-relay roster revoke 9f3a22c107be")]
    Revoke {
        /// The device's key or key identifier, or at least its first 8 digits.
        key: String,
        #[command(flatten)]
        authority: AuthorityFolder,
    },
    /// Sign the draft as the next roster, and publish it to the relays on this machine.
    #[command(after_help = "Example:\n  estafette-relay roster sign --days 90")]
    Sign {
        /// For how long the roster is current.
        #[arg(long, default_value_t = 90, value_name = "DAYS")]
        days: u64,
        #[command(flatten)]
        authority: AuthorityFolder,
    },
    /// Draw new roster and accord keys, by a charter that the root key signs.
    RotateKeys(roster::RotateKeys),
    /// Put other root keys in the place of the old ones, which sign it too.
    RotateRoot(roster::RotateRoot),
    /// Show agencies that signed two rosters for one place, as a relay keeps it.
    #[command(after_help = "\
Examples:
  estafette-relay roster proofs --relay relay
  estafette-relay roster proofs --relay relay --json")]
    Proofs {
        /// The relay's folder.
        #[arg(long, value_name = "DIR")]
        relay: PathBuf,
    },
    /// Show the draft, and what is signed.
    #[command(after_help = "Example:\n  estafette-relay roster show --json")]
    Show {
        #[command(flatten)]
        authority: AuthorityFolder,
    },
    /// Write what other agencies need: charters and newest roster.
    #[command(after_help = "Example:\n  estafette-relay roster export police-xa.bundle")]
    Export {
        /// The bundle to write.
        file: PathBuf,
        #[command(flatten)]
        authority: AuthorityFolder,
    },
}

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples, the first two at police.xa, the third at border.xb, the last at both:
  estafette-relay accord new xa-xb --with border-xb.bundle --format flag --format note
  estafette-relay accord sign xa-xb.accord
  estafette-relay accord countersign xa-xb.accord --with police-xa.bundle
  estafette-relay accord activate xa-xb.accord --relay relay")]
enum Accord {
    /// Draft an accord with other agencies.
    New(accord::New),
    /// Judge a rule table before anyone signs it.
    Check(accord::Check),
    /// Sign an accord as the agency that drafted it.
    #[command(after_help = "Example:\n  estafette-relay accord sign xa-xb.accord")]
    Sign {
        /// The accord.
        file: PathBuf,
        #[command(flatten)]
        authority: AuthorityFolder,
    },
    /// Sign an accord that another agency has drafted and signed.
    #[command(
        after_help = "Example:\n  estafette-relay accord countersign xa-xb.accord --with police-xa.bundle"
    )]
    Countersign {
        /// The accord.
        file: PathBuf,
        /// The other agency's bundle, had from it directly.
        #[arg(long, required = true, value_name = "BUNDLE")]
        with: Vec<PathBuf>,
        #[command(flatten)]
        authority: AuthorityFolder,
    },
    /// Put an accord that every party has signed in force at a relay.
    #[command(
        after_help = "Example:\n  estafette-relay accord activate xa-xb.accord --relay relay"
    )]
    Activate {
        /// The accord.
        file: PathBuf,
        /// The relay's folder.
        #[arg(long, value_name = "DIR")]
        relay: PathBuf,
    },
    /// Say by which row of an accord or table a message goes, and what that row demands.
    Explain(accord::Explain),
    /// Show what an accord says, row by row, and who has signed it.
    #[command(after_help = "Example:\n  estafette-relay accord show xa-xb.accord")]
    Show {
        /// The accord.
        file: PathBuf,
    },
}

/// Runs the command line of these arguments, the program's name first.
pub fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Whoever reads may be gone.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let output = Output::new(cli.json);
    match cli.verb.run(&output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => output.failure(&failure),
    }
}

impl Verb {
    fn run(&self, output: &Output) -> Result<(), Failure> {
        match self {
            Self::Init(init) => init.run(output),
            Self::Serve(serve) => serve.run(output),
            Self::Status(folder) => status::show(folder, output),
            Self::Stop(folder) => status::stop(folder, output),
            Self::Rotate(folder) => rotate::rotate(folder, output),
            Self::Publish(publish) => publish.run(output),
            Self::Journal(Journal::Repair(folder)) => journal::repair(folder, output),
            Self::Roster(roster) => roster.run(output),
            Self::Accord(accord) => accord.run(output),
            Self::House(house) => house.run(output),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}

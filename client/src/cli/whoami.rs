//! `estafette whoami`: desk, device and how it stands with the roster.

use super::context::Context;
use crate::clock;
use crate::courier::fingerprint;
use crate::exit::Exit;
use crate::failure::Outcome;
use clap::Args;
use estafette_protocol::enrolment::show_fingerprint;
use serde_json::json;

/// Who this device is.
#[derive(Debug, Args)]
pub(super) struct Whoami {}

impl Whoami {
    #[expect(clippy::unused_self, reason = "every command is run the same way")]
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let unlocked = context.unlock()?;
        let (output, account, now) = (context.output, &unlocked.account, clock::now());
        let own = account.directory.own();
        let roster = account.directory.newest_roster(own).map(|r| r.value());
        let entry = account.enrolled_at();
        let barred = account.directory.is_barred(own, &account.device(), now);
        let is_rotating = account.store.next_keys()?.is_some();
        let standing = match (entry, barred) {
            (_, true) => "suspended or revoked",
            (Some(_), false) if is_rotating => "enrolled; new keys wait for a roster-key holder",
            (Some(_), false) => "enrolled",
            (None, false) => "waiting for a roster-key holder to sign",
        };
        let fingerprint = fingerprint(account).map(|hash| show_fingerprint(&hash));
        let fingerprint = fingerprint.unwrap_or_default();
        let root = show_fingerprint(&account.directory.root());
        let accords: Vec<&str> = account
            .directory
            .accords_in_force(now)
            .map(|(accord, _)| accord.value().name.as_str())
            .collect();
        output.object(
            "whoami",
            json!({
                "desk": account.desk().as_str(),
                "agency": own.as_str(),
                "enrolled": entry.is_some(),
                "barred": barred,
                "rotating": is_rotating,
                "fingerprint": fingerprint,
                "root": root,
                "roster": roster.map(|roster| roster.number),
                "accords": accords,
                "home": account.home().display().to_string(),
            }),
        );
        let pair = |label: &str, value: &str| output.line(&format!("{label:<13}{value}"));
        pair("desk", account.desk().as_str());
        pair("device", standing);
        pair("fingerprint", &fingerprint);
        pair("agency root", &root);
        if let Some(roster) = roster {
            let until = output.time(roster.not_after);
            pair("roster", &format!("{} until {until}", roster.number));
        }
        pair("accords", &accords.join(" "));
        pair("home", &account.home().display().to_string());
        Ok(Exit::Done)
    }
}

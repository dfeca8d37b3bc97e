//! `roster invite`: the one-time text with which one device asks to join a desk.

use std::path::Path;

use estafette_protocol::encoding::Text;
use estafette_protocol::enrolment::{Invitation, InvitationSecret};
use estafette_protocol::time::HOUR_MS;
use serde_json::json;
use zeroize::Zeroizing;

use crate::admin::{self, Reached};
use crate::authority::draft::RelayCard;
use crate::authority::{Authority, AuthorityError, read_file};
use crate::config::Folder;
use crate::output::{Failure, Output, show_time};
use crate::server::now;

/// An invitation is for a few days at most: its text goes through many hands.
const HOURS_MAX: u64 = 24 * 30;

pub(super) fn invite(
    dir: &Path,
    desk: &str,
    relay: &Path,
    hours: u64,
    output: &Output,
) -> Result<(), Failure> {
    let authority = Authority::open(dir)?;
    let desk = authority.draft().desk_name(desk)?;
    authority.draft().desk(&desk)?;
    let folder = Folder::new(relay);
    let card = card_of(&authority, &folder)?;
    let addresses: Result<Vec<_>, _> = card.addresses.iter().map(Text::new).collect();
    let invitation = Invitation {
        agency: authority.agency().clone(),
        root: authority.root(),
        addresses: addresses.map_err(AuthorityError::from)?,
        relay_key: card.hop_key,
        desk: desk.clone(),
        expires: now().plus(hours.clamp(1, HOURS_MAX).saturating_mul(HOUR_MS)),
        secret: secret()?,
    };
    let text = Zeroizing::new(invitation.to_text().map_err(AuthorityError::from)?);
    let reached = admin::invite(&folder, &invitation)?;
    let until = show_time(invitation.expires);
    let value = json!({
        "desk": desk,
        "invitation": text.as_str(),
        "expires_ms": invitation.expires.0,
    });
    output.result("invitation", value, text.as_str());
    output.note(format_args!(
        "  for one device of {desk}, until {until}; whoever has it may ask to join"
    ));
    if reached == Reached::Folder {
        let dir = folder.dir().display();
        output.note(format_args!(
            "  the relay does not run:  estafette-relay serve --dir {dir}"
        ));
    }
    output.note(format_args!(
        "  officer:  estafette join INVITATION     then:  estafette-relay roster approve {desk} --relay {} --authority {}",
        relay.display(),
        dir.display()
    ));
    Ok(())
}

/// The relay's entry in the draft: what is signed is where devices are sent.
fn card_of(authority: &Authority, folder: &Folder) -> Result<RelayCard, Failure> {
    let path = folder.public();
    let malformed = || AuthorityError::Malformed {
        path: path.clone(),
        expected: "a relay.public that `init` wrote",
    };
    let text = String::from_utf8(read_file(&path)?).map_err(|_| malformed())?;
    let card: RelayCard = toml::from_str(&text).map_err(|_| malformed())?;
    let relays = &authority.draft().relays;
    let known = relays.iter().find(|relay| relay.hop_key == card.hop_key);
    match known {
        Some(relay) => Ok(RelayCard {
            addresses: relay.addresses.clone(),
            ..card
        }),
        None => Err(Failure::new(
            "relay-unknown",
            format!(
                "the relay in {} is not in the draft",
                folder.dir().display()
            ),
            "Devices are sent only to relays that the agency signs for. Nobody was invited.",
            format!(
                "estafette-relay roster add-relay --relay {}",
                folder.dir().display()
            ),
        )),
    }
}

fn secret() -> Result<InvitationSecret, Failure> {
    let mut bytes = Zeroizing::new([0; 16]);
    let drawn = getrandom::fill(bytes.as_mut_slice());
    drawn.map_err(|error| {
        let why = "Without randomness there is no secret. Nobody was invited.";
        Failure::new("no-randomness", error, why, "try again")
    })?;
    Ok(InvitationSecret::from_bytes(*bytes))
}

//! What people type or copy: addresses, words, invitations. Spec: identity.md, envelope.md.

use crate::{Seeds, scene};
use estafette_protocol::address::{Agency, Desk, Unit, check_label};
use estafette_protocol::enrolment::Invitation;
use estafette_protocol::marking::Marking;
use estafette_protocol::precedence::{Precedence, Status};
use estafette_protocol::roster::is_host_and_port;

/// Takes a text.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    addresses(text);
    if let Some(marking) = Marking::from_words(text) {
        assert_eq!(marking.words(), text);
    }
    let precedence = text.parse::<Precedence>();
    assert!(precedence.is_err() || precedence.is_ok_and(|p| p.word() == text));
    let status = text.parse::<Status>();
    assert!(status.is_err() || status.is_ok_and(|s| s.word() == text));
    if is_host_and_port(text) {
        let (_, port) = text.rsplit_once(':').unwrap();
        assert!(port.parse::<u16>().is_ok_and(|port| port > 0));
        assert!(text.is_ascii());
    }
    invitation(text);
}

// IDN-1
fn addresses(text: &str) {
    let (agency, unit, desk) = (
        text.parse::<Agency>(),
        text.parse::<Unit>(),
        text.parse::<Desk>(),
    );
    let found = [
        agency.is_ok(),
        unit.is_ok(),
        desk.is_ok(),
        check_label(text).is_ok(),
    ];
    // No text is two kinds of address.
    assert!(found.iter().filter(|found| **found).count() <= 1);
    if let Ok(agency) = agency {
        assert_eq!(agency.as_str(), text);
        assert!(text.len() <= 35);
    }
    if let Ok(unit) = unit {
        assert_eq!(unit.as_str(), text);
        assert_eq!(unit.agency().as_str().parse::<Agency>(), Ok(unit.agency()));
    }
    if let Ok(desk) = desk {
        assert_eq!(desk.as_str(), text);
        assert_eq!(desk.unit().as_str().parse::<Unit>(), Ok(desk.unit()));
        let agency = desk.agency();
        assert_eq!(agency.as_str().parse::<Agency>(), Ok(desk.unit().agency()));
    }
}

// IDN-25
fn invitation(text: &str) {
    if let Ok(invitation) = Invitation::from_text(text) {
        let folded: String = text.chars().filter(|c| !" \t\r\n-".contains(*c)).collect();
        assert_eq!(
            invitation.to_text().as_ref(),
            Ok(&folded.to_ascii_lowercase())
        );
    }
}

/// An invitation as written and as typed, addresses and words.
pub fn seeds() -> Seeds {
    let invitation = scene::scene().invitation.to_text().unwrap();
    let typed: Vec<&[u8]> = invitation.as_bytes().chunks(5).collect();
    let typed = typed.join(&b"-\r\n "[..]).to_ascii_uppercase();
    let words = [
        "police.xa",
        "spoc.police.xa",
        "duty@spoc.police.xa",
        "tlp:amber+strict",
        "handling:h2",
        "pap:green",
        "class:restricted",
        "immediate",
        "exercise",
        "relay.police.example:4870",
        "[2001:db8::1]:4870",
    ];
    let words = words.map(|word| word.as_bytes().to_vec());
    words
        .into_iter()
        .chain([invitation.into_bytes(), typed])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invitation_of_the_scene_reads_as_written_and_as_typed() {
        for seed in seeds().iter().rev().take(2) {
            let text = std::str::from_utf8(seed).unwrap();
            assert_eq!(
                Invitation::from_text(text).as_ref(),
                Ok(&scene::scene().invitation)
            );
        }
    }
}

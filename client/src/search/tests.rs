use super::*;
use crate::key_file::SecretBytes;
use crate::store::{Content, Fate, Origin, Record};
use crate::testing::{NOW, alert};
use estafette_protocol::crypto::{Hash, Secret};
use estafette_protocol::encoding::{Bytes, Text};
use estafette_protocol::precedence::Precedence;
use estafette_protocol::testing::World;

fn message() -> Message {
    let mut world = World::new("search", NOW).unwrap();
    let from = world.police.devices[0].clone();
    let header = world.header(&from, &["duty@ops.border.xb"], Precedence::Routine);
    let digest: Hash = FixedBytes([0xAB; 32]);
    Message {
        record: Record {
            id: 1,
            digest,
            origin: Origin::Received,
            header: Bytes::from(vec![]),
            sender_key: FixedBytes([0; 32]),
            stored_at: NOW,
            content: Content::Open(SecretBytes::from(&Secret::from_bytes([0; 32]))),
            wrap: None,
            summary: Text::default(),
            shown_at: None,
            fate: Fate::Ordinary,
            statements: vec![],
        },
        header,
        statements: vec![],
    }
}

/// Paths at which a query finds the alert; `None` where it does not.
fn found(query: &Query) -> Option<Vec<String>> {
    let form = alert();
    let found = query.find(&message(), Some(&form), Catalogue::built_in())?;
    Some(found.iter().map(Leaf::path).collect())
}

fn text(text: &str) -> Option<Vec<String>> {
    let text = Some(text.to_owned());
    found(&Query {
        text,
        ..Query::default()
    })
}

fn entity(entity: &str) -> Option<Vec<String>> {
    let entity = Some(entity.to_owned());
    found(&Query {
        entity,
        ..Query::default()
    })
}

fn reference(reference: &str) -> Option<Vec<String>> {
    let reference = Some(reference.to_owned());
    found(&Query {
        reference,
        ..Query::default()
    })
}

fn at(path: &str) -> Option<Vec<String>> {
    Some(vec![path.to_owned()])
}

#[test]
fn text_is_found_in_any_field_without_case_and_accents() {
    for (wanted, path) in [
        ("MULLER", "persons[1]/family-name"),
        ("müller", "persons[1]/family-name"),
        ("اسامه", "persons[1]/given-names"),
        ("grey  VAN", "text"),
        ("terrorisme", "crime-areas[1]"),
        ("later", "77[2]"),
        ("de89 3704 0044 0532 0130 00", "accounts[1]/iban"),
        ("IMO 9074728", "vessels[1]/imo"),
        ("x1234567", "persons[1]/documents[1]/number"),
    ] {
        assert_eq!(text(wanted), at(path), "{wanted}");
    }
    for wanted in [
        "Mueller",
        "de89 3704 0044 0532 0130 01",
        "nothing",
        "\u{202e}",
    ] {
        assert_eq!(text(wanted), None, "{wanted}");
    }
}

#[test]
fn entity_is_found_by_name_or_number_and_not_in_free_text() {
    for (wanted, path) in [
        ("DE89 3704 0044 0532 0130 00", "accounts[1]/iban"),
        ("IBAN: de89370400440532013000", "accounts[1]/iban"),
        ("imo 9074728", "vessels[1]/imo"),
        ("nordstern", "vessels[1]/name"),
        ("X 1234567", "persons[1]/documents[1]/number"),
        ("oneill", "persons[2]/family-name"),
    ] {
        assert_eq!(entity(wanted), at(path), "{wanted}");
    }
    for wanted in ["ferry", "KA 12/2026-7", "907472", "DE89"] {
        assert_eq!(entity(wanted), None, "{wanted}");
    }
}

#[test]
fn reference_is_a_case_or_the_beginning_of_a_digest_or_reference() {
    assert_eq!(reference("ka 12/2026 7"), at("case"));
    assert_eq!(reference("ABABAB abab"), Some(vec![]));
    let begins: String = hex::encode(message().header.reference.as_slice())
        .chars()
        .take(8)
        .collect();
    assert_eq!(reference(&begins), Some(vec![]));
    for wanted in ["ABAB", "KA 12", "cdcdcdcd", ""] {
        assert_eq!(reference(wanted), None, "{wanted}");
    }
}

#[test]
fn every_part_of_a_query_must_fit() {
    let query = |text: &str, entity: &str| Query {
        text: Some(text.into()),
        entity: Some(entity.into()),
        ..Query::default()
    };
    let both = found(&query("rostock", "nordstern")).unwrap();
    assert_eq!(both, ["title", "vessels[1]/name"]);
    assert_eq!(found(&query("hamburg", "nordstern")), None);
    let message = message();
    let fits = |query: Query| query.fits(&message);
    let from = |from: &str| Query {
        from: Some(from.into()),
        ..Query::default()
    };
    for sender in [
        "duty@spoc.police.xa",
        "police.xa",
        "POLICE.XA",
        "xa",
        "spoc.police.xa",
        "duty",
    ] {
        assert!(fits(from(sender)), "{sender}");
    }
    for sender in ["border.xb", "olice.xa", "dut", ""] {
        assert!(!fits(from(sender)), "{sender}");
    }
    let created = message.header.created;
    let since = |since| Query {
        since: Some(since),
        until: Some(created),
        ..Query::default()
    };
    assert!(fits(since(created)));
    assert!(!fits(since(created.plus(1))));
    assert!(!fits(Query {
        format: Some(2),
        ..Query::default()
    }));
}

#[test]
fn message_that_does_not_open_is_found_by_its_header_alone() {
    let message = message();
    let find = |query: Query| {
        query
            .find(&message, None, Catalogue::built_in())
            .map(|f| f.len())
    };
    assert_eq!(find(Query::default()), Some(0));
    let digest = Query {
        reference: Some("abababab".into()),
        ..Query::default()
    };
    assert_eq!(find(digest), Some(0));
    assert_eq!(
        find(Query {
            text: Some("ferry".into()),
            ..Query::default()
        }),
        None
    );
}

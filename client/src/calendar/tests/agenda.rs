//! The archive's briefings and the reminders of them.

use super::*;
use crate::calendar::agenda::entries;
use crate::store::{Content, Fate, Message, Origin, Record};
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::encode;
use estafette_protocol::precedence::Precedence;
use estafette_protocol::testing::World;
use estafette_protocol::time::HOUR_MS;

/// Messages of an archive, without their envelopes.
struct Archive {
    world: World,
    messages: Vec<(Message, Form)>,
}

impl Archive {
    fn new() -> Self {
        let world = World::new("calendar", at("2026-10-01T12:00")).unwrap();
        let messages = vec![];
        Self { world, messages }
    }

    fn add(&mut self, desk: &str, supersedes: Option<Hash>, form: Form) -> Hash {
        let device = self.world.border.devices[0].clone();
        let to = &["duty@spoc.police.xa"];
        let mut header = self.world.header(&device, to, Precedence::Routine);
        header.sender = desk.parse().unwrap();
        header.supersedes = supersedes;
        header.body_bytes = 272;
        let id = self.messages.len() as u64 + 1;
        let digest = FixedBytes([u8::try_from(id).unwrap(); 32]);
        let record = Record {
            id,
            digest,
            origin: Origin::Received,
            header: encode(&header).unwrap().into(),
            sender_key: FixedBytes([0; 32]),
            stored_at: header.created,
            content: Content::Sealed,
            wrap: None,
            summary: Text::default(),
            shown_at: None,
            fate: Fate::Ordinary,
            statements: vec![],
        };
        let statements = vec![];
        let message = Message {
            record,
            header,
            statements,
        };
        self.messages.push((message, form));
        digest
    }

    fn brief(&mut self, supersedes: Option<Hash>, briefing: &Briefing) -> Hash {
        let form = briefing.to_form(&format(BRIEFING)).unwrap();
        self.add("duty@ops.border.xb", supersedes, form)
    }

    fn withdraw(&mut self, desk: &str, what: Hash, occurrence: Option<UnixMillis>) {
        let occurrence = occurrence.map(|at| Field {
            number: 3,
            value: Value::Time(at),
        });
        let reason = Field {
            number: 1,
            value: Value::Text(Text::new("x").unwrap()),
        };
        let form = Form {
            format: 7,
            version: 1,
            fields: [reason].into_iter().chain(occurrence).collect(),
        };
        self.add(desk, Some(what), form);
    }

    fn entries(&self) -> Vec<Entry> {
        let formats = [format(BRIEFING), format(WITHDRAWAL)];
        let find = |form: &Form| formats.iter().find(|f| f.format == form.format);
        entries(self.messages.clone(), &find)
    }
}

#[test]
fn newest_version_stands_under_the_first_reference_without_what_was_withdrawn() {
    let mut archive = Archive::new();
    let first = archive.brief(None, &weekly());
    let other = archive.brief(None, &weekly());
    let duty = "duty@ops.border.xb";
    let monday = at("2026-10-12T09:00");
    archive.withdraw(duty, first, Some(monday));
    // Another desk's word takes nothing out.
    archive.withdraw("head@ops.border.xb", other, None);
    let entries = archive.entries();
    assert_eq!(entries.len(), 2);
    assert_eq!((entries[0].sequence, entries[1].sequence), (1, 0));
    assert!(!entries[1].withdrawn);
    let occurrences = Occurrences::of(&entries[0].briefing).unwrap();
    let next = occurrences.next_after(weekly().starts).unwrap();
    assert_eq!(next.starts, at("2026-10-26T09:00"));
    let moved = Briefing {
        place: Some("Room 5".to_owned()),
        ..weekly()
    };
    let second = archive.brief(Some(first), &moved);
    let entries = archive.entries();
    assert_eq!(entries.len(), 2);
    let newest = entries.iter().find(|e| e.message.record.digest == second);
    let newest = newest.unwrap();
    assert_eq!(newest.reference, archive.messages[0].0.header.reference);
    assert_eq!(newest.sequence, 2);
    assert_eq!(newest.briefing.place.as_deref(), Some("Room 5"));
    archive.withdraw(duty, second, None);
    let withdrawn = archive.entries().into_iter().find(|e| e.withdrawn).unwrap();
    assert_eq!(Letterhead::of(&withdrawn).sequence, 3);
}

#[test]
fn reminder_is_due_from_its_time_to_the_start() {
    let mut archive = Archive::new();
    let digest = archive.brief(None, &weekly());
    let entries = archive.entries();
    let starts = at("2026-10-12T09:00");
    let due = |now: UnixMillis| {
        let all = reminders_due(&entries, now);
        assert!(all.iter().all(|r| (r.id, r.digest) == (1, digest)));
        all.iter()
            .map(|r| (r.occurrence.starts, r.before_ms))
            .collect::<Vec<_>>()
    };
    assert_eq!(due(starts.minus(DAY_MS + 1)), []);
    assert_eq!(due(starts.minus(DAY_MS)), [(starts, DAY_MS)]);
    assert_eq!(due(starts.minus(HOUR_MS)), [(starts, DAY_MS)]);
    assert_eq!(
        due(starts.minus(15 * MINUTE_MS)),
        [(starts, 15 * MINUTE_MS)]
    );
    assert_eq!(due(starts.minus(1)), [(starts, 15 * MINUTE_MS)]);
    assert_eq!(due(starts), []);
    // The 19th is left out.
    assert_eq!(due(at("2026-10-19T08:59")), []);
    archive.withdraw("duty@ops.border.xb", digest, None);
    let withdrawn = archive.entries();
    assert_eq!(reminders_due(&withdrawn, starts.minus(1)), []);
}

//! The one loop that goes through the table of what comes over a link.

use estafette_protocol::code::ErrorCode;
use estafette_protocol::crypto::sha256;
use estafette_protocol::encoding::decode;
use estafette_protocol::envelope::Parsed;
use estafette_protocol::frame::{Frame, Item};
use estafette_protocol::precedence::Precedence;
use estafette_protocol::statement::Claim;

use crate::desk;
use crate::line::Line;
use crate::scene::{By, Expect, Said, Scene};

use ErrorCode as Code;
use Expect::{Accepted, Closed, Fault, Noted, PutOff, Refused, Repeated, Unreadable};

use crate::make::last;
use crate::rows::{ROWS, Row, SHORT_OF_SPACE};
use By::{Device, Stranger};

#[tokio::test(flavor = "multi_thread")]
async fn bad_frames_get_their_code_and_cost_nothing_good() {
    run(ROWS, None, Precedence::Routine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn relay_short_of_space_puts_off_what_is_no_flash() {
    run(SHORT_OF_SPACE, Some(u64::MAX), Precedence::Flash).await;
}

async fn run(rows: &[Row], headroom_bytes: Option<u64>, precedence: Precedence) {
    let dir = tempfile::tempdir().unwrap();
    let mut scene = Scene::open(&dir.path().join("relay"), headroom_bytes, precedence).await;
    let mut line = scene.line(Device).await;
    let before = scene.figures();
    scene.good(&mut line, Device).await;
    // A link dropped before its `taken` is read is offered the receipt again, unread.
    scene.settled(&before, "the first good message").await;
    drop(line);
    let mut wrong = Vec::new();
    for row in rows {
        wrong.extend(check(&mut scene, row).await.err());
    }
    assert!(wrong.is_empty(), "{} rows: {wrong:#?}", wrong.len());
    scene.close().await;
}

async fn check(scene: &mut Scene, row: &Row) -> Result<(), String> {
    let mut line = scene.line(row.by).await;
    let number = line.next_number();
    let input = (row.make)(scene, number);
    let before = scene.figures();
    scene.settled(&before, row.input).await;
    line.send_bytes(input.clone()).await;
    answered(scene, &mut line, row, &input).await?;
    // What was held is held: no more and no less.
    scene.settled(&before, row.input).await;
    // A good message passes on the same link afterwards, where there is one.
    let (mut line, by) = match (row.expect, row.by) {
        (Closed(_), _) | (_, Stranger) => (scene.line(Device).await, Device),
        (_, by) => (line, by),
    };
    scene.good(&mut line, by).await;
    scene.settled(&before, row.input).await;
    Ok(())
}

/// Checks what the relay says.
async fn answered(
    scene: &mut Scene,
    line: &mut Line,
    row: &Row,
    input: &[u8],
) -> Result<(), String> {
    let envelope = envelope(input);
    let digest = envelope
        .as_ref()
        .map(|bytes| Parsed::decode(bytes).unwrap().digest());
    match row.expect {
        Accepted | Noted(_) => {
            let note = scene.accepted(line, row.by, envelope.unwrap()).await;
            assert!(
                matches!(row.expect, Accepted) || row.expect == Noted(note),
                "{}",
                row.input
            );
            return Ok(());
        }
        Unreadable(stage) => {
            let said = scene.said(line, digest).await;
            assert!(is_accepted(&said), "{}: {said:?}", row.input);
            let hop = scene.north().hop;
            let north = scene.connect(hop.expose()).await;
            let found = desk::fails_to_open(scene, north, digest.unwrap()).await;
            assert_eq!(found, stage, "{}", row.input);
            // The sender is told.
            loop {
                let said = scene.said(line, digest).await;
                let Said::Statement(statement, _) = said else {
                    panic!("{}: {said:?}", row.input)
                };
                match statement.claim {
                    Claim::Unreadable { stage: code } => {
                        assert_eq!(code, stage.code(), "{}", row.input);
                        return Ok(());
                    }
                    _ => continue,
                }
            }
        }
        _ => {}
    }
    let said = scene.said(line, digest).await;
    let as_expected = match (&said, row.expect) {
        (Said::Fault(code, about, _), Fault(wanted)) => {
            let named = about.is_none_or(|about| names(&about, input, digest));
            *code == wanted && named
        }
        (Said::Fault(code, about, retry), PutOff(wanted)) => {
            *code == wanted && *about == digest && retry.is_some()
        }
        (Said::Closed(word), Closed(wanted)) => word == wanted.word(),
        (Said::Statement(_, bytes), Repeated) => {
            Some(bytes) == scene.receipts.get(&digest.unwrap())
        }
        (Said::Statement(statement, _), Refused(wanted, wanted_clause)) => match &statement.claim {
            Claim::Refused {
                code,
                clause,
                first,
            } => {
                let first_named = wanted != Code::ReferenceReused || *first == Some(last(scene));
                (*code, clause.as_str()) == (wanted.number(), wanted_clause) && first_named
            }
            _ => false,
        },
        _ => false,
    };
    match as_expected {
        true => Ok(()),
        false => Err(format!("{}: {said:?}, not {:?}", row.input, row.expect)),
    }
}

/// What a fault may be about: the frame, what is in it, or the message.
fn names(
    about: &estafette_protocol::crypto::Hash,
    input: &[u8],
    digest: Option<estafette_protocol::crypto::Hash>,
) -> bool {
    let inner = match decode::<Frame>(input) {
        Ok(Frame::Publish { object }) => object.into_vec(),
        Ok(Frame::Enrol { request }) => request.into_vec(),
        Ok(Frame::Statement { statement, .. }) => {
            let signed = estafette_protocol::statement::decode(statement.as_slice());
            return signed.is_ok_and(|signed| signed.hash() == *about);
        }
        _ => input.to_vec(),
    };
    *about == sha256(&[&inner]) || Some(*about) == digest
}

fn is_accepted(said: &Said) -> bool {
    matches!(said, Said::Statement(s, _) if matches!(s.claim, Claim::Accepted { .. }))
}

/// The envelope of a frame, where there is one that decodes.
fn envelope(input: &[u8]) -> Option<Vec<u8>> {
    let bytes = match decode::<Frame>(input).ok()? {
        Frame::Submit { envelope, .. } => envelope,
        Frame::Deliver {
            item: Item::Envelope(envelope),
            ..
        } => envelope,
        _ => return None,
    };
    Parsed::decode(bytes.as_slice())
        .is_ok()
        .then(|| bytes.into_vec())
}

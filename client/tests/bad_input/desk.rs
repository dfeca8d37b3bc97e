//! The other desk of police.xa: takes a message, gets its wrap, and fails to open it.

use estafette_protocol::crypto::Hash;
use estafette_protocol::envelope::{Parsed, Stage, open};
use estafette_protocol::frame::{Frame, LinkRole};
use estafette_protocol::statement::Claim;

use crate::line::{Came, Line};
use crate::scene::{Scene, hello, now};

/// Opens a message as a device does; gives the stage at which it failed, signed to the relay.
pub async fn fails_to_open(scene: &Scene, mut line: Line, digest: Hash) -> Stage {
    let north = scene.north();
    let role = LinkRole::Device;
    line.send(&hello(vec![1], role, now())).await;
    let mut parsed = None;
    let stage = loop {
        match line.next().await {
            Came::Envelope(number, bytes) => {
                let found = Parsed::decode(&bytes).unwrap();
                assert_eq!(found.digest(), digest);
                parsed = Some(found);
                line.take(number).await;
                state(scene, &mut line, digest, Claim::Delivered).await;
            }
            Came::Wrap(number, of, wrap) => {
                assert_eq!(of, digest);
                line.take(number).await;
                let sender = scene.duty().key.verifying_key();
                let secret = &north.secrets[0].secret;
                let id = north.key.verifying_key().id();
                let opened = open(parsed.as_ref().unwrap(), &sender, &wrap, &id, secret);
                break opened.expect_err("it does not open").stage;
            }
            Came::Fault(fault) => panic!("{fault:?}"),
            Came::Closed(word) => panic!("{word}"),
            _ => {}
        }
    };
    let claim = Claim::Unreadable {
        stage: stage.code(),
    };
    let number = state(scene, &mut line, digest, claim).await;
    loop {
        match line.next().await {
            Came::Taken(numbers) if numbers.contains(&number) => return stage,
            Came::Fault(fault) => panic!("{fault:?}"),
            Came::Closed(word) => panic!("{word}"),
            _ => {}
        }
    }
}

async fn state(scene: &Scene, line: &mut Line, subject: Hash, claim: Claim) -> u64 {
    let number = line.next_number();
    let statement = scene.stated(&scene.north(), subject, claim, now()).into();
    line.send(&Frame::Statement { number, statement }).await;
    number
}

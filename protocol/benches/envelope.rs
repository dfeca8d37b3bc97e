//! What sealing, opening and verifying cost, and how large an envelope is.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark that fails should stop and say so"
)]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use estafette_protocol::admission::{Side, judge};
use estafette_protocol::encoding::encode;
use estafette_protocol::envelope::{Parsed, open};
use estafette_protocol::precedence::Precedence;
use estafette_protocol::testing::World;
use estafette_protocol::time::UnixMillis;
use std::hint::black_box;

const NOW: UnixMillis = UnixMillis(1_767_322_445_006);
const BORDER: &str = "duty@ops.border.xb";

fn sizes(world: &mut World) {
    let device = world.police.devices[0].clone();
    let both = world.border.devices.clone();
    for devices in [1, 2] {
        world.border.devices = both.iter().take(devices).cloned().collect();
        let header = world.header(&device, &[BORDER], Precedence::Flash);
        let sealed = world.seal(&device, header, &"x".repeat(200)).unwrap();
        let bare = encode(&sealed.parsed.envelope().with_wraps(|_| false)).unwrap();
        let submitted = sealed.parsed.encode().unwrap();
        println!(
            "size: flag of 200 bytes, own device and {devices} foreign: {} bytes submitted, {} delivered",
            submitted.len(),
            bare.len()
        );
    }
    world.border.devices = both;
}

fn envelope(c: &mut Criterion) {
    let mut world = World::new("bench", NOW).unwrap();
    sizes(&mut world);
    let device = world.police.devices[0].clone();
    let reader = world.border.devices[0].clone();
    world.border.devices.truncate(1);
    let key = device.key.verifying_key();
    let id = reader.key.verifying_key().id();
    let secret = reader.secrets[0].secret.clone();

    let header = world.header(&device, &[BORDER], Precedence::Flash);
    c.bench_function("seal for two devices", |b| {
        b.iter_batched(
            || header.clone(),
            |header| world.seal(&device, header, "two men, white van").unwrap(),
            BatchSize::SmallInput,
        );
    });
    let parsed = world
        .seal(&device, header, "two men, white van")
        .unwrap()
        .parsed;
    let bytes = parsed.encode().unwrap();
    let wrap = parsed
        .envelope()
        .wraps
        .iter()
        .find(|w| w.device == id)
        .unwrap()
        .clone();
    c.bench_function("decode", |b| {
        b.iter(|| Parsed::decode(black_box(&bytes)).unwrap())
    });
    c.bench_function("verify", |b| {
        b.iter(|| assert!(black_box(&parsed).verify(&key)))
    });
    c.bench_function("open", |b| {
        b.iter(|| open(black_box(&parsed), &key, &wrap, &id, &secret).unwrap());
    });
    let directory = world.directory(&world.police).unwrap();
    let own = world.police.agency.clone();
    c.bench_function("judge without the signature", |b| {
        b.iter(|| judge(&parsed, &directory, &own, Side::Egress, NOW, |_| true).unwrap());
    });
}

criterion_group!(benches, envelope);
criterion_main!(benches);

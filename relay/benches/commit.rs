//! What a durable commit costs, by group size and kind of index.

#![expect(clippy::expect_used, reason = "a benchmark stops at the first failure")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use estafette_relay::index::SledOptions;
use estafette_relay::record::{Envelope, Mailbox, Record};
use estafette_relay::store::{IndexKind, JournalStore, Store, StoreOptions};

const BODY_BYTES: usize = 2048;

fn accepted(number: u64) -> Record {
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&number.to_le_bytes());
    let mut reference = [0; 16];
    reference[..8].copy_from_slice(&number.to_be_bytes());
    let device = [u8::try_from(number % 256).unwrap_or_default(); 16];
    Record::Envelope {
        envelope: Envelope {
            digest,
            sender: "duty@spoc.police.se".to_owned(),
            reference,
            precedence: u8::try_from(number % 4).unwrap_or_default(),
            status: 0,
            expires_ms: number,
        },
        mailboxes: vec![Mailbox::Device(device)],
        await_desks: vec!["duty@spoc.police.no".to_owned()],
    }
}

fn groups(store: &mut JournalStore, size: u64, groups: u64, next: &mut u64) -> Duration {
    let body = [7; BODY_BYTES];
    let start = Instant::now();
    for _ in 0..groups {
        for _ in 0..size {
            let leaf = store.append(*next, accepted(*next), Some(&body));
            black_box(leaf.expect("append"));
            *next += 1;
        }
        store.commit().expect("commit");
    }
    start.elapsed()
}

fn commit(criterion: &mut Criterion) {
    let kinds = [
        ("memory", IndexKind::Memory),
        ("sled", IndexKind::Sled(SledOptions::default())),
    ];
    for (name, index) in kinds {
        let mut group = criterion.benchmark_group(format!("commit/{name}"));
        group
            .sample_size(10)
            .measurement_time(Duration::from_secs(2));
        for size in [1_u64, 8, 64, 512] {
            group.throughput(Throughput::Elements(size));
            let dir = tempfile::tempdir().expect("folder");
            let options = StoreOptions {
                index,
                ..StoreOptions::default()
            };
            let (mut store, _) = JournalStore::open(dir.path(), options).expect("store");
            let mut next = 0;
            group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
                bencher.iter_custom(|count| groups(&mut store, size, count, &mut next));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, commit);
criterion_main!(benches);

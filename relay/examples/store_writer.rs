//! Writes to a store as fast as it can, and tells on stdout what it acknowledged; or verifies that
//! everything ever acknowledged is there. The other half is `.ci/power-cut`.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Parser, ValueEnum};
use estafette_relay::index::{SledOptions, View};
use estafette_relay::journal::JournalOptions;
use estafette_relay::record::{Envelope, Leaf, Mailbox, Record};
use estafette_relay::store::{IndexKind, JournalStore, Opening, Store, StoreOptions};
use sha2::{Digest, Sha256};

#[derive(Parser)]
struct Arguments {
    /// The store's folder.
    dir: PathBuf,
    /// Where the index is kept.
    #[arg(long, value_enum, default_value_t = Kind::Sled)]
    index: Kind,
    /// Size at which a new segment is begun.
    #[arg(long, default_value_t = 64 * 1024 * 1024)]
    segment_bytes: u64,
    /// Verify the store against the acknowledgements in this file instead of writing.
    #[arg(long)]
    verify: Option<PathBuf>,
    /// Acknowledge before the commit, to see that losses are found.
    #[arg(long)]
    acknowledge_early: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Memory,
    Sled,
}

/// In flight at a time: acknowledged by one commit.
const GROUP_LEN: u64 = 64;
/// Envelopes older than this many are settled and erased.
const LIVE_LEN: u64 = 1500;
/// With `--acknowledge-early`: groups acknowledged before a commit.
const EARLY_GROUPS: u64 = 20;
const MAILBOXES: u64 = 16;

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    match &arguments.verify {
        Some(acknowledged) => verify(&arguments, acknowledged),
        None => write(&arguments),
    }
}

fn open(arguments: &Arguments, kind: Kind) -> Result<(JournalStore, Opening), Failure> {
    let mut journal = JournalOptions::default();
    journal.segment_bytes = arguments.segment_bytes;
    let index = match kind {
        Kind::Memory => IndexKind::Memory,
        Kind::Sled => IndexKind::Sled(SledOptions::default()),
    };
    Ok(JournalStore::open(
        &arguments.dir,
        StoreOptions { journal, index },
    )?)
}

/// Between half a KiB and 8 KiB that depend on the number alone.
fn body(number: u64) -> Vec<u8> {
    let seed = Sha256::digest(number.to_le_bytes());
    let len = 512 + usize::from(seed.first().copied().unwrap_or_default()) * 30;
    seed.iter().copied().cycle().take(len).collect()
}

fn accepted(number: u64, digest: [u8; 32]) -> Record {
    let mut reference = [0; 16];
    reference
        .iter_mut()
        .zip(number.to_be_bytes())
        .for_each(|(to, from)| *to = from);
    Record::Envelope {
        envelope: Envelope {
            digest,
            sender: "duty@spoc.police.se".to_owned(),
            reference,
            precedence: u8::try_from(number % 4).unwrap_or_default(),
            status: 0,
            expires_ms: number,
        },
        mailboxes: vec![mailbox(number), Mailbox::Peer("police.no".to_owned())],
        await_desks: vec!["duty@spoc.police.no".to_owned()],
    }
}

fn mailbox(number: u64) -> Mailbox {
    Mailbox::Device([u8::try_from(number % MAILBOXES).unwrap_or_default(); 16])
}

fn write(arguments: &Arguments) -> Result<(), Failure> {
    let (mut store, _) = open(arguments, arguments.index)?;
    let mut out = std::io::stdout().lock();
    let mut told = String::new();
    for group in 0_u64.. {
        for _ in 0..GROUP_LEN {
            let number = store.view().position().leaves;
            let body = body(number);
            let digest = Sha256::digest(&body).into();
            store.append(number, accepted(number, digest), Some(&body))?;
            writeln!(told, "A {number} {}", hex::encode(digest))?;
            if let Some(old) = number.checked_sub(LIVE_LEN) {
                let (leaf, mailbox) = (Leaf(old), mailbox(old));
                store.append(number, Record::Settled { leaf, mailbox }, None)?;
                if old % 50 != 0 {
                    store.append(number, Record::Erased { leaf }, None)?;
                    writeln!(told, "E {old}")?;
                }
            }
        }
        if !arguments.acknowledge_early || group % EARLY_GROUPS == 0 {
            store.commit()?;
        }
        out.write_all(told.as_bytes())?;
        out.flush()?;
        told.clear();
        if group % 16 == 0 && !arguments.acknowledge_early {
            store.tend()?;
        }
    }
    Ok(())
}

fn verify(arguments: &Arguments, acknowledged: &Path) -> Result<(), Failure> {
    let text = std::fs::read_to_string(acknowledged)?;
    let (store, opening) = open(arguments, arguments.index)?;
    let mut acknowledgements = BTreeMap::new();
    let (mut lost, mut erased) = (0_u64, 0_u64);
    // The last line may have been cut short: it was not acknowledged to anybody.
    for line in text
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'))
    {
        match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["A", leaf, digest] => {
                acknowledgements.insert(Leaf(leaf.parse()?), (*digest).to_owned());
            }
            ["E", leaf] => {
                erased += 1;
                let item = store.view().item(Leaf(leaf.parse()?))?;
                lost += u64::from(!item.is_some_and(|item| item.erased));
            }
            _ => return Err(format!("not an acknowledgement: {line}").into()),
        }
    }
    for (leaf, digest) in &acknowledgements {
        lost += u64::from(!is_kept(&store, *leaf, digest)?);
    }
    let found = answers(&store)?;
    let position = store.view().position();
    drop(store);
    let (reference, _) = open(arguments, Kind::Memory)?;
    let same = found == answers(&reference)? && position == reference.view().position();
    let torn = opening.torn.map(|torn| torn.bytes);
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{} acknowledged, {erased} erased, {lost} lost; torn {torn:?}, index rebuilt {:?}, answers {}",
        acknowledgements.len(),
        opening.rebuilt,
        if same { "agree" } else { "differ" },
    )?;
    if lost > 0 || !same {
        return Err("the store does not hold what it acknowledged".into());
    }
    Ok(())
}

/// The envelope is known by its digest, and its body is what was acknowledged or was erased.
fn is_kept(store: &JournalStore, leaf: Leaf, digest: &str) -> Result<bool, Failure> {
    let Some(item) = store.view().item(leaf)? else {
        return Ok(false);
    };
    let mut name = [0; 32];
    hex::decode_to_slice(digest, &mut name)?;
    if store.view().seen(&name)? != Some(leaf) {
        return Ok(false);
    }
    let body = store.read(leaf);
    Ok(item.erased || body.is_ok_and(|body| Sha256::digest(body).as_slice() == name))
}

/// What both kinds of index must agree on.
fn answers(store: &JournalStore) -> Result<Vec<(Mailbox, Vec<u64>)>, Failure> {
    let view: &dyn View = store.view();
    let mut answers = Vec::new();
    for (mailbox, queued) in view.queues() {
        let waiting = view.next(&mailbox, None, usize::MAX)?;
        let mut leaves: Vec<_> = waiting.iter().map(|waiting| waiting.turn.leaf.0).collect();
        leaves.push(queued);
        answers.push((mailbox, leaves));
    }
    let due = view
        .due(u64::MAX, usize::MAX)?
        .iter()
        .map(|leaf| leaf.0)
        .collect();
    answers.push((Mailbox::Peer("due".to_owned()), due));
    Ok(answers)
}

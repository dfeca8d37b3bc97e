//! Random histories: both kinds of index against a model that keeps every head and looks through
//! all of them for every answer.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use proptest::prelude::*;

use self::records::record;
use super::contract::{sled, small};
use super::{IndexKind, JournalStore, Store};
use crate::index::View;
use crate::record::{Envelope, Head, Leaf, Mailbox, Object, Record, Statement};

mod records;

/// Everything a view can be asked, for comparison.
pub(crate) fn dump(view: &dyn View) -> String {
    let mut text = String::new();
    let position = view.position();
    let mut line = |name: &str, value: &dyn std::fmt::Debug| {
        writeln!(text, "{name} {value:?}").unwrap();
    };
    line("position", &(position.records, position.leaves));
    for (mailbox, queued) in view.queues() {
        let all = view.next(&mailbox, None, usize::MAX).unwrap();
        let turns: Vec<_> = all
            .iter()
            .map(|waiting| (waiting.turn.rank, waiting.turn.leaf.0, waiting.handed))
            .collect();
        assert_eq!(turns.len() as u64, queued);
        line("queue", &(mailbox, turns));
    }
    line("total", &view.queued_total());
    line("due", &view.due(u64::MAX, usize::MAX).unwrap());
    line("held", &view.held(u64::MAX, usize::MAX).unwrap());
    line("late", &view.late(u64::MAX, usize::MAX).unwrap());
    line("watched", &view.watched(u64::MAX, usize::MAX).unwrap());
    line("live", &view.live(None, usize::MAX).unwrap());
    line("objects", &view.objects().unwrap());
    for leaf in (0..position.leaves).map(Leaf) {
        let Some(item) = view.item(leaf).unwrap() else {
            continue;
        };
        line("item", &(leaf, item));
    }
    for seed in 0..=u8::MAX {
        let name = [seed; 32];
        line(
            "digest",
            &(view.seen(&name).unwrap(), view.refusal(&name).unwrap()),
        );
        line(
            "statement",
            &(
                view.statement(&name).unwrap(),
                view.statements(&name).unwrap(),
            ),
        );
        line(
            "reference",
            &view.reference("duty@spoc.police.se", &[seed; 16]).unwrap(),
        );
    }
    text
}

#[derive(Clone, Debug)]
enum Step {
    Append(Record),
    Commit,
    /// The process ends without committing.
    Crash,
    Forget(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => record().prop_map(Step::Append),
        4 => Just(Step::Commit),
        1 => Just(Step::Crash),
        1 => (0..6_u64).prop_map(Step::Forget),
    ]
}

/// Keeps every head, and how many are durable.
#[derive(Debug, Default)]
struct Model {
    heads: Vec<Head>,
    durable: usize,
    forgotten_before_ms: u64,
    /// Items forgotten in this life of the process, by leaf.
    forgotten: BTreeSet<Leaf>,
}

/// What the model makes of one item.
#[derive(Debug)]
struct Story {
    head: Head,
    waiting: BTreeMap<Mailbox, (u8, bool)>,
    awaited: BTreeSet<String>,
    settled: BTreeSet<String>,
    refuses: bool,
    erased: bool,
    /// Rank of its own, and what keeps it back.
    rank: u8,
    held: Option<(u64, Vec<Mailbox>)>,
    /// What keeps it back until it is released: when that is late, and then where it waits.
    detained: Option<(Option<u64>, Vec<Mailbox>)>,
    marking: (u64, Vec<(u16, u16)>),
    non_compliant: bool,
    encloses: Vec<[u8; 32]>,
    standby: BTreeSet<String>,
    watching: Option<(Option<u64>, Vec<u8>)>,
    dropped: bool,
}

impl Model {
    fn append(&mut self, record: Record) -> Option<Leaf> {
        let logged = self.heads.iter().filter(|head| head.leaf.is_some()).count() as u64;
        let leaf = record.is_logged().then_some(Leaf(logged));
        self.heads.push(Head {
            at_ms: 0,
            leaf,
            record,
        });
        leaf
    }

    fn forget(&mut self, before_ms: u64) {
        self.forgotten_before_ms = self.forgotten_before_ms.max(before_ms);
        for (leaf, story) in self.all_stories() {
            if story.erased && story.expires_ms().is_some_and(|at| at < before_ms) {
                self.forgotten.insert(leaf);
            }
        }
    }

    fn crash(&mut self) {
        self.heads.truncate(self.durable);
        self.forgotten.clear();
        self.forget(self.forgotten_before_ms);
    }

    fn stories(&self) -> BTreeMap<Leaf, Story> {
        let mut stories = self.all_stories();
        stories.retain(|leaf, story| {
            let gone = story.erased && matches!(story.head.record, Record::Object(_));
            !gone && !self.forgotten.contains(leaf)
        });
        stories
    }

    fn all_stories(&self) -> BTreeMap<Leaf, Story> {
        let logged = self.heads.iter().enumerate();
        let logged = logged.filter_map(|(at, head)| head.leaf.map(|leaf| (at, leaf)));
        logged
            .map(|(at, leaf)| (leaf, self.story(at, leaf)))
            .collect()
    }

    fn story(&self, at: usize, leaf: Leaf) -> Story {
        let head = self.heads[at].clone();
        let (mut waiting, mut awaited) = (BTreeMap::new(), BTreeSet::new());
        let mut own_rank = 0;
        let status = match &head.record {
            Record::Envelope {
                envelope,
                mailboxes,
                await_desks,
            } => {
                let rank = (3 - envelope.precedence) * 4 + envelope.status;
                waiting.extend(
                    mailboxes
                        .iter()
                        .map(|mailbox| (mailbox.clone(), (rank, false))),
                );
                awaited.extend(await_desks.iter().cloned());
                own_rank = rank;
                envelope.status
            }
            Record::Statement {
                statement,
                mailboxes,
            } => {
                let rank = (3 - statement.precedence) * 4;
                waiting.extend(
                    mailboxes
                        .iter()
                        .map(|mailbox| (mailbox.clone(), (rank, false))),
                );
                0
            }
            _ => 0,
        };
        let mut story = Story {
            head,
            waiting,
            awaited,
            settled: BTreeSet::new(),
            refuses: false,
            erased: false,
            rank: own_rank,
            held: None,
            detained: None,
            marking: (0, vec![]),
            non_compliant: false,
            encloses: Vec::new(),
            standby: BTreeSet::new(),
            watching: None,
            dropped: false,
        };
        for later in &self.heads[at + 1..] {
            if later.record.about() == Some(leaf) {
                story.apply(&later.record, status);
            }
        }
        story
    }
}

impl Story {
    fn apply(&mut self, record: &Record, status: u8) {
        match record {
            Record::Queued {
                precedence,
                mailboxes,
                await_desks,
                ..
            } if !self.erased => {
                let rank = (3 - precedence) * 4 + self.within(status);
                for mailbox in mailboxes {
                    let slot = self.waiting.entry(mailbox.clone()).or_insert((0, false));
                    slot.0 = rank;
                }
                self.awaited.extend(await_desks.iter().cloned());
                self.settled.retain(|desk| !await_desks.contains(desk));
                self.standby.retain(|desk| !await_desks.contains(desk));
            }
            Record::Handed { mailbox, .. } => {
                if let Some(slot) = self.waiting.get_mut(mailbox) {
                    slot.1 = true;
                }
            }
            Record::Settled { mailbox, .. } => drop(self.waiting.remove(mailbox)),
            Record::Delivered { desk, .. } => self.settled.extend(self.awaited.take(desk)),
            Record::Refused { .. } => {
                self.refuses = matches!(self.head.record, Record::Statement { .. });
            }
            Record::Erased { .. } => {
                self.erased = true;
                self.dropped |= self.held.take().is_some() || self.detained.take().is_some();
                self.waiting.clear();
                self.settled.append(&mut self.awaited);
            }
            Record::Held {
                until_ms,
                mailboxes,
                ..
            } if !self.erased && self.envelope().is_some() => {
                self.detained = None;
                self.held = Some((*until_ms, mailboxes.clone()));
            }
            Record::Released { .. } => {
                for mailbox in self.held.take().into_iter().flat_map(|(_, all)| all) {
                    self.waiting.entry(mailbox).or_insert((0, false)).0 = self.rank;
                }
            }
            Record::Cancelled { .. }
                if self.held.take().is_some() || self.detained.take().is_some() =>
            {
                self.dropped = true;
                self.settled.append(&mut self.awaited);
            }
            Record::Marked { by, marking, .. }
                if by.at_ms >= self.marking.0 && self.envelope().is_some() =>
            {
                self.marking = (by.at_ms, marking.clone());
            }
            Record::NonCompliant { .. } => self.non_compliant = self.envelope().is_some(),
            Record::Encloses { digests, .. } if self.envelope().is_some() => {
                self.encloses.clone_from(digests);
            }
            Record::Watched { at_ms, watch, .. } if self.envelope().is_some() => {
                self.watching = (!watch.is_empty()).then(|| (*at_ms, watch.clone()));
            }
            _ if !self.erased && self.envelope().is_some() => self.learn(record, status),
            _ => {}
        }
    }

    fn learn(&mut self, record: &Record, status: u8) {
        match record {
            Record::Detained {
                due_ms, mailboxes, ..
            } => {
                self.held = None;
                self.detained = Some((*due_ms, mailboxes.clone()));
            }
            Record::LetGo {
                precedence,
                until_ms,
                ..
            } => {
                let Some((_, mailboxes)) = self.detained.take() else {
                    return;
                };
                self.rank = (3 - precedence) * 4 + self.within(status);
                self.waiting
                    .values_mut()
                    .for_each(|slot| slot.0 = self.rank);
                match until_ms {
                    Some(until_ms) => self.held = Some((*until_ms, mailboxes)),
                    None => {
                        for mailbox in mailboxes {
                            self.waiting.entry(mailbox).or_insert((0, false)).0 = self.rank;
                        }
                    }
                }
            }
            Record::Late { .. } => {
                if let Some((due_ms, _)) = &mut self.detained {
                    *due_ms = None;
                }
            }
            Record::Standby { desks, .. } => {
                let desks = desks.iter().filter(|desk| !self.awaited.contains(*desk));
                let desks: Vec<String> = desks.cloned().collect();
                self.settled.extend(desks.iter().cloned());
                self.standby.extend(desks);
            }
            Record::Rated { above, .. } => {
                let within = if *above { 3 } else { status };
                self.rank = self.rank / 4 * 4 + within;
                self.waiting
                    .values_mut()
                    .for_each(|slot| slot.0 = self.rank);
            }
            _ => {}
        }
    }

    /// Place within a precedence: last where it is above its desk's rate.
    fn within(&self, status: u8) -> u8 {
        match self.rank % 4 {
            3 => 3,
            _ => status,
        }
    }

    fn expires_ms(&self) -> Option<u64> {
        match &self.head.record {
            Record::Envelope { envelope, .. } => Some(envelope.expires_ms),
            Record::Statement { statement, .. } => Some(statement.expires_ms),
            _ => None,
        }
    }

    fn statement(&self) -> Option<&Statement> {
        match &self.head.record {
            Record::Statement { statement, .. } => Some(statement),
            _ => None,
        }
    }

    fn envelope(&self) -> Option<&Envelope> {
        match &self.head.record {
            Record::Envelope { envelope, .. } => Some(envelope),
            _ => None,
        }
    }
}

/// Compares every answer of a view with what the model finds by looking through everything.
fn compare(model: &Model, view: &dyn View) {
    let stories = model.stories();
    let find = |fits: &dyn Fn(&Story) -> bool| {
        stories
            .iter()
            .filter(|(_, story)| fits(story))
            .map(|(leaf, _)| *leaf)
            .collect::<Vec<_>>()
    };
    let first = |fits: &dyn Fn(&Story) -> bool| find(fits).first().copied();
    assert_eq!(view.position().records, model.heads.len() as u64);

    compare_queues(&stories, view);
    for seed in 0..6_u8 {
        let name = [seed; 32];
        let about = |story: &Story| story.statement().is_some_and(|found| found.subject == name);
        let digest = |story: &Story| story.envelope().is_some_and(|found| found.digest == name);
        let hash = |story: &Story| story.statement().is_some_and(|found| found.hash == name);
        let reference = |story: &Story| {
            story
                .envelope()
                .is_some_and(|found| found.reference == [seed; 16])
        };
        assert_eq!(view.seen(&name).unwrap(), first(&digest));
        assert_eq!(view.statement(&name).unwrap(), first(&hash));
        assert_eq!(view.statements(&name).unwrap(), find(&about));
        assert_eq!(
            view.refusal(&name).unwrap(),
            first(&|story| about(story) && story.refuses)
        );
        let expected = first(&reference).map(|leaf| stories[&leaf].envelope().unwrap().digest);
        assert_eq!(
            view.reference("duty@spoc.police.se", &[seed; 16]).unwrap(),
            expected
        );
    }

    let mut due: Vec<_> = stories
        .iter()
        .filter_map(|(leaf, story)| Some((story.expires_ms()?, *leaf)).filter(|_| !story.erased))
        .collect();
    due.sort_unstable();
    assert_eq!(view.next_due_ms().unwrap(), due.first().map(|(at, _)| *at));
    for now in 0..5 {
        let expected: Vec<_> = due
            .iter()
            .filter(|(at, _)| *at <= now)
            .map(|(_, l)| *l)
            .collect();
        assert_eq!(view.due(now, usize::MAX).unwrap(), expected);
    }
    compare_held(&stories, view);
    compare_watched(&stories, view);
    let live = find(&|story| !story.erased && story.expires_ms().is_some());
    assert_eq!(view.live(None, usize::MAX).unwrap(), live);
    compare_objects(&stories, view);
    compare_items(&stories, view);
}

fn compare_items(stories: &BTreeMap<Leaf, Story>, view: &dyn View) {
    for (leaf, story) in stories {
        let item = view.item(*leaf).unwrap().unwrap();
        assert_eq!(
            item.awaited,
            story.awaited.iter().cloned().collect::<Vec<_>>()
        );
        assert_eq!(
            item.settled,
            story.settled.iter().cloned().collect::<Vec<_>>()
        );
        assert_eq!((item.erased, item.refuses), (story.erased, story.refuses));
        assert_eq!(item.marking, story.marking.1);
        assert_eq!(item.non_compliant, story.non_compliant);
        assert_eq!(item.encloses, story.encloses);
        assert_eq!(item.dropped, story.dropped);
        assert_eq!(
            item.standby,
            story.standby.iter().cloned().collect::<Vec<_>>()
        );
        let watching = item.watching.map(|one| (one.at_ms, one.watch));
        assert_eq!(watching, story.watching);
    }
}

fn compare_held(stories: &BTreeMap<Leaf, Story>, view: &dyn View) {
    let mut held: Vec<_> = stories
        .iter()
        .filter_map(|(leaf, story)| Some((story.held.as_ref()?.0, story.rank, *leaf)))
        .collect();
    held.sort_unstable();
    assert_eq!(
        view.next_held_ms().unwrap(),
        held.first().map(|(at, _, _)| *at)
    );
    let held: Vec<_> = held.into_iter().map(|(_, _, leaf)| leaf).collect();
    assert_eq!(view.held(u64::MAX, usize::MAX).unwrap(), held);
    let detained = stories.values().filter(|story| story.detained.is_some());
    assert_eq!(
        view.held_by("duty@spoc.police.se", usize::MAX).unwrap(),
        held.len() + detained.count()
    );
    let mut late: Vec<_> = stories
        .iter()
        .filter_map(|(leaf, story)| Some((story.detained.as_ref()?.0?, *leaf)))
        .collect();
    late.sort_unstable();
    assert_eq!(
        view.next_late_ms().unwrap(),
        late.first().map(|(at, _)| *at)
    );
    for now in 0..5 {
        let due = late.iter().filter(|(at, _)| *at <= now);
        let due: Vec<_> = due.map(|(_, leaf)| *leaf).collect();
        assert_eq!(view.late(now, usize::MAX).unwrap(), due);
    }
}

fn compare_watched(stories: &BTreeMap<Leaf, Story>, view: &dyn View) {
    let mut watched: Vec<_> = stories
        .iter()
        .filter_map(|(leaf, story)| Some((story.watching.as_ref()?.0?, *leaf)))
        .collect();
    watched.sort_unstable();
    let soonest = watched.first().map(|(at, _)| *at);
    assert_eq!(view.next_watched_ms().unwrap(), soonest);
    for at_ms in 0..5 {
        let due = watched.iter().filter(|(at, _)| *at <= at_ms);
        let due: Vec<_> = due.map(|(_, leaf)| *leaf).collect();
        assert_eq!(view.watched(at_ms, usize::MAX).unwrap(), due);
    }
}

fn compare_queues(stories: &BTreeMap<Leaf, Story>, view: &dyn View) {
    let mut queues: BTreeMap<Mailbox, Vec<(u8, u64, bool)>> = BTreeMap::new();
    for (leaf, story) in stories {
        for (mailbox, (rank, handed)) in &story.waiting {
            queues
                .entry(mailbox.clone())
                .or_default()
                .push((*rank, leaf.0, *handed));
        }
    }
    queues.values_mut().for_each(|queue| queue.sort_unstable());
    let found = view.queues().into_iter().map(|(mailbox, queued)| {
        let all = view.next(&mailbox, None, usize::MAX).unwrap();
        assert_eq!(all.len() as u64, queued);
        let turn = |waiting: &crate::index::Waiting| {
            (waiting.turn.rank, waiting.turn.leaf.0, waiting.handed)
        };
        (mailbox, all.iter().map(turn).collect::<Vec<_>>())
    });
    assert_eq!(found.collect::<BTreeMap<_, _>>(), queues);
}

fn compare_objects(stories: &BTreeMap<Leaf, Story>, view: &dyn View) {
    let mut newest: BTreeMap<(u8, usize, String), (Leaf, Object)> = BTreeMap::new();
    for (leaf, story) in stories {
        let Record::Object(object) = &story.head.record else {
            continue;
        };
        let key = (object.kind, object.name.len(), object.name.clone());
        let held = newest.entry(key).or_insert_with(|| (*leaf, object.clone()));
        if object.number > held.1.number {
            *held = (*leaf, object.clone());
        }
    }
    assert_eq!(
        view.objects().unwrap(),
        newest.into_values().collect::<Vec<_>>()
    );
}

fn run(steps: &[Step], index: IndexKind) {
    let dir = tempfile::tempdir().unwrap();
    let open = || JournalStore::open(dir.path(), small(index)).unwrap().0;
    let (mut store, mut model) = (open(), Model::default());
    for step in steps.iter().chain([&Step::Commit, &Step::Crash]) {
        match step {
            Step::Append(record) => {
                let body = record.is_logged().then_some(b"body".as_slice());
                let leaf = store.append(0, record.clone(), body).unwrap();
                assert_eq!(leaf, model.append(record.clone()));
            }
            Step::Commit => {
                store.commit().unwrap();
                while store.tend().unwrap() {}
                model.durable = model.heads.len();
            }
            Step::Crash => {
                drop(store);
                store = open();
                store.forget(model.forgotten_before_ms).unwrap();
                model.crash();
            }
            Step::Forget(before_ms) => {
                store.forget(*before_ms).unwrap();
                model.forget(*before_ms);
            }
        }
        compare(&model, store.view());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn index_in_memory_agrees_with_the_model(steps in prop::collection::vec(step(), 1..50)) {
        run(&steps, IndexKind::Memory);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn index_in_sled_agrees_with_the_model(steps in prop::collection::vec(step(), 1..50)) {
        run(&steps, sled());
    }
}

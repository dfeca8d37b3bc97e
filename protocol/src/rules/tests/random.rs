//! Random tables: any, good ones, and the same tightened or loosened.

use super::*;

/// `SplitMix64`: enough for tests, and the same on every machine.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn index(&mut self, end: usize) -> usize {
        usize::try_from(self.below(u64::try_from(end).unwrap())).unwrap()
    }

    fn number(&mut self, end: u32) -> u32 {
        u32::try_from(self.below(end.into())).unwrap()
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    /// Some of these, at least one, in their order.
    fn some<T: Copy>(&mut self, all: &[T]) -> Vec<T> {
        let always = self.index(all.len());
        let mut some = Vec::new();
        for (at, one) in all.iter().enumerate() {
            if at == always || self.below(4) == 0 {
                some.push(*one);
            }
        }
        some
    }

    fn one<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.index(all.len())]
    }

    fn maybe<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.coin().then(|| value(self))
    }
}

/// An accord that every random table is judged in.
pub(super) fn accord() -> Accord {
    let accepted = |format| AcceptedFormat {
        format,
        version: 1,
        definition: FixedBytes([0; 32]),
    };
    Accord {
        formats: (0..8).map(accepted).collect(),
        ceiling: (1..=4).map(|axis| Marking { axis, code: 3 }).collect(),
        lifetime: 30 * DAY_MS,
        ..super::accord()
    }
}

pub(super) fn combinations() -> impl Iterator<Item = (Precedence, Status, Direction)> {
    Precedence::ALL.into_iter().flat_map(|precedence| {
        Status::ALL.into_iter().flat_map(move |status| {
            let all = Direction::ALL.iter();
            all.map(move |direction| (precedence, status, *direction))
        })
    })
}

/// A row that contradicts neither itself nor the accord, and lets flags go as they must.
fn row(draw: &mut Draw, name: &str) -> Row {
    let acknowledge = (1 + draw.below(24)) * HOUR_MS;
    let formats = draw.some(&[0, 1, 2, 3, 4, 5, 6, 7]);
    let is_flag = formats.contains(&1);
    let home = [Copies::Superior, Copies::Skipped, Copies::OwnGateway];
    let mut steps = Vec::new();
    for _ in 0..draw.below(4) {
        let after = acknowledge + draw.below(48) * HOUR_MS;
        let to = draw.one(StepTo::ALL);
        steps.push(Step { after, to });
    }
    steps.sort();
    steps.dedup();
    let release = draw.one(Release::ALL);
    let release = if is_flag { Release::None } else { release };
    let path = draw.one(&[Path::Direct, Path::ToGateway, Path::BetweenGateways]);
    let mut copies = draw.some(&home);
    copies.extend(draw.coin().then_some(Copies::PeerGateway));
    Row {
        name: text(name),
        formats,
        precedences: draw.some(&Precedence::ALL),
        statuses: draw.some(&Status::ALL),
        directions: vec![Direction::CrossBorder],
        path: if is_flag { Path::Direct } else { path },
        copies: if is_flag {
            Copies::ALL.to_vec()
        } else {
            copies
        },
        acknowledge_within: Some(acknowledge),
        answer_within: draw.maybe(|d| acknowledge + d.below(72) * HOUR_MS),
        escalation: steps,
        release_within: match release {
            Release::None => None,
            _ => draw.maybe(|d| (1 + d.below(24)) * HOUR_MS),
        },
        release,
        exceptions: draw
            .maybe(|d| d.some(&[1, 2, 3]))
            .filter(|_| !is_flag)
            .unwrap_or_default(),
        ceiling: draw.maybe(|d| {
            let codes = [1, 2, 3, 4].map(|axis| (axis, u16::try_from(d.number(4)).unwrap()));
            codes.map(|(axis, code)| Marking { axis, code }).to_vec()
        }),
        lifetime: draw.maybe(|d| (2 + d.below(28)) * DAY_MS),
        addressees: draw.maybe(|d| 16 + u8::try_from(d.number(48)).unwrap()),
        body_bytes: draw.maybe(|d| 1_040 + d.number(100_000)),
        rate: draw.maybe(|d| Rate {
            messages: 2 + d.number(100),
            per: (2 + d.below(48)) * HOUR_MS,
        }),
    }
}

/// A table whose rows may meet.
pub(super) fn table(seed: u64) -> Rules {
    let mut draw = Draw(seed);
    let number = 1 + draw.below(5);
    let names = (0..number).map(|at| format!("row-{at}"));
    let rows = names.map(|name| row(&mut draw, &name)).collect();
    Rules {
        rows,
        ..Rules::default()
    }
}

/// A table without faults: of rows that meet, the first stays.
pub(super) fn good_table(seed: u64) -> Rules {
    let mut rules = table(seed);
    let mut kept: Vec<Row> = Vec::new();
    for row in rules.rows {
        if !kept.iter().any(|held| check::overlaps(held, &row)) {
            kept.push(row);
        }
    }
    rules.rows = kept;
    rules
}

/// The same table, tighter in random places.
pub(super) fn tightened(base: &Rules, seed: u64) -> Rules {
    let mut draw = Draw(seed ^ 1);
    let mut rules = base.clone();
    for row in &mut rules.rows {
        let is_flag = row.formats.contains(&1);
        if draw.coin() && !is_flag {
            row.path = Path::BetweenGateways;
            if row.release == Release::None {
                row.release = Release::TwoPerson;
            }
        }
        if draw.coin() {
            row.copies = Copies::ALL.to_vec();
            row.exceptions.pop();
        }
        if draw.coin() {
            row.acknowledge_within = row.acknowledge_within.map(|ms| ms - 1);
            row.answer_within = row.answer_within.map(|ms| ms - 1);
            for step in &mut row.escalation {
                step.after -= 1;
            }
        }
        if draw.coin() {
            row.lifetime = Some(row.lifetime.map_or(DAY_MS, |ms| ms - 1));
            row.addressees = Some(row.addressees.map_or(16, |n| (n - 1).max(16)));
            row.body_bytes = Some(row.body_bytes.map_or(1_040, |n| (n - 1).max(1_040)));
            row.ceiling = Some(vec![]);
        }
        if draw.coin() {
            row.rate = row.rate.map(|rate| Rate {
                messages: rate.messages - 1,
                per: rate.per + 1,
            });
        }
        if row.precedences.len() > 1 && draw.coin() {
            row.precedences.pop();
        }
    }
    if rules.rows.len() > 1 && draw.coin() {
        rules.rows.pop();
    }
    rules
}

/// Loosens a row in one place; whether that place was there to loosen.
type Loosen = fn(&mut Row) -> bool;

/// The same table, looser in one place of one row, once for each place that can be loosened.
pub(super) fn loosened(base: &Rules, seed: u64) -> Vec<(&'static str, Rules)> {
    let mut draw = Draw(seed ^ 2);
    let at = draw.index(base.rows.len());
    let edits: [(&str, Loosen); 11] = [
        ("path", |r| replace(&mut r.path, Path::Direct)),
        ("release", |r| replace(&mut r.release, Release::None)),
        ("copies", |r| r.copies.pop().is_some()),
        ("exceptions", |r| {
            r.exceptions.push(99);
            true
        }),
        ("acknowledge", |r| r.acknowledge_within.take().is_some()),
        ("answer", |r| {
            r.answer_within.as_mut().map(|ms| *ms += 1).is_some()
        }),
        ("escalation", |r| r.escalation.pop().is_some()),
        ("ceiling", |r| r.ceiling.take().is_some()),
        ("lifetime", |r| {
            r.lifetime.as_mut().map(|ms| *ms += 1).is_some()
        }),
        ("addressees", |r| r.addressees.take().is_some()),
        ("rate", |r| {
            r.rate.as_mut().map(|rate| rate.messages += 1).is_some()
        }),
    ];
    let mut all = Vec::new();
    for (what, edit) in edits {
        let mut rules = base.clone();
        if edit(&mut rules.rows[at]) {
            all.push((what, rules));
        }
    }
    all
}

/// Puts a value in the place of another; whether that changed anything.
fn replace<T: PartialEq>(held: &mut T, value: T) -> bool {
    let changed = *held != value;
    *held = value;
    changed
}

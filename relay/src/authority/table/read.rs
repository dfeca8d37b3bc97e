//! From the file to the table: the accord's head, rows and task forces.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use estafette_protocol::accord::AcceptedFormat;
use estafette_protocol::address::{Agency, Desk};
use estafette_protocol::encoding::decode;
use estafette_protocol::format::Catalogue;
use estafette_protocol::precedence::{Precedence, Status};
use estafette_protocol::rules::{
    ADDRESSEES, ANSWER_WITHIN_MS, BODY_BYTES_MIN, Copies, Direction, EXCEPTIONS_MAX, FORMATS_MAX,
    LIFETIME_MS, MEMBERS_MAX, Path, ROWS_MAX, Rate, Release, Row, Rules, STEPS_MAX, Step, StepTo,
    TASK_FORCES_MAX, TaskForce, WITHIN_MS,
};
use toml::Spanned;

use super::raw::{self, Word};
use super::span::Source;
use super::value::Read;
use super::{FrameworkName, Head, Holder, RuleFile, words};
use crate::config::parse_hash;

const DAYS: RangeInclusive<u64> = 1..=3_650;
const GRACE_DAYS: RangeInclusive<u64> = 0..=90;
const LIFETIME_DAYS: RangeInclusive<u64> = 1..=30;
const PARTIES_MAX: usize = 16;
const ACCEPTED_MAX: usize = 64;

/// Where each name stands.
type Lines = BTreeMap<String, usize>;

pub(super) struct Reader<'a> {
    pub(super) source: Source<'a>,
    pub(super) holder: Holder,
    pub(super) catalogue: &'a Catalogue,
}

impl Reader<'_> {
    pub(super) fn file(&self, raw: &raw::File) -> Read<RuleFile> {
        let head = self.head(&raw.accord)?;
        let (mut rows, mut task_forces) = (Lines::new(), Lines::new());
        let mut rules = Rules::default();
        if let Some(FrameworkName::Hash(hash)) = &head.framework {
            rules.framework = Some(*hash);
        }
        for raw in &raw.rules {
            self.note_line(&mut rows, &raw.name, ("rules", ROWS_MAX))?;
            rules.rows.push(self.row(raw)?);
        }
        rules.rows.sort_by(|a, b| a.name.cmp(&b.name));
        for raw in &raw.task_forces {
            self.note_line(
                &mut task_forces,
                &raw.name,
                ("task forces", TASK_FORCES_MAX),
            )?;
            rules.task_forces.push(self.task_force(raw)?);
        }
        rules.task_forces.sort_by(|a, b| a.name.cmp(&b.name));
        // RTE-40: what was not refused above can still be too long.
        let bytes = rules.to_bytes();
        let good = |bytes: &[u8]| bytes.is_empty() || decode::<Rules>(bytes).is_ok();
        if !bytes.is_ok_and(|bytes| good(bytes.as_slice())) {
            let what = "the table is longer than an accord can hold (RTE-40)";
            let remedy = "merge rows, or take members out of task forces";
            return Err(self.source.fault(&(0..0), what, remedy));
        }
        Ok(RuleFile {
            head,
            rules,
            rows,
            task_forces,
        })
    }

    fn note_line(
        &self,
        lines: &mut Lines,
        name: &Spanned<String>,
        (what, max): (&str, usize),
    ) -> Read<()> {
        let span = name.span();
        if let Some(before) = lines.get(name.get_ref()) {
            let what = format!("\"{}\" is on line {before} already", name.get_ref());
            return Err(self.source.fault(&span, what, "give it a name of its own"));
        }
        if lines.len() >= max {
            return Err(self.source.many(&span, what, max));
        }
        lines.insert(name.get_ref().clone(), self.source.line(span.start));
        Ok(())
    }

    fn head(&self, raw: &raw::Head) -> Read<Head> {
        let source = self.source;
        if let Some(name) = &raw.name {
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            let text = name.get_ref();
            if !(1..=64).contains(&text.len()) || !text.bytes().all(plain) {
                let what = format!("\"{text}\" is no name of an accord");
                let remedy = "use 1 to 64 of a-z, 0-9 and hyphens";
                return Err(source.fault(&name.span(), what, remedy));
            }
        }
        let mut parties = Vec::new();
        for party in raw.parties.iter().flat_map(Spanned::get_ref) {
            parties.push((party.span(), source.parse::<Agency>(party, "police.xa")?));
        }
        let mut formats = Vec::new();
        for word in raw.formats.iter().flat_map(Spanned::get_ref) {
            let format = self.accepted(word)?;
            formats.push((
                word.span(),
                (format.format, format.version, format.definition),
            ));
        }
        let formats = source.sorted(formats, "formats", ACCEPTED_MAX)?;
        let accepted = |(format, version, definition)| AcceptedFormat {
            format,
            version,
            definition,
        };
        let framework = raw.framework.as_ref().map(|name| {
            let name = name.get_ref();
            parse_hash(name).map_or_else(|| FrameworkName::File(name.into()), FrameworkName::Hash)
        });
        let number =
            |number: &Option<Spanned<i64>>, key, range| source.number(number.as_ref(), key, range);
        Ok(Head {
            name: raw.name.as_ref().map(|name| name.get_ref().clone()),
            parties: source.sorted(parties, "parties", PARTIES_MAX)?,
            formats: formats.into_iter().map(accepted).collect(),
            ceiling: source.ceiling(raw.ceiling.as_ref())?,
            days: number(&raw.days, "days", &DAYS)?,
            grace_days: number(&raw.grace_days, "grace-days", &GRACE_DAYS)?,
            lifetime_days: number(&raw.lifetime_days, "lifetime-days", &LIFETIME_DAYS)?,
            framework,
        })
    }

    fn row(&self, raw: &raw::Rule) -> Read<Row> {
        let source = self.source;
        source.some(&raw.formats, "formats")?;
        for (list, key) in [
            (&raw.precedences, "precedences"),
            (&raw.statuses, "statuses"),
            (&raw.directions, "directions"),
        ] {
            list.as_ref()
                .map_or(Ok(()), |list| source.some(list, key))?;
        }
        let precedences = (Precedence::ALL.as_slice(), Precedence::word as fn(_) -> _);
        let precedences = source.words(raw.precedences.as_ref(), "precedences", precedences)?;
        let statuses = (Status::ALL.as_slice(), Status::word as fn(_) -> _);
        let statuses = source.words(raw.statuses.as_ref(), "statuses", statuses)?;
        let directions = (Direction::ALL, Direction::word as fn(_) -> _);
        let directions = source.words(raw.directions.as_ref(), "directions", directions)?;
        let copies = (Copies::ALL, Copies::word as fn(_) -> _);
        let paths = (Path::ALL, Path::word as fn(_) -> _);
        let path = raw.path.as_ref().map(|word| source.word(word, paths));
        let releases = (Release::ALL, Release::word as fn(_) -> _);
        let release = raw.release.as_ref().map(|word| source.word(word, releases));
        let time =
            |time: &Option<Spanned<String>>, key, range| source.time(time.as_ref(), key, range);
        Ok(Row {
            name: source.label(&raw.name)?,
            formats: self.formats(&raw.formats)?,
            precedences: precedences.unwrap_or_else(|| Precedence::ALL.to_vec()),
            statuses: statuses.unwrap_or_else(|| Status::ALL.to_vec()),
            directions: directions.unwrap_or_else(|| self.holder.directions().to_vec()),
            path: path.transpose()?.unwrap_or(Path::Direct),
            release: release.transpose()?.unwrap_or(Release::None),
            copies: source
                .words(raw.copies.as_ref(), "copies", copies)?
                .unwrap_or_default(),
            acknowledge_within: time(&raw.acknowledge_within, "acknowledge-within", &WITHIN_MS)?,
            answer_within: time(&raw.answer_within, "answer-within", &ANSWER_WITHIN_MS)?,
            escalation: self.escalation(raw)?,
            release_within: time(&raw.release_within, "release-within", &WITHIN_MS)?,
            exceptions: self.exceptions(raw)?,
            ceiling: source.ceiling(raw.ceiling.as_ref())?,
            lifetime: time(&raw.lifetime, "lifetime", &LIFETIME_MS)?,
            addressees: source.number(raw.addressees.as_ref(), "addressees", &ADDRESSEES)?,
            body_bytes: source.number(
                raw.body_bytes.as_ref(),
                "body-bytes",
                &(BODY_BYTES_MIN..=u32::MAX),
            )?,
            rate: raw.rate.as_ref().map(|rate| self.rate(rate)).transpose()?,
        })
    }

    fn escalation(&self, raw: &raw::Rule) -> Read<Vec<Step>> {
        let mut steps = Vec::new();
        for step in raw.escalation.iter().flat_map(Spanned::get_ref) {
            let (span, step) = (step.span(), step.get_ref());
            let after = self.source.time(Some(&step.after), "after", &WITHIN_MS)?;
            let to = (StepTo::ALL, StepTo::word as fn(_) -> _);
            let to = self.source.word(&step.to, to)?;
            let after = after.unwrap_or_default();
            steps.push((span, Step { after, to }));
        }
        self.source.sorted(steps, "escalation", STEPS_MAX)
    }

    fn rate(&self, raw: &raw::Rate) -> Read<Rate> {
        let messages = self
            .source
            .number(Some(&raw.messages), "messages", &(1..=u32::MAX))?;
        let per = self.source.time(Some(&raw.per), "per", &WITHIN_MS)?;
        Ok(Rate {
            messages: messages.unwrap_or_default(),
            per: per.unwrap_or_default(),
        })
    }

    fn task_force(&self, raw: &raw::TaskForce) -> Read<TaskForce> {
        let mut members = Vec::new();
        for member in raw.members.get_ref() {
            let desk: Desk = self.source.parse(member, "duty@spoc.police.xa")?;
            members.push((member.span(), desk));
        }
        if members.len() < 2 {
            let what = "a task force of fewer than two";
            return Err(self
                .source
                .fault(&raw.members.span(), what, "name 2 to 64 desks"));
        }
        Ok(TaskForce {
            name: self.source.label(&raw.name)?,
            members: self.source.sorted(members, "members", MEMBERS_MAX)?,
        })
    }

    fn formats(&self, list: &raw::Words) -> Read<Vec<u16>> {
        let read = |word: &Spanned<Word>| Ok((word.span(), self.format(word)?));
        let items: Read<Vec<_>> = list.get_ref().iter().map(read).collect();
        self.source.sorted(items?, "formats", FORMATS_MAX)
    }

    fn format(&self, word: &Spanned<Word>) -> Read<u16> {
        match word.get_ref() {
            Word::Number(number) => self.code(word, *number),
            Word::Text(text) => {
                let known = self.catalogue.format_by_word(text);
                known.map(|known| known.format).ok_or_else(|| {
                    let all = self.catalogue.formats().iter();
                    let mut all: Vec<_> = all.map(|f| f.word.as_str()).collect();
                    all.dedup();
                    self.source.unknown(&text_of(word, text), &all)
                })
            }
        }
    }

    fn exceptions(&self, raw: &raw::Rule) -> Read<Vec<u16>> {
        let mut items = Vec::new();
        for word in raw.exceptions.iter().flat_map(Spanned::get_ref) {
            let number = match word.get_ref() {
                Word::Number(number) => self.code(word, *number)?,
                Word::Text(text) => words::exception(text, self.catalogue).ok_or_else(|| {
                    let all = words::exceptions(self.catalogue);
                    self.source.unknown(&text_of(word, text), &all)
                })?,
            };
            items.push((word.span(), number));
        }
        self.source.sorted(items, "exceptions", EXCEPTIONS_MAX)
    }

    fn code(&self, word: &Spanned<Word>, number: i64) -> Read<u16> {
        u16::try_from(number).map_err(|_| {
            let what = format!("{number} is no code");
            self.source.fault(&word.span(), what, "say 0 to 65535")
        })
    }

    fn accepted(&self, word: &Spanned<Word>) -> Read<AcceptedFormat> {
        let number = self.format(word)?;
        let known = words::newest(number, self.catalogue).ok_or_else(|| {
            let what = format!("format {number} is not defined");
            let remedy = "name the folder of its definition with --definitions";
            self.source.fault(&word.span(), what, remedy)
        })?;
        Ok(AcceptedFormat {
            format: known.format,
            version: known.version,
            definition: known.definition,
        })
    }
}

fn text_of(word: &Spanned<Word>, text: &str) -> Spanned<String> {
    Spanned::new(word.span(), text.to_owned())
}

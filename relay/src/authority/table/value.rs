//! Single values and lists of a file: words, numbers, times, each within its limits.

use std::ops::{Range, RangeInclusive};
use std::str::FromStr;

use estafette_protocol::address::check_label;
use estafette_protocol::encoding::Text;
use estafette_protocol::marking::Marking;
use estafette_protocol::rules::CEILING_MAX;
use toml::Spanned;

use super::keys::meant;
use super::raw::Texts;
use super::span::{Source, duration_text, parse_duration};
use super::{TableError, words};

pub(super) type Read<T> = Result<T, TableError>;

impl Source<'_> {
    /// A word of a closed list.
    pub(super) fn word<T: Copy>(
        self,
        word: &Spanned<String>,
        (known, text): (&[T], fn(T) -> &'static str),
    ) -> Read<T> {
        let found = known.iter().find(|one| text(**one) == word.get_ref());
        found.copied().ok_or_else(|| {
            let all: Vec<_> = known.iter().map(|one| text(*one)).collect();
            self.unknown(word, &all)
        })
    }

    pub(super) fn unknown(self, word: &Spanned<String>, known: &[&str]) -> TableError {
        let text = word.get_ref();
        let what = format!("unknown word \"{text}\"");
        self.fault(&word.span(), what, meant(text, known))
    }

    /// Words of a closed list, sorted; `None` where the key is not there.
    pub(super) fn words<T: Copy + Ord>(
        self,
        list: Option<&Texts>,
        key: &str,
        known: (&[T], fn(T) -> &'static str),
    ) -> Read<Option<Vec<T>>> {
        let Some(list) = list else { return Ok(None) };
        let read = |word: &Spanned<String>| Ok((word.span(), self.word(word, known)?));
        let items: Read<Vec<_>> = list.get_ref().iter().map(read).collect();
        Ok(Some(self.sorted(items?, key, known.0.len())?))
    }

    /// A list that must name something.
    pub(super) fn some<T>(self, list: &Spanned<Vec<T>>, key: &str) -> Read<()> {
        match list.get_ref().is_empty() {
            true => {
                let what = format!("{key} names none");
                Err(self.fault(&list.span(), what, "name at least one"))
            }
            false => Ok(()),
        }
    }

    /// The items of a list, sorted, each once and no more than `max`.
    pub(super) fn sorted<T: Ord>(
        self,
        mut items: Vec<(Range<usize>, T)>,
        key: &str,
        max: usize,
    ) -> Read<Vec<T>> {
        items.sort_by(|a, b| a.1.cmp(&b.1));
        let mut next = items.iter().skip(1);
        for (_, item) in &items {
            if let Some((span, _)) = next.next().filter(|(_, other)| other == item) {
                let what = format!("{key} names the same twice");
                return Err(self.fault(span, what, "leave one of the two out"));
            }
        }
        if let Some((span, _)) = items.get(max) {
            return Err(self.many(span, key, max));
        }
        Ok(items.into_iter().map(|(_, item)| item).collect())
    }

    pub(super) fn many(self, span: &Range<usize>, key: &str, max: usize) -> TableError {
        let what = format!("more than {max} {key}");
        self.fault(span, what, format!("at most {max}"))
    }

    /// A text that reads as a value of its own.
    pub(super) fn parse<T: FromStr>(self, text: &Spanned<String>, example: &str) -> Read<T> {
        text.get_ref().parse().map_err(|_| {
            let what = format!("\"{}\" is not as it should be", text.get_ref());
            self.fault(&text.span(), what, format!("such as {example}"))
        })
    }

    /// A name that people know a row or task force by.
    pub(super) fn label(self, name: &Spanned<String>) -> Read<Text> {
        let text = name.get_ref();
        let label = check_label(text).ok().and_then(|()| Text::new(text).ok());
        label.ok_or_else(|| {
            let remedy = "use 1 to 32 of a-z, 0-9 and hyphens, with no hyphen at either end";
            self.fault(&name.span(), format!("\"{text}\" is no name"), remedy)
        })
    }

    pub(super) fn number<T: Copy + TryFrom<i64> + PartialOrd + std::fmt::Display>(
        self,
        number: Option<&Spanned<i64>>,
        key: &str,
        range: &RangeInclusive<T>,
    ) -> Read<Option<T>> {
        let Some(number) = number else {
            return Ok(None);
        };
        let good = T::try_from(*number.get_ref()).ok();
        let good = good.filter(|number| range.contains(number));
        good.map(Some).ok_or_else(|| {
            let what = format!("{key} is {}", number.get_ref());
            let remedy = format!("say {} to {}", range.start(), range.end());
            self.fault(&number.span(), what, remedy)
        })
    }

    pub(super) fn time(
        self,
        time: Option<&Spanned<String>>,
        key: &str,
        range: &RangeInclusive<u64>,
    ) -> Read<Option<u64>> {
        let Some(time) = time else { return Ok(None) };
        let text = time.get_ref();
        let Some(ms) = parse_duration(text) else {
            let what = format!("{key}: \"{text}\" is no time");
            let remedy = "say such as 30s, 5m, 8h, 3d or 1h30m";
            return Err(self.fault(&time.span(), what, remedy));
        };
        if range.contains(&ms) {
            return Ok(Some(ms));
        }
        let (from, to) = (duration_text(*range.start()), duration_text(*range.end()));
        let what = format!("{key} is {text}");
        Err(self.fault(&time.span(), what, format!("say {from} to {to}")))
    }

    /// One marking for each axis.
    pub(super) fn ceiling(self, list: Option<&Texts>) -> Read<Option<Vec<Marking>>> {
        let Some(list) = list else { return Ok(None) };
        let mut items = Vec::new();
        for word in list.get_ref() {
            let marking = words::marking(word.get_ref()).ok_or_else(|| {
                let known = words::markings();
                self.unknown(word, &known.iter().map(String::as_str).collect::<Vec<_>>())
            })?;
            items.push((word.span(), marking));
        }
        let axes = items.iter().map(|(span, m)| (span.clone(), m.axis));
        self.sorted(axes.collect(), "ceiling (by axis)", CEILING_MAX)?;
        Ok(Some(self.sorted(items, "ceiling", CEILING_MAX)?))
    }
}

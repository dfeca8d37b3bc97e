//! Recurrence rules: the part of RFC 5545 section 3.3.10 that a briefing uses. Spec: form.md FRM-9.
//!
//! Decides which texts are a rule and which days it names, in local time. What moment a local time
//! is, and which occurrences are left out, is for `calendar/occurrences.rs`.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use std::str::FromStr;

/// Most days looked at for one rule, so that one which names few or none comes to an end.
const STEPS_MAX: u32 = 200_000;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// Every day, or every n-th.
    Daily,
    /// Every week.
    Weekly,
    /// Every month.
    Monthly,
    /// Every year.
    Yearly,
}

/// After what a rule names no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// A moment.
    Moment(Timestamp),
    /// A local time, wherever that is.
    Local(DateTime),
    /// The end of a local day.
    Day(Date),
}

/// A weekday, and of a month which one: the second, or from the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// Counted in the month from 1, or from -1 at its end; all of them where absent.
    pub nth: Option<i8>,
    /// The weekday.
    pub weekday: Weekday,
}

/// A recurrence rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// How often.
    pub frequency: Frequency,
    /// Every so many days, weeks, months or years.
    pub interval: u32,
    /// How many times at most.
    pub count: Option<u32>,
    /// Until when.
    pub until: Option<Until>,
    /// On these days alone; the day of the first occurrence where empty.
    pub days: Vec<Day>,
}

/// Why a text is no rule that a briefing can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// A part without `=`, or one that stands twice.
    #[error("a rule is parts such as FREQ=WEEKLY;BYDAY=MO, each at most once")]
    Shape,
    /// No FREQ.
    #[error("a rule needs FREQ")]
    NoFrequency,
    /// A part that a briefing cannot have.
    #[error("{0} cannot be used; FREQ, INTERVAL, COUNT, UNTIL and BYDAY can")]
    Part(String),
    /// A part with a value that it cannot have.
    #[error("{0} has a value that it cannot have")]
    Value(&'static str),
    /// Not what can be written after `--every`.
    #[error("say day, week, month, weekday, days such as mon,thu, or a rule such as FREQ=WEEKLY")]
    Every,
    /// COUNT and UNTIL in one rule.
    #[error("COUNT and UNTIL exclude each other")]
    Both,
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let mut rule = Self {
            frequency: Frequency::Daily,
            interval: 1,
            count: None,
            until: None,
            days: Vec::new(),
        };
        let (mut seen, mut frequency) = (Vec::new(), None);
        for part in text.split(';') {
            let (name, value) = part.split_once('=').ok_or(RuleError::Shape)?;
            let name = name.to_ascii_uppercase();
            let value = value.to_ascii_uppercase();
            match name.as_str() {
                "FREQ" => frequency = Some(parse_frequency(&value)?),
                "INTERVAL" => rule.interval = number(&value).ok_or(RuleError::Value("INTERVAL"))?,
                "COUNT" => rule.count = Some(number(&value).ok_or(RuleError::Value("COUNT"))?),
                "UNTIL" => rule.until = Some(until(&value).ok_or(RuleError::Value("UNTIL"))?),
                "BYDAY" => rule.days = days(&value).ok_or(RuleError::Value("BYDAY"))?,
                // The default, which many programs write out.
                "WKST" if value == "MO" => {}
                _ => return Err(RuleError::Part(name)),
            }
            if seen.contains(&name) {
                return Err(RuleError::Shape);
            }
            seen.push(name);
        }
        rule.frequency = frequency.ok_or(RuleError::NoFrequency)?;
        if rule.count.is_some() && rule.until.is_some() {
            return Err(RuleError::Both);
        }
        let counted = rule.days.iter().any(|day| day.nth.is_some());
        let fits = match rule.frequency {
            Frequency::Daily | Frequency::Weekly => !counted,
            Frequency::Monthly => true,
            Frequency::Yearly => rule.days.is_empty(),
        };
        fits.then_some(rule).ok_or(RuleError::Value("BYDAY"))
    }
}

/// The rule of what people write after `--every`: `day`, `2 weeks`, `month`, `weekday`, or days
/// such as `mon,thu`; a rule in its own words stays one.
///
/// # Errors
/// [`RuleError`].
pub fn every(text: &str) -> Result<String, RuleError> {
    let text = text.trim().to_ascii_lowercase();
    if text.contains('=') {
        let rule = text.to_ascii_uppercase();
        return rule.parse::<Rule>().map(|_| rule);
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at_checked(digits).ok_or(RuleError::Every)?;
    let interval = match count {
        "" => 1,
        count => number(count).ok_or(RuleError::Every)?,
    };
    let frequency = match unit.trim() {
        "d" | "day" | "days" | "daily" => "DAILY",
        "w" | "week" | "weeks" | "weekly" => "WEEKLY",
        "month" | "months" | "monthly" => "MONTHLY",
        "y" | "year" | "years" | "yearly" => "YEARLY",
        "weekday" | "weekdays" if count.is_empty() => {
            return Ok("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR".to_owned());
        }
        names if count.is_empty() => return named_days(names),
        _ => return Err(RuleError::Every),
    };
    Ok(match interval {
        1 => format!("FREQ={frequency}"),
        interval => format!("FREQ={frequency};INTERVAL={interval}"),
    })
}

fn named_days(names: &str) -> Result<String, RuleError> {
    const NAMES: [&str; 7] = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let code = |name: &str| {
        let name = name.trim();
        let whole = NAMES.iter().find(|day| day.starts_with(name))?;
        (name.len() >= 2).then(|| whole.chars().take(2).collect::<String>())
    };
    let codes: Option<Vec<String>> = names.split(',').map(code).collect();
    let codes = codes.ok_or(RuleError::Every)?;
    Ok(format!(
        "FREQ=WEEKLY;BYDAY={}",
        codes.join(",").to_uppercase()
    ))
}

fn parse_frequency(value: &str) -> Result<Frequency, RuleError> {
    Ok(match value {
        "DAILY" => Frequency::Daily,
        "WEEKLY" => Frequency::Weekly,
        "MONTHLY" => Frequency::Monthly,
        "YEARLY" => Frequency::Yearly,
        _ => return Err(RuleError::Value("FREQ")),
    })
}

fn number(value: &str) -> Option<u32> {
    value.parse().ok().filter(|number| *number > 0)
}

fn until(value: &str) -> Option<Until> {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'T');
    let plain = value.strip_suffix('Z').unwrap_or(value);
    if !digits(plain) {
        return None;
    }
    if let Ok(time) = DateTime::strptime("%Y%m%dT%H%M%S", plain) {
        if plain.len() == value.len() {
            return Some(Until::Local(time));
        }
        let moment = time.to_zoned(TimeZone::UTC).ok()?;
        return Some(Until::Moment(moment.timestamp()));
    }
    let day = Date::strptime("%Y%m%d", value).ok()?;
    Some(Until::Day(day))
}

fn days(value: &str) -> Option<Vec<Day>> {
    value.split(',').map(day).collect()
}

fn day(text: &str) -> Option<Day> {
    let (nth, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let weekday = match name {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    };
    let nth = match nth {
        "" => None,
        nth => Some(
            nth.parse::<i8>()
                .ok()
                .filter(|n| (1..=5).contains(&n.abs()))?,
        ),
    };
    Some(Day { nth, weekday })
}

impl Rule {
    /// Days that the rule names from the first one on, in order, neither counted nor cut off by
    /// COUNT and UNTIL.
    pub(super) fn dates(&self, first: Date) -> Dates<'_> {
        Dates {
            rule: self,
            first,
            period: first,
            steps: 0,
            found: Vec::new(),
        }
    }
}

/// What [`Rule::dates`] gives.
#[derive(Debug)]
pub(super) struct Dates<'a> {
    rule: &'a Rule,
    first: Date,
    /// The day, or a day of the week, month or year, that is looked at next.
    period: Date,
    steps: u32,
    /// Days of the period looked at last, latest first.
    found: Vec<Date>,
}

impl Iterator for Dates<'_> {
    type Item = Date;

    fn next(&mut self) -> Option<Date> {
        while self.found.is_empty() {
            if self.steps >= STEPS_MAX {
                return None;
            }
            self.steps += 1;
            let mut found = self.of_period();
            found.retain(|date| *date >= self.first);
            found.sort_unstable();
            found.dedup();
            found.reverse();
            self.found = found;
            // The last year of the calendar ends every rule.
            match self.step() {
                Some(next) => self.period = next,
                None => self.steps = STEPS_MAX,
            }
        }
        self.found.pop()
    }
}

impl Dates<'_> {
    fn of_period(&self) -> Vec<Date> {
        let is_named = |date: &Date| {
            let days = &self.rule.days;
            days.is_empty() || days.iter().any(|day| day.weekday == date.weekday())
        };
        match self.rule.frequency {
            Frequency::Daily => vec![self.period].into_iter().filter(is_named).collect(),
            Frequency::Weekly if self.rule.days.is_empty() => vec![self.period],
            Frequency::Weekly => {
                let monday = self.monday();
                let week = (0..7).filter_map(|n| monday?.checked_add(span(n)).ok());
                week.filter(is_named).collect()
            }
            Frequency::Monthly if self.rule.days.is_empty() => {
                let day = self.first.day();
                let same = Date::new(self.period.year(), self.period.month(), day);
                // A month without that day is left out.
                same.ok().into_iter().collect()
            }
            Frequency::Monthly => self.of_month(),
            Frequency::Yearly => {
                let (month, day) = (self.first.month(), self.first.day());
                Date::new(self.period.year(), month, day)
                    .ok()
                    .into_iter()
                    .collect()
            }
        }
    }

    fn of_month(&self) -> Vec<Date> {
        let mut dates = Vec::new();
        for day in &self.rule.days {
            let all: Vec<Date> = (1..=5)
                .filter_map(|n| self.period.nth_weekday_of_month(n, day.weekday).ok())
                .collect();
            match day.nth {
                None => dates.extend(all),
                Some(nth) => {
                    let one = self.period.nth_weekday_of_month(nth, day.weekday);
                    dates.extend(one.ok());
                }
            }
        }
        dates
    }

    fn monday(&self) -> Option<Date> {
        let offset = self.period.weekday().to_monday_zero_offset();
        self.period.checked_sub(span(i64::from(offset))).ok()
    }

    fn step(&self) -> Option<Date> {
        let interval = i64::from(self.rule.interval);
        let first_of_month = self.period.first_of_month();
        match self.rule.frequency {
            Frequency::Daily => self.period.checked_add(try_days(interval)?),
            Frequency::Weekly => self.period.checked_add(try_days(interval.checked_mul(7)?)?),
            Frequency::Monthly => {
                first_of_month.checked_add(jiff::Span::new().try_months(interval).ok()?)
            }
            Frequency::Yearly => {
                let january = Date::new(self.period.year(), 1, 1).ok()?;
                january.checked_add(jiff::Span::new().try_years(interval).ok()?)
            }
        }
        .ok()
    }
}

fn span(days: i64) -> jiff::Span {
    jiff::Span::new().days(days)
}

fn try_days(days: i64) -> Option<jiff::Span> {
    jiff::Span::new().try_days(days).ok()
}

//! Whether an annex only tightens its framework. Spec: routing.md RTE-46.

use super::check::{Fault, FaultKind, Reason, fault, is_tighter, overlaps};
use super::{Release, Row, Rules, StepTo};
use crate::accord::Accord;
use crate::encoding::Text;

/// Everything in which an annex is laxer than its framework.
pub(super) fn check(
    (annex, own): (&Accord, &Rules),
    (framework, base): (&Accord, &Rules),
) -> Vec<Fault> {
    let whole = [
        (
            !framework.binds(
                &annex
                    .parties
                    .iter()
                    .map(|p| p.agency.clone())
                    .collect::<Vec<_>>(),
            ),
            Reason::new(
                "a party of the annex is none of its framework",
                "draft it among parties of the framework",
            ),
        ),
        (
            !is_tighter(Some(&annex.ceiling), &framework.ceiling),
            Reason::new(
                "its ceiling is above the framework's",
                "lower the ceiling of the accord",
            ),
        ),
        (
            annex.lifetime > framework.lifetime,
            Reason::new(
                "its lifetime is above the framework's",
                "shorten lifetime-days of the accord",
            ),
        ),
        (
            own.rows.is_empty() && !base.rows.is_empty(),
            Reason::new(
                "it has no rows, and its framework has some",
                "copy the framework's rows, then tighten them",
            ),
        ),
    ];
    let whole = whole
        .into_iter()
        .filter(|(wrong, _)| *wrong)
        .map(|(_, why)| fault(&Text::default(), FaultKind::Annex(why)));
    let pairs = own.rows.iter().flat_map(|row| {
        let same = base.rows.iter().filter(|other| overlaps(row, other));
        same.flat_map(|other| laxer(row, other))
            .map(|why| fault(&row.name, FaultKind::Annex(why)))
    });
    whole.chain(pairs).collect()
}

fn laxer(row: &Row, base: &Row) -> impl Iterator<Item = Reason> {
    [
        (
            row.path < base.path,
            Reason::new(
"its path is laxer than the framework's", "take the framework's path, or a higher one"),
        ),
        (
            base.release != Release::None && row.release != base.release,
            Reason::new(
"its release is another than the framework's", "take the framework's release"),
        ),
        (
            !base.copies.iter().all(|copy| row.copies.contains(copy)),
            Reason::new(
"it leaves out a copy of the framework's", "copy at least those whom the framework copies"),
        ),
        (
            !keeps_steps(row, base),
            Reason::new(
"it leaves out or delays a step of the framework's", "keep each step of the framework, no later"),
        ),
        (
            !row.exceptions.iter().all(|e| base.exceptions.contains(e)),
            Reason::new(
"it allows an exception that the framework does not", "take that exception out"),
        ),
        (
            is_larger(row.acknowledge_within, base.acknowledge_within)
                || is_larger(row.answer_within, base.answer_within)
                || is_larger(row.release_within, base.release_within),
            Reason::new(
"it gives more time than the framework", "say acknowledge-within, answer-within and release-within where the framework does, no longer"),
        ),
        (
            is_larger(row.lifetime, base.lifetime)
                || is_larger(row.addressees, base.addressees)
                || is_larger(row.body_bytes, base.body_bytes),
            Reason::new(
"a limit is above the framework's", "say lifetime, addressees and body-bytes where the framework does, no higher"),
        ),
        (is_faster(row, base), Reason::new(
"its rate is above the framework's", "say a rate of no more messages in no less time")),
        (
            base.ceiling.as_ref().is_some_and(|ceiling| {
                row.ceiling.is_none() || !is_tighter(row.ceiling.as_deref(), ceiling)
            }),
            Reason::new(
"its ceiling is above that of the framework's row", "say a ceiling no higher than that row's"),
        ),
    ]
    .into_iter()
    .filter_map(|(wrong, why)| wrong.then_some(why))
}

/// Whether a limit is larger, or absent where the framework has one.
fn is_larger<T: PartialOrd>(own: Option<T>, base: Option<T>) -> bool {
    base.is_some_and(|base| own.is_none_or(|own| own > base))
}

fn keeps_steps(row: &Row, base: &Row) -> bool {
    StepTo::ALL.iter().all(|to| {
        // Sorted by time: the first for the first, and so on.
        let times = |row: &Row| -> Vec<u64> {
            let steps = row.escalation.iter().filter(|step| step.to == *to);
            steps.map(|step| step.after).collect()
        };
        let (own, base) = (times(row), times(base));
        own.len() >= base.len() && own.iter().zip(&base).all(|(own, base)| own <= base)
    })
}

fn is_faster(row: &Row, base: &Row) -> bool {
    base.rate.is_some_and(|base| {
        row.rate
            .is_none_or(|own| own.messages > base.messages || own.per < base.per)
    })
}

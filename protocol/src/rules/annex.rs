//! Whether an annex only tightens its framework. Spec: routing.md RTE-46.

use super::check::{Fault, FaultKind, fault, is_tighter, overlaps};
use super::{Row, Rules};
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
            "a party of the annex is none of its framework",
        ),
        (
            !is_tighter(Some(&annex.ceiling), &framework.ceiling),
            "its ceiling is above the framework's",
        ),
        (
            annex.lifetime > framework.lifetime,
            "its lifetime is above the framework's",
        ),
        (
            own.rows.is_empty() && !base.rows.is_empty(),
            "it has no rows, and its framework has some",
        ),
    ];
    let whole = whole
        .into_iter()
        .filter_map(|(wrong, why)| wrong.then(|| fault(&Text::default(), FaultKind::Annex(why))));
    let pairs = own.rows.iter().flat_map(|row| {
        let same = base.rows.iter().filter(|other| overlaps(row, other));
        same.flat_map(|other| laxer(row, other))
            .map(|why| fault(&row.name, FaultKind::Annex(why)))
    });
    whole.chain(pairs).collect()
}

fn laxer(row: &Row, base: &Row) -> impl Iterator<Item = &'static str> {
    [
        (
            row.path < base.path,
            "its path is laxer than the framework's",
        ),
        (
            row.release < base.release,
            "its release is laxer than the framework's",
        ),
        (
            !base.copies.iter().all(|copy| row.copies.contains(copy)),
            "it leaves out a copy of the framework's",
        ),
        (
            !keeps_steps(row, base),
            "it leaves out or delays a step of the framework's",
        ),
        (
            !row.exceptions.iter().all(|e| base.exceptions.contains(e)),
            "it allows an exception that the framework does not",
        ),
        (
            is_larger(row.acknowledge_within, base.acknowledge_within)
                || is_larger(row.answer_within, base.answer_within)
                || is_larger(row.release_within, base.release_within),
            "it gives more time than the framework",
        ),
        (
            is_larger(row.lifetime, base.lifetime)
                || is_larger(row.addressees, base.addressees)
                || is_larger(row.body_bytes, base.body_bytes),
            "a limit is above the framework's",
        ),
        (is_faster(row, base), "its rate is above the framework's"),
        (
            base.ceiling.as_ref().is_some_and(|ceiling| {
                row.ceiling.is_none() || !is_tighter(row.ceiling.as_deref(), ceiling)
            }),
            "its ceiling is above that of the framework's row",
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
    base.escalation.iter().all(|step| {
        let mut own = row.escalation.iter();
        own.any(|own| own.to == step.to && own.after <= step.after)
    })
}

fn is_faster(row: &Row, base: &Row) -> bool {
    base.rate.is_some_and(|base| {
        row.rate
            .is_none_or(|own| own.messages > base.messages || own.per < base.per)
    })
}

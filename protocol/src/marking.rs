//! Handling codes on axes, and the ceiling that an accord sets. Spec: envelope.md ENV-6.

use serde::{Deserialize, Serialize};

/// One handling code. A higher code of an axis is the stricter one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Marking {
    /// 1 TLP, 2 handling, 3 PAP, 4 classification.
    pub axis: u16,
    /// The code on that axis.
    pub code: u16,
}

/// Axes and the words of their codes, in order of strictness.
const AXES: [(u16, &str, &[&str]); 4] = [
    (
        1,
        "tlp",
        &["clear", "green", "amber", "amber+strict", "red"],
    ),
    (2, "handling", &["h0", "h1", "h2", "h3"]),
    (3, "pap", &["clear", "green", "amber", "red"]),
    (
        4,
        "class",
        &["unclassified", "restricted", "confidential", "secret"],
    ),
];

impl Marking {
    /// Reads `tlp:amber`, `handling:h2`, `pap:green` or `class:restricted`.
    #[must_use]
    pub fn from_words(words: &str) -> Option<Self> {
        let (axis, code) = words.split_once(':')?;
        let (number, _, codes) = AXES.iter().find(|(_, word, _)| *word == axis)?;
        let code = codes.iter().position(|word| *word == code)?;
        Some(Self {
            axis: *number,
            code: u16::try_from(code).ok()?,
        })
    }

    /// Every marking that has words, by axis and then by strictness.
    pub fn known() -> impl Iterator<Item = Self> {
        AXES.iter().flat_map(|(axis, _, codes)| {
            let codes = 0..u16::try_from(codes.len()).unwrap_or_default();
            codes.map(|code| Self { axis: *axis, code })
        })
    }

    /// The words of [`Marking::from_words`], or numbers for what is not known.
    #[must_use]
    pub fn words(self) -> String {
        let axis = AXES.iter().find(|(number, _, _)| *number == self.axis);
        let Some((_, word, codes)) = axis else {
            return format!("{}:{}", self.axis, self.code);
        };
        match codes.get(usize::from(self.code)) {
            Some(code) => format!("{word}:{code}"),
            None => format!("{word}:{}", self.code),
        }
    }

    /// Whether a ceiling allows this marking (ACC-3).
    #[must_use]
    pub fn is_within(self, ceiling: &[Self]) -> bool {
        self.code == 0
            || ceiling
                .iter()
                .any(|c| c.axis == self.axis && c.code >= self.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip_for_every_code() {
        for (axis, _, codes) in AXES {
            for code in 0..u16::try_from(codes.len()).unwrap() {
                let marking = Marking { axis, code };
                assert_eq!(Marking::from_words(&marking.words()), Some(marking));
            }
        }
    }

    #[test]
    fn ceiling_bounds_each_axis_alone() {
        let ceiling = [Marking { axis: 1, code: 2 }];
        assert!(Marking { axis: 1, code: 2 }.is_within(&ceiling));
        assert!(!Marking { axis: 1, code: 3 }.is_within(&ceiling));
        assert!(!Marking { axis: 4, code: 1 }.is_within(&ceiling));
        assert!(Marking { axis: 4, code: 0 }.is_within(&ceiling));
    }
}

//! Which known desk a mistyped one resembles.

use estafette_protocol::address::Desk;

/// The known desk nearest to a mistyped one, where it is near enough to be meant.
pub fn nearest<'a>(typed: &Desk, known: impl Iterator<Item = &'a Desk>) -> Option<&'a Desk> {
    known
        .map(|desk| (distance(typed.as_str(), desk.as_str()), desk))
        .filter(|(distance, _)| *distance <= 4)
        .min()
        .map(|(_, desk)| desk)
}

/// Edits of one character that turn one text into the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<u8> = to.bytes().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (at, byte) in from.bytes().enumerate() {
        let mut left = at + 1;
        let mut corner = std::mem::replace(row.first_mut().unwrap_or(&mut 0), left);
        for (other, cell) in to.iter().zip(row.iter_mut().skip(1)) {
            let replaced = corner + usize::from(byte != *other);
            corner = *cell;
            left = replaced.min(left + 1).min(corner + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        for (from, to, edits) in [
            ("", "abc", 3),
            ("abc", "abc", 0),
            ("abc", "", 3),
            ("duty", "dutty", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(from, to), edits, "{from} {to}");
            assert_eq!(distance(to, from), edits, "{to} {from}");
        }
    }

    #[test]
    fn only_a_near_desk_is_suggested() {
        let known: Vec<Desk> = ["duty@ops.border.xb", "head@ops.border.xb"]
            .map(|desk| desk.parse().unwrap())
            .to_vec();
        let typed = |text: &str| nearest(&text.parse().unwrap(), known.iter()).cloned();
        assert_eq!(typed("dutty@ops.border.xb"), Some(known[0].clone()));
        assert_eq!(typed("head@ops.bordr.xb"), Some(known[1].clone()));
        assert_eq!(typed("registry@hq.customs.xc"), None);
    }
}

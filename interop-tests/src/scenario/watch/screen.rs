//! Screens made alike: what is another one at each run is replaced by what says what it is.

/// Columns of how much time is left, in the first line of a message.
const TIME_LEFT: std::ops::Range<usize> = 10..30;
/// Columns of the small id before it.
const ID: std::ops::Range<usize> = 3..8;
/// A time as it is shown, digits for digits.
const TIME: &str = "0000-00-00 00:00:00 UTC";

/// The screen with the same times, ports and deadlines as at every other run.
pub(super) fn alike(screen: &str) -> String {
    let mut alike = String::new();
    for line in screen.lines() {
        let line = without_port(&without_times(&without_time_left(line)));
        alike.push_str(line.trim_end());
        alike.push('\n');
    }
    alike
}

/// `14 min 57 s left` in its columns is `… left`, which is what matters of it.
fn without_time_left(line: &str) -> String {
    let letters: Vec<char> = line.chars().collect();
    let part = |range: std::ops::Range<usize>| -> Option<String> {
        let part = letters.get(range.start..range.end.min(letters.len()))?;
        Some(part.iter().collect())
    };
    let is_item = part(ID).is_some_and(|id| id.trim().parse::<u64>().is_ok());
    let left = part(TIME_LEFT).filter(|_| is_item);
    let Some(word) = left
        .as_deref()
        .and_then(|left| left.split_whitespace().next_back())
    else {
        return line.to_owned();
    };
    let before: String = letters.iter().take(TIME_LEFT.start).collect();
    let after: String = letters.iter().skip(TIME_LEFT.end).collect();
    format!("{before}{:<20}{after}", format!("… {word}"))
}

fn without_times(line: &str) -> String {
    let letters: Vec<char> = line.chars().collect();
    let mut alike = String::new();
    let mut at = 0;
    while let Some(letter) = letters.get(at) {
        let rest = letters.get(at..).unwrap_or_default();
        match is_time(rest) {
            true => {
                alike.push_str(TIME);
                at += TIME.len();
            }
            false => {
                alike.push(*letter);
                at += 1;
            }
        }
    }
    alike
}

fn is_time(letters: &[char]) -> bool {
    let fits = |(letter, wanted): (&char, char)| match wanted {
        '0' => letter.is_ascii_digit(),
        other => *letter == other,
    };
    letters.len() >= TIME.len() && letters.iter().zip(TIME.chars()).all(fits)
}

fn without_port(line: &str) -> String {
    let Some((before, after)) = line.split_once("127.0.0.1:") else {
        return line.to_owned();
    };
    let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
    format!("{before}127.0.0.1:PORT{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_made_alike_and_nothing_else() {
        let screen = "desk   2026-01-02 03:12:40 UTC\n\
                      › !    12  14 min 57 s left     to acknowledge\n\
                      at 127.0.0.1:46401. 2026\n";
        let wanted = "desk   0000-00-00 00:00:00 UTC\n\
                      › !    12  … left               to acknowledge\n\
                      at 127.0.0.1:PORT. 2026\n";
        let seen = alike(screen);
        assert_eq!(seen.lines().next(), wanted.lines().next());
        assert_eq!(seen.lines().next_back(), wanted.lines().next_back());
        let late = alike("›‼     2  5 s late             overdue");
        assert_eq!(late, "›‼     2  … late               overdue\n");
        assert_eq!(alike(&late), late);
    }
}

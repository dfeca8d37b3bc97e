//! What was run and said, without what differs from run to run.

use std::path::PathBuf;
use std::process::Output;

#[derive(Default)]
pub struct Transcript(String);

impl Transcript {
    pub fn add(&mut self, who: &str, args: &[&str], input: Option<&str>, output: &Output) {
        let words: Vec<String> = args.iter().map(|word| quoted(word)).collect();
        self.0
            .push_str(&format!("{who}$ estafette {}\n", words.join(" ")));
        for line in input.into_iter().flat_map(str::lines) {
            self.0.push_str(&format!("< {line}\n"));
        }
        for (mark, bytes) in [("", &output.stdout), ("! ", &output.stderr)] {
            for line in String::from_utf8_lossy(bytes).lines() {
                let line = format!("{mark}{}", settled(&without_time_left(line)));
                self.0.push_str(line.trim_end());
                self.0.push('\n');
            }
        }
        let code = output.status.code().unwrap_or(-1);
        self.0.push_str(&format!("[{code}]\n\n"));
    }

    /// How it differs from what stands written, if it does.
    pub fn differs(&self, verb: &str) -> Option<String> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/verbs/transcripts");
        let path = folder.join(format!("{verb}.txt"));
        if std::env::var_os("ESTAFETTE_TRANSCRIPTS").is_some_and(|how| how == "write") {
            std::fs::write(&path, &self.0).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        if written == self.0 {
            return None;
        }
        let same = written
            .lines()
            .zip(self.0.lines())
            .take_while(|(a, b)| a == b)
            .count();
        let after = |text: &str| {
            let lines: Vec<&str> = text.lines().skip(same.saturating_sub(3)).take(12).collect();
            lines.join("\n")
        };
        let (was, is) = (after(&written), after(&self.0));
        Some(format!(
            "{verb}, line {}:\n{was}\n--- now:\n{is}\n",
            same + 1
        ))
    }
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_.,:@/=+".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{word}'"),
    }
}

/// A line with times and digests replaced by their names. In a shape `9` stands for a digit, `x`
/// for a hexadecimal one, `A` for letters, signs and digits of a zone.
fn settled(line: &str) -> String {
    let shapes = [
        ("9999-99-99 99:99:99 A", "TIME"),
        ("9999-99-99T99:99:99.999Z", "TIME"),
        ("9999-99-99T99:99:99.99Z", "TIME"),
        ("9999-99-99T99:99:99.9Z", "TIME"),
        ("9999-99-99T99:99:99Z", "TIME"),
        ("xxxx xxxx xxxx xxxx xxxx xxxx xxxx xxxx", "DIGEST"),
        ("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "REFERENCE"),
    ];
    let characters: Vec<char> = line.chars().collect();
    let (mut text, mut at) = (String::new(), 0);
    while at < characters.len() {
        let rest = &characters[at..];
        let found = shapes
            .iter()
            .find_map(|(shape, name)| Some((fits(shape, rest)?, name)));
        match found {
            Some((length, name)) => {
                text.push_str(name);
                at += length;
            }
            None => {
                text.push(characters[at]);
                at += 1;
            }
        }
    }
    text
}

/// A line with what is left of a time, or by how much it has passed, replaced by its name.
fn without_time_left(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
    let is_unit = |word: &str| matches!(word, "d" | "h" | "min" | "s");
    let mut kept: Vec<&str> = Vec::new();
    for word in words {
        let end = word.trim_end_matches([',', '.', ')']);
        if matches!(end, "left" | "late") {
            while let [.., number, unit] = kept.as_slice()
                && is_unit(unit)
                && is_number(number.trim_start_matches('('))
            {
                let open = number.starts_with('(');
                kept.truncate(kept.len() - 2);
                kept.extend(open.then_some("("));
            }
        }
        kept.push(word);
    }
    kept.join(" ")
}

fn fits(shape: &str, rest: &[char]) -> Option<usize> {
    let mut at = 0;
    for wanted in shape.chars() {
        let is_zone = |c: &&char| c.is_ascii_alphanumeric() || matches!(c, '+' | ':');
        match (wanted, rest.get(at)) {
            ('A', _) => match rest[at..].iter().take_while(is_zone).count() {
                0 => return None,
                length => at += length,
            },
            ('9', Some(c)) if c.is_ascii_digit() => at += 1,
            ('x', Some(c)) if c.is_ascii_hexdigit() => at += 1,
            (wanted, Some(c)) if *c == wanted => at += 1,
            _ => return None,
        }
    }
    Some(at)
}

//! Definitions that hold and that do not, and forms that fill them or do not.

use super::*;

mod definitions;
mod forms;

/// A list of two codes, one of them retired.
const SIZES: &str = r#"
word = "sizes"
version = 1
source = "a test"
labels = { en = "Sizes" }
[[code]]
value = 1
word = "small"
term = "S"
duration_ms = 1000
labels = { en = "Small", fr = "Petit" }
[[code]]
value = 2
word = "large"
term = "L"
labels = { en = "Large" }
[[code]]
value = 3
word = "huge"
labels = { en = "Huge" }
retired = true
successor = 2
"#;

/// A ship, with an override.
const SHIP: &str = r#"
word = "ship"
override = "reason"
labels = { en = "Ship" }
[[field]]
number = 1
word = "imo"
type = "text"
check = "imo"
[[field]]
number = 2
word = "name"
type = "text"
bytes_max = 10
[[field]]
number = 3
word = "reason"
type = "text"
[[field]]
number = 4
word = "cargo"
type = "group"
group = "box"
list_max = 2
[[rule]]
one_of = ["imo", "name"]
"#;

/// What a ship carries, without an override.
const BOX: &str = r#"
word = "box"
labels = { en = "Box" }
[[field]]
number = 1
word = "container"
type = "text"
check = "container"
mandatory = true
[[field]]
number = 2
word = "vin"
type = "text"
check = "vin"
list_max = 3
"#;

/// A format of all types and rules.
const VOYAGE: &str = r#"
format = 1024
version = 1
word = "voyage"
form_bytes_max = 400
labels = { en = "Voyage", fr = "Traversée" }
[[field]]
number = 1
word = "size"
type = "code"
codes = "sizes"
mandatory = true
labels = { en = "Size", fr = "Taille" }
[[field]]
number = 2
word = "leaves"
type = "time"
[[field]]
number = 3
word = "arrives"
type = "time"
list_max = 2
[[field]]
number = 4
word = "why"
type = "text"
[[field]]
number = 5
word = "crew"
type = "integer"
[[field]]
number = 6
word = "lasts"
type = "duration"
[[field]]
number = 7
word = "at"
type = "position"
[[field]]
number = 40
word = "ships"
type = "group"
group = "ship"
list_max = 4
[[rule]]
when = "size"
is = ["large"]
needs = ["why", "crew"]
[[rule]]
order = ["leaves", "arrives"]
"#;

fn files() -> Vec<(Kind, &'static str)> {
    vec![
        (Kind::Format, VOYAGE),
        (Kind::Group, SHIP),
        (Kind::Group, BOX),
        (Kind::CodeList, SIZES),
    ]
}

/// The files with one of them changed.
fn with(kind: Kind, from: &str, to: &str) -> Result<Catalogue, DefinitionError> {
    let mut count = 0;
    let texts: Vec<(Kind, String)> = files()
        .into_iter()
        .map(|(of, text)| match of == kind && text.contains(from) {
            true => {
                count += 1;
                (of, text.replacen(from, to, 1))
            }
            false => (of, text.to_owned()),
        })
        .collect();
    assert_eq!(count, 1, "{from}");
    Catalogue::default().extended(texts.iter().map(|(kind, text)| (*kind, text.as_str())))
}

fn catalogue() -> Catalogue {
    Catalogue::default().extended(files()).unwrap()
}

//! Varints and values, from tables of bytes.

use super::super::chapter::{Fault, Group};
use super::CHAPTER;
use serde_json::{Value, json};

/// Id, type, bytes, value as JSON, requirements.
const VARINTS: &str = r#"
u16-0 | u16 | 00 | 0 | ENC-2
u16-127 | u16 | 7f | 127 | ENC-2
u16-128 | u16 | 8001 | 128 | ENC-2
u16-16383 | u16 | ff7f | 16383 | ENC-2
u16-16384 | u16 | 808001 | 16384 | ENC-2
u16-max | u16 | ffff03 | 65535 | ENC-2
u32-0 | u32 | 00 | 0 | ENC-2
u32-max | u32 | ffffffff0f | 4294967295 | ENC-2
u64-0 | u64 | 00 | 0 | ENC-2
u64-time | u64 | cec981e5b733 | 1767322445006 | ENC-2 ENC-11
u64-2-to-53-plus-1 | u64 | 8180808080808010 | "9007199254740993" | ENC-2
u64-max | u64 | ffffffffffffffffff01 | "18446744073709551615" | ENC-2
"#;

/// Id, base, type, bytes, mutation, flag, requirements.
const BAD_VARINTS: &str = "
u16-0-in-two | u16-0 | u16 | 8000 | 0 in two bytes | NonMinimal | ENC-2 ENC-3
u16-0-in-three | u16-0 | u16 | 808000 | 0 in three bytes | NonMinimal | ENC-2 ENC-3
u16-127-in-two | u16-127 | u16 | ff00 | 127 in two bytes | NonMinimal | ENC-2 ENC-3
u16-128-in-three | u16-128 | u16 | 818000 | 129 in three bytes | NonMinimal | ENC-2 ENC-3
u16-too-large | u16-max | u16 | 808004 | 65536 | TooLarge | ENC-2 ENC-3
u16-four-bytes | u16-max | u16 | ffffff00 | four bytes | TooLarge | ENC-2 ENC-3
u16-truncated | u16-128 | u16 | 80 | the last byte is missing | Truncated | ENC-2 ENC-3
u16-empty | u16-0 | u16 |  | no byte at all | Truncated | ENC-2 ENC-3
u16-trailing | u16-0 | u16 | 0000 | a byte more | Trailing | ENC-14
u32-0-in-two | u32-0 | u32 | 8000 | 0 in two bytes | NonMinimal | ENC-2 ENC-3
u32-0-in-five | u32-0 | u32 | 8080808000 | 0 in five bytes | NonMinimal | ENC-2 ENC-3
u32-too-large | u32-max | u32 | ffffffff1f | a bit beyond 32 | TooLarge | ENC-2 ENC-3
u32-six-bytes | u32-max | u32 | ffffffffff01 | six bytes | TooLarge | ENC-2 ENC-3
u32-truncated | u32-max | u32 | ffffffff | the last byte is missing | Truncated | ENC-2 ENC-3
u64-0-in-two | u64-0 | u64 | 8000 | 0 in two bytes | NonMinimal | ENC-2 ENC-3
u64-0-in-ten | u64-0 | u64 | 80808080808080808000 | 0 in ten bytes | NonMinimal | ENC-2 ENC-3
u64-time-in-seven | u64-time | u64 | cec981e5b7b300 | a byte more than needed | NonMinimal | ENC-2 ENC-3
u64-too-large | u64-max | u64 | ffffffffffffffffff03 | a bit beyond 64 | TooLarge | ENC-2 ENC-3
u64-eleven-bytes | u64-max | u64 | ffffffffffffffffffff01 | eleven bytes | TooLarge | ENC-2 ENC-3
u64-truncated | u64-max | u64 | ffffffffffffffffff | the last byte is missing | Truncated | ENC-2 ENC-3
";

/// Id, type, bytes, value as JSON, requirements.
const VALUES: &str = r#"
u8-255 | u8 | ff | 255 | ENC-1
false | bool | 00 | false | ENC-4
true | bool | 01 | true | ENC-4
absent | option u8 | 00 | null | ENC-5
present | option u8 | 0105 | 5 | ENC-5
bytes-empty | bytes | 00 | "" | ENC-6
bytes | bytes | 03000102 | "000102" | ENC-6
string | string | 027861 | "xa" | ENC-6
string-two-byte-letter | string | 02c3a5 | "å" | ENC-6
array | [u8; 4] | 01020304 | "01020304" | ENC-7
seq-empty | seq of u16 | 00 | [] | ENC-8
seq | seq of u16 | 02018001 | [1, 128] | ENC-8
structure | structure of u8, u16, string | 058001027861 | [5, 128, "xa"] | ENC-9
tag-0 | enumeration of 0, 1, 2 | 00 | 0 | ENC-10
tag-2 | enumeration of 0, 1, 2 | 02 | 2 | ENC-10
time | time | cec981e5b733 | 1767322445006 | ENC-11
duration | duration | e0d403 | 60000 | ENC-11
sorted | seq of string, sorted | 030161016202c3a5 | ["a", "b", "å"] | ENC-17
sorted-prefix-first | seq of string, sorted | 020161026161 | ["a", "aa"] | ENC-17
extensions-none | extensions | 00 | [] | ENC-18
extensions-two | extensions | 02010001aa80010000 | [[1, false, "aa"], [128, false, ""]] | ENC-18 ENC-19
"#;

/// Id, base, type, bytes, mutation, flag, requirements.
const BAD_VALUES: &str = "
bool-2 | true | bool | 02 | the byte 02 | BadTag | ENC-4
bool-255 | true | bool | ff | the byte ff | BadTag | ENC-4
option-tag-2 | present | option u8 | 0205 | the tag 02 | BadTag | ENC-5
option-truncated | present | option u8 | 01 | the value is missing | Truncated | ENC-5
option-absent-trailing | absent | option u8 | 0005 | a value after 00 | Trailing | ENC-5 ENC-14
bytes-truncated | bytes | bytes | 030001 | the last byte is missing | Truncated | ENC-6
bytes-trailing | bytes | bytes | 0300010203 | a byte more | Trailing | ENC-14
bytes-length-non-minimal | bytes | bytes | 8300000102 | the length in two bytes | NonMinimal | ENC-3 ENC-6
bytes-length-huge | bytes | bytes | ffffffff0f00 | a length of 2^32 - 1 | HugeLength | ENC-6
bytes-length-above-u32 | bytes | bytes | ffffffffff0100 | a length of 2^36 - 1 | TooLarge | ENC-3 ENC-6
string-not-utf-8 | string | string | 02ff61 | the byte ff | BadText | ENC-6
string-overlong | string-two-byte-letter | string | 02c1a1 | a letter in an overlong form | BadText | ENC-6
string-surrogate | string | string | 03eda080 | half of a surrogate pair | BadText | ENC-6
string-nul | string | string | 027800 | U+0000 | BadText | ENC-6
string-length-huge | string | string | ffffffff0f7861 | a length of 2^32 - 1 | HugeLength | ENC-6
array-short | array | [u8; 4] | 010203 | three bytes | WrongLength | ENC-7
array-long | array | [u8; 4] | 0102030405 | five bytes | WrongLength | ENC-7 ENC-14
array-with-length | array | [u8; 4] | 0401020304 | a length before it | WrongLength | ENC-7
seq-truncated | seq | seq of u16 | 0201 | an element is missing | Truncated | ENC-8
seq-count-huge | seq | seq of u16 | ffffffff0f01 | a count of 2^32 - 1 | HugeLength | ENC-8
seq-count-non-minimal | seq | seq of u16 | 8200018001 | the count in two bytes | NonMinimal | ENC-3 ENC-8
seq-element-non-minimal | seq | seq of u16 | 0281008001 | an element in two bytes | NonMinimal | ENC-3 ENC-8
structure-truncated | structure | structure of u8, u16, string | 058001 | the last field is missing | Truncated | ENC-9
structure-padded | structure | structure of u8, u16, string | 05008001027861 | a byte between fields | NotCanonical | ENC-9
tag-3 | tag-2 | enumeration of 0, 1, 2 | 03 | the tag 3 | BadTag | ENC-10
tag-non-minimal | tag-0 | enumeration of 0, 1, 2 | 8000 | the tag 0 in two bytes | NonMinimal | ENC-3 ENC-10
tag-huge | tag-0 | enumeration of 0, 1, 2 | ffffffff0f | the tag 2^32 - 1 | BadTag | ENC-10
time-truncated | time | time | cec981e5b7 | the last byte is missing | Truncated | ENC-11
sorted-swapped | sorted | seq of string, sorted | 030162016102c3a5 | the first two swapped | Unsorted | ENC-17
sorted-twice | sorted | seq of string, sorted | 030161016102c3a5 | an element twice | Duplicate | ENC-17
sorted-by-length | sorted-prefix-first | seq of string, sorted | 020162026161 | b in the place of a | Unsorted | ENC-17
extensions-unsorted | extensions-two | extensions | 0280010000010001aa | ids descend | Unsorted | ENC-18
extensions-twice | extensions-two | extensions | 02010001aa010000 | an id twice | Duplicate | ENC-18
extensions-critical | extensions-two | extensions | 02010101aa80010000 | the first is critical | CriticalUnknown | ENC-19
extensions-flag-2 | extensions-two | extensions | 02010201aa80010000 | a critical byte of 02 | BadTag | ENC-4 ENC-18
";

pub(super) fn varints() -> Group {
    let mut group = Group::new(CHAPTER, "encoding-varint", json!({}));
    fill(&mut group, VARINTS, BAD_VARINTS);
    group
}

pub(super) fn values() -> Group {
    let mut group = Group::new(CHAPTER, "encoding-value", json!({}));
    fill(&mut group, VALUES, BAD_VALUES);
    long_extensions(&mut group);
    many_extensions(&mut group);
    group
}

fn rows<const N: usize>(table: &str) -> impl Iterator<Item = [&str; N]> {
    table.lines().filter(|line| !line.is_empty()).map(|line| {
        let mut cells = line.split('|').map(str::trim);
        std::array::from_fn(|_| cells.next().unwrap_or_default())
    })
}

fn input(kind: &str, bytes: &str) -> Value {
    json!({ "type": kind, "bytes": bytes })
}

fn fill(group: &mut Group, valid: &str, invalid: &str) {
    for [id, kind, bytes, value, req] in rows(valid) {
        let req: Vec<&str> = req.split(' ').collect();
        let value: Value = serde_json::from_str(value).unwrap_or_default();
        group.valid(id, &req, input(kind, bytes), json!({ "value": value }));
    }
    for [id, base, kind, bytes, mutation, flag, req] in rows(invalid) {
        let req: Vec<&str> = req.split(' ').collect();
        let fault = Fault::malformed(base, mutation, flag);
        group.invalid(id, &req, fault, input(kind, bytes));
    }
}

fn long_extensions(group: &mut Group) {
    let req = &["ENC-18"];
    let longest = "00".repeat(1_024);
    let bytes = format!("0101008008{longest}");
    let out = json!({ "value": [[1, false, longest]] });
    group.valid("extension-1024", req, input("extensions", &bytes), out);
    let bytes = format!("0101008108{longest}00");
    let fault = Fault::malformed("extension-1024", "a value of 1,025 bytes", "OverLimit");
    group.invalid("extension-1025", req, fault, input("extensions", &bytes));
}

fn many_extensions(group: &mut Group) {
    let req = &["ENC-18"];
    let some = |count: u16| -> String { (1..=count).map(|id| format!("{id:02x}0000")).collect() };
    let bytes = format!("10{}", some(16));
    let value: Vec<Value> = (1..=16).map(|id| json!([id, false, ""])).collect();
    let out = json!({ "value": value });
    group.valid("extensions-16", req, input("extensions", &bytes), out);
    let bytes = format!("11{}", some(17));
    let fault = Fault::malformed("extensions-16", "seventeen extensions", "OverLimit");
    group.invalid("extensions-17", req, fault, input("extensions", &bytes));
}

//! Varints and values, from tables of bytes.

use super::super::chapter::{Fault, Group};
use super::CHAPTER;
use serde_json::{Value, json};

/// Id, type, bytes, value, requirements.
type Valid<'a> = (&'a str, &'a str, &'a str, Value, &'a [&'a str]);

/// Id, base, type, bytes, mutation, flag, requirements.
type Invalid<'a> = (
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    &'a str,
    &'a [&'a str],
);

fn group(op: &'static str, valid: &[Valid<'_>], invalid: &[Invalid<'_>]) -> Group {
    let mut group = Group::new(CHAPTER, op, json!({}));
    for (id, kind, bytes, value, req) in valid {
        let input = json!({ "type": kind, "bytes": bytes });
        group.valid(id, req, input, json!({ "value": value }));
    }
    for (id, base, kind, bytes, mutation, flag, req) in invalid {
        let input = json!({ "type": kind, "bytes": bytes });
        group.invalid(id, req, Fault::malformed(base, mutation, flag), input);
    }
    group
}

pub(super) fn varints() -> Group {
    let two = &["ENC-2"][..];
    let three = &["ENC-2", "ENC-3"][..];
    let valid: &[Valid<'_>] = &[
        ("u16-0", "u16", "00", json!("0"), two),
        ("u16-127", "u16", "7f", json!("127"), two),
        ("u16-128", "u16", "8001", json!("128"), two),
        ("u16-16383", "u16", "ff7f", json!("16383"), two),
        ("u16-16384", "u16", "808001", json!("16384"), two),
        ("u16-max", "u16", "ffff03", json!("65535"), two),
        ("u32-0", "u32", "00", json!("0"), two),
        ("u32-max", "u32", "ffffffff0f", json!("4294967295"), two),
        ("u64-0", "u64", "00", json!("0"), two),
        (
            "u64-time",
            "u64",
            "cec981e5b733",
            json!("1767322445006"),
            &["ENC-2", "ENC-11"],
        ),
        (
            "u64-2-to-53-plus-1",
            "u64",
            "8180808080808010",
            json!("9007199254740993"),
            two,
        ),
        (
            "u64-max",
            "u64",
            "ffffffffffffffffff01",
            json!("18446744073709551615"),
            two,
        ),
    ];
    let invalid: &[Invalid<'_>] = &[
        (
            "u16-0-in-two",
            "u16-0",
            "u16",
            "8000",
            "0 in two bytes",
            "NonMinimal",
            three,
        ),
        (
            "u16-0-in-three",
            "u16-0",
            "u16",
            "808000",
            "0 in three bytes",
            "NonMinimal",
            three,
        ),
        (
            "u16-127-in-two",
            "u16-127",
            "u16",
            "ff00",
            "127 in two bytes",
            "NonMinimal",
            three,
        ),
        (
            "u16-128-in-three",
            "u16-128",
            "u16",
            "818000",
            "129 in three bytes",
            "NonMinimal",
            three,
        ),
        (
            "u16-too-large",
            "u16-max",
            "u16",
            "808004",
            "65536",
            "TooLarge",
            three,
        ),
        (
            "u16-four-bytes",
            "u16-max",
            "u16",
            "ffffff00",
            "four bytes",
            "TooLarge",
            three,
        ),
        (
            "u16-truncated",
            "u16-128",
            "u16",
            "80",
            "the last byte is missing",
            "Truncated",
            three,
        ),
        (
            "u16-empty",
            "u16-0",
            "u16",
            "",
            "no byte at all",
            "Truncated",
            three,
        ),
        (
            "u16-trailing",
            "u16-0",
            "u16",
            "0000",
            "a byte more",
            "Trailing",
            &["ENC-14"],
        ),
        (
            "u32-0-in-two",
            "u32-0",
            "u32",
            "8000",
            "0 in two bytes",
            "NonMinimal",
            three,
        ),
        (
            "u32-0-in-five",
            "u32-0",
            "u32",
            "8080808000",
            "0 in five bytes",
            "NonMinimal",
            three,
        ),
        (
            "u32-too-large",
            "u32-max",
            "u32",
            "ffffffff1f",
            "a bit beyond 32",
            "TooLarge",
            three,
        ),
        (
            "u32-six-bytes",
            "u32-max",
            "u32",
            "ffffffffff01",
            "six bytes",
            "TooLarge",
            three,
        ),
        (
            "u32-truncated",
            "u32-max",
            "u32",
            "ffffffff",
            "the last byte is missing",
            "Truncated",
            three,
        ),
        (
            "u64-0-in-two",
            "u64-0",
            "u64",
            "8000",
            "0 in two bytes",
            "NonMinimal",
            three,
        ),
        (
            "u64-0-in-ten",
            "u64-0",
            "u64",
            "80808080808080808000",
            "0 in ten bytes",
            "NonMinimal",
            three,
        ),
        (
            "u64-time-in-seven",
            "u64-time",
            "u64",
            "cec981e5b7b300",
            "a byte more than needed",
            "NonMinimal",
            three,
        ),
        (
            "u64-too-large",
            "u64-max",
            "u64",
            "ffffffffffffffffff03",
            "a bit beyond 64",
            "TooLarge",
            three,
        ),
        (
            "u64-eleven-bytes",
            "u64-max",
            "u64",
            "ffffffffffffffffffff01",
            "eleven bytes",
            "TooLarge",
            three,
        ),
        (
            "u64-truncated",
            "u64-max",
            "u64",
            "ffffffffffffffffff",
            "the last byte is missing",
            "Truncated",
            three,
        ),
    ];
    group("encoding-varint", valid, invalid)
}

const VALID_TEXT: &str = "seq of string, sorted";
const STRUCTURE: &str = "structure of u8, u16, string";
const ENUMERATION: &str = "enumeration of 0, 1, 2";

pub(super) fn values() -> Group {
    let over_text = format!("01010081{}{}", "08", "00".repeat(1025));
    let full_text = format!("01010080{}{}", "08", "00".repeat(1024));
    let full_value = json!([[1, false, "00".repeat(1024)]]);
    let sixteen: String = (1..=16).map(|id| format!("{id:02x}0000")).collect();
    let sixteen = format!("10{sixteen}");
    let sixteen_value: Vec<Value> = (1..=16).map(|id| json!([id, false, ""])).collect();
    let seventeen: String = (1..=17).map(|id| format!("{id:02x}0000")).collect();
    let seventeen = format!("11{seventeen}");
    let mut valid = valid_values();
    valid.push((
        "extension-1024",
        "extensions",
        &full_text,
        full_value,
        &["ENC-18"],
    ));
    valid.push((
        "extensions-16",
        "extensions",
        &sixteen,
        json!(sixteen_value),
        &["ENC-18"],
    ));
    let mut invalid = invalid_values();
    invalid.extend(invalid_extensions());
    let limit = &["ENC-18"][..];
    invalid.push((
        "extension-1025",
        "extension-1024",
        "extensions",
        &over_text,
        "a value of 1,025 bytes",
        "OverLimit",
        limit,
    ));
    invalid.push((
        "extensions-17",
        "extensions-16",
        "extensions",
        &seventeen,
        "seventeen extensions",
        "OverLimit",
        limit,
    ));
    group("encoding-value", &valid, &invalid)
}

fn valid_values() -> Vec<Valid<'static>> {
    vec![
        ("u8-255", "u8", "ff", json!(255), &["ENC-1"]),
        ("false", "bool", "00", json!(false), &["ENC-4"]),
        ("true", "bool", "01", json!(true), &["ENC-4"]),
        ("absent", "option u8", "00", json!(null), &["ENC-5"]),
        ("present", "option u8", "0105", json!(5), &["ENC-5"]),
        ("bytes-empty", "bytes", "00", json!(""), &["ENC-6"]),
        ("bytes", "bytes", "03000102", json!("000102"), &["ENC-6"]),
        ("string", "string", "027861", json!("xa"), &["ENC-6"]),
        (
            "string-two-byte-letter",
            "string",
            "02c3a5",
            json!("å"),
            &["ENC-6"],
        ),
        (
            "array",
            "[u8; 4]",
            "01020304",
            json!("01020304"),
            &["ENC-7"],
        ),
        ("seq-empty", "seq of u16", "00", json!([]), &["ENC-8"]),
        ("seq", "seq of u16", "02018001", json!([1, 128]), &["ENC-8"]),
        (
            "structure",
            STRUCTURE,
            "058001027861",
            json!([5, 128, "xa"]),
            &["ENC-9"],
        ),
        ("tag-0", ENUMERATION, "00", json!(0), &["ENC-10"]),
        ("tag-2", ENUMERATION, "02", json!(2), &["ENC-10"]),
        (
            "time",
            "time",
            "cec981e5b733",
            json!("1767322445006"),
            &["ENC-11"],
        ),
        (
            "duration",
            "duration",
            "e0d403",
            json!("60000"),
            &["ENC-11"],
        ),
        (
            "sorted",
            VALID_TEXT,
            "030161016202c3a5",
            json!(["a", "b", "å"]),
            &["ENC-17"],
        ),
        (
            "sorted-prefix-first",
            VALID_TEXT,
            "020161026161",
            json!(["a", "aa"]),
            &["ENC-17"],
        ),
        (
            "extensions-none",
            "extensions",
            "00",
            json!([]),
            &["ENC-18"],
        ),
        (
            "extensions-two",
            "extensions",
            "02010001aa80010000",
            json!([[1, false, "aa"], [128, false, ""]]),
            &["ENC-18", "ENC-19"],
        ),
    ]
}

fn invalid_values() -> Vec<Invalid<'static>> {
    vec![
        (
            "bool-2",
            "true",
            "bool",
            "02",
            "the byte 02",
            "BadTag",
            &["ENC-4"],
        ),
        (
            "bool-255",
            "true",
            "bool",
            "ff",
            "the byte ff",
            "BadTag",
            &["ENC-4"],
        ),
        (
            "option-tag-2",
            "present",
            "option u8",
            "0205",
            "the tag 02",
            "BadTag",
            &["ENC-5"],
        ),
        (
            "option-truncated",
            "present",
            "option u8",
            "01",
            "the value is missing",
            "Truncated",
            &["ENC-5"],
        ),
        (
            "option-absent-trailing",
            "absent",
            "option u8",
            "0005",
            "a value after 00",
            "Trailing",
            &["ENC-5", "ENC-14"],
        ),
        (
            "bytes-truncated",
            "bytes",
            "bytes",
            "030001",
            "the last byte is missing",
            "Truncated",
            &["ENC-6"],
        ),
        (
            "bytes-trailing",
            "bytes",
            "bytes",
            "0300010203",
            "a byte more",
            "Trailing",
            &["ENC-14"],
        ),
        (
            "bytes-length-non-minimal",
            "bytes",
            "bytes",
            "8300000102",
            "the length in two bytes",
            "NonMinimal",
            &["ENC-3", "ENC-6"],
        ),
        (
            "bytes-length-huge",
            "bytes",
            "bytes",
            "ffffffff0f00",
            "a length of 2^32 - 1",
            "HugeLength",
            &["ENC-6"],
        ),
        (
            "bytes-length-above-u32",
            "bytes",
            "bytes",
            "ffffffffff0100",
            "a length of 2^36 - 1",
            "TooLarge",
            &["ENC-3", "ENC-6"],
        ),
        (
            "string-not-utf-8",
            "string",
            "string",
            "02ff61",
            "the byte ff",
            "BadText",
            &["ENC-6"],
        ),
        (
            "string-overlong",
            "string-two-byte-letter",
            "string",
            "02c1a1",
            "a letter in an overlong form",
            "BadText",
            &["ENC-6"],
        ),
        (
            "string-surrogate",
            "string",
            "string",
            "03eda080",
            "half of a surrogate pair",
            "BadText",
            &["ENC-6"],
        ),
        (
            "string-nul",
            "string",
            "string",
            "027800",
            "U+0000",
            "BadText",
            &["ENC-6"],
        ),
        (
            "string-length-huge",
            "string",
            "string",
            "ffffffff0f7861",
            "a length of 2^32 - 1",
            "HugeLength",
            &["ENC-6"],
        ),
        (
            "array-short",
            "array",
            "[u8; 4]",
            "010203",
            "three bytes",
            "WrongLength",
            &["ENC-7"],
        ),
        (
            "array-long",
            "array",
            "[u8; 4]",
            "0102030405",
            "five bytes",
            "WrongLength",
            &["ENC-7", "ENC-14"],
        ),
        (
            "array-with-length",
            "array",
            "[u8; 4]",
            "0401020304",
            "a length before it",
            "WrongLength",
            &["ENC-7"],
        ),
        (
            "seq-truncated",
            "seq",
            "seq of u16",
            "0201",
            "an element is missing",
            "Truncated",
            &["ENC-8"],
        ),
        (
            "seq-count-huge",
            "seq",
            "seq of u16",
            "ffffffff0f01",
            "a count of 2^32 - 1",
            "HugeLength",
            &["ENC-8"],
        ),
        (
            "seq-count-non-minimal",
            "seq",
            "seq of u16",
            "8200018001",
            "the count in two bytes",
            "NonMinimal",
            &["ENC-3", "ENC-8"],
        ),
        (
            "seq-element-non-minimal",
            "seq",
            "seq of u16",
            "0281008001",
            "an element in two bytes",
            "NonMinimal",
            &["ENC-3", "ENC-8"],
        ),
        (
            "structure-truncated",
            "structure",
            STRUCTURE,
            "058001",
            "the last field is missing",
            "Truncated",
            &["ENC-9"],
        ),
        (
            "structure-padded",
            "structure",
            STRUCTURE,
            "05008001027861",
            "a byte between fields",
            "NotCanonical",
            &["ENC-9"],
        ),
        (
            "tag-3",
            "tag-2",
            ENUMERATION,
            "03",
            "the tag 3",
            "BadTag",
            &["ENC-10"],
        ),
        (
            "tag-non-minimal",
            "tag-0",
            ENUMERATION,
            "8000",
            "the tag 0 in two bytes",
            "NonMinimal",
            &["ENC-3", "ENC-10"],
        ),
        (
            "tag-huge",
            "tag-0",
            ENUMERATION,
            "ffffffff0f",
            "the tag 2^32 - 1",
            "BadTag",
            &["ENC-10"],
        ),
        (
            "time-truncated",
            "time",
            "time",
            "cec981e5b7",
            "the last byte is missing",
            "Truncated",
            &["ENC-11"],
        ),
        (
            "sorted-swapped",
            "sorted",
            VALID_TEXT,
            "030162016102c3a5",
            "the first two swapped",
            "Unsorted",
            &["ENC-17"],
        ),
        (
            "sorted-twice",
            "sorted",
            VALID_TEXT,
            "030161016102c3a5",
            "an element twice",
            "Duplicate",
            &["ENC-17"],
        ),
        (
            "sorted-by-length",
            "sorted-prefix-first",
            VALID_TEXT,
            "020162026161",
            "b in the place of a",
            "Unsorted",
            &["ENC-17"],
        ),
    ]
}

fn invalid_extensions() -> Vec<Invalid<'static>> {
    vec![
        (
            "extensions-unsorted",
            "extensions-two",
            "extensions",
            "0280010000010001aa",
            "ids descend",
            "Unsorted",
            &["ENC-18"],
        ),
        (
            "extensions-twice",
            "extensions-two",
            "extensions",
            "02010001aa010000",
            "an id twice",
            "Duplicate",
            &["ENC-18"],
        ),
        (
            "extensions-critical",
            "extensions-two",
            "extensions",
            "02010101aa80010000",
            "the first is critical",
            "CriticalUnknown",
            &["ENC-19"],
        ),
        (
            "extensions-flag-2",
            "extensions-two",
            "extensions",
            "02010201aa80010000",
            "a critical byte of 02",
            "BadTag",
            &["ENC-4", "ENC-18"],
        ),
    ]
}

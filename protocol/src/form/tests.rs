//! Forms that nest, up to their limits and beyond.

use super::*;
use crate::encoding::{decode, encode, encode_unchecked};

/// A form of one field with what follows as its value, in hexadecimal.
fn form(value: &str) -> Vec<u8> {
    hex::decode(format!("012301010101{value}")).unwrap()
}

/// A form of one field: a list of one list of one list …, the innermost empty.
fn lists_in_lists(depth: usize) -> Vec<u8> {
    form(&format!("{}0600", "0601".repeat(depth - 1)))
}

/// A form of one field: a group of a group of a group …, each of field 1, the innermost of a code.
fn groups_in_groups(depth: usize) -> Vec<u8> {
    form(&format!("{}0201", "070101".repeat(depth)))
}

/// Covers FRM-7.
#[test]
fn lists_in_lists_are_refused_however_deep() {
    assert!(decode::<Form>(&lists_in_lists(1)).is_ok());
    for depth in 2..=11 {
        let refused = Err(EncodingError::Field("FRM-7"));
        assert_eq!(decode::<Form>(&lists_in_lists(depth)), refused);
    }
    for depth in [12, 13, 1_000, 229_000] {
        let refused = Err(EncodingError::Malformed);
        assert_eq!(decode::<Form>(&lists_in_lists(depth)), refused);
    }
}

/// Covers FRM-7.
#[test]
fn a_group_stands_within_three_others_and_no_more() {
    for depth in 1..=4 {
        let bytes = groups_in_groups(depth);
        let form = decode::<Form>(&bytes).unwrap();
        assert_eq!(encode(&form), Ok(bytes));
    }
    for depth in 5..=11 {
        let refused = Err(EncodingError::Field("FRM-7"));
        assert_eq!(decode::<Form>(&groups_in_groups(depth)), refused);
    }
    for depth in [12, 1_000, 152_000] {
        let refused = Err(EncodingError::Malformed);
        assert_eq!(decode::<Form>(&groups_in_groups(depth)), refused);
    }
}

/// Covers FRM-7.
#[test]
fn lists_of_groups_nest_as_deep_as_groups() {
    // A list of one group with a list of one group …, the innermost with a list of no value.
    let nested = |depth: usize| form(&format!("{}0600", "0601070101".repeat(depth)));
    assert!(decode::<Form>(&nested(4)).is_ok());
    let refused = Err(EncodingError::Field("FRM-7"));
    assert_eq!(decode::<Form>(&nested(5)).map(drop), refused);
}

/// Covers FRM-7.
#[test]
fn groups_keep_order_and_number_of_their_fields() {
    let field = |number| Field {
        number,
        value: Value::Code(1),
    };
    let form = |fields: Vec<Field>| Form {
        format: 1,
        version: 1,
        fields: vec![Field {
            number: 1,
            value: Value::Group(fields),
        }],
    };
    for good in [vec![field(7)], (0..128).map(field).collect()] {
        let bytes = encode(&form(good)).unwrap();
        assert!(decode::<Form>(&bytes).is_ok());
    }
    for bad in [
        vec![],
        (0..129).map(field).collect(),
        vec![field(2), field(1)],
        vec![field(1), field(1)],
    ] {
        let form = form(bad);
        assert_eq!(encode(&form), Err(EncodingError::Field("FRM-7")));
        let bytes = encode_unchecked(&form).unwrap();
        let refused = Err(EncodingError::Field("FRM-7"));
        assert_eq!(decode::<Form>(&bytes), refused);
    }
}

/// Covers FRM-7.
#[test]
fn a_list_holds_4096_values() {
    let form = |count| Form {
        format: 1,
        version: 1,
        fields: vec![Field {
            number: 1,
            value: Value::List(vec![Value::Code(1); count]),
        }],
    };
    assert!(encode(&form(4096)).is_ok());
    let refused = Err(EncodingError::Field("FRM-7"));
    assert_eq!(encode(&form(4097)), refused);
}

#[test]
fn debug_shows_no_content() {
    let text = Text::new("canary").unwrap();
    let group = Value::Group(vec![Field {
        number: 4,
        value: Value::Text(text),
    }]);
    assert_eq!(format!("{group:?}"), "Group(…)");
}

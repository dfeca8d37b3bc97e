//! Cases of groups: how deep they stand on the wire, and whether they and the rules of a format
//! are kept, by definitions of the vectors' own.

#![expect(
    clippy::too_many_lines,
    reason = "tables of cases, on values of our own making"
)]

use super::{field, form, input, text};
use crate::vectors::case::Case;
use estafette_protocol::form::{Field, Form, Position, Value};
use estafette_protocol::time::UnixMillis;
use serde_json::{Value as Json, json};

/// A field of a code.
fn code(number: u16) -> Field {
    field(number, Value::Code(1))
}

fn group(fields: Vec<Field>) -> Form {
    form(1, vec![field(1, Value::Group(fields))])
}

/// A form of one field whose value is written in hexadecimal, a part of it so many times.
fn repeated(part: &str, count: usize, end: &str) -> Json {
    json!({ "form": ["012301010101", { "repeat": part, "count": count }, end] })
}

/// A group of a group of a group …, the innermost of a code.
fn groups(depth: usize) -> Json {
    repeated("070101", depth, "0201")
}

/// A list of a group of a list of a group …, the innermost of an empty list.
fn lists_of_groups(depth: usize) -> Json {
    repeated("0601070101", depth, "0600")
}

pub(super) fn decoding() -> Vec<Case> {
    let frm: &[&str] = &["FRM-7"];
    let numbered = |count: u16| (0..count).map(code).collect::<Vec<_>>();
    let bad = |id, base, mutation, reason, input| {
        Case::invalid(id, frm, (base, mutation), ("decode", reason), input)
    };
    let one = |value: &str| json!({ "form": format!("012301010101{value}") });
    vec![
        Case::valid(
            "decode-group",
            frm,
            input(&group(vec![code(0), code(65_535)])),
        ),
        Case::valid(
            "decode-group-of-128-fields",
            frm,
            input(&group(numbered(128))),
        ),
        Case::valid("decode-4-groups", frm, groups(4)),
        Case::valid("decode-4-lists-of-groups", frm, lists_of_groups(4)),
        bad(
            "decode-5-groups",
            "decode-4-groups",
            "one more group around them",
            "FRM-7",
            groups(5),
        ),
        bad(
            "decode-5-lists-of-groups",
            "decode-4-lists-of-groups",
            "one more list of one group around them",
            "FRM-7",
            lists_of_groups(5),
        ),
        bad(
            "decode-152914-groups",
            "decode-4-groups",
            "as many groups as bytes allow",
            "malformed",
            groups(152_914),
        )
        .also(&["FRM-7"]),
        bad(
            "decode-229372-lists",
            "decode-empty-list",
            "a list in a list in a list, as many as bytes allow",
            "malformed",
            repeated("0601", 229_372, "0600"),
        )
        .also(&["FRM-7"]),
        bad(
            "decode-list-in-group-in-list",
            "decode-4-lists-of-groups",
            "a list in the list of the group of a list",
            "FRM-7",
            one("060107010106010600"),
        ),
        bad(
            "decode-group-of-no-field",
            "decode-group",
            "both fields left out",
            "FRM-7",
            one("0700"),
        ),
        bad(
            "decode-group-of-129-fields",
            "decode-group-of-128-fields",
            "one more",
            "FRM-7",
            input(&group(numbered(129))),
        ),
        bad(
            "decode-group-unsorted",
            "decode-group",
            "fields swapped",
            "FRM-7",
            input(&group(vec![code(65_535), code(0)])),
        ),
        bad(
            "decode-group-field-twice",
            "decode-group",
            "field 0 twice",
            "FRM-7",
            input(&group(vec![code(0), code(0)])),
        ),
        bad(
            "decode-group-cut",
            "decode-group",
            "a second field is announced and not there",
            "malformed",
            one("0702000201"),
        ),
        bad(
            "decode-group-huge",
            "decode-group",
            "a count of 4,294,967,295 fields",
            "malformed",
            one("07ffffffff0f"),
        ),
    ]
}

/// A voyage of a small size with these fields besides.
fn voyage(fields: Vec<Field>) -> Form {
    form(1_024, [vec![code(1)], fields].concat())
}

fn large(fields: Vec<Field>) -> Form {
    form(1_024, [vec![field(1, Value::Code(2))], fields].concat())
}

fn ship(fields: Vec<Field>) -> Form {
    voyage(vec![field(40, Value::Group(fields))])
}

fn named(name: &str) -> Field {
    field(2, text(name))
}

fn cargo(fields: Vec<Field>) -> Form {
    ship(vec![named("Ada"), field(4, Value::Group(fields))])
}

fn time(at: u64) -> Value {
    Value::Time(UnixMillis(1_767_322_445_006 + at))
}

fn from(leaves: u64, arrives: Value) -> Form {
    voyage(vec![field(2, time(leaves)), field(3, arrives)])
}

const CONTAINER: &str = "CSQU3054383";

pub(super) fn checking() -> Vec<Case> {
    [kept(), unfilled(), broken()].concat()
}

/// A form with every field.
fn full() -> Form {
    let at = Position {
        latitude: 149_329_322,
        longitude: 198_068_581,
    };
    let vins = ["1M8GDM9AXKP042788", "WVWZZZ1JZXW000001"]
        .map(text)
        .to_vec();
    let boxed = vec![
        field(1, text(CONTAINER)),
        field(2, Value::List(vins)),
        field(3, Value::Code(2)),
        field(4, text("lorries")),
    ];
    let boxed = Value::Group(boxed);
    let ships = vec![
        Value::Group(vec![field(1, text("9074729"))]),
        Value::Group(vec![named("Ada"), field(4, Value::List(vec![boxed]))]),
    ];
    large(vec![
        field(2, time(0)),
        field(3, Value::List(vec![time(0), time(5)])),
        field(4, text("wind")),
        field(5, Value::Integer(0)),
        field(6, Value::Duration(5)),
        field(7, Value::Position(at)),
        field(40, Value::List(ships)),
    ])
}

fn kept() -> Vec<Case> {
    let imo = |number: &str| field(1, text(number));
    let filling: &[&str] = &["FRM-2"];
    let sizes = |count: usize| {
        form(
            1_024,
            vec![field(1, Value::List(vec![Value::Code(1); count]))],
        )
    };
    vec![
        Case::valid("check-voyage", filling, input(&voyage(vec![]))),
        Case::valid(
            "check-voyage-full",
            &["FRM-2", "FRM-8", "FRM-9"],
            input(&full()),
        ),
        Case::valid(
            "check-4096-values",
            &["FRM-2", "FRM-7"],
            input(&sizes(4_096)),
        ),
        Case::valid("check-voyage-9000", &["FRM-6"], input(&of_bytes(9_000))),
        Case::valid(
            "check-need",
            &["FRM-8"],
            input(&large(vec![
                field(4, text("wind")),
                field(5, Value::Integer(0)),
            ])),
        ),
        Case::valid("check-order-same", &["FRM-8"], input(&from(5, time(5)))),
        Case::valid(
            "check-order-list",
            &["FRM-8"],
            input(&from(5, Value::List(vec![time(9), time(7)]))),
        ),
        Case::valid(
            "check-order-later-alone",
            &["FRM-8"],
            input(&voyage(vec![field(3, time(0))])),
        ),
        Case::valid(
            "check-ship",
            &["FRM-2", "FRM-9"],
            input(&ship(vec![imo("9074729")])),
        ),
        Case::valid(
            "check-ship-by-name",
            &["FRM-8"],
            input(&ship(vec![named("0123456789")])),
        ),
        Case::valid(
            "check-override",
            &["FRM-9"],
            input(&ship(vec![imo("9074728"), field(3, text("painted so"))])),
        ),
        Case::valid(
            "check-box",
            &["FRM-2", "FRM-9"],
            input(&cargo(vec![field(1, text(CONTAINER))])),
        ),
    ]
}

fn unfilled() -> Vec<Case> {
    let bad = |id, base, mutation, form: Form| {
        let fault = ("form", "FRM-2");
        Case::invalid(id, &["FRM-2"], (base, mutation), fault, input(&form))
    };
    let boxed = || field(1, text(CONTAINER));
    let ships = |count: usize| Value::List(vec![Value::Group(vec![named("Ada")]); count]);
    vec![
        bad(
            "check-code-retired",
            "check-voyage",
            "code 3, which is retired",
            form(1_024, vec![field(1, Value::Code(3))]),
        ),
        bad(
            "check-mandatory-empty-list",
            "check-voyage",
            "an empty list of sizes",
            form(1_024, vec![field(1, Value::List(vec![]))]),
        ),
        bad(
            "check-list-of-texts",
            "check-voyage-full",
            "texts in a list of times",
            voyage(vec![field(3, Value::List(vec![text("x")]))]),
        ),
        bad(
            "check-3-values",
            "check-voyage-full",
            "three arrivals where two are allowed",
            voyage(vec![field(3, Value::List(vec![time(0); 3]))]),
        ),
        bad(
            "check-5-ships",
            "check-voyage-full",
            "five ships where four are allowed",
            voyage(vec![field(40, ships(5))]),
        ),
        bad(
            "check-group-as-text",
            "check-ship",
            "a text where a group is wanted",
            voyage(vec![field(40, text("Ada"))]),
        ),
        bad(
            "check-text-as-group",
            "check-voyage-full",
            "a group where a text is wanted",
            voyage(vec![field(4, Value::Group(vec![code(1)]))]),
        ),
        bad(
            "check-group-field-unknown",
            "check-ship-by-name",
            "a field 9 of the ship",
            ship(vec![named("Ada"), code(9)]),
        ),
        bad(
            "check-group-text-11",
            "check-ship-by-name",
            "a name of 11 bytes",
            ship(vec![named("01234567890")]),
        ),
        bad(
            "check-group-type",
            "check-ship-by-name",
            "a number for a name",
            ship(vec![field(1, text("9074729")), field(2, Value::Integer(1))]),
        ),
        bad(
            "check-group-mandatory",
            "check-box",
            "no container",
            cargo(vec![field(4, text("x"))]),
        ),
        bad(
            "check-group-mandatory-empty",
            "check-box",
            "an empty text for the container",
            cargo(vec![field(1, text(""))]),
        ),
        bad(
            "check-group-code-unknown",
            "check-box",
            "a size of 9",
            cargo(vec![boxed(), field(3, Value::Code(9))]),
        ),
        bad(
            "check-group-list",
            "check-box",
            "a list of contents",
            cargo(vec![boxed(), field(4, Value::List(vec![text("x")]))]),
        ),
    ]
}

fn broken() -> Vec<Case> {
    let bad = |id, base, mutation, rule, form: Form| {
        let requirements: &[&str] = match rule {
            "FRM-8" => &["FRM-8"],
            "FRM-9" => &["FRM-9"],
            _ => &["FRM-6"],
        };
        Case::invalid(
            id,
            requirements,
            (base, mutation),
            ("form", rule),
            input(&form),
        )
    };
    let (why, crew) = (|| field(4, text("wind")), || field(5, Value::Integer(0)));
    let imo = || field(1, text("9074728"));
    let boxed = |number: &str| vec![field(1, text(number))];
    let inner = vec![
        imo(),
        field(3, text("painted so")),
        field(4, Value::Group(boxed("CSQU3054384"))),
    ];
    let ships = vec![
        Value::Group(vec![named("Ada"), field(3, text("both"))]),
        Value::Group(vec![imo()]),
    ];
    let sizes = Value::List(vec![Value::Code(2), Value::Code(1)]);
    vec![
        bad(
            "check-need-one",
            "check-need",
            "no crew",
            "FRM-8",
            large(vec![why()]),
        ),
        bad(
            "check-need-other",
            "check-need",
            "no reason",
            "FRM-8",
            large(vec![crew()]),
        ),
        bad(
            "check-need-empty",
            "check-need",
            "an empty reason",
            "FRM-8",
            large(vec![field(4, text("")), crew()]),
        ),
        bad(
            "check-need-list",
            "check-voyage",
            "the code that needs them in a list",
            "FRM-8",
            form(1_024, vec![field(1, sizes)]),
        ),
        bad(
            "check-need-in-group",
            "check-box",
            "a large one without contents",
            "FRM-8",
            cargo(vec![field(1, text(CONTAINER)), field(3, Value::Code(2))]),
        ),
        bad(
            "check-choice",
            "check-ship",
            "neither number nor name",
            "FRM-8",
            ship(vec![field(3, text("none"))]),
        ),
        bad(
            "check-choice-empty",
            "check-ship-by-name",
            "an empty name",
            "FRM-8",
            ship(vec![named("")]),
        ),
        bad(
            "check-order",
            "check-order-same",
            "arrives 1 ms before it leaves",
            "FRM-8",
            from(5, time(4)),
        ),
        bad(
            "check-order-in-list",
            "check-order-list",
            "one arrival 1 ms before",
            "FRM-8",
            from(5, Value::List(vec![time(9), time(4)])),
        ),
        bad(
            "check-no-override",
            "check-override",
            "no reason",
            "FRM-9",
            ship(vec![imo()]),
        ),
        bad(
            "check-override-empty",
            "check-override",
            "an empty reason",
            "FRM-9",
            ship(vec![imo(), field(3, text(""))]),
        ),
        bad(
            "check-override-elsewhere",
            "check-override",
            "the reason stands in another ship",
            "FRM-9",
            voyage(vec![field(40, Value::List(ships))]),
        ),
        bad(
            "check-override-of-outer",
            "check-override",
            "a box in the ship with a wrong number",
            "FRM-9",
            ship(inner),
        ),
        bad(
            "check-box-digit",
            "check-box",
            "last digit one more",
            "FRM-9",
            cargo(boxed("CSQU3054384")),
        ),
        bad(
            "check-voyage-9001",
            "check-voyage-9000",
            "one more byte of text",
            "FRM-6",
            of_bytes(9_001),
        ),
    ]
}

/// A form of so many bytes: 8,202 of them head and 4,096 sizes, four before the text.
fn of_bytes(count: usize) -> Form {
    let sizes = field(1, Value::List(vec![Value::Code(1); 4_096]));
    let rest = "r".repeat(count - 8_206);
    form(1_024, vec![sizes, field(4, text(&rest))])
}

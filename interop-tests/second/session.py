"""Chapter session: frames."""

from encoding import (
    DURATION,
    HASH,
    TIME,
    U16,
    U64,
    U8,
    Bytes,
    Choice,
    Object,
    Option,
    Seq,
    Struct,
    Text,
    Words,
)
from envelope import WRAP

HOLDING = Struct(("kind", U8), ("name", Text(128)), ("number", U64), ("hash", HASH))
ITEM = Choice(
    ("envelope", Bytes()),
    ("statement", Bytes()),
    ("wrap", Struct(("digest", HASH), ("wrap", WRAP))),
)
FRAME = Object(
    48,
    1_114_112,
    Choice(
        (
            "hello",
            Struct(
                ("versions", Seq(U16)),
                ("role", Words("device", "relay", "stranger")),
                ("now", TIME),
                ("have", Seq(HOLDING, 8192)),
            ),
        ),
        ("submit", Struct(("number", U64), ("envelope", Bytes()))),
        ("deliver", Struct(("number", U64), ("item", ITEM))),
        ("taken", Struct(("numbers", Seq(U64, 256, 1)))),
        ("statement", Struct(("number", U64), ("statement", Bytes()))),
        ("publish", Struct(("object", Bytes(1_114_000)))),
        ("enrol", Struct(("request", Bytes()))),
        ("enrolled", Struct(("outcome", Words("pending", "done")))),
        (
            "fault",
            Struct(("code", U16), ("about", Option(HASH)), ("retry_after", Option(DURATION))),
        ),
        ("synced", Struct()),
    ),
)

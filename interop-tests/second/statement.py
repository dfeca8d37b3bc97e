"""Chapter statement: receipts, refusals and the state of a message."""

from encoding import (
    EXTENSIONS,
    HASH,
    IDENTIFIER,
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
)
from envelope import ROSTER_NUMBER
from identity import agency_text, desk_text

JUDGED = Struct(
    ("accord", Option(HASH)),
    ("rosters", Seq(ROSTER_NUMBER, 17, by=["agency"])),
    ("notes", Seq(U16, 8, by=True)),
)
SIGNER = Struct(("agency", agency_text), ("desk", Option(desk_text)), ("key", IDENTIFIER))
LOGGED = Struct(("leaf", U64), ("judged", JUDGED))
CLAIM = Choice(
    ("accepted", LOGGED),
    ("relayed", LOGGED),
    ("delivered", Struct()),
    ("opened", Struct()),
    ("acknowledged", Struct(("until", Option(TIME)), ("remark", Option(Bytes(1056))))),
    ("answered", Struct(("answer", HASH))),
    ("unreadable", Struct(("stage", U8))),
    ("refused", Struct(("code", U16), ("clause", Text(16)), ("first", Option(HASH)))),
    ("expired", Struct(("desk", desk_text))),
)
STATEMENT = Object(
    34,
    4_096,
    Struct(
        ("subject", HASH),
        ("at", TIME),
        ("signer", SIGNER),
        ("claim", CLAIM),
        ("extensions", EXTENSIONS),
    ),
)

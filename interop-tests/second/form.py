"""Chapter form: filled-in formats."""

from encoding import DURATION, TIME, U16, U32, U64, Choice, Object, Seq, Struct, Text, Within

TEXT_MOST = 4_096  # where the format says nothing

POSITION = Struct(
    ("latitude", Within(U32, 0, 180_000_000)),
    ("longitude", Within(U32, 0, 360_000_000)),
)
PLAIN = [
    ("text", Text()),
    ("integer", U64),
    ("code", U16),
    ("time", TIME),
    ("duration", DURATION),
    ("position", POSITION),
]
VALUE = Choice(*PLAIN, ("list", Seq(Choice(*PLAIN), 64)))
FIELD = Struct(("number", U16), ("value", VALUE))
FORM = Object(
    35,
    458_752,
    Struct(("format", U16), ("version", U16), ("fields", Seq(FIELD, 128, 1, by=["number"]))),
)

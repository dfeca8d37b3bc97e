"""Chapter accord: the agreement between agencies."""

from encoding import (
    DAY,
    DURATION,
    EXTENSIONS,
    HASH,
    MINUTE,
    TIME,
    U16,
    U32,
    Bytes,
    Object,
    Option,
    Refused,
    Seq,
    Struct,
    Text,
    Within,
    malformed,
)
from identity import agency_text, grammar
from rules import MARKING, table_of

PARTY = Struct(("agency", agency_text), ("root", HASH))
ACCEPTED = Struct(("format", U16), ("version", U16), ("definition", HASH))


def accord_rule(accord):
    if accord["number"] < 1 or (accord["previous"] is None) != (accord["number"] == 1):
        raise malformed()
    if accord["not_after"] <= accord["not_before"]:
        raise malformed()


class Rules(Bytes):  # ACC-6, RTE-40
    def check(self, value):
        try:
            table_of(value)
        except Refused:
            raise Refused("policy", "accord-rules-unknown")
        return value


ACCORD = Object(
    21,
    65_536,
    Struct(
        ("name", Text(64, 1, check=grammar(r"[a-z0-9-]+"))),
        ("number", U32),
        ("previous", Option(HASH)),
        ("parties", Seq(PARTY, 16, 2, by=["agency"])),
        ("formats", Seq(ACCEPTED, 64, 1, by=["format", "version"])),
        ("ceiling", Seq(MARKING, 8, by=["axis"])),
        ("not_before", TIME),
        ("not_after", TIME),
        ("grace", Within(DURATION, 0, 90 * DAY)),
        ("lifetime", Within(DURATION, MINUTE, 30 * DAY)),
        ("rules", Rules()),
        ("extensions", EXTENSIONS),
        rule=accord_rule,
    ),
)


def terms(accord):
    """What a rule table is judged by (RTE-42 to RTE-46)."""
    return {
        "parties": [party["agency"] for party in accord["parties"]],
        "formats": [accepted["format"] for accepted in accord["formats"]],
        "ceiling": accord["ceiling"],
        "lifetime": accord["lifetime"],
    }

"""Chapter identity, house: the domestic tree and its rules."""

from encoding import (
    EXTENSIONS,
    HASH,
    TIME,
    U64,
    Bytes,
    Object,
    Option,
    Refused,
    Seq,
    Struct,
    malformed,
)
from identity import agency_of, agency_text, unit_text
from rules import table_of

UNIT_ENTRY = Struct(("unit", unit_text), ("superior", Option(unit_text)))


class Rules(Bytes):  # RTE-40
    def check(self, value):
        try:
            table_of(value)
        except Refused:
            raise Refused("policy", "accord-rules-unknown")
        return value


def house_rule(house):
    if house["number"] < 1 or (house["previous"] is None) != (house["number"] == 1):
        raise malformed()
    if any(agency_of(entry["unit"]) != house["agency"] for entry in house["units"]):
        raise malformed()
    superior = {entry["unit"]: entry["superior"] for entry in house["units"]}
    heads = [unit for unit, above in superior.items() if above is None]
    if len(heads) != 1:  # IDN-14
        raise malformed()
    reaches = {heads[0]}
    for unit in superior:
        way = []
        while unit not in reaches:
            if unit in way or unit not in superior:
                raise malformed()
            way.append(unit)
            unit = superior[unit]
        reaches.update(way)


HOUSE = Object(
    18,
    262_144,
    Struct(
        ("agency", agency_text),
        ("number", U64),
        ("previous", Option(HASH)),
        ("issued", TIME),
        ("units", Seq(UNIT_ENTRY, 1024, 1, by=["unit"])),
        ("rules", Rules()),
        ("extensions", EXTENSIONS),
        rule=house_rule,
    ),
)

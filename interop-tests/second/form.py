"""Chapter form: formats as data, and forms that fill them."""

import functools
import pathlib
import tomllib

from crypto import sha256
from encoding import (
    DURATION,
    TIME,
    U16,
    U32,
    U64,
    Choice,
    Object,
    Refused,
    Seq,
    Struct,
    Text,
    Within,
    malformed,
)

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

# Definitions

DEFINITION_KEYS = {"format": int, "version": int, "word": str, "form_bytes_max": int, "labels": dict, "field": list}
FIELD_KEYS = {
    "number": int,
    "word": str,
    "type": str,
    "mandatory": bool,
    "codes": str,
    "bytes_max": int,
    "list_max": int,
    "labels": dict,
    "help": dict,
}
FIELD_NEEDS = {"number", "word", "type"}


def read_definition(text):  # FRM-4
    try:
        definition = tomllib.loads(text.decode("utf-8"))
    except ValueError:
        raise malformed("FRM-4")
    keep_to(definition, DEFINITION_KEYS, set(DEFINITION_KEYS))
    for field in definition["field"]:
        keep_to(field, FIELD_KEYS, FIELD_NEEDS)
    return definition


def keep_to(table, keys, needs):
    if not needs <= set(table) <= set(keys):
        raise malformed("FRM-4")
    if any(type(value) is not keys[name] for name, value in table.items()):
        raise malformed("FRM-4")


def definition_hash(text):  # FRM-3
    return sha256(text)


@functools.cache
def definitions():
    """The definitions of spec/formats, by format and version."""
    folder = pathlib.Path(__file__).parents[2] / "spec" / "formats"
    read = [read_definition(path.read_bytes()) for path in sorted(folder.glob("*.toml"))]
    return {(definition["format"], definition["version"]): definition for definition in read}


# Filling


def check(data, known):
    """Whether the form's bytes fill their format."""
    form = FORM.decode(data)
    definition = known.get((form["format"], form["version"]))
    if definition is None:
        raise Refused("form", "format-unknown")
    if len(data) > definition["form_bytes_max"]:
        raise Refused("form", "FRM-6")
    values = {field["number"]: field["value"] for field in form["fields"]}
    fields = {field["number"]: field for field in definition["field"]}
    mandatory = {number for number, field in fields.items() if field.get("mandatory")}
    if not mandatory <= set(values) <= set(fields):
        raise Refused("form", "FRM-2")
    for number, value in values.items():
        if not fits(value, fields[number]):
            raise Refused("form", "FRM-2")


def fits(value, field):
    ((word, content),) = value.items()
    if word == "list" and "list_max" in field:
        return len(content) <= field["list_max"] and all(fits_one(item, field) for item in content)
    return fits_one(value, field)


def fits_one(value, field):
    ((word, content),) = value.items()
    if word != field["type"]:
        return False
    return word != "text" or len(content.encode()) <= field.get("bytes_max", TEXT_MOST)

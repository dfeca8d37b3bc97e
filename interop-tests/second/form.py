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
    ("latitude", Within(U32, 0, 180_000_000, "FRM-7")),
    ("longitude", Within(U32, 0, 360_000_000, "FRM-7")),
)
PLAIN = [
    ("text", Text()),
    ("integer", U64),
    ("code", U16),
    ("time", TIME),
    ("duration", DURATION),
    ("position", POSITION),
]


class InList(Choice):
    def read(self, source):
        start = source.at
        if U32.read(source) == len(self.variants):  # a list
            raise malformed("FRM-7")
        source.at = start
        return super().read(source)


VALUE = Choice(*PLAIN, ("list", Seq(InList(*PLAIN), 64, reason="FRM-7")))
FIELD = Struct(("number", U16), ("value", VALUE))
FORM = Object(
    35,
    458_752,
    Struct(("format", U16), ("version", U16), ("fields", Seq(FIELD, 128, 1, by=["number"], reason="FRM-7"))),
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
        raise Refused("form", "FRM-4")
    keep_to(definition, DEFINITION_KEYS, set(DEFINITION_KEYS))
    for field in definition["field"]:
        keep_to(field, FIELD_KEYS, FIELD_NEEDS)
        if field["type"] not in dict(PLAIN):
            raise Refused("form", "FRM-4")
    numbers = [definition["format"], definition["version"]]
    numbers += [field["number"] for field in definition["field"]]
    if not all(0 <= number < 1 << 16 for number in numbers):
        raise Refused("form", "FRM-4")
    return definition


def keep_to(table, keys, needs):
    if not needs <= set(table) <= set(keys):
        raise Refused("form", "FRM-4")
    if any(type(value) is not keys[name] for name, value in table.items()):
        raise Refused("form", "FRM-4")


def definition_hash(text):  # FRM-3
    return sha256(text)


@functools.cache
def definitions():
    """The definitions of spec/formats, by format and version."""
    folder = pathlib.Path(__file__).parents[2] / "spec" / "formats"
    read = [read_definition(path.read_bytes()) for path in sorted(folder.glob("*.toml"))]
    return {(definition["format"], definition["version"]): definition for definition in read}


@functools.cache
def code_lists():
    """The values of the code lists of spec/codes, by word."""
    folder = pathlib.Path(__file__).parents[2] / "spec" / "codes"
    read = [tomllib.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.toml"))]
    return {codes["word"]: {code["value"] for code in codes["code"]} for codes in read}


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
    if word == "code":
        return content in code_lists().get(field.get("codes"), ())
    return word != "text" or len(content.encode()) <= field.get("bytes_max", TEXT_MOST)

"""Compares CAP alerts with what Estafette made of them, as a reader that is not ours reads both.

    compare.py DIR      the folder that `estafette-scenario cap-forms --out DIR` has written

The reader is cap-tools, bindings generated from the OASIS schema of CAP 1.2. What it reads is
flattened to (element, value): times as instants, decimals as numbers, text without white space
around it, lists as their words. Alerts of CAP 1.1 are read as 1.2, of which they are a part; for
an alert that cannot come back as it was (CAP 1.0, parts of a second), the file of its name in
`expected` beside it says by hand what must come back.
"""

import dataclasses
import enum
import json
import pathlib
import re
import sys
import warnings
from datetime import datetime, timezone
from decimal import Decimal

from cap_tools.models import Alert, Resource, Value
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig
from xsdata.models.datatype import XmlDateTime

def make(kind, parts):
    """An element as the reader has it; it takes an empty <value>, which CAP allows, for none."""
    if kind is Value:
        parts.setdefault("value", "")
    return kind(**parts)


def make_earlier(kind, parts):
    """The same for CAP 1.1, where a <resource> may have no type: what CAP 1.2 writes for none."""
    if kind is Resource:
        parts.setdefault("mime_type", "application/octet-stream")
    return make(kind, parts)


STRICT = XmlParser(ParserConfig(class_factory=make))
LENIENT = XmlParser(ParserConfig(class_factory=make_earlier, fail_on_unknown_properties=False))
NAMESPACE = b"urn:oasis:names:tc:emergency:cap:1.2"


def instant(time):
    moment = datetime.fromisoformat(str(time).replace("Z", "+00:00"))
    assert moment.tzinfo, time
    return moment.astimezone(timezone.utc)


def words(text):
    found = re.findall(r'"([^"]*)"|(\S+)', text)
    return tuple(quoted or bare for quoted, bare in found)


def references(text):
    parts = (reference.rsplit(",", 2) for reference in words(text))
    return tuple((sender, name, instant(sent)) for sender, name, sent in parts)


def points(text):
    return tuple(Decimal(number) for number in re.split(r"[\s,]+", text))


SPECIAL = {
    "addresses": words,
    "incidents": words,
    "references": references,
    "polygon": points,
    "circle": points,
}
# Elements of CAP 1.2 that hold no others, each counted where it stands.
KINDS = 47
# Elements that say something by holding nothing.
MAY_BE_EMPTY = {"value"}


def plain(name, value):
    """What an element holds, so that equal things are equal; None for nothing."""
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, XmlDateTime):
        return instant(value)
    if isinstance(value, str):
        text = value.strip()
        if not text and name not in MAY_BE_EMPTY:
            return None
        return SPECIAL.get(name, str)(text)
    return value


def flatten(thing, path=""):
    """Every element of an alert with its path and what it holds."""
    rows = {}
    for field in dataclasses.fields(thing):
        if field.metadata.get("type") == "Wildcard":
            continue
        name = field.metadata.get("name", field.name)
        held = getattr(thing, field.name)
        repeats = isinstance(held, list)
        place = 0
        for one in held if repeats else [held]:
            if one is None:
                continue
            if dataclasses.is_dataclass(one) and [f.name for f in dataclasses.fields(one)] == ["value"]:
                one = one.value
            here = None if dataclasses.is_dataclass(one) else plain(name, one)
            if here is None and not dataclasses.is_dataclass(one):
                continue
            place += 1
            below = f"{path}{name}[{place}]" if repeats else f"{path}{name}"
            if dataclasses.is_dataclass(one):
                rows |= flatten(one, below + "/")
            else:
                rows[below] = here
    return rows


def exported(path):
    """A file of ours: nothing may be unknown to the reader, or read with a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return flatten(STRICT.parse(str(path), Alert))


def original(path):
    expected = path.parent / "expected" / path.name
    if expected.exists():
        return exported(expected)
    data = path.read_bytes()
    if NAMESPACE not in data:
        data = data.replace(b"urn:oasis:names:tc:emergency:cap:1.1", NAMESPACE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return flatten(LENIENT.from_bytes(data, Alert))


def differences(one, other):
    names = sorted(one.keys() | other.keys())
    return [name for name in names if one.get(name) != other.get(name)]


def main(folder):
    failures, elements, changes, seen = [], 0, 0, set()
    rows = json.loads((folder / "manifest.json").read_text())
    for row in rows:
        before = original(pathlib.Path(row["original"]))
        after = exported(folder / row["exported"])
        elements += len(after)
        seen |= {re.sub(r"\[\d+\]", "", name) for name in after}
        for name in differences(before, after):
            failures.append(f"{row['original']}: {name} is not what it was")
        for change in row["changed"]:
            changed = exported(folder / change["file"])
            changes += 1
            found = differences(after, changed)
            wanted = [] if change["element"].endswith("nothing") else [change["element"]]
            if found != wanted:
                failures.append(f"{row['original']}: changing {wanted} changes {found}")
    if len(seen) != KINDS:
        failures.append(f"{len(seen)} kinds of elements in all files, of {KINDS} that CAP has")
    for failure in failures:
        print("failed:", failure)
    print(f"{len(rows)} alerts with {elements} elements of {len(seen)} kinds compared,")
    print(f"{changes} single changes, {len(failures)} failed")
    return 1 if failures or not rows or not changes else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))

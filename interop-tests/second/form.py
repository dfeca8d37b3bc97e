"""Chapter form: forms on the wire, and whether they fill their formats."""

from checks import REFUSED, WARNED, judge
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
GROUPS_MOST = 4  # that stand within each other

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


class Forbidden:  # FRM-7
    def read(self, source):
        raise malformed("FRM-7")

    def write(self, value):
        raise malformed("FRM-7")


def fields_with(groups):  # FRM-7: so many groups may still stand within each other
    within = Forbidden()
    if groups:
        within = fields_with(groups - 1)
    item = Choice(*PLAIN, ("list", Forbidden()), ("group", within))
    items = Seq(item, 4_096, reason="FRM-7")
    value = Choice(*PLAIN, ("list", items), ("group", within))
    return Seq(Struct(("number", U16), ("value", value)), 128, 1, by=["number"], reason="FRM-7")


FORM = Object(
    35,
    458_752,
    Struct(("format", U16), ("version", U16), ("fields", fields_with(GROUPS_MOST))),
)


def check(data, known):
    """Whether the form's bytes fill their format; gives the paths of what is doubtful."""
    form = FORM.decode(data)
    definition = known.formats.get((form["format"], form["version"]))
    if definition is None:
        raise Refused("form", "format-unknown")
    if len(data) > definition["form_bytes_max"]:
        raise Refused("form", "FRM-6")
    doubts = []
    fill(form["fields"], definition, known, "", doubts)
    return doubts


def demand(holds, rule):
    if not holds:
        raise Refused("form", rule)


def filled(value):  # FRM-2
    return value is not None and value not in ({"text": ""}, {"list": []})


def items(value):
    return value["list"] if "list" in value else [value]


def fill(fields, definition, known, path, doubts):
    """Whether fields fill a format or group."""
    values = {field["number"]: field["value"] for field in fields}
    defined = {field["number"]: field for field in definition["field"]}
    by_word = {field["word"]: values.get(field["number"]) for field in definition["field"]}
    for number, field in defined.items():  # FRM-2
        demand(not field.get("mandatory") or filled(values.get(number)), "FRM-2")
    reasoned = filled(by_word.get(definition.get("override")))
    for number, value in values.items():
        demand(number in defined, "FRM-2")
        field, own = defined[number], f"{path}{number}"
        if "list" in value:
            demand(len(value["list"]) <= field.get("list_max", -1), "FRM-2")
        for place, item in enumerate(items(value), 1):
            at = f"{own}[{place}]" if "list" in value else own
            fill_one(item, field, known, reasoned, at, doubts)
    for rule in definition.get("rule", ()):  # FRM-8
        demand(kept(rule, by_word, defined, known), "FRM-8")


def fill_one(value, field, known, reasoned, path, doubts):
    ((word, content),) = value.items()
    demand(word == field["type"], "FRM-2")
    if word == "code":
        codes = known.lists[field["codes"]]
        demand(content in codes and not codes[content].get("retired"), "FRM-2")
    elif word == "group":
        fill(content, known.groups[field["group"]], known, f"{path}/", doubts)
    elif word == "text":
        demand(len(content.encode()) <= field.get("bytes_max", TEXT_MOST), "FRM-2")
        if "check" in field:  # FRM-9
            verdict = judge(field["check"], content)
            demand(verdict != REFUSED or reasoned, "FRM-9")
            if verdict in (REFUSED, WARNED):
                doubts.append(path)


def kept(rule, values, defined, known):
    if "when" in rule:
        value = values[rule["when"]]
        if not filled(value):
            return True
        ((codes,),) = [[f["codes"] for f in defined.values() if f["word"] == rule["when"]]]
        words = {known.lists[codes][item["code"]]["word"] for item in items(value)}
        return not words & set(rule["is"]) or all(filled(values[word]) for word in rule["needs"])
    if "one_of" in rule:
        return any(filled(values[word]) for word in rule["one_of"])
    latest = 0
    for word in rule["order"]:
        if filled(values[word]):
            times = [item["time"] for item in items(values[word])]
            if min(times) < latest:
                return False
            latest = max(latest, *times)
    return True

"""Chapter form: formats, groups and code lists as data."""

import functools
import pathlib
import tomllib

from checks import CHECKS
from crypto import sha256
from encoding import Refused

TYPES = ("text", "integer", "code", "time", "duration", "position", "group")

# Key: its type in TOML, and whether it must be there.
FORMAT = {
    "format": (int, True),
    "version": (int, True),
    "word": (str, True),
    "form_bytes_max": (int, True),
    "text": (str, False),
    "labels": (dict, True),
    "field": (list, True),
    "rule": (list, False),
}
GROUP = {
    "word": (str, True),
    "override": (str, False),
    "labels": (dict, True),
    "field": (list, True),
    "rule": (list, False),
}
FIELD = {
    "number": (int, True),
    "word": (str, True),
    "type": (str, True),
    "mandatory": (bool, False),
    "codes": (str, False),
    "group": (str, False),
    "check": (str, False),
    "bytes_max": (int, False),
    "list_max": (int, False),
    "labels": (dict, False),
    "help": (dict, False),
}
LIST = {
    "word": (str, True),
    "version": (int, True),
    "source": (str, False),
    "labels": (dict, True),
    "code": (list, True),
}
CODE = {
    "value": (int, True),
    "word": (str, True),
    "term": (str, False),
    "duration_ms": (int, False),
    "labels": (dict, True),
    "retired": (bool, False),
    "successor": (int, False),
}
RULES = (["when", "is", "needs"], ["one_of"], ["order"])
OF_TYPE = {"codes": "code", "group": "group", "check": "text", "bytes_max": "text"}


def demand(holds, rule="FRM-4"):
    if not holds:
        raise Refused("form", rule)


def read(text, keys, rule="FRM-4"):
    try:
        table = tomllib.loads(text)
    except ValueError:
        raise Refused("form", rule)
    keep_to(table, keys, rule)
    return table


def keep_to(table, keys, rule="FRM-4"):
    demand(isinstance(table, dict) and set(table) <= set(keys), rule)
    for key, (kind, must) in keys.items():
        demand(key in table or not must, rule)
        demand(key not in table or type(table[key]) is kind, rule)


def once(values, rule="FRM-4"):
    values = list(values)
    demand(len(values) == len(set(values)), rule)


class Definitions:
    """What is known: formats by number and version, groups and code lists by word."""

    def __init__(self, formats, groups, codes):
        self.lists, self.groups, self.formats, self.hashes = {}, {}, {}, {}
        self.sources = {}
        for text in codes:
            table = read_list(text)
            self.lists[table["word"]] = {code["value"]: code for code in table["code"]}
        for text in groups:
            group = read(text, GROUP)
            self.groups[group["word"]] = group
            self.sources[group["word"]] = text.encode()
        for group in self.groups.values():
            self.hold(group)
            demand(group["word"] not in self.named(group))  # no circle
        for text in formats:
            table = read(text, FORMAT)
            key = table["format"], table["version"]
            demand(all(0 <= number < 1 << 16 for number in key))
            self.hold(table)
            self.formats[key] = table
            groups = b"".join(self.sources[word] for word in sorted(self.named(table)))
            self.hashes[key] = sha256(text.encode() + groups)  # FRM-3

    def named(self, table):
        """The groups that a format or group names, directly or through another."""
        found, left = set(), [table]
        while left:
            words = {field["group"] for field in left.pop()["field"] if "group" in field}
            left += [self.groups[word] for word in words - found]
            found |= words
        return found

    def hold(self, table):  # FRM-4
        for field in table["field"]:
            keep_to(field, FIELD)
            demand(0 <= field["number"] < 1 << 16 and field["type"] in TYPES)
            for key, kind in OF_TYPE.items():
                demand(key not in field or field["type"] == kind)
            demand(field["type"] != "code" or field.get("codes") in self.lists)
            demand(field["type"] != "group" or field.get("group") in self.groups)
            demand(field.get("check", "mrz") in CHECKS)
        once(field["number"] for field in table["field"])
        once(field["word"] for field in table["field"])
        fields = {field["word"]: field for field in table["field"]}
        demand("override" not in table or table["override"] in fields)
        if "text" in table:
            field = fields.get(table["text"])
            demand(field and field["type"] == "text" and "list_max" not in field)
        for rule in table.get("rule", ()):
            self.hold_rule(rule, fields)

    def hold_rule(self, rule, fields):
        demand(sorted(rule) in [sorted(keys) for keys in RULES])
        words = rule.get("needs", []) + rule.get("one_of", []) + rule.get("order", [])
        demand(all(word in fields for word in words))
        demand(all(fields[word]["type"] == "time" for word in rule.get("order", ())))
        if "when" in rule:
            field = fields.get(rule["when"])
            demand(field and field["type"] == "code")
            known = {code["word"] for code in self.lists[field["codes"]].values()}
            demand(set(rule["is"]) <= known)


def read_list(text):  # FRM-5
    table = read(text, LIST, "FRM-5")
    for code in table["code"]:
        keep_to(code, CODE, "FRM-5")
        demand(0 <= code["value"] < 1 << 16, "FRM-5")
    once((code["value"] for code in table["code"]), "FRM-5")
    once((code["word"].lower() for code in table["code"]), "FRM-5")
    once((code["term"].lower() for code in table["code"] if "term" in code), "FRM-5")
    values = {code["value"] for code in table["code"]}
    demand(all(code.get("successor", code["value"]) in values for code in table["code"]), "FRM-5")
    return table


@functools.cache
def texts():
    """The definitions of spec: formats, groups, codes."""
    spec = pathlib.Path(__file__).parents[2] / "spec"
    folders = ("formats", "groups", "codes")
    files = [sorted((spec / folder).glob("*.toml")) for folder in folders]
    return [[path.read_text("utf-8") for path in paths] for paths in files]


@functools.cache
def edition():
    return Definitions(*texts())


@functools.cache
def extended(formats, groups, codes):
    more = (formats, groups, codes)
    return Definitions(*(known + list(new) for known, new in zip(texts(), more)))

"""Chapter routing, rule tables: the object and what no table may say."""

from encoding import (
    DAY,
    DURATION,
    EXTENSIONS,
    HASH,
    MINUTE,
    SECOND,
    U16,
    U32,
    U8,
    Object,
    Option,
    Refused,
    Seq,
    Struct,
    Within,
    Words,
)
from identity import agency_of, desk_text, label_text

STATUS = Words("actual", "exercise", "test")
PRECEDENCE = Words("routine", "priority", "immediate", "flash")
DIRECTION = Words("up", "down", "lateral", "cross-border")
PATH = Words("direct", "by-level", "to-gateway", "between-gateways")
RELEASE = Words("none", "superior", "gateway", "two-person")
COPY = Words("superior", "skipped", "own-gateway", "peer-gateway")
MARKING = Struct(("axis", U16), ("code", U16))

MONTH = Within(DURATION, SECOND, 30 * DAY)
STEP = Struct(("after", MONTH), ("to", Words("deputy", "superior", "gateway")))
RATE = Struct(("messages", Within(U32, 1, 2**32 - 1)), ("per", MONTH))
ROW = Struct(
    ("name", label_text),
    ("formats", Seq(U16, 32, 1, by=True)),
    ("precedences", Seq(PRECEDENCE, 4, 1, by=True)),
    ("statuses", Seq(STATUS, 3, 1, by=True)),
    ("directions", Seq(DIRECTION, 4, 1, by=True)),
    ("path", PATH),
    ("release", RELEASE),
    ("copies", Seq(COPY, 4, by=True)),
    ("acknowledge_within", Option(MONTH)),
    ("answer_within", Option(Within(DURATION, SECOND, 365 * DAY))),
    ("escalation", Seq(STEP, 4, by=["after", "to"])),
    ("release_within", Option(MONTH)),
    ("exceptions", Seq(U16, 16, by=True)),
    ("ceiling", Option(Seq(MARKING, 8, by=["axis"]))),
    ("lifetime", Option(Within(DURATION, MINUTE, 30 * DAY))),
    ("addressees", Option(Within(U8, 1, 64))),
    ("body_bytes", Option(Within(U32, 272, 2**32 - 1))),
    ("rate", Option(RATE)),
)
TASK_FORCE = Struct(("name", label_text), ("members", Seq(desk_text, 64, 2, by=True)))
TABLE = Object(
    25,
    49_152,
    Struct(
        ("framework", Option(HASH)),
        ("rows", Seq(ROW, 64, by=["name"])),
        ("task_forces", Seq(TASK_FORCE, 32, by=["name"])),
        ("extensions", EXTENSIONS),
    ),
)


def table_of(data):
    """The table that `rules` of an accord or house holds."""
    if not data:
        return {"framework": None, "rows": [], "task_forces": [], "extensions": []}
    return TABLE.decode(data)


def below_ceiling(marking, ceiling):  # ACC-3
    highest = {entry["axis"]: entry["code"] for entry in ceiling}
    return all(
        entry["code"] == 0 or entry["code"] <= highest.get(entry["axis"], -1) for entry in marking
    )


# Judging a table


def demand(condition, number):
    if not condition:
        raise Refused("policy", f"RTE-{number}")


def check(table, accord=None, framework=None):
    """RTE-41 to RTE-46, of an accord's table or, without one, of a house's.

    An accord is `parties` (agencies), `formats` (numbers), `ceiling`, `lifetime`;
    a framework is `rules` (its table) and `accord`.
    """
    rows = table["rows"]
    pairs = [(row, other) for n, row in enumerate(rows) for other in rows[:n]]
    demand(not any(overlap(*pair) for pair in pairs), 41)
    if accord is not None:
        formats = set(accord["formats"])
        demand(all(row["directions"] == ["cross-border"] for row in rows), 42)
        demand(all(set(row["formats"]) <= formats for row in rows), 42)
    else:
        demand(table["framework"] is None and not table["task_forces"], 42)
    demand(not any(contradicts(row, accord) for row in rows), 43)
    demand(all(serves_emergency(row) for row in rows), 44)
    parties = set(accord["parties"]) if accord else set()
    members = [member for force in table["task_forces"] for member in force["members"]]
    demand({agency_of(member) for member in members} <= parties, 45)
    if table["framework"] is not None:
        if framework is None:
            raise Refused("freshness", "accord-unknown")
        demand(tightens(table, accord, framework["rules"], framework["accord"]), 46)


def overlap(row, other):  # RTE-41
    matched = ("formats", "precedences", "statuses", "directions")
    return all(set(row[name]) & set(other[name]) for name in matched)


def contradicts(row, accord):  # RTE-43
    across = "cross-border" in row["directions"]
    within = any(direction != "cross-border" for direction in row["directions"])
    acknowledge, answer, copies = row["acknowledge_within"], row["answer_within"], set(row["copies"])
    first = row["escalation"][0]["after"] if row["escalation"] else None
    return (
        (across and row["path"] == "by-level")
        or (within and row["path"] in ("to-gateway", "between-gateways"))
        or (within and "peer-gateway" in copies)
        or (first is not None and (acknowledge is None or first < acknowledge))
        or (None not in (answer, acknowledge) and answer < acknowledge)
        or (row["release_within"] is not None and row["release"] == "none")
        or (row["exceptions"] and not copies & {"superior", "skipped", "own-gateway"})
        or (accord and exceeds(row["lifetime"], accord["lifetime"]))
        or (accord and row["ceiling"] and not below_ceiling(row["ceiling"], accord["ceiling"]))
    )


def exceeds(value, limit):
    return value is not None and value > limit


def serves_emergency(row):  # RTE-44
    emergency = {"formats": [1], "precedences": ["flash"], "statuses": ["actual"]}
    if not overlap(row, {**emergency, "directions": row["directions"]}):
        return True
    copies = {"skipped", "own-gateway"}
    if "cross-border" in row["directions"]:
        copies.add("peer-gateway")
    return (
        row["path"] == "direct"
        and row["release"] == "none"
        and not row["exceptions"]
        and copies <= set(row["copies"])
        and (row["addressees"] is None or row["addressees"] >= 16)
        and (row["body_bytes"] is None or row["body_bytes"] >= 1_040)
    )


def tightens(table, accord, frame, framework):  # RTE-46
    return (
        set(accord["parties"]) <= set(framework["parties"])
        and not any(
            overlap(row, other) and laxer(row, other)
            for row in table["rows"]
            for other in frame["rows"]
        )
        and below_ceiling(accord["ceiling"], framework["ceiling"])
        and accord["lifetime"] <= framework["lifetime"]
        and bool(table["rows"] or not frame["rows"])
    )


def laxer(row, frame):
    return (
        PATH.order(row["path"]) < PATH.order(frame["path"])
        or frame["release"] not in ("none", row["release"])
        or not set(row["copies"]) >= set(frame["copies"])
        or not set(row["exceptions"]) <= set(frame["exceptions"])
        or any(laxer_steps(row, frame, to) for to in ("deputy", "superior", "gateway"))
        or any(laxer_limit(row[name], frame[name]) for name in LIMITS)
        or laxer_ceiling(row["ceiling"], frame["ceiling"])
        or laxer_rate(row["rate"], frame["rate"])
    )


LIMITS = (
    "acknowledge_within",
    "answer_within",
    "release_within",
    "lifetime",
    "addressees",
    "body_bytes",
)


def laxer_steps(row, frame, to):
    """Whether the steps to one place are fewer, or one of them comes later."""
    own, others = (
        sorted(step["after"] for step in of["escalation"] if step["to"] == to) for of in (row, frame)
    )
    return len(own) < len(others) or any(mine > other for mine, other in zip(own, others))


def laxer_limit(value, limit):
    return limit is not None and (value is None or value > limit)


def laxer_ceiling(ceiling, limit):
    return limit is not None and (ceiling is None or not below_ceiling(ceiling, limit))


def laxer_rate(rate, limit):
    if limit is None:
        return False
    return rate is None or rate["messages"] > limit["messages"] or rate["per"] < limit["per"]

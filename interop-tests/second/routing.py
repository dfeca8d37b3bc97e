"""Chapters routing, release and handling: what a side decides about a message."""

from encoding import HASH, IDENTIFIER, TIME, U16, U32, Option, Refused, Seq, Struct, Text, Words
from identity import agency_of, unit_of
from rules import DIRECTION, MARKING, PRECEDENCE, STATUS, TABLE, below_ceiling

# What `decide` is given, each as the chapter's table says.

AUTHORITY = Struct(("format", U16), ("precedence", PRECEDENCE))
DESK = Struct(
    ("desk", Text()),
    ("authorities", Seq(AUTHORITY)),
    ("superior", Option(Text())),
    ("deputies", Seq(Text())),
)
EXERCISE = Struct(
    ("id", IDENTIFIER), ("not_before", TIME), ("not_after", TIME), ("participants", Seq(Text()))
)
ROSTER = Struct(
    ("agency", Text()), ("gateways", Seq(Text())), ("desks", Seq(DESK)), ("exercises", Seq(EXERCISE))
)
UNIT = Struct(("unit", Text()), ("superior", Option(Text())))
WORLD = Struct(
    ("own", Text()),
    ("accord", Option(Struct(("rules", TABLE.structure)))),
    ("rosters", Seq(ROSTER)),
    ("house", Option(Struct(("units", Seq(UNIT)), ("rules", TABLE.structure)))),
    (
        "known",
        Seq(Struct(("digest", HASH), ("sender", Text()), ("status", STATUS), ("marking", Seq(MARKING)))),
    ),
    ("sent", Seq(Struct(("table", Text()), ("row", Text()), ("messages", U32)))),
)
STATEMENT = Struct(
    ("desk", Option(Text())),
    ("at", TIME),
    ("claim", Text()),
    ("precedence", PRECEDENCE),
    ("subject", HASH),
    ("use", Words("onward", "judicial")),
    ("to", Seq(Text())),
    ("until", Option(TIME)),
)

CODES = {
    "REL-2": "release-missing",
    "REL-3": "release-invalid",
    "REL-4": "authority-missing",
    "REL-5": "release-invalid",
    "REL-6": "replan",
    "REL-7": "release-missing",
}
GRANT_UNVERIFIED, ABOVE_RATE, EXCEPTION_USED = 8, 9, 10
TLP, AMBER_STRICT, RED = 1, 3, 4


def demand(condition, clause):
    if not condition:
        raise Refused("policy", clause)


def decide(header, statements, world, side, now):
    """The verdict, `pass` or `hold`, or a refusal whose reason is the clause."""
    case, notes = Case(header, statements, world, side, now), set()
    rows = case.judge_rows(header["precedence"], notes)
    case.judge_task_force()
    case.judge_exercise()
    case.judge_handling(notes)
    verdict = case.judge_release(rows)
    return {**verdict, "notes": sorted(notes)}


class Case:
    def __init__(self, header, statements, world, side, now):
        self.header, self.statements, self.world = header, statements, world
        self.at_egress, self.now = side == "egress", now
        self.own, self.sender, self.home = world["own"], header["sender"], agency_of(header["sender"])
        self.roles = {addressee["desk"]: addressee["role"] for addressee in header["addressees"]}
        self.addressed = {desk for desk, role in self.roles.items() if role != "standby"}
        self.actions = [desk for desk, role in self.roles.items() if role == "action"]
        self.rosters = {  # RTE-21
            roster["agency"]: roster
            for roster in world["rosters"]
            if self.at_egress or roster["agency"] in (self.own, self.home)
        }
        nobody = {"agency": self.home, "gateways": [], "desks": [], "exercises": []}
        self.rosters.setdefault(self.home, nobody)
        self.entries = {
            entry["desk"]: entry for roster in self.rosters.values() for entry in roster["desks"]
        }
        house = world["house"] if self.at_egress else None
        self.house_rules = house["rules"] if house else None
        self.has_house = house is not None and self.own == self.home
        units = house["units"] if self.has_house else []
        self.above = {unit["unit"]: unit["superior"] for unit in units}

    # Who is where

    def chain(self, unit):
        """The units above, the nearest first."""
        way = []
        while self.above.get(unit) is not None and self.above[unit] not in way:
            unit = self.above[unit]
            way.append(unit)
        return way

    def direction(self, desk):
        if agency_of(desk) != self.home:
            return "cross-border"
        mine, unit = unit_of(self.sender), unit_of(desk)
        if unit in self.chain(mine):
            return "up"
        return "down" if mine in self.chain(unit) else "lateral"

    def skipped(self, direction):
        """The units on the way to each action addressee of the direction."""
        mine, units = unit_of(self.sender), []
        for desk in self.towards(direction):
            unit = unit_of(desk)
            up, down = [mine, *self.chain(mine)], [unit, *self.chain(unit)]
            if direction == "cross-border":
                units += up[1:]
            elif common := next((unit for unit in up if unit in down), None):
                way = up[: up.index(common) + 1] + down[: down.index(common)]
                units += [step for step in way if step not in (mine, unit)]
        return units

    def towards(self, direction):
        return [desk for desk in self.actions if self.direction(desk) == direction]

    def superior_unit(self):
        superior = self.entries.get(self.sender, {}).get("superior")
        return unit_of(superior) if superior else self.above.get(unit_of(self.sender))

    def is_gateway(self, desk):
        roster = self.rosters.get(agency_of(desk), {"gateways": ()})
        return desk in self.entries and unit_of(desk) in roster["gateways"]

    def is_judged(self, desk):  # RTE-21
        return agency_of(desk) in self.rosters

    def exercise(self, agency):
        exercises = self.rosters[agency]["exercises"]
        return next((e for e in exercises if e["id"] == self.header["exercise"]), None)

    def takes_part(self, desk):
        """Whether a desk can be demanded: in an exercise only a participant."""
        if self.header["exercise"] is None:
            return True
        exercise = self.exercise(agency_of(desk))
        return exercise is not None and desk in exercise["participants"]

    # Rows

    def matching(self, precedence):
        """The rows that match, each with its table's name and direction (RTE-1, RTE-2)."""
        accord = self.world["accord"]
        directions = {self.direction(desk) for desk in self.actions if agency_of(desk) == self.home}
        asked = []
        if accord is not None:
            directions.add("cross-border")
            asked.append(("accord", accord["rules"], "cross-border"))
        if self.house_rules is not None:
            ordered = [direction for direction in DIRECTION.words if direction in directions]
            asked += [("house", self.house_rules, direction) for direction in ordered]
        found = []
        for name, table, direction in asked:
            row = next((row for row in table["rows"] if self.matches(row, direction, precedence)), None)
            demand(row is not None or not table["rows"], "RTE-1")
            found += [(name, row, direction)] if row is not None else []
        return found

    def matches(self, row, direction, precedence):
        return (
            self.header["format"] in row["formats"]
            and precedence in row["precedences"]
            and self.header["status"] in row["statuses"]
            and direction in row["directions"]
        )

    def judge_rows(self, precedence, notes):
        """RTE-1 to RTE-20; the rows that match."""
        found = self.matching(precedence)
        for table, row, direction in found:
            self.judge_path(row, direction)
            self.judge_copies(row, direction, notes)
            self.judge_times(row, direction)
            self.judge_limits(row, table, precedence, notes)
        demand(found or self.header["exception"] is None, "RTE-6")
        return [row for _, row, _ in found]

    def judge_path(self, row, direction):
        if row["path"] == "by-level":
            demand(not self.skipped(direction), "RTE-3")
        if row["path"] in ("to-gateway", "between-gateways"):
            abroad = [desk for desk in self.actions if agency_of(desk) != self.home]
            demand(all(self.is_gateway(desk) for desk in abroad if self.is_judged(desk)), "RTE-4")
        if row["path"] == "between-gateways":
            demand(self.is_gateway(self.sender), "RTE-5")

    def judge_copies(self, row, direction, notes):
        excused = self.header["exception"] is not None
        if excused:
            demand(self.header["exception"] in row["exceptions"], "RTE-6")
            notes.add(EXCEPTION_USED)
        copies = set(row["copies"])
        if "superior" in copies and not excused:
            demand(self.has_copy(self.home, [self.superior_unit()]), "RTE-7")
        if "skipped" in copies and not excused:
            units = self.skipped(direction)
            demand(all(self.has_copy(self.home, [unit]) for unit in units), "RTE-8")
        if "own-gateway" in copies and not excused:
            demand(self.has_copy(self.home, None), "RTE-9")
        if "peer-gateway" in copies:
            agencies = {agency_of(desk) for desk in self.roles} - {self.home}
            judged = agencies & set(self.rosters)
            demand(all(self.has_copy(agency, None) for agency in judged), "RTE-10")

    def has_copy(self, agency, units):
        """RTE-11, of a desk of the units or, without any, of a gateway desk."""
        roster, listed = self.rosters[agency], units is None
        units = roster["gateways"] if listed else units
        desks = [e["desk"] for e in roster["desks"] if unit_of(e["desk"]) in units]
        if unit_of(self.sender) in units or not any(self.takes_part(desk) for desk in desks):
            return True
        return any(
            unit_of(desk) in units and (desk in desks or not listed) for desk in self.addressed
        )

    def judge_times(self, row, direction):
        for name, clause in (("acknowledge_within", "RTE-12"), ("answer_within", "RTE-13")):
            limit, within = row[name], self.header[name]
            demand(limit is None or (within is not None and within <= limit), clause)
        for step in row["escalation"]:
            for desk in self.towards(direction):
                demand(not self.is_judged(desk) or self.stands_by(desk, step["to"]), "RTE-14")
        acting = {agency_of(desk) for desk in self.actions}
        standing = [desk for desk, role in self.roles.items() if role == "standby"]
        demand(all(agency_of(desk) in acting for desk in standing), "RTE-15")

    def stands_by(self, desk, to):  # RTE-14
        able = self.able(desk, to)
        return not able or any(other in self.roles for other in able)

    def able(self, desk, to):
        """The desks that a step from a desk can lead to."""
        entry = self.entries.get(desk, {"superior": None, "deputies": []})
        if to == "deputy":
            led = entry["deputies"]
        elif to == "superior":
            led = [entry["superior"]] if entry["superior"] else []
        else:
            of_agency = [d for d in [*self.roles, *self.entries] if agency_of(d) == agency_of(desk)]
            led = [other for other in of_agency if self.is_gateway(other)]  # addressed ones first
        return [other for other in led if self.may_stand_in(other, desk)]

    def may_stand_in(self, other, desk):
        return other not in (None, desk, self.sender) and self.takes_part(other)

    def judge_limits(self, row, table, precedence, notes):
        header = self.header
        for value, name, clause in (
            (header["expires"] - header["created"], "lifetime", "RTE-16"),
            (len(header["addressees"]), "addressees", "RTE-17"),
            (header["body_bytes"], "body_bytes", "RTE-18"),
        ):
            demand(row[name] is None or value <= row[name], clause)
        ceiling = row["ceiling"]
        demand(ceiling is None or below_ceiling(header["marking"], ceiling), "RTE-19")
        sent = {(entry["table"], entry["row"]): entry["messages"] for entry in self.world["sent"]}
        if row["rate"] and sent.get((table, row["name"]), 0) >= row["rate"]["messages"]:
            demand(precedence == "flash", "RTE-20")
            notes.add(ABOVE_RATE)

    # Task forces and exercises

    def judge_task_force(self):
        name, accord = self.header["task_force"], self.world["accord"]
        if name is None:
            return
        forces = accord["rules"]["task_forces"] if accord else []
        members = next((force["members"] for force in forces if force["name"] == name), None)
        demand(members is not None, "TSK-1")
        demand(self.sender in members, "TSK-2")
        others = [m for m in members if self.at_egress or agency_of(m) == self.own]
        demand(set(others) - {self.sender} <= self.addressed, "TSK-3")
        demand(all(desk in members for desk in self.actions), "TSK-4")

    def judge_exercise(self):
        if self.header["exercise"] is None:
            return
        agencies = {self.home} | {agency_of(desk) for desk in self.roles if self.is_judged(desk)}
        exercises = [self.exercise(agency) for agency in agencies]
        demand(None not in exercises, "EXR-1")
        demand(all(e["not_before"] <= self.now <= e["not_after"] for e in exercises), "EXR-2")
        demand(self.takes_part(self.sender), "EXR-3")
        demand(all(self.takes_part(desk) for desk in self.roles if self.is_judged(desk)), "EXR-4")

    # Handling

    def judge_handling(self, notes):
        header = self.header
        known = {message["digest"]: message for message in self.world["known"]}
        enclosed = [known[digest] for digest in header["encloses"] if digest in known]
        others = [message for message in enclosed if message["sender"] != self.sender]
        if len(enclosed) < len(header["encloses"]):
            demand(not self.at_egress, "HND-1")
            notes.add(GRANT_UNVERIFIED)  # HND-9
        demand(all(self.is_granted(message) for message in others), "HND-2")
        own = codes(header["marking"])
        marked = [pair for message in enclosed for pair in codes(message["marking"]).items()]
        demand(all(own.get(axis, 0) >= code for axis, code in marked), "HND-3")
        levels = [codes(message["marking"]).get(TLP, 0) for message in others]
        demand(all(level < RED for level in levels), "HND-4")
        goes_abroad = any(agency_of(desk) != self.home for desk in self.roles)
        demand(not goes_abroad or all(level < AMBER_STRICT for level in levels), "HND-5")
        asked = known.get(header["in_reply_to"])
        demand(asked is None or asked["status"] == header["status"], "HND-6")
        demand(all(message["status"] == header["status"] for message in enclosed), "HND-7")
        replaced = known.get(header["supersedes"])
        demand(replaced is None or replaced["sender"] == self.sender, "HND-8")

    def is_granted(self, message):  # HND-2
        agencies = {agency_of(desk) for desk in self.roles} - {agency_of(message["sender"])}
        return any(
            grant["claim"] == "granted"
            and grant.get("desk") == message["sender"]
            and grant["subject"] == message["digest"]
            and grant["use"] == "onward"
            and agencies <= set(grant["to"])
            and (grant.get("until") is None or self.now <= grant["until"])
            for grant in self.statements
        )

    # Release

    def releasers(self, release):
        """How many desks a row demands, and whether it names a desk."""
        if release == "superior" and (unit := self.superior_unit()) is not None:
            return 1, lambda desk: unit_of(desk) == unit
        if release == "gateway" and not self.is_gateway(self.sender):
            return 1, lambda desk: agency_of(desk) == self.home and self.is_gateway(desk)
        if release == "two-person":
            return 2, lambda desk: agency_of(desk) == self.home
        return 0, None

    def judge_release(self, rows):
        named = [s for s in self.statements if s.get("desk") is not None]
        releases = sorted(
            (s for s in named if s["claim"] == "released"), key=lambda s: (s["at"], s["desk"], PRECEDENCE.order(s["precedence"]))
        )
        objectors = {s["desk"] for s in named if s["claim"] == "release-refused"}
        let_go, lacking = [], []
        for row in rows:
            needed, names = self.releasers(row["release"])
            if not needed:
                continue
            able = {
                desk
                for desk in self.addressed - {self.sender}
                if names(desk) and self.has_authority(desk, "routine")
            }
            demand(len(able) >= needed, "REL-1")
            demand(not able & objectors, "REL-8")
            broken = [self.breach(release, names, rows) for release in releases]
            counted = [release for release, clause in zip(releases, broken) if clause is None]
            let_go += counted
            desks = len({release["desk"] for release in counted})
            if desks < needed:  # REL-9
                clause = next((clause for clause in broken if clause), None)
                lacking.append((clause or ("REL-7" if desks else "REL-2"), row["release_within"]))
        if not lacking:
            precedences = [release["precedence"] for release in let_go]
            effective = min(precedences or [self.header["precedence"]], key=PRECEDENCE.order)
            return {"verdict": "pass", "precedence": effective}  # REL-14
        clause = lacking[0][0]
        demand(self.at_egress, clause)
        within = min((within for _, within in lacking if within is not None), default=None)
        return {"verdict": "hold", "code": CODES[clause], "clause": clause, "within": within}

    def has_authority(self, desk, precedence):
        return any(
            authority["format"] == self.header["format"]
            and PRECEDENCE.order(authority["precedence"]) >= PRECEDENCE.order(precedence)
            for authority in self.entries.get(desk, {"authorities": ()})["authorities"]
        )

    def demanded(self, rows):
        """The releases that rows demand of this sender."""
        return {row["release"] for row in rows if self.releasers(row["release"])[0]}

    def breach(self, release, names, rows):
        """The first clause that a release breaks, or None."""
        desk, precedence = release["desk"], release["precedence"]
        if desk == self.sender:
            return "REL-3"
        if not (names(desk) and self.has_authority(desk, precedence)):
            return "REL-4"
        if desk not in self.addressed or agency_of(desk) != self.home:
            return "REL-5"
        if PRECEDENCE.order(precedence) > PRECEDENCE.order(self.header["precedence"]):
            try:
                above = self.judge_rows(precedence, set())
            except Refused:
                return "REL-6"
            if not self.demanded(above) <= self.demanded(rows):
                return "REL-6"
        return None


def codes(marking):
    return {entry["axis"]: entry["code"] for entry in marking}

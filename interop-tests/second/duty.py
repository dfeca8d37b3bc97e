"""Chapter duty: who stands behind a desk now."""

from encoding import (
    DAY,
    EXTENSIONS,
    HASH,
    TIME,
    Choice,
    Object,
    Option,
    Refused,
    Seq,
    Struct,
    Text,
    malformed,
)
from identity import agency_of, desk_text

HOURS, TAKEN, ABSENT = "hours", "taken", "absent"


def shift_rule(shift):
    if shift["from"] >= shift["until"]:
        raise malformed()


def hours_rule(hours):
    shifts = hours["shifts"]
    if any(later["from"] < earlier["until"] for earlier, later in zip(shifts, shifts[1:])):
        raise malformed()


def duty_rule(duty):
    agency, ((word, entry),) = agency_of(duty["desk"]), duty["entry"].items()
    if agency_of(duty["by"]) != agency:
        raise malformed()
    if word != HOURS and not 0 < entry["until"] - duty["issued"] <= 31 * DAY:
        raise malformed()
    deputy = entry.get("deputy")
    if deputy is not None and (deputy == duty["desk"] or agency_of(deputy) != agency):
        raise malformed()


SHIFT = Struct(("from", TIME), ("until", TIME), rule=shift_rule)
ENTRY = Choice(
    (HOURS, Struct(("zone", Text(64, 1)), ("shifts", Seq(SHIFT, 512, 1)), rule=hours_rule)),
    (TAKEN, Struct(("until", TIME))),
    (ABSENT, Struct(("until", TIME), ("deputy", Option(desk_text)), ("summary", Option(HASH)))),
)
DUTY = Object(
    26,
    16_384,
    Struct(
        ("desk", desk_text),
        ("by", desk_text),
        ("issued", TIME),
        ("entry", ENTRY),
        ("extensions", EXTENSIONS),
        rule=duty_rule,
    ),
)


def word_of(duty):
    """The word of a duty's entry: hours, taken or absent."""
    (word,) = duty["entry"]
    return word


# Staffed


class Duties:
    """What a directory holds of the desks: `held` maps (desk, word) to a duty."""

    def __init__(self):
        self.held = {}

    def entry(self, desk, word):
        duty = self.held.get((desk, word))
        return duty and duty["entry"][word]

    def holds(self, desk, at):  # DTY-8
        """The `taken` or `absent` in force."""
        both = [self.held[desk, word] for word in (TAKEN, ABSENT) if (desk, word) in self.held]
        duty = max(both, key=lambda duty: (duty["issued"], word_of(duty) == ABSENT), default=None)
        if duty is None or not duty["issued"] <= at <= duty["entry"][word_of(duty)]["until"]:
            return None
        return duty

    def staffing(self, desk, at):
        """The staffing of a desk, since when and until when."""
        if (duty := self.holds(desk, at)) is not None:
            word = word_of(duty)
            until = duty["entry"][word]["until"]
            return (ABSENT, duty["issued"], until) if word == ABSENT else ("staffed", None, until)
        hours = self.entry(desk, HOURS)
        shifts = hours["shifts"] if hours else []
        over = [shift["until"] for shift in shifts if shift["until"] <= at]
        since = over[-1] if over else None
        if len(over) == len(shifts):
            return "unknown", since, None
        shift = shifts[len(over)]
        if shift["from"] <= at:
            return "staffed", None, shift["until"]
        return "off-hours", since, shift["from"]

    def is_staffed(self, desk, at):  # DTY-10
        return self.staffing(desk, at)[0] not in (ABSENT, "off-hours")

    def deputy(self, desk, at):
        """The deputy that an absence in force names."""
        duty = self.holds(desk, at)
        return duty["entry"][ABSENT]["deputy"] if duty and word_of(duty) == ABSENT else None

    def stand_in(self, desk, at, deputies):  # DTY-11
        """`deputies` are those of the desk in the roster."""
        staffing = self.staffing(desk, at)[0]
        if staffing == "off-hours":
            return next((deputy for deputy in deputies if self.is_staffed(deputy, at)), None)
        seen = [desk]
        while staffing == ABSENT:
            desk = self.deputy(desk, at)
            if desk is None or desk in seen or len(seen) > 5:
                return None
            seen.append(desk)
            staffing = self.staffing(desk, at)[0]
        return desk if len(seen) > 1 else None

    def judge(self, duty, desks, now):
        """DTY-4 to DTY-6, as the relay of the desk's agency; `desks` are its roster's."""
        deputy = duty["entry"][ABSENT]["deputy"] if word_of(duty) == ABSENT else None
        if deputy is None:
            return
        if deputy not in desks:
            raise Refused("policy", "deputy-unknown")
        if not self.is_staffed(deputy, duty["issued"]):
            raise Refused("policy", "not-staffed")
        way = []
        while deputy is not None and deputy not in way:
            way.append(deputy)
            deputy = self.deputy(deputy, now)
        if duty["desk"] in way:
            raise Refused("policy", "deputy-cycle")

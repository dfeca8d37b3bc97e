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

    def keep(self, agency, desks):
        """Forgets the desks of an agency that its newest roster does not list."""
        for desk, word in list(self.held):
            if agency_of(desk) == agency and desk not in desks:
                del self.held[desk, word]

    def entry(self, desk, word):
        duty = self.held.get((desk, word))
        return duty and duty["entry"][word]

    def holds(self, desk, at):  # DTY-8
        """The `taken` or `absent` in force."""
        both = [self.held[desk, word] for word in (TAKEN, ABSENT) if (desk, word) in self.held]
        duty = max(both, key=lambda duty: (duty["issued"], word_of(duty) == ABSENT), default=None)
        if duty is None or not duty["issued"] <= at < duty["entry"][word_of(duty)]["until"]:
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
        if len(over) == len(shifts):
            return "unknown", None, None
        shift = shifts[len(over)]
        if shift["from"] <= at:
            return "staffed", None, shift["until"]
        return "off-hours", over[-1] if over else None, shift["from"]

    def is_staffed(self, desk, at):  # DTY-10
        return self.staffing(desk, at)[0] not in (ABSENT, "off-hours")

    def deputy(self, desk, at):
        """The deputy that an absence in force names."""
        duty = self.holds(desk, at)
        return duty["entry"][ABSENT]["deputy"] if duty and word_of(duty) == ABSENT else None

    def stand_in(self, desk, at, deputies):  # DTY-11
        """`deputies` gives those of a desk in the roster."""
        seen = [desk]
        while not self.is_staffed(desk, at) and len(seen) <= 4:
            desk = self.deputy_of(desk, at, deputies(desk))
            if desk is None or desk in seen:
                return None
            seen.append(desk)
        return desk if len(seen) > 1 and self.is_staffed(desk, at) else None

    def deputy_of(self, desk, at, deputies):
        """The deputy of a desk that is not staffed."""
        if self.staffing(desk, at)[0] == ABSENT:
            return self.deputy(desk, at)
        return next((deputy for deputy in deputies if self.is_staffed(deputy, at)), None)

    def judge(self, duty, desks):
        """DTY-4 to DTY-6, as the relay of the desk's agency; `desks` are its roster's."""
        deputy = duty["entry"][ABSENT]["deputy"] if word_of(duty) == ABSENT else None
        if deputy is None:
            return
        if deputy not in desks:
            raise Refused("policy", "deputy-unknown")
        way, issued = [deputy], duty["issued"]
        while (further := self.deputy(way[-1], issued)) is not None and further not in way:
            way.append(further)
        if duty["desk"] in way:
            raise Refused("policy", "deputy-cycle")
        if not self.is_staffed(deputy, issued):
            raise Refused("policy", "not-staffed")

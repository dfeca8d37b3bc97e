"""Chapter escalation: where silence leads, and what one relay watches of a message."""

from encoding import DURATION, U8, Option, Seq, Struct, Text
from identity import agency_of
from receipt import (
    CLOCKS,
    LAST,
    TRANSPORT,
    ended_by_others,
    enders,
    extensions,
    last_word,
    members,
)
from routing import Case, demand
from statement import holding, kept

NEVER = float("inf")
STEP = Struct(("number", U8), ("after", DURATION), ("to", Text()))
CHAIN = Struct(("head", Text()), ("steps", Seq(STEP)), ("at_once", Option(U8)))


# Chains


def chains(header, world, side, not_staffed):
    """The chains of one's own desks; `not_staffed` maps a desk to its stand-in or None."""
    if header["status"] == "test":  # ESC-17
        return []
    case = Case(header, [], world, side, None)
    heads = [desk for desk in case.actions if agency_of(desk) == case.own and case.is_judged(desk)]
    found = [chain_of(case, desk, not_staffed) for desk in heads]
    return [chain for chain in found if chain["steps"]]


def chain_of(case, head, not_staffed):
    row, at_once = deciding_row(case, head), None
    agreed = row["escalation"] if row else []
    steps = [
        {"number": number, "after": step["after"], "to": led_to(case, case.able(head, step["to"]))}
        for number, step in enumerate(agreed, 1)
    ]
    if case.header["precedence"] == "flash" and head in not_staffed:  # ESC-13
        stand_in = [not_staffed[head]] if case.may_stand_in(not_staffed[head], head) else []
        to = led_to(case, stand_in + case.able(head, "deputy"))
        if to is not None:
            at_once = next((n for n, step in enumerate(agreed, 1) if step["to"] == "deputy"), 0)
            steps = ([] if at_once else [{"number": 0, "after": 0}]) + steps
            steps[max(0, at_once - 1)]["to"] = to
    return {"head": head, "steps": [step for step in steps if step["to"]], "at_once": at_once}


def deciding_row(case, head):
    """The row of the accord across a border, of the house within, or None."""
    direction = case.direction(head)
    accord = case.world["accord"]
    table = (accord and accord["rules"]) if direction == "cross-border" else case.house_rules
    precedence, rows = case.header["precedence"], table["rows"] if table else []
    return next((row for row in rows if case.matches(row, direction, precedence)), None)


def led_to(case, able):
    return next((desk for desk in able if desk in case.roles), None)


# Watch


class Moment:
    """A time by the clock that is not moved, and what the wall clock says or will say."""

    def __init__(self, steady, wall):
        self.steady, self.wall = steady, wall

    def after(self, duration):
        return Moment(min(LAST, self.steady + duration), min(LAST, self.wall + duration))

    def when(self, wall):
        """The moment at which the wall clock, left alone from now on, says so."""
        return self.after(wall - self.wall)


class Chain:
    def __init__(self, head, steps, at_once):
        self.head, self.steps, self.at_once = head, steps, at_once
        self.responders = {head: 0}  # desk: from when, by the wall clock
        self.taken = []
        self.silence, self.counted = 0, 0

    def left(self):
        return [step for step in self.steps if step["number"] not in self.taken]


class Watch:
    """What one relay watches of one message."""

    def __init__(self, own, side, header, precedence, found):
        self.own, self.at_egress, self.header = own, side == "egress", header
        self.transport = TRANSPORT[precedence]
        self.desks = [addressee["desk"] for addressee in header["addressees"]]
        self.actions = [a["desk"] for a in header["addressees"] if a["role"] == "action"]
        self.chains = {chain["head"]: Chain(**chain) for chain in found}
        self.started = None
        self.begun = {}  # desk: moment
        self.statements = []
        self.now = Moment(0, 0)
        self.ended = set()  # desk, clock
        self.told = set()  # desk, clock

    def step(self, event):
        """What ran out before an event, and what is told after it."""
        now = Moment(event["at"], event.get("wall", event["at"]))
        effects = []
        due = self.next(self.now.steady)
        if due is not None and due < now.steady:  # ESC-6
            before = Moment(now.steady - 1, now.wall - 1)
            self.pass_until(before)
            effects += sorted(self.tell(before, now), key=self.place)
        self.pass_until(now)
        effects += sorted(self.apply(event, now) + self.tell(now, now), key=self.place)
        return [{word: fields} for word, fields in effects]

    def pass_until(self, now):
        for chain in self.chains.values():
            self.count(chain, now)
        self.now = now

    def place(self, effect):
        word, fields = effect
        return self.desks.index(fields["desk"]), word == "escalate"

    # Events

    def apply(self, event, now):
        if "start" in event:
            self.started = self.deferred(now)
            self.begin(self.own, now)
        if "relayed" in event:
            self.begin(event["relayed"], now)
            self.end(self.of(event["relayed"]), ["transport"])
        said = [s for s in event.get("said", ()) if s.entitled(self.header)]
        known = {statement.rank: statement for statement in [*self.statements, *said]}
        self.statements = [known[rank] for rank in sorted(known)]
        if any(statement.claim == "closed" for statement in said):
            self.end(self.desks, [*CLOCKS, "silence"])
        self.end(event.get("over", ()), [*CLOCKS, "silence"])
        if "expired" in event:  # ESC-5
            self.end(self.desks, ["silence"])
            self.end([desk for desk in self.desks if desk not in event["expired"]], CLOCKS)
        if "asked" in event:
            return self.ask(event["asked"], now)
        return []

    def of(self, agency):
        return [desk for desk in self.desks if agency_of(desk) == agency]

    def deferred(self, now):
        return now.when(max(now.wall, self.header["not_before"] or 0))

    def begin(self, agency, now):
        for addressee in self.header["addressees"]:
            if addressee["role"] == "action" and agency_of(addressee["desk"]) == agency:
                self.begun.setdefault(addressee["desk"], self.deferred(now))

    def end(self, desks, clocks):
        self.ended.update((desk, clock) for desk in desks for clock in clocks)

    def ask(self, asked, now):
        chain, by = self.chains.get(asked["desk"]), asked["by"]
        left = chain.left() if self.started and chain and not self.is_over(chain) else []
        numbers = [step["number"] for step in left]
        step = numbers[0] if numbers and asked["step"] is None else asked["step"]
        demand(step in numbers, "ESC-22")
        if by == self.header["sender"]:
            begun = self.begun.get(chain.head)
            silent = begun is not None and begun.steady <= now.steady
            demand(silent and chain.silence >= (self.header["acknowledge_within"] or 0), "ESC-21")
        else:
            demand(by in chain.responders, "ESC-23")
        return [self.take(chain, left[numbers.index(step)], "asked", now)]

    # Clocks

    def clocks(self):
        """The clocks that run, or have run out: desk, clock and when it is due."""
        for addressee in self.header["addressees"] if self.at_egress else ():
            desk, role = addressee["desk"], addressee["role"]
            dues = {"transport": None, "acknowledge": None, "answer": None}
            if role != "standby" and agency_of(desk) != self.own and self.started:
                dues["transport"] = self.started.after(self.transport)
            if role == "action" and desk in self.begun:
                if self.header["acknowledge_within"] is not None:
                    dues["acknowledge"] = self.begun[desk].after(self.header["acknowledge_within"])
                dues["answer"] = self.answer_due(desk)
            for clock, due in dues.items():
                if due and not self.is_ended(desk, clock):
                    yield desk, clock, due

    def is_ended(self, desk, clock):
        by_word = clock != "transport" and self.is_ended_by_word(desk, clock)
        return by_word or (desk, clock) in self.ended

    def is_ended_by_word(self, desk, clock):
        statements = kept(self.statements)
        if enders(clock, desk, statements):
            return True
        since = self.members(desk)
        return bool(ended_by_others(clock, desk, since, statements, self.answer_due_at))

    def members(self, head):  # RCP-11
        """The desks of a chain, by the steps taken here and by the `escalated` of others."""
        since, chain = members(head, self.statements), self.chains.get(head)
        for desk, at in chain.responders.items() if chain else ():
            since[desk] = min(at, since.get(desk, at))
        return since

    def answer_due(self, desk):  # ESC-4
        if desk not in self.begun or self.header["answer_within"] is None:
            return None
        dues = [self.begun[desk].after(self.header["answer_within"])]
        for statement in extensions(desk, self.statements):
            dues.append(self.now.when(statement.fields["until"]))
        return max(dues, key=lambda due: due.steady)

    def answer_due_at(self, desk):  # RCP-12
        """When the answer of a desk of a chain is due, by the wall clock, or None."""
        if desk in self.actions:
            due = self.answer_due(desk)
            return None if due is None else due.wall
        within = self.header["answer_within"]
        led = [since[desk] for since in map(self.members, self.actions) if desk in since]
        return None if within is None else min(LAST, min(led) + within)

    def tell(self, now, signed):
        """What is due and was not told; `signed` is when the steps are signed."""
        effects = []
        for desk, clock, due in self.clocks():
            if due.steady <= now.steady and (desk, clock) not in self.told:
                self.told.add((desk, clock))
                effects.append(("overdue", {"desk": desk, "clock": clock, "due": due.wall}))
        for chain in self.chains.values():
            while found := self.due_step(chain, now):
                effects.append(self.take(chain, *found, signed))
        return effects

    # Steps

    def is_over(self, chain):  # ESC-16
        by = {s.signer["desk"] for s in self.statements if s.claim == "answered"}
        return not by.isdisjoint(chain.responders) or (chain.head, "silence") in self.ended

    def silent_from(self, chain):
        """From when none of the responders has an acknowledgement in force."""
        ends = [self.begun[chain.head].steady]
        for desk in chain.responders:
            due, statements = self.answer_due(desk), kept(self.statements)
            word = last_word(desk, statements)
            if word and word.claim == "acknowledged":
                ends += [self.lapses(statement, due) for statement in holding(desk, statements)]
        return max(ends)

    def lapses(self, statement, due):  # RCP-2
        if self.header["answer_within"] is None:
            return NEVER
        until = statement.fields["until"]
        ends = [due] if due else []
        ends += [self.now.when(until)] if until is not None else []
        return min((end.steady for end in ends), default=NEVER)

    def count(self, chain, now):  # ESC-10
        if chain.head in self.begun and not self.is_over(chain):
            silent = max(chain.counted, self.silent_from(chain))
            chain.silence += max(0, now.steady - silent)
        chain.counted = now.steady

    def due_step(self, chain, now):
        """A step that is due, and its cause."""
        left = chain.left()
        if not left or self.is_over(chain) or chain.head not in self.begun:
            return None
        if self.begun[chain.head].steady > now.steady:
            return None
        if at_once := self.step_at_once(chain):
            return at_once
        due = [step for step in left if step["after"] <= chain.silence]
        return (due[0], "silence") if due else None

    def step_at_once(self, chain):
        """A step that waits for no silence, and its cause."""
        left = chain.left()
        by_number = {step["number"]: step for step in left}
        if chain.at_once in by_number:
            return by_number[chain.at_once], "not-staffed"
        statements = kept(self.statements)
        words = [last_word(desk, statements) for desk in chain.responders]  # ESC-12
        referred_to = [word.fields["to"] for word in words if word and word.claim == "referred"]
        if referred := [step for step in left if step["to"] in referred_to]:
            return referred[0], "referred"
        if all(word and word.claim != "acknowledged" for word in words):
            return left[0], "declined"
        return None

    def take(self, chain, step, cause, now):
        chain.taken.append(step["number"])
        since = chain.responders.get(step["to"], now.wall)
        chain.responders[step["to"]] = min(since, now.wall)
        self.begun.setdefault(step["to"], now)
        fields = {"desk": chain.head, "step": step["number"], "to": step["to"], "cause": cause}
        return "escalate", fields

    def next(self, now):
        """When something is due next, by the clock that is not moved, or None."""
        times = [due.steady for desk, clock, due in self.clocks() if (desk, clock) not in self.told]
        for chain in self.chains.values():
            if chain.head in self.begun and chain.left() and not self.is_over(chain):
                begin = self.begun[chain.head].steady
                after = min(step["after"] for step in chain.left()) - chain.silence
                is_to_begin = begin > now and self.step_at_once(chain) is not None
                times.append(begin if is_to_begin else max(now, self.silent_from(chain)) + after)
        earliest = min(times, default=NEVER)
        return None if earliest == NEVER else min(LAST, earliest)


def watch(own, side, header, precedence, found, events):
    """The effects of each event, and when something is due after the last one."""
    watching = Watch(own, side, header, precedence, found)
    effects = [watching.step(event) for event in events]
    return {"effects": effects, "next": watching.next(events[-1]["at"]) if events else None}

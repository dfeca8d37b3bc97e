"""Chapter receipt: what the addressees have said, and how the clocks stand."""

from encoding import DAY, MINUTE
from identity import agency_of
from statement import holding, kept, promise, state_of, valid

HOUR = 60 * MINUTE
TRANSPORT = {"flash": 2 * MINUTE, "immediate": 15 * MINUTE, "priority": HOUR, "routine": 8 * HOUR}
CLOCKS = ("transport", "acknowledge", "answer")
WORDS = ("acknowledged", "declined", "referred")
FOR_OTHERS = {"acknowledge": ("acknowledged", "answered"), "answer": ("answered",)}  # RCP-11
LAST = 2**64 - 1  # no time is later (ENC-11)


def receipt(header, subject, statements, now):
    """The receipt of each addressee, from a set of statements with good signatures."""
    ordered = valid(header, subject, statements)
    found = {}
    for named in header["addressees"]:
        found[named["desk"]] = Addressee(named, header, ordered, found)
    return [addressee.shown(now) for addressee in found.values()]


def effective_precedence(header, ordered):  # REL-14, as the egress relay has signed it
    released = [s for s in ordered if s.claim == "released" and s.signer["desk"] is None]
    return released[0].fields["precedence"] if released else header["precedence"]


def last_word(desk, ordered):
    """The last word of a desk, of the statements that are kept, or None."""
    words = [s for s in ordered if s.claim in WORDS and s.signer["desk"] == desk]
    return words[-1] if words else None


def enders(clock, desk, ordered):
    """What ends the clock acknowledge or answer of a desk (chapter escalation, Clocks)."""
    claims = ("answered", *WORDS) if clock == "acknowledge" else ("answered",)
    ending = [s for s in ordered if s.claim in claims and s.signer["desk"] == desk]
    word = last_word(desk, ordered)
    if clock == "answer" and word and word.claim == "declined":
        ending.append(word)
    return sorted(ending, key=lambda statement: statement.rank)


def members(head, ordered):  # RCP-11
    """The desks of the chain of a head, each with the time from which it is in it."""
    since = {head: 0}
    for statement in ordered:
        if statement.claim == "escalated" and statement.fields["desk"] == head:
            since.setdefault(statement.fields["to"], statement.at)
    return since


def ended_by_others(clock, desk, since, ordered, answer_due):  # RCP-11
    """From when words of others in a chain end a clock of a desk.

    `since` is of its members, and `answer_due` says when the answer of one is due, or None.
    """
    times = []
    for statement in ordered:
        by = statement.signer["desk"]
        if statement.claim in FOR_OTHERS[clock] and by != desk and by in since:
            both = max(since[desk], since[by])
            if statement.claim == "answered" or counts(statement, both, ordered, answer_due(by)):
                times.append(max(statement.at, both))
    return times


def counts(acknowledgement, both, ordered, answer_due):  # RCP-12
    """Whether one that is kept counts for another desk; `both` is from when both are in a chain.

    `answer_due` is of the desk that acknowledged.
    """
    by, until = acknowledgement.signer, acknowledgement.fields["until"]
    of_desk = [s for s in ordered if s.signer["desk"] == by["desk"]]
    later = [s for s in of_desk if s.claim in WORDS and s.rank > acknowledgement.rank]
    if any(word.claim != "acknowledged" for word in later):
        return False
    if until is not None and until < max(acknowledgement.at, both):
        return False
    if acknowledgement.at > both:
        return True
    renewed = any(word.signer["key"] == by["key"] and word.at <= both for word in later)
    return not renewed and (answer_due is None or both <= answer_due)


def may_extend(header, extended):  # ESC-24
    ahead = extended.fields["until"] - extended.at
    return header["answer_within"] is not None and 0 < ahead <= 365 * DAY


def extensions(desk, statements):
    """The `extended` that move the answer clock of a desk."""
    return [s for s in statements if s.claim == "extended" and s.fields["desk"] == desk]


def in_force_until(acknowledgement, header, answer_due):  # RCP-2
    """When an acknowledgement that holds lapses, or None: never."""
    if header["answer_within"] is None:
        return None
    ends = (acknowledgement.fields["until"], answer_due)
    return min((end for end in ends if end is not None), default=None)


class Addressee:
    """One addressee; `found` are those of the message by their desks, itself among them."""

    def __init__(self, addressee, header, ordered, found):
        self.desk, self.role, self.found = addressee["desk"], addressee["role"], found
        self.header, self.all, self.ordered = header, ordered, kept(ordered)
        self.state = state_of(self.desk, header, self.ordered)
        self.begin = self.begins()
        self.due = {
            "transport": self.transport_due(),
            "acknowledge": self.after_begin("acknowledge_within"),
            "answer": self.answer_due(),
        }

    def said(self, *claims):
        """The statements of the desk of these claims, in order."""
        return [s for s in self.ordered if s.claim in claims and s.signer["desk"] == self.desk]

    # Time

    def proof_at(self, rung):
        return next((proof["at"] for proof in self.state["proofs"] if proof["rung"] == rung), None)

    def begins(self):
        if self.role == "action":
            return self.not_before(self.proof_at("relayed"))
        led = [s.at for s in self.ordered if s.claim == "escalated" and s.fields["to"] == self.desk]
        return led[0] if led else None

    def not_before(self, at):
        return None if at is None else max(at, self.header["not_before"] or 0)

    def after_begin(self, within):
        absent = self.begin is None or self.header[within] is None
        return None if absent else min(LAST, self.begin + self.header[within])

    def answer_due(self):  # RCP-6
        due = self.after_begin("answer_within")
        untils = [s.fields["until"] for s in extensions(self.desk, self.ordered)]
        return None if due is None else max([due, *untils])

    def transport_due(self):  # RCP-7
        if agency_of(self.desk) == agency_of(self.header["sender"]) or self.role == "standby":
            return None
        released = [s.at for s in self.ordered if s.claim == "released" and s.signer["desk"] is None]
        begin = self.not_before(released[0] if released else self.proof_at("accepted"))
        precedence = effective_precedence(self.header, self.ordered)
        return None if begin is None else min(LAST, begin + TRANSPORT[precedence])

    def chains(self):  # RCP-11
        """The chains whose words end the clocks of the desk, as their members."""
        steps = [s.fields for s in self.ordered if s.claim == "escalated"]
        heads = {step["desk"] for step in steps if step["to"] == self.desk}
        return [
            members(head, self.ordered)
            for head in ([self.desk] if self.role == "action" else heads)
        ]

    def ended_by_others(self, clock):  # RCP-11
        """From when a word of another desk counts in each of the chains, or None."""

        def answer_due(desk):
            return self.found[desk].due["answer"]

        firsts = []
        for since in self.chains():
            times = ended_by_others(clock, self.desk, since, self.ordered, answer_due)
            firsts.append(min(times, default=None))
        return None if None in firsts else max(firsts, default=None)

    def ended_at(self, clock):
        """When a clock ends, of several times the earliest, or None."""
        if clock == "transport":
            agency = agency_of(self.desk)
            of_agency = [s for s in self.ordered if s.signer["agency"] == agency]
            times = [s.at for s in of_agency if s.claim in ("relayed", "refused")]
        else:
            times = [s.at for s in enders(clock, self.desk, self.ordered)]
            by_others = self.ended_by_others(clock)
            times += [] if by_others is None else [by_others]
        return min(times, default=None)

    def is_overdue(self, clock, now):
        due = self.due[clock]
        if due is None or now <= due or self.is_closed():
            return False
        problem = self.state["problem"]
        if problem and problem["problem"] in ("refused", "cancelled", "expired", "held"):
            return False
        if clock == "transport":
            return self.state["rung"] in ("queued", "accepted")
        return self.ended_at(clock) is None

    def is_late(self, clock):  # RCP-8
        due, ended_at = self.due[clock], self.ended_at(clock)
        return due is not None and ended_at is not None and ended_at > due

    # Standing

    def is_closed(self):
        return any(s.claim == "closed" for s in self.ordered)

    def standing(self, now):
        if self.said("answered"):
            return "answered"
        if self.is_closed():
            return "closed"
        word = last_word(self.desk, self.ordered)
        if word and word.claim != "acknowledged":
            return word.claim
        held = holding(self.desk, self.ordered)
        ends = [in_force_until(s, self.header, self.due["answer"]) for s in held]
        if any(end is None or now <= end for end in ends):
            return "acknowledged"
        if held:
            return "lapsed"
        acknowledged = [s for s in self.all if s.claim == "acknowledged"]
        return "retracted" if any(s.signer["desk"] == self.desk for s in acknowledged) else "waiting"

    def asked_until(self):
        untils = [s.fields["until"] for s in self.said("extension-asked")]
        latest, due = max(untils, default=None), self.due["answer"]
        return latest if latest is None or due is None or latest > due else None

    def shown(self, now):
        word = last_word(self.desk, self.ordered)
        overdue = [s for s in self.ordered if s.claim == "overdue" and s.fields["desk"] == self.desk]
        told = {statement.fields["clock"] for statement in overdue}
        steps = [s for s in self.ordered if s.claim == "escalated" and s.fields["desk"] == self.desk]
        return {
            "desk": self.desk,
            "standing": self.standing(now),
            "begin": self.begin,
            **{f"{clock}_due": self.due[clock] for clock in CLOCKS},
            "promise": promise(self.desk, self.ordered),
            "asked_until": self.asked_until(),
            "referred_to": word.fields["to"] if word and word.claim == "referred" else None,
            "overdue": [clock for clock in CLOCKS if self.is_overdue(clock, now)],
            "told": [clock for clock in CLOCKS if clock in told],
            "late": [clock for clock in CLOCKS if self.is_late(clock)],
            "steps": [
                {**{name: s.fields[name] for name in ("step", "to", "cause")}, "at": s.at}
                for s in sorted(steps, key=lambda s: (s.fields["step"], *s.rank))
            ],
        }

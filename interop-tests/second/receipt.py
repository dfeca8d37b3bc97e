"""Chapter receipt: what the addressees have said, and how the clocks stand."""

from encoding import DAY, MINUTE
from identity import agency_of
from statement import holding, kept, promise, state_of, valid

HOUR = 60 * MINUTE
TRANSPORT = {"flash": 2 * MINUTE, "immediate": 15 * MINUTE, "priority": HOUR, "routine": 8 * HOUR}
CLOCKS = ("transport", "acknowledge", "answer")
WORDS = ("acknowledged", "declined", "referred")
LAST = 2**64 - 1  # no time is later (ENC-11)


def receipt(header, subject, statements, now):
    """The receipt of each addressee, from a set of statements with good signatures."""
    ordered = valid(header, subject, statements)
    return [Addressee(named, header, ordered).shown(now) for named in header["addressees"]]


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


def chains_of(ordered):  # RCP-11
    """By head, the desks of each chain and since when they are in it."""
    chains = {}
    for statement in ordered:
        if statement.claim == "escalated":
            head, to = statement.fields["desk"], statement.fields["to"]
            chains.setdefault(head, {head: 0}).setdefault(to, statement.at)
    return chains


def met_by_others(clock, desk, role, chains, ordered):  # RCP-11
    """When other desks of its chains have ended a clock of a desk."""
    times = []
    for head, since in chains.items():
        if desk not in since or (role == "action" and head != desk):
            continue
        for statement in ordered:
            by = statement.signer["desk"]
            if by == desk or by not in since:
                continue
            at = max(statement.at, since[by], since[desk])
            if statement.claim == "answered":
                times.append(at)
            elif statement.claim == "acknowledged" and clock == "acknowledge":
                until = statement.fields["until"]
                times += [at] if until is None or at <= until else []
    return times


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
    def __init__(self, addressee, header, ordered):
        self.desk, self.role = addressee["desk"], addressee["role"]
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

    def met(self, clock):
        """When what ends a clock was said."""
        if clock != "transport":
            own = [s.at for s in enders(clock, self.desk, self.ordered)]
            chains = chains_of(self.ordered)
            return own + met_by_others(clock, self.desk, self.role, chains, self.ordered)
        agency = agency_of(self.desk)
        of_agency = [s for s in self.ordered if s.signer["agency"] == agency]
        return [s.at for s in of_agency if s.claim in ("relayed", "refused")]

    def is_overdue(self, clock, now):
        due = self.due[clock]
        if due is None or now <= due or self.is_closed():
            return False
        problem = self.state["problem"]
        if problem and problem["problem"] in ("refused", "cancelled", "expired", "held"):
            return False
        if clock == "transport":
            return self.state["rung"] in ("queued", "accepted")
        return not self.met(clock)

    def is_late(self, clock):  # RCP-8
        due, met = self.due[clock], self.met(clock)
        return due is not None and bool(met) and min(met) > due

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

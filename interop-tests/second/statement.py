"""Chapter statement: receipts, refusals and the state of a message."""

from crypto import aead_open, aead_seal, ed25519_verify, hkdf_expand, key_identifier, label
from encoding import (
    BOOL,
    EXTENSIONS,
    HASH,
    IDENTIFIER,
    MINUTE,
    SIGNED,
    TIME,
    U16,
    U64,
    U8,
    Bytes,
    Choice,
    Object,
    Option,
    Refused,
    Seq,
    Struct,
    Text,
    Words,
    malformed,
    object_hash,
    to_be_signed,
)
from envelope import ROSTER_NUMBER, WRAP, message_prk
from identity import agency_of, agency_text, desk_text
from rules import MARKING, PRECEDENCE

JUDGED = Struct(
    ("accord", Option(HASH)),
    ("rosters", Seq(ROSTER_NUMBER, 17, by=["agency"])),
    ("notes", Seq(U16, 16, by=True)),
)


def signer_rule(signer):
    if signer["desk"] is not None and agency_of(signer["desk"]) != signer["agency"]:
        raise malformed("STA-1")


SIGNER = Struct(
    ("agency", agency_text),
    ("desk", Option(desk_text)),
    ("key", IDENTIFIER),
    rule=signer_rule,
)


def rewrap_rule(rewrapped):
    if rewrapped["wrap"]["position"] != 255:
        raise malformed()


REMARK = ("remark", Option(Bytes(1056)))
LOGGED = Struct(("leaf", U64), ("judged", JUDGED))
CAUSE = Words("silence", "declined", "referred", "not-staffed", "asked")
CLOCK = Words("transport", "acknowledge", "answer")
CLAIM = Choice(
    ("accepted", LOGGED),
    ("relayed", LOGGED),
    ("delivered", Struct()),
    ("opened", Struct()),
    ("acknowledged", Struct(("until", Option(TIME)), REMARK)),
    ("answered", Struct(("answer", HASH))),
    ("unreadable", Struct(("stage", U8))),
    ("refused", Struct(("code", U16), ("clause", Text(16)), ("first", Option(HASH)))),
    ("expired", Struct(("desk", desk_text))),
    ("cancelled", Struct()),
    ("released", Struct(("precedence", PRECEDENCE), REMARK)),
    ("release-refused", Struct(("reason", U16), REMARK)),
    ("held", Struct(("clause", Text(16)), ("due", Option(TIME)), ("late", BOOL))),
    ("rewrapped", Struct(("wrap", WRAP), rule=rewrap_rule)),
    (
        "granted",
        Struct(
            ("use", Words("onward", "judicial")),
            ("to", Seq(agency_text, 16, 1, by=True)),
            ("until", Option(TIME)),
        ),
    ),
    ("reclassified", Struct(("marking", Seq(MARKING, 8, by=["axis"])))),
    ("escalated", Struct(("desk", desk_text), ("step", U8), ("to", desk_text), ("cause", CAUSE))),
    (
        "overdue",
        Struct(
            ("sender", desk_text),
            ("desk", desk_text),
            ("clock", CLOCK),
            ("precedence", PRECEDENCE),
            ("due", TIME),
        ),
    ),
    ("declined", Struct(("ground", U16), REMARK)),
    ("referred", Struct(("to", desk_text), REMARK)),
    ("retracted", Struct(("acknowledgement", HASH), REMARK)),
    ("extension-asked", Struct(("until", TIME), REMARK)),
    ("extended", Struct(("desk", desk_text), ("until", TIME))),
    ("reminded", Struct(("desks", Seq(desk_text, 32, 1, by=True)))),
    ("escalation-asked", Struct(("desk", desk_text), ("step", Option(U8)))),
    ("closed", Struct(REMARK)),
)
STATEMENT = Object(
    34,
    4_096,
    Struct(
        ("subject", HASH),
        ("at", TIME),
        ("signer", SIGNER),
        ("claim", CLAIM),
        ("extensions", EXTENSIONS),
    ),
)

RELAY_CLAIMS = ("accepted", "relayed", "refused", "expired", "held", "escalated", "overdue")
CLAIMS = [word for word, _ in CLAIM.variants]


class Statement:
    """A decoded statement, its one signature and its hash."""

    def __init__(self, data):
        signed = SIGNED.decode(data)
        if len(signed["signatures"]) != 1:
            raise malformed()
        self.inner = signed["object"]
        self.value = STATEMENT.decode(self.inner)
        (self.signature,) = signed["signatures"]
        self.signer = self.value["signer"]
        if self.signature["key"] != self.signer["key"]:
            raise malformed("STA-1")
        ((self.claim, self.fields),) = self.value["claim"].items()
        self.at, self.subject = self.value["at"], self.value["subject"]
        self.hash = object_hash(self.inner)
        self.rank = self.at, self.hash  # STA-11, STA-18, RCP-2

    def verify(self, entries, now):
        """`entries` are (agency, desk or None, key), as the rosters list them."""
        keys = [
            key
            for agency, desk, key in entries
            if (agency, desk) == (self.signer["agency"], self.signer["desk"])
            and key_identifier(key) == self.signer["key"]
        ]
        if not keys:
            raise Refused("trust", "STA-1")
        if not ed25519_verify(keys[0], to_be_signed(self.inner), self.signature["signature"]):
            raise Refused("signature", "signature-invalid")
        if self.at > now + 5 * MINUTE:  # STA-7
            raise Refused("freshness", "STA-7")

    def entitled(self, header):  # STA-2
        agency, desk = self.signer["agency"], self.signer["desk"]
        own = agency_of(header["sender"])
        desks = [addressee["desk"] for addressee in header["addressees"]]
        agencies = [agency_of(desk) for desk in desks]
        if self.claim == "cancelled":
            return agency == own if desk is None else desk == header["sender"]
        if self.claim == "released":
            return agency == own and (desk is None or desk in desks)
        if (self.claim in RELAY_CLAIMS) != (desk is None):
            return False
        if self.claim in ("accepted", "held"):
            return agency == own
        if self.claim == "relayed":
            return agency != own and agency in agencies
        if self.claim == "refused":
            return agency == own or agency in agencies
        if self.claim == "expired":
            named = self.fields["desk"]
            return named in desks and agency in (own, agency_of(named))
        if self.claim in ("granted", "reclassified", "closed"):
            return desk == header["sender"]
        if self.claim == "extended":
            is_action = {"desk": self.fields["desk"], "role": "action"} in header["addressees"]
            return desk == header["sender"] and is_action
        if self.claim == "reminded":
            return desk == header["sender"] and set(self.fields["desks"]) <= set(desks)
        if self.claim in ("escalated", "escalation-asked"):
            return self.escalates(header, desks)
        if self.claim == "overdue":
            names_sender = self.fields["sender"] == header["sender"]
            return agency == own and names_sender and self.fields["desk"] in desks
        if self.claim == "release-refused":
            return agency == own and desk in desks
        if self.claim == "rewrapped":
            place = self.fields["wrap"]["addressee"]
            return place <= len(desks) and desk in (header["sender"], [header["sender"], *desks][place])
        if self.claim == "delivered" and desk == header["sender"]:
            return True
        return desk in desks

    def escalates(self, header, desks):
        head, desk = self.fields["desk"], self.signer["desk"]
        if {"desk": head, "role": "action"} not in header["addressees"]:
            return False
        if self.claim == "escalated":
            to = self.fields["to"]
            is_at_home = self.signer["agency"] == agency_of(head) == agency_of(to)
            return is_at_home and to in desks and to != head
        return desk == header["sender"] or (desk in desks and self.signer["agency"] == agency_of(head))


# Remark

REMARK_SIZES = (128, 256, 512, 1024)


def remark_key(status, content_key, salt, signer, claim):
    prk = message_prk(status, content_key)
    info = label(status, "remark") + b"\0" + salt + signer + bytes([claim])
    return hkdf_expand(prk, info, 32)


def remark_seal(status, subject, content_key, signer, claim, officer, text, salt):
    if "\n" in officer + text:  # STA-8
        raise Refused("form", "STA-8")
    line = f"{officer}\n{text}".encode()
    for size in REMARK_SIZES:
        if size >= 2 + len(line):
            plain = (len(line).to_bytes(2, "big") + line).ljust(size, b"\0")
            break
    else:
        raise Refused("form", "STA-8")
    key = remark_key(status, content_key, salt, signer, claim)
    return salt + aead_seal(key, bytes(12), subject, plain)


def remark_open(status, subject, content_key, signer, claim, remark):
    """Officer and text."""
    salt, sealed = remark[:16], remark[16:]
    key = remark_key(status, content_key, salt, signer, claim)
    plain = aead_open(key, bytes(12), subject, sealed)
    if plain is None:
        raise Refused("body", "body")
    length = int.from_bytes(plain[:2], "big")
    line, zeros = plain[2 : 2 + length], plain[2 + length :]
    smallest = next((size for size in REMARK_SIZES if size >= 2 + length), None)
    if len(plain) != smallest or any(zeros):
        raise Refused("body", "body")
    try:
        officer, text = line.decode("utf-8").split("\n")
    except ValueError:  # not UTF-8, or not two lines
        raise Refused("body", "body")
    return officer, text


# Rungs

NOT_YET_READABLE = 7  # registry, notes
RUNGS = ("accepted", "relayed", "delivered", "opened", "acknowledged", "answered")


def valid(header, subject, statements):
    """Those that count, in order of (at, hash), of statements with good signatures."""
    entitled = [s for s in statements if s.subject == subject and s.entitled(header)]
    return sorted({s.hash: s for s in entitled}.values(), key=lambda s: s.rank)


def track(header, subject, statements):
    """The state of each addressee, from a set of statements with good signatures."""
    ordered = kept(valid(header, subject, statements))
    return [state_of(addressee["desk"], header, ordered) for addressee in header["addressees"]]


# Acknowledgements (chapter receipt, Words)


def kept(statements):  # RCP-1
    """All but the acknowledgements that their desk has taken back."""
    taken_back = {
        (statement.signer["desk"], statement.fields["acknowledgement"])
        for statement in statements
        if statement.claim == "retracted"
    }
    return [
        statement
        for statement in statements
        if statement.claim != "acknowledged"
        or (statement.signer["desk"], statement.hash) not in taken_back
    ]


def holding(desk, ordered):  # RCP-2
    """The acknowledgements of a desk that hold, of those that are kept."""
    of_desk = [s for s in ordered if s.claim == "acknowledged" and s.signer["desk"] == desk]
    return list({statement.signer["key"]: statement for statement in of_desk}.values())


def promise(desk, ordered):  # RCP-3, STA-19
    untils = [statement.fields["until"] for statement in holding(desk, ordered)]
    return max((until for until in untils if until is not None), default=None)


def state_of(desk, header, ordered):
    agency, own = agency_of(desk), agency_of(header["sender"])
    is_held = any(statement.claim == "held" for statement in ordered)

    def proves(statement, rung):
        by = statement.signer
        if rung == "relayed" and agency == own:
            if is_held:
                return statement.claim == "released" and by["desk"] is None
            rung = "accepted"
        if statement.claim != rung:
            return False
        return rung == "accepted" or (by["agency"] == agency if rung == "relayed" else by["desk"] == desk)

    proofs = {}
    for rung in RUNGS:
        for statement in ordered:
            if proves(statement, rung):
                proofs[rung] = statement
                break
    needed = ("accepted", "relayed", "delivered")
    return {
        "desk": desk,
        "rung": list(proofs)[-1] if proofs else "queued",
        "proofs": [
            {"rung": rung, "at": proof.at, "by": proof.signer, "statement": proof.hash}
            for rung, proof in proofs.items()
        ],
        "problem": problem_of(desk, header, ordered, proofs, proves),
        "until": promise(desk, ordered),
        "complete": all(rung in proofs for rung in needed),
    }


def problem_of(desk, header, ordered, proofs, proves):
    concerned = (agency_of(header["sender"]), agency_of(desk))
    relays = [s for s in ordered if s.signer["desk"] is None]
    held = [s.fields for s in relays if s.claim == "held"]
    let_go = any(s.claim == "released" for s in relays)
    may_have_it = held and agency_of(desk) == agency_of(header["sender"])  # STA-26
    for statement in ordered:  # STA-13, STA-18
        if statement.claim == "refused" and statement.signer["agency"] in concerned:
            if any(rung in proofs for rung in RUNGS[1:]) and (let_go or not may_have_it):
                return {"problem": "contradiction"}
            return {
                "problem": "refused",
                "code": statement.fields["code"],
                "clause": statement.fields["clause"],
                "by": statement.signer,
            }
    if any(s.claim == "cancelled" and s.signer["desk"] is None for s in ordered):  # STA-22, STA-23
        abroad = agency_of(desk) != agency_of(header["sender"]) and "relayed" in proofs
        if abroad or (not may_have_it and any(rung in proofs for rung in RUNGS[2:])):
            return {"problem": "contradiction"}
        return {"problem": "cancelled"}
    for statement in ordered:
        if statement.claim == "expired" and statement.fields["desk"] == desk:
            if "delivered" not in proofs:
                return {"problem": "expired"}
    if held and not let_go:  # REL-18: late is said last
        return {"problem": "held", **held[-1]}
    for statement in ordered:
        if statement.claim == "unreadable" and statement.signer["desk"] == desk:
            if not any(
                proves(other, rung) and other.signer["key"] != statement.signer["key"]
                for other in ordered
                for rung in RUNGS[3:]
            ):
                return {"problem": "unreadable", "stage": statement.fields["stage"]}
    if not any(rung in proofs for rung in RUNGS[2:]):
        receipt = "accepted" if concerned[0] == concerned[1] else "relayed"
        for statement in relays:
            if statement.claim == receipt and statement.signer["agency"] == concerned[1]:
                if NOT_YET_READABLE in statement.fields["judged"]["notes"]:
                    return {"problem": "not-yet-readable"}
    return None

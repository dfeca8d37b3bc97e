"""The adapter of spec/adapter.md: one case a line, one verdict a line."""

import hashlib
import json
import re
import sys

import accord
import admission
import channel
import crypto
import definitions
import directory
import duty
import encoding
import envelope
import escalation
import form
import house
import identity
import receipt
import routing
import rules
import session
import statement
from encoding import Refused, malformed

OPERATIONS = {}


def operation(name):
    def register(function):
        OPERATIONS[name] = function
        return function

    return register


# Values of cases


def raw(value):
    """Bytes of a case: hexadecimal, a run, or a list of these."""
    if isinstance(value, list):
        return b"".join(map(raw, value))
    if isinstance(value, dict):
        return bytes.fromhex(value["repeat"]) * value["count"]
    return bytes.fromhex(value)


def plain(value):
    """A result as JSON: bytes in hexadecimal, great integers in decimal."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: plain(content) for name, content in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(content) for content in value]
    if isinstance(value, int) and not isinstance(value, bool) and value > 2**53:
        return str(value)
    return value


def given(kind, value):
    """A value of the type from its form in a case."""
    if isinstance(kind, encoding.Option):
        return None if value is None else given(kind.inner, value)
    if isinstance(kind, encoding.Seq):
        return [given(kind.inner, item) for item in value]
    if isinstance(kind, encoding.Struct):
        return {name: given(inner, value[name]) for name, inner in kind.fields if name in value}
    if isinstance(kind, encoding.Choice):
        ((word, content),) = value.items()
        return {word: given(dict(kind.variants)[word], content)}
    if isinstance(kind, (encoding.Bytes, encoding.Fixed)):
        return raw(value)
    if isinstance(kind, encoding.Text) and not isinstance(value, str):
        try:
            return raw(value).decode("utf-8")
        except UnicodeDecodeError:
            raise malformed()
    if hasattr(kind, "bits"):
        return int(value)
    return value


# encoding

KINDS = {
    kind.kind: kind
    for kind in (
        encoding.SIGNED,
        identity.CHARTER,
        identity.ROSTER,
        house.HOUSE,
        identity.PREKEYS,
        identity.SUSPENSION,
        accord.ACCORD,
        identity.INVITATION,
        identity.ENROLMENT,
        identity.ROTATION,
        duty.DUTY,
        envelope.ENVELOPE,
        envelope.HEADER,
        rules.TABLE,
        statement.STATEMENT,
        form.FORM,
        session.FRAME,
    )
}
NAMED = {
    "bool": encoding.BOOL,
    "bytes": encoding.Bytes(),
    "duration": encoding.DURATION,
    "extensions": encoding.EXTENSIONS,
    "string": encoding.Text(),
    "time": encoding.TIME,
    "u8": encoding.U8,
    "u16": encoding.U16,
    "u32": encoding.U32,
    "u64": encoding.U64,
}


class Tags(encoding.Words):
    """An enumeration that shows its tags."""

    def read(self, source):
        return int(super().read(source))

    def order(self, value):
        return value


def type_named(text):
    if text in NAMED:
        return NAMED[text]
    if match := re.fullmatch(r"\[u8; (\d+)\]", text):
        return encoding.Fixed(int(match[1]))
    if match := re.fullmatch(r"option (?:of )?(.+)", text):
        return encoding.Option(type_named(match[1]))
    if match := re.fullmatch(r"seq (?:of )?(.+), sorted", text):
        return encoding.Seq(type_named(match[1]), by=True)
    if match := re.fullmatch(r"seq (?:of )?(.+)", text):
        return encoding.Seq(type_named(match[1]))
    if match := re.fullmatch(r"structure of (.+)", text):
        names = match[1].split(", ")
        return encoding.Struct(*((str(n), type_named(name)) for n, name in enumerate(names)))
    if match := re.fullmatch(r"enumeration of (.+)", text):
        return Tags(*match[1].split(", "))
    raise NotImplementedError(text)


def listed(kind, value):
    """Structures and sequences as lists."""
    if value is None:
        return None
    if isinstance(kind, encoding.Option):
        return listed(kind.inner, value)
    if isinstance(kind, encoding.Seq):
        return [listed(kind.inner, item) for item in value]
    if isinstance(kind, encoding.Struct):
        return [listed(inner, value[name]) for name, inner in kind.fields]
    return value


@operation("encoding-varint")
def encoding_varint(case):
    kind = {"u16": encoding.U16, "u32": encoding.U32, "u64": encoding.U64}[case["type"]]
    return {"value": encoding.exactly(kind, raw(case["bytes"]))}


@operation("encoding-value")
def encoding_value(case):
    kind = type_named(case["type"])
    return {"value": listed(kind, encoding.exactly(kind, raw(case["bytes"])))}


@operation("encoding-object")
def encoding_object(case):
    data = raw(case["bytes"])
    if case["kind"] not in KINDS:
        raise NotImplementedError
    value = KINDS[case["kind"]].decode(data)
    if case["kind"] != encoding.SIGNED.kind:
        return {"hash": encoding.object_hash(data)}
    inner = value["object"]
    if len(inner) < 2:
        raise malformed()
    if inner[1] not in KINDS or inner[1] == encoding.SIGNED.kind:
        raise malformed("kind")
    KINDS[inner[1]].decode(inner)
    return {"inner": inner[1], "hash": encoding.object_hash(inner)}


# envelope


@operation("header-decode")
def header_decode(case):
    return {"header": envelope.HEADER.decode(raw(case["header"]))}


@operation("envelope-decode")
def envelope_decode(case):
    return {"envelope": envelope.decode_envelope(raw(case["envelope"]))[0]}


@operation("envelope-digest")
def envelope_digest(case):
    parts, header = envelope.decode_envelope(raw(case["envelope"]))
    return {
        "digest": envelope.envelope_digest(parts, header),
        "header_hash": envelope.header_hash(header["status"], parts["header"]),
        "wrap_hashes": envelope.wrap_hashes(parts),
    }


@operation("padding")
def padding(case):
    if "padded" in case:
        return {"form": envelope.unpad(raw(case["padded"]))}
    padded = envelope.pad(raw(case["form"]))
    return {"padded_bytes": len(padded), "padded_sha256": hashlib.sha256(padded).digest()}


@operation("envelope-seal")
def envelope_seal(case):
    made = envelope.seal(
        given(envelope.HEADER.structure, case["header"]),
        given(form.FORM.structure, case["form"]),
        [
            {
                "addressee": reader["addressee"],
                "device": raw(reader["device"]),
                "prekey": int(reader["prekey"]),
                "key": raw(reader["key"]),
            }
            for reader in case["readers"]
        ],
        raw(case["signing_seed"]),
        raw(case["rng"]),
    )
    return {"envelope": made.pop("envelope"), "digest": made["digest"], "trace": made}


@operation("envelope-open")
def envelope_open(case):
    filled, content_key, digest = envelope.open_envelope(
        raw(case["envelope"]),
        [raw(key) for key in case["sender_keys"]],
        raw(case["device"]),
        {int(prekey["id"]): raw(prekey["seed"]) for prekey in case["prekeys"]},
        given(envelope.WRAP, case["wrap"]) if case.get("wrap") is not None else None,
    )
    return {"form": filled, "content_key": content_key, "digest": digest}


# crypto


@operation("crypto-key-id")
def crypto_key_id(case):
    key, algorithm = raw(case["key"]), case["algorithm"]
    importable = {"ed25519": crypto.ed25519_importable, "x25519": crypto.x25519_importable}
    if not importable[algorithm](key):
        raise malformed("public-key")
    return {"id": crypto.key_identifier(key, algorithm)}


@operation("crypto-ed25519-verify")
def crypto_ed25519_verify(case):
    if not crypto.ed25519_verify(raw(case["key"]), raw(case["message"]), raw(case["signature"])):
        raise Refused("signature", "signature-invalid")
    return {}


@operation("crypto-x25519")
def crypto_x25519(case):
    public = raw(case["public"])
    if not crypto.x25519_importable(public):
        raise malformed("public-key")
    shared = crypto.x25519(raw(case["secret"]), public)
    if shared is None:
        raise malformed("CRY-3")
    return {"shared": shared}


@operation("crypto-xwing-import")
def crypto_xwing_import(case):
    key = raw(case["key"])
    if not crypto.xwing_importable(key):
        raise malformed("public-key")
    return {"key": key}


@operation("crypto-xwing-public")
def crypto_xwing_public(case):
    return {"key": crypto.xwing_public(raw(case["seed"]))}


@operation("crypto-wrap-seal")
def crypto_wrap_seal(case):
    key = raw(case["key"])
    if not crypto.xwing_importable(key):
        raise Refused("unwrap", "public-key")
    rng = raw(case["rng"])
    return {"sealed": crypto.hpke_seal(key, raw(case["info"]), raw(case["content_key"]), rng)}


@operation("crypto-wrap-open")
def crypto_wrap_open(case):
    content_key = crypto.hpke_open(raw(case["seed"]), raw(case["info"]), raw(case["sealed"]))
    if content_key is None:
        raise Refused("unwrap", "unwrap")
    return {"content_key": content_key}


@operation("crypto-label")
def crypto_label(case):
    return {"label": crypto.label(case["status"], case["purpose"])}


# identity and accord


OPERATIONS["identity-key-id"] = crypto_key_id


@operation("identity-address")
def identity_address(case):
    kinds = {"agency": identity.agency_text, "unit": identity.unit_text, "desk": identity.desk_text}
    text = kinds[case["kind"]].judge(case["text"])
    out = {"agency": identity.agency_of(text)}
    return {**out, "unit": identity.unit_of(text)} if case["kind"] == "desk" else out


@operation("identity-invitation")
def identity_invitation(case):
    if "text" in case:
        return {"fields": identity.INVITATION.decode(identity.invitation_bytes(case["text"]))}
    fields = given(identity.INVITATION.structure, case["fields"])
    return {"text": identity.invitation_text(identity.INVITATION.encode(fields))}


@operation("identity-enrolment")
def identity_enrolment(case):
    secret = raw(case["secret"])
    if "request" in case:
        fields = identity.enrolment(raw(case["request"]), secret)
        mark = identity.device_fingerprint(fields["key"], fields["hop_key"])
        fields.pop("proof")
        return {"fields": fields, "fingerprint": crypto.fingerprint(mark)}
    fields = given(identity.ENROLMENT.structure, case["fields"])
    names = ("desk", "key", "hop_key")
    fields["proof"] = identity.enrolment_proof(secret, *(fields[name] for name in names))
    return {"request": identity.ENROLMENT.encode(fields)}


def with_directory(function):
    """For an operation on objects that a directory holds and receives."""

    def answer(case):
        own = directory.Directory(case["agency"], raw(case["root"]))
        now = int(case["now"])
        for data in case["held"]:
            own.receive(raw(data), int(case["held_since"]))
        for data in case["objects"]:
            own.receive(raw(data), now, case.get("judged", False))
        return function(own, case, now)

    return answer


@operation("identity-charter")
@with_directory
def identity_charter(held, case, now):
    charter = held.newest_charter(case["agency"])
    return {"number": charter["number"], "hash": charter.hash}


@operation("identity-roster")
@with_directory
def identity_roster(held, case, now):
    number = int(case["number"]) if case.get("number") is not None else None
    roster, standing = held.roster(case["agency"], int(case.get("at", now)), number)
    return {"number": roster["number"], "hash": roster.hash, "standing": standing}


@operation("identity-house")
@with_directory
def identity_house(held, case, now):
    house = held.house
    out = {"number": house["number"], "hash": house.hash} if house else {}
    return {**out, "superiors": held.superiors(case["unit"])} if "unit" in case else out


@operation("identity-prekeys")
@with_directory
def identity_prekeys(held, case, now):
    if "at" not in case:
        return {}
    prekey, stale = held.prekey_for(raw(case["device"]), int(case["at"]))
    return {"prekey": prekey["id"], "stale": stale}


@operation("identity-suspension")
@with_directory
def identity_suspension(held, case, now):
    return {"barred": held.barred(case["agency"], raw(case["device"]), int(case.get("at", now)))}


@operation("identity-rotation")
@with_directory
def identity_rotation(held, case, now):
    return {"pending": sorted(held.rotations)}


@operation("accord")
@with_directory
def accord_(held, case, now):
    at = int(case.get("at", now))
    if case.get("accord") is None:
        in_force, pending = held.accord_lists(at)
        return {"in_force": in_force, "pending": pending}
    agreed, standing = held.accord_standing(raw(case["accord"]), at)
    marking = [{"axis": axis, "code": code} for axis, code in case.get("marking") or []]
    held.judge_marking(agreed, marking)
    return {"number": agreed["number"], "standing": standing}


@operation("duty")
@with_directory
def duty_(held, case, now):
    desk, at = case["desk"], int(case["at"])
    staffing, since, until = held.duties.staffing(desk, at)
    stand_in = held.duties.stand_in(desk, at, held.deputies)
    return {"staffing": staffing, "since": since, "until": until, "stand_in": stand_in}


@operation("admit")
def admit(case):
    held, at = directory.Directory(case["agency"], raw(case["root"])), int(case["applied_at"])
    for data in case["objects"] + case["later"]:
        held.receive(raw(data), at)
    judged = admission.judge(held, case["side"], raw(case["envelope"]), int(case["now"]))
    return {"judged": judged}


# routing


def given_header(value):
    """A header of which a case gives what makes a difference."""
    absent = {
        name: [] if isinstance(kind, encoding.Seq) else None
        for name, kind in envelope.HEADER.structure.fields
    }
    return {**absent, **given(envelope.HEADER.structure, value)}


@operation("routing-decide")
def routing_decide(case):
    return routing.decide(
        given_header(case["header"]),
        given(encoding.Seq(routing.STATEMENT), case["statements"]),
        given(routing.WORLD, case),
        case["side"],
        int(case["now"]),
    )


def given_terms(value):
    """What of an accord judges a rule table."""
    return {
        "parties": value["parties"],
        "formats": value["formats"],
        "ceiling": given(encoding.Seq(rules.MARKING), value["ceiling"]),
        "lifetime": int(value["lifetime"]),
    }


@operation("rules-check")
def rules_check(case):
    framework = None
    if case.get("framework") is not None:
        framework = {
            "rules": given(rules.TABLE.structure, case["framework"]["rules"]),
            "accord": given_terms(case["framework"]["accord"]),
        }
    accord = given_terms(case["accord"]) if case["of"] == "accord" else None
    rules.check(given(rules.TABLE.structure, case["rules"]), accord, framework)
    return {}


@operation("rules-decode")
def rules_decode(case):
    table = rules.TABLE.decode(raw(case["rules"]))
    return {"rules": {name: table[name] for name in ("framework", "rows", "task_forces")}}


# escalation and receipt


@operation("escalation-chains")
def escalation_chains(case):
    header, world = given_header(case["header"]), given(routing.WORLD, case)
    not_staffed = {entry["desk"]: entry["stand_in"] for entry in case["not_staffed"]}
    return {"chains": escalation.chains(header, world, case["side"], not_staffed)}


def given_event(event):
    times = {name: int(event[name]) for name in ("at", "wall") if name in event}
    said = [statement.Statement(raw(data)) for data in event.get("said", ())]
    return {**event, **times, "said": said}


@operation("escalation-watch")
def escalation_watch(case):
    return escalation.watch(
        case["own"],
        case["side"],
        given_header(case["header"]),
        case["precedence"],
        given(encoding.Seq(escalation.CHAIN), case["chains"]),
        [given_event(event) for event in case["events"]],
    )


@operation("escalation-extension")
def escalation_extension(case):
    header = envelope.HEADER.decode(raw(case["header"]))
    routing.demand(receipt.may_extend(header, statement.Statement(raw(case["statement"]))), "ESC-24")
    return {}


def given_statements(case):
    return [statement.Statement(raw(data)) for data in case["statements"]]


@operation("receipt")
def receipt_(case):
    header, subject = envelope.HEADER.decode(raw(case["header"])), raw(case["subject"])
    return {"addressees": receipt.receipt(header, subject, given_statements(case), int(case["now"]))}


# form


@operation("form-decode")
def form_decode(case):
    return {"form": form.FORM.decode(raw(case["form"]))}


def given_definitions(case):
    return [tuple(case.get(member, ())) for member in ("formats", "groups", "codes")]


@operation("form-check")
def form_check(case):
    known = definitions.extended(*given_definitions(case))
    return {"doubts": form.check(raw(case["form"]), known)}


@operation("form-definition-hash")
def form_definition_hash(case):
    known = definitions.edition()
    if "toml" in case:
        _, groups, codes = given_definitions(case)
        known = definitions.Definitions([case["toml"]], groups, codes)
        ((key, definition),) = known.formats.items()
    else:
        key = case["format"], case["version"]
        if key not in known.formats:
            raise Refused("form", "format-unknown")
        definition = known.formats[key]
    shown = {name: definition[name] for name in ("format", "version", "word")}
    return {**shown, "definition": known.hashes[key]}


# statement


def flat(value, word):
    """A choice as one object, with its word among its fields."""
    ((name, fields),) = value.items()
    return {word: name, **fields}


@operation("statement-decode")
def statement_decode(case):
    decoded = statement.Statement(raw(case["statement"]))
    shown = {**decoded.value, "claim": flat(decoded.value["claim"], "claim")}
    return {"statement": shown, "hash": decoded.hash}


@operation("statement-verify")
def statement_verify(case):
    decoded = statement.Statement(raw(case["statement"]))
    entries = [(entry["agency"], entry["desk"], raw(entry["key"])) for entry in case["entries"]]
    decoded.verify(entries, int(case["now"]))
    return {"hash": decoded.hash}


@operation("statement-entitled")
def statement_entitled(case):
    header = envelope.HEADER.decode(raw(case["header"]))
    if not statement.Statement(raw(case["statement"])).entitled(header):
        raise Refused("policy", "statement-not-entitled")
    return {}


def remark_place(case):
    return (
        case["status"],
        raw(case["subject"]),
        raw(case["content_key"]),
        raw(case["signer"]),
        case["claim"],
    )


@operation("remark-seal")
def remark_seal(case):
    words = [case[name] if isinstance(case[name], str) else raw(case[name]).decode() for name in ("officer", "text")]
    return {"remark": statement.remark_seal(*remark_place(case), *words, raw(case["rng"]))}


@operation("remark-open")
def remark_open(case):
    officer, text = statement.remark_open(*remark_place(case), raw(case["remark"]))
    return {"officer": officer, "text": text}


@operation("track")
def track(case):
    header, subject = envelope.HEADER.decode(raw(case["header"])), raw(case["subject"])
    return {"addressees": statement.track(header, subject, given_statements(case))}


# session


@operation("frame-decode")
def frame_decode(case):
    return {"frame": session.shown(session.FRAME.decode(raw(case["frame"])))}


@operation("session")
def session_(case):
    machine = session.Session(case["own"], case["peer"])
    return {"events": [machine.step(step, raw) for step in case["steps"]]}


# channel


@operation("channel-prologue")
def channel_prologue(case):
    return {"prologue": channel.prologue(raw(case["alpn"]), raw(case["exporter"]))}


@operation("channel-handshake")
def channel_handshake(case):
    sends, peer, hashed, first, second = channel.handshake(
        case["role"],
        raw(case["static"]),
        raw(case["ephemeral"]),
        raw(case["prologue"]),
        [raw(message) for message in case["receives"]],
        raw(case["responder_static"]) if "responder_static" in case else None,
    )
    return {
        "sends": sends,
        "peer_static": peer,
        "handshake_hash": hashed,
        "trace": {"initiator_to_responder": first, "responder_to_initiator": second},
    }


@operation("channel-record")
def channel_record(case):
    peer = {"initiator": "responder", "responder": "initiator"}[case["sender"]]
    key = raw(case[f"{case['sender']}_to_{peer}"])
    place = key, int(case["stream_id"]), int(case["counter"])
    if case["action"] == "seal":
        records = [(record["type"], raw(record["payload"])) for record in case["records"]]
        return {"stream": channel.seal_records(*place, records)}
    records = channel.open_records(*place, raw(case["stream"]))
    return {"records": [{"type": kind, "payload": payload} for kind, payload in records]}


@operation("frame-stream")
def frame_stream(case):
    return {"frames": channel.frames_of([raw(p) for p in case["payloads"]], case["frame_bytes_max"])}


def verdict(case):
    known = OPERATIONS.get(case["op"])
    if known is None:
        return {"unsupported": True}
    try:
        return {"ok": plain(known({**case["shared"], **case["in"]}))}
    except NotImplementedError:
        return {"unsupported": True}
    except Refused as refused:
        return {"err": {"stage": refused.stage, "reason": refused.reason}}


def main():
    sys.stdout.reconfigure(encoding="utf-8")
    sys.stdin.reconfigure(encoding="utf-8")
    line = answer = None
    for count, line in enumerate(sys.stdin, 1):
        answer = verdict(json.loads(line))
        print(json.dumps(answer), flush=True)
    if line is not None and count == 1 and "unsupported" in answer:
        sys.exit(127)


if __name__ == "__main__":
    main()

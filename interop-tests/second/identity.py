"""Chapter identity: addresses and the objects that say who an agency is."""

import base64
import re

from crypto import (
    ed25519_importable,
    hkdf_expand,
    hkdf_extract,
    key_identifier,
    public_key,
    sha256,
    x25519_importable,
    xwing_importable,
)
from encoding import (
    DAY,
    DURATION,
    EXTENSIONS,
    HASH,
    IDENTIFIER,
    TIME,
    U16,
    U32,
    U64,
    U8,
    Fixed,
    Object,
    Option,
    Refused,
    Seq,
    Struct,
    Text,
    Within,
    malformed,
)

ED25519 = Fixed(32, public_key(ed25519_importable))
X25519 = Fixed(32, public_key(x25519_importable))
XWING = Fixed(1216, public_key(xwing_importable))

# Addresses

LABEL = r"(?:[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?)"
AGENCY = LABEL + r"\.[a-z]{2}"
UNIT = LABEL + r"\." + AGENCY
DESK = LABEL + "@" + UNIT


def grammar(pattern):  # IDN-1, IDN-30
    compiled = re.compile(pattern)

    def check(text):
        if not compiled.fullmatch(text):
            raise malformed()

    return check


label_text = Text(check=grammar(LABEL))
agency_text = Text(check=grammar(AGENCY))
unit_text = Text(check=grammar(UNIT))
desk_text = Text(check=grammar(DESK))


def agency_of(address):
    """The agency of a unit or desk."""
    return ".".join(address.split("@")[-1].split(".")[-2:])


def unit_of(desk):
    return desk.split("@")[1]


def check_network_address(text):  # IDN-31
    host, colon, port = text.rpartition(":")
    good = (
        len(text) <= 255
        and colon
        and re.fullmatch(r"[1-9][0-9]{0,4}", port)
        and int(port) <= 65535
        and (re.fullmatch(r"[a-z0-9.-]+", host) or ipv6_in_brackets(host))
    )
    if not good:
        raise malformed()


def ipv6_in_brackets(host):
    import ipaddress

    if not (host.startswith("[") and host.endswith("]")):
        return False
    try:
        ipaddress.IPv6Address(host[1:-1])
    except ValueError:
        return False
    return "%" not in host


network_addresses = Seq(Text(check=check_network_address), 8, 1)


# Charter

KEYS = dict(inner=ED25519, most=8, by=True)


def charter_rule(charter):
    if not 1 <= charter["threshold"] <= len(charter["root_keys"]):
        raise malformed()
    if (charter["previous"] is None) != (charter["number"] == 0):  # IDN-2
        raise malformed()


CHARTER = Object(
    16,
    8_192,
    Struct(
        ("agency", agency_text),
        ("number", Within(U32, 0, 1023)),
        ("previous", Option(HASH)),
        ("issued", TIME),
        ("threshold", U8),
        ("root_keys", Seq(least=1, **KEYS)),
        ("roster_keys", Seq(least=1, **KEYS)),
        ("accord_keys", Seq(least=1, **KEYS)),
        ("log_keys", Seq(**KEYS)),
        ("extensions", EXTENSIONS),
        rule=charter_rule,
    ),
)

# Roster

RELAY = Struct(
    ("name", label_text),
    ("hop_key", X25519),
    ("statement_key", ED25519),
    ("addresses", network_addresses),
)
AUTHORITY = Struct(("format", U16), ("precedence", Within(U8, 0, 3)))
DEVICE = Struct(("key", ED25519), ("hop_key", X25519), ("enrolled", TIME))
DESK_ENTRY = Struct(
    ("desk", desk_text),
    ("authorities", Seq(AUTHORITY, 64, by=["format"])),
    ("superior", Option(desk_text)),
    ("deputies", Seq(desk_text, 4)),
    ("devices", Seq(DEVICE, 16, by=["key"])),
)
REVOCATION = Struct(("key", IDENTIFIER), ("at", TIME))


def exercise_rule(exercise):
    if not 0 < exercise["not_after"] - exercise["not_before"] <= 90 * DAY:
        raise malformed()


EXERCISE = Struct(
    ("id", IDENTIFIER),
    ("name", Text(64, 1)),
    ("not_before", TIME),
    ("not_after", TIME),
    ("participants", Seq(desk_text, 256, 1, by=True)),
    rule=exercise_rule,
)


def roster_rule(roster):
    agency = roster["agency"]
    if roster["number"] < 1 or (roster["previous"] is None) != (roster["number"] == 1):
        raise malformed()
    if not 0 < roster["not_after"] - roster["issued"] <= 400 * DAY:
        raise malformed()
    if any(agency_of(unit) != agency for unit in roster["gateways"]):
        raise malformed()
    if any(agency_of(entry["desk"]) != agency for entry in roster["desks"]):
        raise malformed()
    keys = [(relay["statement_key"], "ed25519") for relay in roster["relays"]]
    keys += [(relay["hop_key"], "x25519") for relay in roster["relays"]]
    for entry in roster["desks"]:
        for device in entry["devices"]:
            keys += [(device["key"], "ed25519"), (device["hop_key"], "x25519")]
    if len({key for key, _ in keys}) != len(keys):  # IDN-8
        raise malformed()
    revoked = {revocation["key"] for revocation in roster["revoked"]}
    if any(key_identifier(*key) in revoked for key in keys):  # IDN-8
        raise malformed()
    for exercise in roster["exercises"]:
        if any(agency_of(desk) != agency for desk in exercise["participants"]):
            raise malformed()
    chain_rule(roster["desks"])


def chain_rule(desks):  # IDN-39, and what the table says of superior and deputies
    superior = {entry["desk"]: entry["superior"] for entry in desks}
    for entry in desks:
        desk, deputies = entry["desk"], entry["deputies"]
        if desk in deputies or len(set(deputies)) != len(deputies):
            raise malformed()
        if not set(deputies) <= set(superior):
            raise malformed("IDN-39")
    sound = {None}
    for desk in superior:
        way = []
        while desk not in sound:
            if desk in way or desk not in superior:
                raise malformed("IDN-39")
            way.append(desk)
            desk = superior[desk]
        sound.update(way)


ROSTER = Object(
    17,
    1_048_576,
    Struct(
        ("agency", agency_text),
        ("number", U64),
        ("previous", Option(HASH)),
        ("charter", HASH),
        ("issued", TIME),
        ("not_after", TIME),
        ("grace", Within(DURATION, 0, 90 * DAY)),
        ("gateways", Seq(unit_text, 8, 1, by=True)),
        ("relays", Seq(RELAY, 8, 1, by=["name"])),
        ("desks", Seq(DESK_ENTRY, 4096, by=["desk"])),
        ("revoked", Seq(REVOCATION, 4096, by=["key"])),
        ("exercises", Seq(EXERCISE, 16, by=["id"])),
        ("extensions", EXTENSIONS),
        rule=roster_rule,
    ),
)

# Prekeys

WEEK = 7 * DAY


def prekey_rule(prekey):
    if prekey["id"] != prekey["not_before"] // WEEK:
        raise malformed()
    if prekey["not_after"] - prekey["not_before"] != WEEK:
        raise malformed()


PREKEY = Struct(
    ("id", U32),
    ("key", XWING),
    ("not_before", TIME),
    ("not_after", TIME),
    rule=prekey_rule,
)
PREKEYS = Object(
    19,
    16_384,
    Struct(
        ("desk", desk_text),
        ("device", IDENTIFIER),
        ("issued", TIME),
        ("prekeys", Seq(PREKEY, 9, 1, by=["id"])),
    ),
)

# Suspension and rotation


def suspension_rule(suspension):
    for desk in (suspension["desk"], suspension["by"]):
        if agency_of(desk) != suspension["agency"]:
            raise malformed()


SUSPENSION = Object(
    20,
    1_024,
    Struct(
        ("agency", agency_text),
        ("device", IDENTIFIER),
        ("desk", desk_text),
        ("by", desk_text),
        ("reason", U16),
        ("at", TIME),
        rule=suspension_rule,
    ),
)


def rotation_rule(rotation):  # IDN-24: the keys differ
    if key_identifier(rotation["key"]) == rotation["old"]:
        raise malformed()


ROTATION = Object(
    24,
    1_024,
    Struct(
        ("desk", desk_text),
        ("old", IDENTIFIER),
        ("key", ED25519),
        ("hop_key", X25519),
        ("at", TIME),
        rule=rotation_rule,
    ),
)

# Getting in


def invitation_rule(invitation):
    if agency_of(invitation["desk"]) != invitation["agency"]:
        raise malformed()


INVITATION = Object(
    22,
    1_024,
    Struct(
        ("agency", agency_text),
        ("root", HASH),
        ("addresses", network_addresses),
        ("relay_key", X25519),
        ("desk", desk_text),
        ("expires", TIME),
        ("secret", Fixed(16)),
        rule=invitation_rule,
    ),
)
ENROLMENT = Object(
    23,
    1_024,
    Struct(("desk", desk_text), ("key", ED25519), ("hop_key", X25519), ("proof", Fixed(32))),
)


def invitation_text(data):  # IDN-25
    return "est1" + base64.b32encode(data + sha256(data)[:4]).decode().rstrip("=").lower()


def invitation_bytes(text):
    text = re.sub(r"[ \t\r\n-]", "", text).lower()
    if not re.fullmatch(r"est1[a-z2-7]*", text):
        raise malformed()
    body = text[4:]
    try:
        data = base64.b32decode((body + "=" * (-len(body) % 8)).upper())
    except ValueError:
        raise malformed()
    if len(data) < 4 or sha256(data[:-4])[:4] != data[-4:] or invitation_text(data[:-4]) != text:
        raise malformed()
    return data[:-4]


def enrolment_proof(secret, desk, key, hop_key):  # IDN-26
    prk = hkdf_extract(b"estafette/1/enrol", secret)
    return hkdf_expand(prk, b"proof\0" + desk.encode() + b"\0" + key + hop_key, 32)


def device_fingerprint(key, hop_key):  # IDN-28
    return sha256(b"estafette/1/device\0" + key + hop_key)


def enrolment(data, secret):
    """The fields of an enrolment request, if its proof is good (IDN-26)."""
    request = ENROLMENT.decode(data)
    if enrolment_proof(secret, request["desk"], request["key"], request["hop_key"]) != request["proof"]:
        raise Refused("signature", "invitation-unknown")
    return request

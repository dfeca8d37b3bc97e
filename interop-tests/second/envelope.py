"""Chapter envelope: header, wraps and body; digest, sealing, opening."""

from crypto import (
    aead_open,
    aead_seal,
    ed25519_importable,
    ed25519_public,
    ed25519_sign,
    ed25519_verify,
    hkdf_expand,
    hkdf_extract,
    hpke_open,
    hpke_seal,
    key_identifier,
    label,
    sha256,
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
    Bytes,
    Fixed,
    Object,
    Option,
    Refused,
    Seq,
    Struct,
    Text,
    Within,
    Words,
    malformed,
)
from form import FORM
from identity import agency_of, agency_text, desk_text
from rules import MARKING, PRECEDENCE, STATUS

# Header

ADDRESSEE = Struct(("desk", desk_text), ("role", Words("action", "info", "standby")))
ROSTER_NUMBER = Struct(("agency", agency_text), ("number", U64))
ATTACHMENT = Struct(("hash", HASH), ("bytes", U64))


def header_rule(header):
    created, expires = header["created"], header["expires"]
    if header["suite"] != 1:
        raise malformed("suite-unknown")
    if not 0 < expires - created <= 30 * DAY:
        raise malformed("ENV-1")
    if all(addressee["role"] != "action" for addressee in header["addressees"]):
        raise malformed("ENV-2")
    if header["not_before"] is not None and not created <= header["not_before"] <= expires:
        raise malformed("ENV-3")
    if (header["exercise"] is not None) != (header["status"] == "exercise"):
        raise malformed("ENV-4")
    own = agency_of(header["sender"])
    others = {agency_of(addressee["desk"]) for addressee in header["addressees"]} - {own}
    if (header["accord"] is not None) != bool(others):
        raise malformed("ENV-5")
    if {entry["agency"] for entry in header["rosters"]} != others:
        raise malformed("ENV-7")
    if header["body_bytes"] - 16 not in SIZE_CLASSES:
        raise malformed("ENV-14")


SIZE_CLASSES = [256 << n for n in range(8)] + [32_768 * n for n in range(2, 16)]

HEADER = Object(
    33,
    16_384,
    Struct(
        ("suite", U16),
        ("status", STATUS),
        ("reference", Fixed(16)),
        ("sender", desk_text),
        ("sender_key", IDENTIFIER),
        ("addressees", Seq(ADDRESSEE, 64, 1, by=["desk"], reason="ENV-2")),
        ("format", U16),
        ("format_version", U16),
        ("precedence", PRECEDENCE),
        ("marking", Seq(MARKING, 8, by=["axis"], reason="ENV-6")),
        ("in_reply_to", Option(HASH)),
        ("supersedes", Option(HASH)),
        ("encloses", Seq(HASH, 8, by=True)),
        ("accord", Option(HASH)),
        ("roster", HASH),
        ("rosters", Seq(ROSTER_NUMBER, 16, by=["agency"], reason="ENV-7")),
        ("created", TIME),
        ("not_before", Option(TIME)),
        ("expires", TIME),
        ("acknowledge_within", Option(Within(DURATION, 0, 30 * DAY))),
        ("answer_within", Option(Within(DURATION, 0, 365 * DAY))),
        ("attachments", Seq(ATTACHMENT, 32, by=["hash"])),
        ("retention", Option(DURATION)),
        ("exercise", Option(IDENTIFIER)),
        ("task_force", Option(Text(64, 1))),
        ("exception", Option(U16)),
        ("body_bytes", U32),
        ("commitment", HASH),
        ("extensions", EXTENSIONS),
        rule=header_rule,
    ),
)

# Envelope

WRAP = Struct(
    ("position", U8),
    ("addressee", U8),
    ("device", IDENTIFIER),
    ("prekey", U32),
    ("sealed", Fixed(1168)),
)


def envelope_rule(envelope):  # ENV-9
    count = len(envelope["wraps"]) + len(envelope["withheld"])
    if not 1 <= count <= 256:
        raise malformed("ENV-9")
    if any(wrap["position"] >= count for wrap in envelope["wraps"]):
        raise malformed("ENV-9")


ENVELOPE = Object(
    32,
    524_288,
    Struct(
        ("header", Bytes()),
        ("signature", Fixed(64)),
        ("wraps", Seq(WRAP, by=["position"], reason="ENV-9")),
        ("withheld", Seq(HASH)),
        ("body", Bytes()),
        rule=envelope_rule,
    ),
)


def decode_envelope(data):
    """Envelope and header."""
    envelope = ENVELOPE.decode(data)
    header = HEADER.decode(envelope["header"])
    if len(envelope["body"]) != header["body_bytes"]:
        raise malformed("ENV-14")
    for wrap in envelope["wraps"]:
        desk_of(wrap, header)
    return envelope, header


def desk_of(wrap, header):
    if wrap["addressee"] > len(header["addressees"]):
        raise malformed("ENV-9")
    if wrap["addressee"] == 0:
        return header["sender"]
    return header["addressees"][wrap["addressee"] - 1]["desk"]


# Digest and signature


def wrap_hash(wrap):
    return sha256(b"estafette/1/wrap\0" + WRAP.write(wrap))


def wrap_hashes(envelope):
    """The hashes of all wraps, in order of position."""
    present = {wrap["position"]: wrap_hash(wrap) for wrap in envelope["wraps"]}
    withheld = iter(envelope["withheld"])
    count = len(present) + len(envelope["withheld"])
    return [present[n] if n in present else next(withheld) for n in range(count)]


def header_hash(status, header):
    return sha256(label(status, "header") + b"\0" + header)


def digest_of(status, hh, body, hashes):
    return sha256(
        label(status, "envelope")
        + b"\0"
        + hh
        + sha256(body)
        + len(hashes).to_bytes(2, "big")
        + b"".join(hashes)
    )


def envelope_digest(envelope, header):
    hh = header_hash(header["status"], envelope["header"])
    return digest_of(header["status"], hh, envelope["body"], wrap_hashes(envelope))


def to_be_signed(status, digest):
    return label(status, "signature") + b"\0" + digest


# Keys of a message


def message_prk(status, content_key):
    return hkdf_extract(label(status, "content"), content_key)


def commitment_of(status, prk, reference):
    return hkdf_expand(prk, label(status, "commit") + b"\0" + reference, 32)


def body_key_of(status, prk, hh):
    return hkdf_expand(prk, label(status, "body") + b"\0" + hh, 32)


def wrap_info(status, hh, desk, device, prekey):
    return (
        label(status, "wrap")
        + b"\0"
        + hh
        + bytes([len(desk)])
        + desk.encode()
        + device
        + prekey.to_bytes(4, "big")
    )


# Padding


def pad(form):
    for size in SIZE_CLASSES:
        if size >= 4 + len(form):
            return (len(form).to_bytes(4, "big") + form).ljust(size, b"\0")
    raise Refused("body", "padding")


def unpad(padded):
    length = int.from_bytes(padded[:4], "big")
    form = padded[4 : 4 + length]
    if len(padded) < 4 or len(form) != length or pad(form) != padded:
        raise Refused("body", "padding")
    return form


# Sealing


def seal(header, form, readers, signing_seed, rng):
    """The envelope's bytes, and everything on the way to them.

    `readers` are wraps without `position` and `sealed` and with the prekey's `key`.
    """
    status = header["status"]
    form_bytes = FORM.encode(form)
    padded = pad(form_bytes)
    content_key, rng = rng[:32], rng[32:]
    prk = message_prk(status, content_key)
    commitment = commitment_of(status, prk, header["reference"])
    header = {
        **header,
        "sender_key": key_identifier(ed25519_public(signing_seed)),
        "body_bytes": len(padded) + 16,
        "commitment": commitment,
    }
    header_bytes = HEADER.encode(header)
    hh = header_hash(status, header_bytes)
    body_key = body_key_of(status, prk, hh)
    body = aead_seal(body_key, bytes(12), b"", padded)
    infos, wraps = [], []
    for position, reader in enumerate(readers):
        if not xwing_importable(reader["key"]):
            raise Refused("unwrap", "public-key")
        desk = desk_of(reader, header)
        infos.append(wrap_info(status, hh, desk, reader["device"], reader["prekey"]))
        sealed = hpke_seal(reader["key"], infos[-1], content_key, rng[64 * position : 64 * position + 64])
        wraps.append(
            {
                "position": position,
                "addressee": reader["addressee"],
                "device": reader["device"],
                "prekey": reader["prekey"],
                "sealed": sealed,
            }
        )
    digest = digest_of(status, hh, body, [wrap_hash(wrap) for wrap in wraps])
    signed = to_be_signed(status, digest)
    envelope = ENVELOPE.encode(
        {
            "header": header_bytes,
            "signature": ed25519_sign(signing_seed, signed),
            "wraps": wraps,
            "withheld": [],
            "body": body,
        }
    )
    return {
        "envelope": envelope,
        "digest": digest,
        "content_key": content_key,
        "prk": prk,
        "commitment": commitment,
        "header": header_bytes,
        "header_hash": hh,
        "body_key": body_key,
        "padded": padded,
        "info": infos,
        "signed": signed,
    }


# Opening


def verify(envelope, header, sender_keys):
    """The digest, if the signature over it is good (ENV-11)."""
    digest = envelope_digest(envelope, header)
    signed = to_be_signed(header["status"], digest)
    for key in sender_keys:
        if key_identifier(key) == header["sender_key"]:
            if ed25519_verify(key, signed, envelope["signature"]):
                return digest
    raise Refused("signature", "signature-invalid")


def open_envelope(data, sender_keys, device, prekeys, handed=None):
    """Form, content key and digest (ENV-17, ENV-18)."""
    envelope, header = decode_envelope(data)
    wraps = envelope["wraps"]
    if handed is not None:
        wrap = handed
        desk_of(wrap, header)
        wraps = [wrap]
    digest = verify(envelope, header, sender_keys)
    if handed is not None:
        hashes = wrap_hashes(envelope)
        if wrap["position"] >= len(hashes) or hashes[wrap["position"]] != wrap_hash(wrap):
            raise Refused("unwrap", "unwrap")
    status = header["status"]
    hh = header_hash(status, envelope["header"])
    content_key = unwrap(wraps, header, hh, device, prekeys)
    prk = message_prk(status, content_key)
    if commitment_of(status, prk, header["reference"]) != header["commitment"]:
        raise Refused("commit", "commitment")
    padded = aead_open(body_key_of(status, prk, hh), bytes(12), b"", envelope["body"])
    if padded is None:
        raise Refused("body", "body")
    try:
        form = FORM.decode(unpad(padded))
    except Refused as refused:
        raise Refused("body", "body") if refused.stage == "body" else Refused("form", "form")
    if (form["format"], form["version"]) != (header["format"], header["format_version"]):
        raise Refused("form", "form")
    return form, content_key, digest


def unwrap(wraps, header, hh, device, prekeys):
    for wrap in wraps:
        if wrap["device"] != device or wrap["prekey"] not in prekeys:
            continue
        info = wrap_info(header["status"], hh, desk_of(wrap, header), device, wrap["prekey"])
        content_key = hpke_open(prekeys[wrap["prekey"]], info, wrap["sealed"])
        if content_key is not None and len(content_key) == 32:
            return content_key
        break
    raise Refused("unwrap", "unwrap")

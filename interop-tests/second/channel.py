"""Chapter channel: Noise XK, records and frame streams."""

from crypto import aead_open, aead_seal, hkdf_expand, hkdf_extract, sha256, x25519, x25519_importable, x25519_public
from encoding import Refused


def hop(code):
    return Refused("decode" if code.startswith("frame-") else "hop", code)


def prologue(alpn, exporter):  # CHN-13
    return b"estafette/1/hop\0" + bytes([len(alpn)]) + alpn + exporter


# Handshake: Noise_XK_25519_ChaChaPoly_SHA256, revision 34

NAME = b"Noise_XK_25519_ChaChaPoly_SHA256"  # exactly 32 bytes, so it is the first h


def noise_nonce(number):
    return bytes(4) + number.to_bytes(8, "little")


class Symmetric:
    def __init__(self, prologue_bytes):
        self.h = self.ck = NAME
        self.key, self.nonce = None, 0
        self.mix_hash(prologue_bytes)

    def mix_hash(self, data):
        self.h = sha256(self.h + data)

    def mix_key(self, secret):
        if secret is None:
            raise hop("key-invalid")  # CHN-18
        self.ck, self.key = self.split(secret)
        self.nonce = 0

    def split(self, secret=b""):
        out = hkdf_expand(hkdf_extract(self.ck, secret), b"", 64)
        return out[:32], out[32:]

    def seal(self, plain):
        sealed = aead_seal(self.key, noise_nonce(self.nonce), self.h, plain)
        self.nonce += 1
        self.mix_hash(sealed)
        return sealed

    def open(self, sealed):
        plain = aead_open(self.key, noise_nonce(self.nonce), self.h, sealed)
        if plain is None:
            raise hop("handshake-failed")  # CHN-16
        self.nonce += 1
        self.mix_hash(sealed)
        return plain


def peer_key(key):
    if not x25519_importable(key):
        raise hop("key-invalid")  # CHN-17
    return key


def of_length(message, length):
    if len(message) != length:
        raise hop("handshake-malformed")  # CHN-12
    return message


def handshake(role, static, ephemeral, prologue_bytes, receives, responder_static=None):
    """Messages sent, the peer's static key, the hash and both transport keys."""
    initiator = role == "initiator"
    receives = iter(receives)
    state = Symmetric(prologue_bytes)
    own = x25519_public(ephemeral)
    sends = []

    if initiator:
        remote = peer_key(responder_static)
        state.mix_hash(remote)
        # -> e, es
        state.mix_hash(own)
        state.mix_key(x25519(ephemeral, remote))
        sends.append(own + state.seal(b""))
        # <- e, ee
        message = of_length(next(receives), 48)
        theirs = peer_key(message[:32])
        state.mix_hash(theirs)
        state.mix_key(x25519(ephemeral, theirs))
        state.open(message[32:])
        # -> s, se
        sealed = state.seal(x25519_public(static))
        state.mix_key(x25519(static, theirs))
        sends.append(sealed + state.seal(b""))
    else:
        state.mix_hash(x25519_public(static))
        message = of_length(next(receives), 48)
        theirs = peer_key(message[:32])
        state.mix_hash(theirs)
        state.mix_key(x25519(static, theirs))
        state.open(message[32:])
        state.mix_hash(own)
        state.mix_key(x25519(ephemeral, theirs))
        sends.append(own + state.seal(b""))
        message = of_length(next(receives), 64)
        remote = peer_key(state.open(message[:48]))
        state.mix_key(x25519(ephemeral, remote))
        state.open(message[48:])

    first, second = state.split()
    return sends, remote, state.h, first, second


# Records

DATA, FINAL = 0, 1
PAYLOAD_MOST = 16_384
LEAST, MOST = 17, 1 + PAYLOAD_MOST + 16


def record_nonce(stream_id, counter):  # CHN-25, CHN-27
    if stream_id >= 2**32 or counter >= 2**32 - 1:
        raise hop("record-exhausted")
    return noise_nonce(stream_id << 32 | counter)


def check_record(kind, payload, first):  # CHN-33
    if kind not in (DATA, FINAL) or (kind == FINAL and payload):
        raise hop("record-malformed")
    if kind == DATA and not payload and not first:
        raise hop("record-malformed")


def seal_records(key, stream_id, counter, records):
    stream = b""
    for kind, payload in records:
        nonce = record_nonce(stream_id, counter)
        sealed = aead_seal(key, nonce, b"", bytes([kind]) + payload)
        stream += len(sealed).to_bytes(2, "big") + sealed
        counter += 1
    return stream


def open_records(key, stream_id, counter, stream):
    """The records of a stream that ends after the given bytes."""
    records, at = [], 0
    while at < len(stream):
        if records and records[-1][0] == FINAL:
            raise hop("stream-trailing")  # CHN-31
        nonce = record_nonce(stream_id, counter)
        if len(stream) - at < 2:
            raise hop("stream-truncated")
        length = int.from_bytes(stream[at : at + 2], "big")
        if not LEAST <= length <= MOST:
            raise hop("record-length")  # CHN-24
        sealed = stream[at + 2 : at + 2 + length]
        if len(sealed) < length:
            raise hop("stream-truncated")
        plain = aead_open(key, nonce, b"", sealed)
        if plain is None:
            raise hop("record-invalid")  # CHN-28
        kind, payload = plain[0], plain[1:]
        check_record(kind, payload, counter == 0)
        records.append((kind, payload))
        counter += 1
        at += 2 + length
    if not records or records[-1][0] != FINAL:
        raise hop("stream-truncated")  # CHN-30
    return records


# Frames


def frames_of(payloads, most):
    """The frames in the payloads of a lane's data records, before a final record."""
    stream, frames, at = b"".join(payloads), [], 0
    while at < len(stream):
        if len(stream) - at < 4:
            raise hop("frame-truncated")  # CHN-43
        length = int.from_bytes(stream[at : at + 4], "big")
        if length == 0:
            raise hop("frame-empty")  # CHN-41
        if length > most:
            raise hop("frame-oversized")
        if len(stream) - at - 4 < length:
            raise hop("frame-truncated")
        frames.append(stream[at + 4 : at + 4 + length])
        at += 4 + length
    return frames

"""Chapter crypto: primitives as strict as the chapter asks for.

`cryptography` does the arithmetic with secrets. What is written out here is
what it does not refuse (points of small order, values that are not canonical)
and what it does not offer (encapsulation with given randomness, for vectors).
"""

import hashlib
import hmac

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from encoding import Refused

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493


def sha256(data):
    return hashlib.sha256(data).digest()


# HKDF-SHA256, RFC 5869


def hkdf_extract(salt, secret):
    return hmac.digest(salt or bytes(32), secret, "sha256")


def hkdf_expand(prk, info, length):
    out = block = b""
    counter = 1
    while len(out) < length:
        block = hmac.digest(prk, block + info + bytes([counter]), "sha256")
        out += block
        counter += 1
    return out[:length]


# ChaCha20-Poly1305, RFC 8439


def aead_seal(key, nonce, aad, plain):
    return ChaCha20Poly1305(key).encrypt(nonce, plain, aad)


def aead_open(key, nonce, aad, sealed):
    """The plaintext, or None."""
    try:
        return ChaCha20Poly1305(key).decrypt(nonce, sealed, aad)
    except (InvalidTag, ValueError):
        return None


# Ed25519, RFC 8032, and the points that CRY-1 refuses

D = -121665 * pow(121666, -1, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)


def ed_decode(data):
    """The point of a canonical encoding, or None."""
    number = int.from_bytes(data, "little")
    y, sign = number % 2**255, number >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return (P - x if x & 1 != sign else x), y


def ed_add(a, b):
    (x1, y1), (x2, y2) = a, b
    product = D * x1 * x2 * y1 * y2 % P
    return (
        (x1 * y2 + x2 * y1) * pow(1 + product, -1, P) % P,
        (y1 * y2 + x1 * x2) * pow(1 - product, -1, P) % P,
    )


def ed_small_order(point):
    for _ in range(3):
        point = ed_add(point, point)
    return point == (0, 1)


def ed25519_importable(key):
    point = ed_decode(key)
    return point is not None and not ed_small_order(point)


def ed25519_verify(key, message, signature):  # CRY-1
    r = ed_decode(signature[:32])
    if r is None or ed_small_order(r) or not ed25519_importable(key):
        return False
    if int.from_bytes(signature[32:], "little") >= L:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def ed25519_sign(seed, message):
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def ed25519_public(seed):
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


# X25519, RFC 7748

X25519_SMALL = {  # channel, section 6
    int.from_bytes(bytes.fromhex(text), "little")
    for text in (
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    )
}


def x25519_importable(key):  # CRY-2
    number = int.from_bytes(key, "little")
    return number < P and number not in X25519_SMALL


def x25519_public(secret):
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def x25519(secret, public):
    """The shared secret, or None where it would be all zeros (CRY-3)."""
    try:
        return X25519PrivateKey.from_private_bytes(secret).exchange(
            X25519PublicKey.from_public_bytes(public)
        )
    except ValueError:
        return None


# X-Wing: ML-KEM-768 (FIPS 203) with X25519

XWING_LABEL = b"\\./" + b"/^\\"


def xwing_combine(ss_m, ss_x, ct_x, pk_x):
    return hashlib.sha3_256(ss_m + ss_x + ct_x + pk_x + XWING_LABEL).digest()


def xwing_importable(key):  # CRY-4
    vector = key[:1152]
    for i in range(0, len(vector), 3):
        a, b, c = vector[i : i + 3]
        if a | (b & 15) << 8 >= Q or b >> 4 | c << 4 >= Q:
            return False
    return len(key) == 1216 and x25519_importable(key[1184:])


def xwing_expand(seed):
    expanded = hashlib.shake_256(seed).digest(96)
    return MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), expanded[64:]


def xwing_public(seed):
    mlkem, x = xwing_expand(seed)
    return mlkem.public_key().public_bytes_raw() + x25519_public(x)


def xwing_decapsulate(seed, ciphertext):
    """The shared secret, or None."""
    ct_m, ct_x = ciphertext[:1088], ciphertext[1088:]
    if not x25519_importable(ct_x):  # CRY-5
        return None
    mlkem, secret = xwing_expand(seed)
    ss_x = x25519(secret, ct_x)
    if ss_x is None:
        return None
    return xwing_combine(mlkem.decapsulate(ct_m), ss_x, ct_x, x25519_public(secret))


def xwing_encapsulate(key, randomness):
    """The shared secret and ciphertext for 64 given bytes of randomness."""
    m, ephemeral = randomness[:32], randomness[32:]
    ss_m, ct_m = mlkem768_encapsulate(key[:1184], m)
    ct_x = x25519_public(ephemeral)
    ss_x = x25519(ephemeral, key[1184:])
    return xwing_combine(ss_m, ss_x, ct_x, key[1184:]), ct_m + ct_x


# ML-KEM-768 encapsulation with given randomness (FIPS 203, algorithms 14 and 17).
# Not constant in time: for vectors only.

Q = 3329


def ntt_factor(i):
    return pow(17, int(f"{i:07b}"[::-1], 2), Q)


ZETAS = [ntt_factor(i) for i in range(128)]
GAMMAS = [z * z * 17 % Q for z in ZETAS]


def ntt(f):
    f, i = list(f), 1
    length = 128
    while length >= 2:
        for start in range(0, 256, 2 * length):
            for j in range(start, start + length):
                t = ZETAS[i] * f[j + length]
                f[j + length] = (f[j] - t) % Q
                f[j] = (f[j] + t) % Q
            i += 1
        length //= 2
    return f


def ntt_inverse(f):
    f, i = list(f), 127
    length = 2
    while length <= 128:
        for start in range(0, 256, 2 * length):
            for j in range(start, start + length):
                t = f[j]
                f[j] = (t + f[j + length]) % Q
                f[j + length] = ZETAS[i] * (f[j + length] - t) % Q
            i -= 1
        length *= 2
    return [x * 3303 % Q for x in f]


def ntt_multiply(f, g):
    out = []
    for i in range(128):
        a0, a1, b0, b1 = f[2 * i], f[2 * i + 1], g[2 * i], g[2 * i + 1]
        out += [(a0 * b0 + a1 * b1 * GAMMAS[i]) % Q, (a0 * b1 + a1 * b0) % Q]
    return out


def plus(*polynomials):
    return [sum(column) % Q for column in zip(*polynomials)]


def unpack(data, bits):
    number = int.from_bytes(data, "little")
    return [number >> bits * i & (1 << bits) - 1 for i in range(len(data) * 8 // bits)]


def pack(values, bits):
    number = sum(value << bits * i for i, value in enumerate(values))
    return number.to_bytes(len(values) * bits // 8, "little")


def compress(values, bits):
    return [((value << bits) + Q // 2) // Q % (1 << bits) for value in values]


def sample_ntt(seed, j, i):
    stream = hashlib.shake_128(seed + bytes([j, i])).digest(168 * 8)
    candidates = unpack(stream, 12)
    return [value for value in candidates if value < Q][:256]


def sample_noise(seed, n):
    data = hashlib.shake_256(seed + bytes([n])).digest(128)  # eta 2
    bits = unpack(data, 1)
    return [
        (bits[4 * i] + bits[4 * i + 1] - bits[4 * i + 2] - bits[4 * i + 3]) % Q for i in range(256)
    ]


def mlkem768_encapsulate(key, m):
    g = hashlib.sha3_512(m + hashlib.sha3_256(key).digest()).digest()
    shared, randomness = g[:32], g[32:]
    t = [unpack(key[384 * i : 384 * i + 384], 12) for i in range(3)]
    rho = key[1152:]
    y = [ntt(sample_noise(randomness, i)) for i in range(3)]
    e1 = [sample_noise(randomness, 3 + i) for i in range(3)]
    e2 = sample_noise(randomness, 6)
    u = [
        plus(
            ntt_inverse(plus(*(ntt_multiply(sample_ntt(rho, i, j), y[j]) for j in range(3)))), e1[i]
        )
        for i in range(3)
    ]
    mu = [bit * 1665 for bit in unpack(m, 1)]
    v = plus(ntt_inverse(plus(*(ntt_multiply(t[j], y[j]) for j in range(3)))), e2, mu)
    return shared, b"".join(pack(compress(p, 10), 10) for p in u) + pack(compress(v, 4), 4)


# HPKE base mode, RFC 9180, with KEM 0x647a, KDF 0x0001, AEAD 0x0003

SUITE = b"HPKE" + bytes.fromhex("647a00010003")


def labeled_extract(salt, label, ikm):
    return hkdf_extract(salt, b"HPKE-v1" + SUITE + label + ikm)


def labeled_expand(prk, label, info, length):
    return hkdf_expand(prk, length.to_bytes(2, "big") + b"HPKE-v1" + SUITE + label + info, length)


def hpke_schedule(shared, info):
    """Key and first nonce of the base mode."""
    context = b"\0" + labeled_extract(b"", b"psk_id_hash", b"") + labeled_extract(b"", b"info_hash", info)
    secret = labeled_extract(shared, b"secret", b"")
    return labeled_expand(secret, b"key", context, 32), labeled_expand(secret, b"base_nonce", context, 12)


def hpke_seal(public, info, plain, randomness):
    shared, encapsulated = xwing_encapsulate(public, randomness)
    key, nonce = hpke_schedule(shared, info)
    return encapsulated + aead_seal(key, nonce, b"", plain)


def hpke_open(seed, info, sealed):
    """The plaintext, or None."""
    shared = xwing_decapsulate(seed, sealed[:1120])
    if shared is None:
        return None
    key, nonce = hpke_schedule(shared, info)
    return aead_open(key, nonce, b"", sealed[1120:])


# Key identifiers, labels, fingerprints


def key_identifier(key, kind="ed25519"):  # CRY-7
    return sha256(b"estafette/1/key/" + kind.encode() + b"\0" + key)[:16]


def label(status, purpose):  # CRY-8
    return f"estafette/1/{status}/{purpose}".encode()


def fingerprint(digest):  # CRY-9
    text = digest[:16].hex()
    return " ".join(text[i : i + 4] for i in range(0, 32, 4))


def public_key(importable):
    """A check for a field that holds a public key."""

    def check(key):
        if not importable(key):
            raise Refused("decode", "public-key")

    return check

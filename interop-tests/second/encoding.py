"""Chapter encoding: one value, one encoding.

A *type* below has two methods: `read(source)` takes a value from a Source, and
`write(value)` gives its bytes. Values are plain Python: int, bool, str, bytes,
None, list and dict.
"""

import hashlib


class Refused(Exception):
    """Refused at a stage, for a reason, in the words of vectors/README.md."""

    def __init__(self, stage, reason):
        super().__init__(f"{stage}: {reason}")
        self.stage, self.reason = stage, reason


def malformed(reason="malformed"):
    return Refused("decode", reason)


class Source:
    """Bytes that are read from the front."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if count > len(self.data) - self.at:
            raise malformed()
        self.at += count
        return self.data[self.at - count : self.at]

    def left(self):
        return len(self.data) - self.at


# Primitive values


class U8:  # ENC-1
    bits = 8

    def read(self, source):
        return source.take(1)[0]

    def write(self, value):
        return bytes([value])


class Varint:  # ENC-2, ENC-3
    def __init__(self, bits):
        self.bits = bits

    def read(self, source):
        value = shift = 0
        while True:
            byte = source.take(1)[0]
            value |= (byte & 0x7F) << shift
            if value >= 1 << self.bits:
                raise malformed()
            if byte < 0x80:
                if byte == 0 and shift:
                    raise malformed("not-canonical")
                return value
            shift += 7
            if shift >= self.bits:
                raise malformed()

    def write(self, value):
        if not 0 <= value < 1 << self.bits:
            raise malformed()
        out = bytearray()
        while value >= 0x80:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        out.append(value)
        return bytes(out)


class Bool:  # ENC-4
    def read(self, source):
        byte = source.take(1)[0]
        if byte > 1:
            raise malformed()
        return byte == 1

    def write(self, value):
        return b"\1" if value else b"\0"


class Option:  # ENC-5
    def __init__(self, inner):
        self.inner = inner

    def read(self, source):
        return self.inner.read(source) if Bool().read(source) else None

    def write(self, value):
        return b"\0" if value is None else b"\1" + self.inner.write(value)


class Bytes:  # ENC-6
    def __init__(self, most=None, least=0):
        self.most, self.least = most, least

    def check(self, value):
        if len(value) < self.least or (self.most is not None and len(value) > self.most):
            raise malformed()
        return value

    def read(self, source):
        length = U32.read(source)
        if self.most is not None and length > self.most:
            raise malformed()
        return self.check(source.take(length))

    def write(self, value):
        return U32.write(len(value)) + self.check(value)


class Text:  # ENC-6; `check` raises for text that breaks its field's rule
    def __init__(self, most=None, least=0, check=None):
        self.bytes, self.check = Bytes(most, least), check

    def read(self, source):
        try:
            value = self.bytes.read(source).decode("utf-8")
        except UnicodeDecodeError:
            raise malformed()
        return self.judge(value)

    def write(self, value):
        return self.bytes.write(self.judge(value).encode("utf-8"))

    def judge(self, value):
        if "\0" in value:
            raise malformed()
        if self.check:
            self.check(value)
        return value


class Fixed:  # ENC-7
    def __init__(self, size, check=None):
        self.size, self.check = size, check

    def read(self, source):
        value = source.take(self.size)
        if self.check:
            self.check(value)
        return value

    def write(self, value):
        if len(value) != self.size:
            raise malformed()
        if self.check:
            self.check(value)
        return value


def comparable(kind, value):
    if isinstance(kind, Words):
        return kind.order(value)
    return value.encode("utf-8") if isinstance(value, str) else value


class Seq:  # ENC-8, and ENC-17 with `by`: True, or the names of fields
    def __init__(self, inner, most=None, least=0, by=None, reason=None):
        self.inner, self.most, self.least, self.by = inner, most, least, by
        self.disorder, self.excess = reason or "ENC-17", reason or "malformed"

    def key(self, value):
        if self.by is True:
            return comparable(self.inner, value)
        kinds = dict(self.inner.fields)
        return tuple(comparable(kinds[name], value[name]) for name in self.by)

    def check(self, values):
        if len(values) < self.least or (self.most is not None and len(values) > self.most):
            raise malformed(self.excess)
        if self.by:
            keys = [self.key(value) for value in values]
            if any(not a < b for a, b in zip(keys, keys[1:])):
                raise malformed(self.disorder)
        return values

    def read(self, source):
        count = U32.read(source)
        # No element is of size zero, so a count beyond the bytes is refused
        # before anything is reserved for it.
        if count > source.left():
            raise malformed()
        if self.most is not None and count > self.most:
            raise malformed(self.excess)
        return self.check([self.inner.read(source) for _ in range(count)])

    def write(self, values):
        return U32.write(len(values)) + b"".join(map(self.inner.write, self.check(values)))


class Struct:  # ENC-9; `rule` raises for a structure that breaks a rule
    def __init__(self, *fields, rule=None):
        self.fields, self.rule = fields, rule

    def read(self, source):
        value = {name: kind.read(source) for name, kind in self.fields}
        if self.rule:
            self.rule(value)
        return value

    def write(self, value):
        if self.rule:
            self.rule(value)
        return b"".join(kind.write(value[name]) for name, kind in self.fields)


class Words:  # ENC-10: variants without fields, each a word
    def __init__(self, *words):
        self.words = words

    def read(self, source):
        tag = U32.read(source)
        if tag >= len(self.words):
            raise malformed()
        return self.words[tag]

    def write(self, value):
        return U32.write(self.order(value))

    def order(self, value):
        if value not in self.words:
            raise malformed()
        return self.words.index(value)


class Choice:  # ENC-10: variants with fields; a value is {word: content}
    def __init__(self, *variants):
        self.variants = variants

    def read(self, source):
        tag = U32.read(source)
        if tag >= len(self.variants):
            raise malformed()
        word, kind = self.variants[tag]
        return {word: kind.read(source)}

    def write(self, value):
        ((word, content),) = value.items()
        for tag, (name, kind) in enumerate(self.variants):
            if name == word:
                return U32.write(tag) + kind.write(content)
        raise malformed()


class Within:  # a number from `least` to `most`
    def __init__(self, inner, least, most, reason="malformed"):
        self.inner, self.least, self.most, self.reason = inner, least, most, reason
        self.bits = inner.bits

    def check(self, value):
        if not self.least <= value <= self.most:
            raise malformed(self.reason)
        return value

    def read(self, source):
        return self.check(self.inner.read(source))

    def write(self, value):
        return self.inner.write(self.check(value))


U8 = U8()
U16, U32, U64 = Varint(16), Varint(32), Varint(64)
BOOL = Bool()
TIME = DURATION = U64  # ENC-11
HASH, IDENTIFIER = Fixed(32), Fixed(16)

SECOND = 1_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE


# Extensions

KNOWN_EXTENSIONS = ()  # registry: none is assigned in edition 1


class Extension(Struct):
    def read(self, source):
        value = super().read(source)
        if value["critical"] and value["id"] not in KNOWN_EXTENSIONS:
            raise malformed("ENC-19")
        return value

    def write(self, value):
        if value["critical"] and value["id"] not in KNOWN_EXTENSIONS:
            raise malformed("ENC-19")
        return super().write(value)


class Extensions(Seq):
    def check(self, values):
        if len(values) > 16:
            raise malformed("ENC-18")
        ids = [value["id"] for value in values]
        if any(a >= b for a, b in zip(ids, ids[1:])):
            raise malformed("ENC-18")
        return values


EXTENSION = Extension(("id", U16), ("critical", BOOL), ("value", Bytes(1024)))
EXTENSIONS = Extensions(EXTENSION)


# Objects

ENCODING_VERSION = 1


class Object:
    """A kind of object: its number, longest encoding and structure."""

    def __init__(self, kind, most, structure):
        self.kind, self.most, self.structure = kind, most, structure

    def decode(self, data):
        if len(data) > self.most:
            raise malformed("too-long")
        source = Source(data)
        version, kind = source.take(2)
        if version != ENCODING_VERSION:
            raise malformed("version")
        if kind != self.kind:
            raise malformed("kind")
        value = self.structure.read(source)
        if source.left():
            raise malformed("trailing")
        if self.encode(value) != data:  # ENC-15
            raise malformed("not-canonical")
        return value

    def encode(self, value):
        data = bytes([ENCODING_VERSION, self.kind]) + self.structure.write(value)
        if len(data) > self.most:
            raise malformed("too-long")
        return data


def exactly(kind, data):
    """The one value of a type that the bytes are."""
    source = Source(data)
    value = kind.read(source)
    if source.left():
        raise malformed("trailing")
    return value


# Signed objects

SIGNATURE = Struct(("key", IDENTIFIER), ("signature", Fixed(64)))
SIGNED = Object(
    1,
    1_114_000,
    Struct(("object", Bytes()), ("signatures", Seq(SIGNATURE, 16, 1, by=["key"]))),
)


def to_be_signed(inner):  # ENC-20
    return b"estafette/1/sign/%02x\0" % inner[1] + inner


def object_hash(inner):  # ENC-21
    return hashlib.sha256(b"estafette/1/object\0" + inner).digest()

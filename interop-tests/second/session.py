"""Chapter session: frames."""

from crypto import sha256
from encoding import (
    DURATION,
    HASH,
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
)
from envelope import WRAP

HOLDING = Struct(("kind", U8), ("name", Text(128)), ("number", U64), ("hash", HASH))
ITEM = Choice(
    ("envelope", Bytes()),
    ("statement", Bytes()),
    ("wrap", Struct(("digest", HASH), ("wrap", WRAP))),
    ("accompanied", Struct(("envelope", Bytes()), ("statements", Seq(Bytes(4096), 24, 1)))),
)
FRAME = Object(
    48,
    1_114_112,
    Choice(
        (
            "hello",
            Struct(
                ("versions", Seq(U16, least=1)),
                ("role", Words("device", "relay", "stranger")),
                ("now", TIME),
                ("have", Seq(HOLDING, 8192)),
            ),
        ),
        ("submit", Struct(("number", U64), ("envelope", Bytes()))),
        ("deliver", Struct(("number", U64), ("item", ITEM))),
        ("taken", Struct(("numbers", Seq(U64, 256, 1)))),
        ("statement", Struct(("number", U64), ("statement", Bytes()))),
        ("publish", Struct(("object", Bytes(1_114_000)))),
        ("enrol", Struct(("request", Bytes()))),
        ("enrolled", Struct(("outcome", Words("pending", "done")))),
        (
            "fault",
            Struct(("code", U16), ("about", Option(HASH)), ("retry_after", Option(DURATION))),
        ),
        ("synced", Struct()),
    ),
)


def shown(frame):
    """A frame as one object: its word and its fields."""
    ((word, fields),) = frame.items()
    out = {"frame": word, **fields}
    if word == "deliver":
        ((kind, content),) = fields["item"].items()
        out["item"] = content if kind in ("wrap", "accompanied") else {kind: content}
    return out


VERSIONS = (1,)
WINDOW, RESERVED = 64, 16
FAULTS = 16
CODES = {"malformed": 1, "frame-not-allowed": 73}

# What a peer of each role may send to us in our role, after its hello.
ALWAYS = {"publish", "fault", "taken"}
MAY_SEND = {
    ("device", "relay"): ALWAYS | {"submit", "statement"},
    ("relay", "relay"): ALWAYS | {"deliver"},
    ("relay", "device"): ALWAYS | {"deliver", "synced"},
    ("relay", "stranger"): {"fault", "enrolled"},
    ("stranger", "relay"): {"fault", "enrol"},
}


def closed(word):
    stage = {"version-unknown": "version", "malformed": "decode"}.get(word, "policy")
    return Refused(stage, word)


class Session:
    """One end of a link; the peer's role is known from its key."""

    def __init__(self, own, peer):
        self.own, self.peer = own, peer
        self.open = False
        self.faults = 0
        self.sent, self.outstanding = 0, set()

    def step(self, step, raw):
        if "frame" in step:
            return self.receive(raw(step["frame"]))
        return {"sent": self.send(step["waiting"], step.get("urgent", False))}

    def send(self, waiting, urgent):  # SES-7
        room = (WINDOW if urgent else WINDOW - RESERVED) - len(self.outstanding)
        numbers = [self.sent + 1 + n for n in range(max(0, min(waiting, room)))]
        self.sent += len(numbers)
        self.outstanding.update(numbers)
        return numbers

    def receive(self, data):
        try:
            ((word, fields),) = FRAME.decode(data).items()
        except Refused:
            if not self.open:
                raise closed("hello-missing")
            return self.fault("malformed", data)
        if not self.open:
            return self.hello(word, fields)
        if word not in MAY_SEND.get((self.peer, self.own), ()):
            return self.fault("frame-not-allowed", data)
        if word == "taken":
            taken = []
            for number in fields["numbers"]:
                if number in self.outstanding:
                    self.outstanding.remove(number)
                    taken.append(number)
            return {"taken": taken}
        return {"frame": word}

    def hello(self, word, fields):
        if word != "hello":
            raise closed("hello-missing")
        if not set(fields["versions"]) & set(VERSIONS):
            raise closed("version-unknown")
        if fields["role"] != self.peer:
            raise closed("role-wrong")
        self.open = True
        return {"hello": fields["role"]}

    def fault(self, word, data):
        self.faults += 1
        if self.faults >= FAULTS:
            raise closed(word)
        about = sha256(data) if word == "malformed" else None
        return {"fault": {"code": CODES[word], "about": about, "retry_after": None}}

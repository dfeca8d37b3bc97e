"""What a receiver holds: charters, rosters, houses, prekeys, suspensions,
rotations and accords (chapters identity and accord)."""

import rules
from accord import ACCORD, terms
from crypto import ed25519_verify, key_identifier
from duty import DUTY, Duties, word_of
from encoding import DAY, MINUTE, SIGNED, Refused, malformed, object_hash, to_be_signed
from house import HOUSE
from identity import (
    CHARTER,
    PREKEYS,
    ROSTER,
    ROTATION,
    SUSPENSION,
    agency_of,
    unit_of,
)
from rules import below_ceiling, table_of

HOUR = 60 * MINUTE
SUPERSEDED = 72 * HOUR
STAGES = {
    "malformed": "decode",
    "signature-invalid": "signature",
    "accord-not-signed": "signature",
    "authority-missing": "policy",
    "not-a-party": "policy",
    "object-unknown": "policy",
    "device-suspended": "policy",
    "accord-rules-unknown": "policy",
    "rules-invalid": "policy",
    "marking-above-ceiling": "policy",
    "created-in-future": "freshness",
    "expired": "freshness",
    "accord-unknown": "freshness",
    "prekey-unknown": "freshness",
    "roster-forked": "freshness",
    "roster-older": "freshness",
    "roster-stale": "freshness",
    "roster-expired": "freshness",
    "prekeys-older": "freshness",
    "duty-older": "freshness",
}


def refused(word):
    return Refused(STAGES.get(word, "trust"), word)


class Arrived:
    """A signed object as it arrived."""

    def __init__(self, data, kinds):
        signed = SIGNED.decode(data)
        self.inner, self.signatures = signed["object"], signed["signatures"]
        if len(self.inner) < 2:
            raise malformed()
        self.kind = self.inner[1]
        if self.kind not in kinds:
            raise refused("object-unknown")
        self.value = kinds[self.kind].decode(self.inner)
        self.hash = object_hash(self.inner)

    def __getitem__(self, name):
        return self.value[name]

    def signers(self, keys):
        """The keys, of those given, with a good signature."""
        message = to_be_signed(self.inner)
        by_identifier = {key_identifier(key): key for key in keys}
        return {
            by_identifier[signature["key"]]
            for signature in self.signatures
            if signature["key"] in by_identifier
            and ed25519_verify(by_identifier[signature["key"]], message, signature["signature"])
        }


class Directory:
    def __init__(self, agency, root):
        self.agency = agency
        self.roots = {agency: {root}}  # hashes of charter 0 that are trusted
        self.charters = {}  # agency: list of charters by number
        self.rosters = {}  # agency: the newest
        self.replaced = {}  # agency: list of (roster, when)
        self.forks = []
        self.house = None
        self.bundles = {}  # device: list, the newest last
        self.suspensions = {}  # (agency, device): the one that stands
        self.rotations = {}  # old key: rotation
        self.duties = Duties()
        self.accords = {}  # name: {number: [accord, signed by, in force since]}

    KINDS = {
        kind.kind: kind
        for kind in (CHARTER, ROSTER, HOUSE, PREKEYS, SUSPENSION, ACCORD, ROTATION, DUTY)
    }

    def receive(self, data, now, judged=False):
        """`judged`: a duty as the relay of its desk's agency judges it (DTY-7)."""
        arrived = Arrived(data, self.KINDS)
        {
            CHARTER.kind: self.receive_charter,
            ROSTER.kind: self.receive_roster,
            HOUSE.kind: self.receive_house,
            PREKEYS.kind: self.receive_prekeys,
            SUSPENSION.kind: self.receive_suspension,
            ACCORD.kind: self.receive_accord,
            ROTATION.kind: self.receive_rotation,
            DUTY.kind: lambda duty, now: self.receive_duty(duty, now, judged),
        }[arrived.kind](arrived, now)
        self.settle_accords(now)

    # Charters

    def receive_charter(self, charter, now):
        held = self.charters.setdefault(charter["agency"], [])
        number = charter["number"]
        if number < len(held):
            if held[number].hash != charter.hash:
                raise refused("charter-chain-broken")
            return
        if number > len(held):
            raise refused("charter-unknown")
        if number == 0:
            if charter.hash not in self.roots.get(charter["agency"], ()):
                raise refused("charter-unknown")
        elif charter["previous"] != held[-1].hash:
            raise refused("charter-chain-broken")
        for judge in held[-1:] + [charter]:  # IDN-4
            if len(charter.signers(judge["root_keys"])) < judge["threshold"]:
                raise refused("signature-invalid")
        held.append(charter)

    def newest_charter(self, agency):
        held = self.charters.get(agency)
        if not held:
            raise refused("charter-unknown")
        return held[-1]

    # Rosters and house

    def follows(self, arrived, held):
        """IDN-9 to IDN-11."""
        if held is None:
            return
        if arrived["number"] < held["number"]:
            raise refused("roster-older")
        if arrived["number"] == held["number"]:
            self.forks.append((held, arrived))
            raise refused("roster-forked")
        if arrived["number"] == held["number"] + 1 and arrived["previous"] != held.hash:
            raise refused("roster-forked")

    def receive_roster(self, roster, now):
        agency = roster["agency"]
        held = self.rosters.get(agency)
        if held and held.hash == roster.hash:  # IDN-37
            return
        charter = self.newest_charter(agency)
        if not roster.signers(charter["roster_keys"]):
            raise refused("signature-invalid")
        if roster["charter"] != charter.hash:
            raise refused("charter-unknown")
        self.follows(roster, held)
        if now > roster["not_after"] + roster["grace"]:
            raise refused("roster-expired")
        if held:
            self.replaced.setdefault(agency, []).append((held, now))
        self.rosters[agency] = roster
        listed = {key_identifier(d["key"]) for e in roster["desks"] for d in e["devices"]}
        self.duties.keep(agency, {entry["desk"] for entry in roster["desks"]})
        revoked = {revocation["key"] for revocation in roster["revoked"]}
        for old, rotation in list(self.rotations.items()):  # IDN-24
            if old in revoked and key_identifier(rotation["key"]) in listed:
                del self.rotations[old]

    def roster(self, agency, at, number=None):
        """The newest roster, or one that a header names, and its standing."""
        newest = self.rosters.get(agency)
        if newest is None or (number is not None and number > newest["number"]):
            raise Refused("freshness", "roster-missing")
        roster, standing = newest, "current"
        if number is not None and number != newest["number"]:
            for roster, when in self.replaced.get(agency, ()):
                if roster["number"] == number and at <= when + SUPERSEDED:
                    standing = "superseded"
                    break
            else:
                raise refused("roster-stale")
        if at > roster["not_after"] + roster["grace"]:
            raise refused("roster-expired")
        if at > roster["not_after"]:
            standing = "stale"
        return roster, standing

    def receive_house(self, house, now):
        if house["agency"] != self.agency:
            raise refused("object-unknown")
        if self.house and self.house.hash == house.hash:
            return
        if not house.signers(self.newest_charter(self.agency)["roster_keys"]):
            raise refused("signature-invalid")
        self.follows(house, self.house)
        self.judge_rules(table_of(house["rules"]))
        self.house = house

    def superiors(self, unit):
        above = {entry["unit"]: entry["superior"] for entry in self.house["units"]}
        way = []
        while above.get(unit) is not None:
            unit = above[unit]
            way.append(unit)
        return way

    # Devices

    def listed(self, desk, identifier):
        """The key of a device that the newest roster lists for the desk."""
        entry = self.entry(desk)
        if entry is None:
            raise refused("desk-unknown")
        for device in entry["devices"]:
            if key_identifier(device["key"]) == identifier:
                return device["key"]
        raise refused("device-unknown")

    def revoked(self, agency, identifier):
        roster = self.rosters.get(agency)
        return roster is not None and any(r["key"] == identifier for r in roster["revoked"])

    def barred(self, agency, identifier, at):
        suspension = self.suspensions.get((agency, identifier))
        suspended = suspension is not None and at <= suspension["at"] + 7 * DAY
        return suspended or self.revoked(agency, identifier)

    def not_from_future(self, at, now):  # IDN-33
        if at > now + 5 * MINUTE:
            raise refused("created-in-future")

    def receive_prekeys(self, bundle, now):
        held = self.bundles.setdefault(bundle["device"], [])
        if held and held[-1].hash == bundle.hash:
            return
        key = self.listed(bundle["desk"], bundle["device"])
        if not bundle.signers([key]):
            raise refused("signature-invalid")
        self.not_from_future(bundle["issued"], now)
        if held and bundle["issued"] <= held[-1]["issued"]:
            raise refused("prekeys-older")
        held.append(bundle)

    def prekey_for(self, device, at):
        """The prekey that a sender uses, and whether it is stale (IDN-18, IDN-19)."""
        if not self.bundles.get(device):
            raise refused("prekey-unknown")
        bundle = self.bundles[device][-1]
        begun = [prekey for prekey in bundle["prekeys"] if prekey["not_before"] <= at]
        if not begun:
            raise refused("prekey-unknown")
        last = bundle["prekeys"][-1]["not_after"]
        roster = self.rosters[agency_of(bundle["desk"])]
        if at > last + roster["grace"]:
            raise refused("prekey-unknown")
        return begun[-1], at > last

    def receive_suspension(self, suspension, now):
        agency, identifier = suspension["agency"], suspension["device"]
        held = self.suspensions.get((agency, identifier))
        if held and held.hash == suspension.hash:
            return
        self.not_from_future(suspension["at"], now)
        if now > suspension["at"] + 7 * DAY:
            raise refused("expired")
        if not self.revoked(agency, identifier):
            self.listed(suspension["desk"], identifier)
        self.signed_by_desk(suspension, agency, now)
        if held is None or held["at"] < suspension["at"]:
            self.suspensions[agency, identifier] = suspension

    def entry(self, desk):
        """The entry of a desk in the newest roster, or None."""
        roster = self.rosters.get(agency_of(desk))
        if roster is None:
            raise refused("roster-missing")
        return next((entry for entry in roster["desks"] if entry["desk"] == desk), None)

    def deputies(self, desk):
        entry = self.entry(desk)
        return entry["deputies"] if entry else []

    def signed_by_desk(self, arrived, agency, now):  # IDN-22, DTY-2
        """Refuses what a device of the desk `by` may not say about `desk`."""
        entry = self.entry(arrived["by"])
        if any(self.revoked(agency, signature["key"]) for signature in arrived.signatures):
            raise refused("device-suspended")
        signers = arrived.signers([d["key"] for d in entry["devices"]] if entry else [])
        if not signers:
            raise refused("signature-invalid")
        if all(self.barred(agency, key_identifier(key), now) for key in signers):
            raise refused("device-suspended")
        if not self.has_authority(arrived["desk"], arrived["by"]):
            raise refused("authority-missing")

    def has_authority(self, desk, by):
        agency = agency_of(desk)
        if by == desk or unit_of(by) in self.rosters[agency]["gateways"]:
            return True
        if agency != self.agency or self.house is None:
            return True
        return unit_of(by) in self.superiors(unit_of(desk))

    def receive_duty(self, duty, now, judged):
        held, place = self.duties.held, (duty["desk"], word_of(duty))
        if place in held and held[place].hash == duty.hash:  # IDN-37
            return
        if self.entry(duty["by"]) is None or self.entry(duty["desk"]) is None:
            raise refused("desk-unknown")
        self.signed_by_desk(duty, agency_of(duty["desk"]), now)
        self.not_from_future(duty["issued"], now)
        if place in held and duty["issued"] <= held[place]["issued"]:
            raise refused("duty-older")
        if judged:
            desks = [entry["desk"] for entry in self.rosters[agency_of(duty["desk"])]["desks"]]
            self.duties.judge(duty, desks)
        held[place] = duty

    def receive_rotation(self, rotation, now):
        held = self.rotations.get(rotation["old"])
        if held and held.hash == rotation.hash:
            return
        self.not_from_future(rotation["at"], now)
        agency = agency_of(rotation["desk"])
        if self.revoked(agency, rotation["old"]):
            raise refused("device-suspended")
        old = self.listed(rotation["desk"], rotation["old"])
        if len(rotation.signers([old, rotation["key"]])) != 2:
            raise refused("signature-invalid")
        if self.barred(agency, rotation["old"], now):
            raise refused("device-suspended")
        self.rotations[rotation["old"]] = rotation

    # Accords

    def receive_accord(self, accord, now):
        parties = {party["agency"]: party["root"] for party in accord["parties"]}
        if self.agency not in parties:
            raise refused("not-a-party")
        if now > accord["not_after"] + accord["grace"]:
            raise refused("expired")
        for agency, root in parties.items():
            held = self.charters.get(agency)
            if held and held[0].hash != root:  # ACC-2
                raise refused("charter-unknown")
        for agency in parties:
            held = self.charters.get(agency)
            if held and not accord.signers(held[-1]["accord_keys"]):
                raise refused("accord-not-signed")
        self.newest_charter(self.agency)
        table = table_of(accord["rules"])
        framework = self.framework(table)
        self.judge_rules(table, terms(accord), framework)
        numbers = self.accords.setdefault(accord["name"], {})
        number = accord["number"]
        entry = numbers.get(number)
        if entry and entry["accord"].hash != accord.hash:
            raise refused("accord-unknown")
        replaced = [self.began(numbers[other]) for other in numbers if other > number]
        if any(began is not None and began <= now for began in replaced):
            raise refused("accord-unknown")
        if entry is None:
            numbers[number] = {"accord": accord, "since": None}
        elif self.signed_by(accord) > self.signed_by(entry["accord"]):  # ACC-10
            entry["accord"] = accord
        for agency, root in parties.items():
            self.roots.setdefault(agency, set()).add(root)

    def judge_rules(self, table, accord=None, framework=None):  # RTE-47
        try:
            rules.check(table, accord, framework)
        except Refused:
            raise refused("rules-invalid")

    def framework(self, table):
        """The framework of an annex, which has to be held (RTE-47)."""
        if table["framework"] is None:
            return None
        entries = [entry for numbers in self.accords.values() for entry in numbers.values()]
        held = [entry["accord"] for entry in entries]
        named = [accord for accord in held if accord.hash == table["framework"]]
        if not named:
            raise refused("accord-unknown")
        return {"rules": table_of(named[0]["rules"]), "accord": terms(named[0])}

    def signed_by(self, accord):
        """The parties whose newest charter has a key that signed."""
        return {
            party["agency"]
            for party in accord["parties"]
            if self.charters.get(party["agency"])
            and accord.signers(self.charters[party["agency"]][-1]["accord_keys"])
        }

    def agreed(self, accord):  # ACC-1, without its times
        return self.signed_by(accord) == {party["agency"] for party in accord["parties"]}

    def settle_accords(self, now):
        """Note since when an accord is agreed."""
        for numbers in self.accords.values():
            for entry in numbers.values():
                if not self.agreed(entry["accord"]):
                    entry["since"] = None
                elif entry["since"] is None:
                    entry["since"] = now

    def began(self, entry):
        return None if entry["since"] is None else max(entry["since"], entry["accord"]["not_before"])

    def replaced_at(self, accord):
        """When a higher number of its name came into force, or None."""
        numbers = self.accords[accord["name"]]
        times = [
            self.began(numbers[number])
            for number in numbers
            if number > accord["number"] and self.began(numbers[number]) is not None
        ]
        return min(times, default=None)

    def accord_standing(self, digest, at):
        for numbers in self.accords.values():
            for entry in numbers.values():
                if entry["accord"].hash == digest:
                    return entry["accord"], self.standing(entry, at)
        raise refused("accord-unknown")

    def standing(self, entry, at):
        accord, began = entry["accord"], self.began(entry)
        if began is None or at < accord["not_before"]:
            raise refused("accord-unknown")
        framework = table_of(accord["rules"])["framework"]
        if framework is not None:  # ACC-11
            try:
                self.accord_standing(framework, at)
            except Refused:
                raise refused("accord-unknown")
        if at > accord["not_after"] + accord["grace"]:
            raise refused("expired")
        replaced = self.replaced_at(accord)
        if replaced is not None and at > replaced + SUPERSEDED:
            raise refused("accord-unknown")
        if replaced is not None and at >= replaced:
            return "superseded"
        return "stale" if at > accord["not_after"] else "current"

    def accord_lists(self, at):
        in_force, pending = [], []
        for name in sorted(self.accords):
            for _, entry in sorted(self.accords[name].items()):
                accord = entry["accord"]
                if entry["since"] is None:
                    pending.append(accord.hash)
                    continue
                try:
                    if self.standing(entry, at) != "superseded":
                        in_force.append(accord.hash)
                except Refused:
                    pass
        return in_force, pending

    def judge_marking(self, accord, marking):  # ACC-3
        if not below_ceiling(marking, accord["ceiling"]):
            raise refused("marking-above-ceiling")

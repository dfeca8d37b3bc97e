"""Chapter envelope, admission: what a relay lets pass."""

import routing
from crypto import key_identifier
from directory import SUPERSEDED
from encoding import MINUTE, Refused
from envelope import decode_envelope, desk_of, verify
from identity import agency_of
from rules import PRECEDENCE, below_ceiling, table_of

STAGES = {
    1: "decode",
    2: "version",
    3: "trust",
    4: "trust",
    5: "policy",
    6: "signature",
    7: "freshness",
    8: "freshness",
    9: "freshness",
    10: "policy",
    11: "freshness",
    12: "trust",
    13: "policy",
    14: "policy",
    15: "policy",
    16: "policy",
    17: "policy",
    18: "policy",
    19: "freshness",
}
STALE_ROSTER, STALE_ACCORD, STALE_PREKEY, SUPERSEDED_ROSTER, SUPERSEDED_ACCORD = 1, 2, 3, 4, 5
NOT_YET_READABLE = 7


def demand(condition, number):
    if not condition:
        raise Refused(STAGES[number], f"ADM-{number}")


def named(held, agency, digest):
    """The roster of a hash, whether the newest or a replaced one."""
    rosters = [roster for roster, _ in held.replaced.get(agency, ())]
    rosters += [held.rosters[agency]] if agency in held.rosters else []
    return next((roster for roster in rosters if roster.hash == digest), None)


def entry_of(roster, desk):
    return next((entry for entry in roster["desks"] if entry["desk"] == desk), None)


def identifiers(entry):
    return {key_identifier(device["key"]): device["key"] for device in entry["devices"]}


def judge(held, side, data, now):
    """What the receipt states, or a refusal whose reason is the clause."""
    try:
        envelope, header = decode_envelope(data)
    except Refused as refused:
        demand(refused.reason != "suite-unknown", 2)
        raise Refused("decode", "ADM-1")
    notes = set()
    sender, own = header["sender"], held.agency
    home = agency_of(sender)
    demand(home in held.rosters, 3)
    every_roster = [r for agency in held.rosters for r in [named(held, agency, header["roster"])] if r]
    outlives = header["not_before"] is not None and now > header["created"] + SUPERSEDED
    stands_in = set()
    roster = named(held, home, header["roster"])
    is_gone = not every_roster or (roster and not usable(held, home, roster, now))
    if outlives and is_gone:  # ADM-26
        roster = stand_in(held, home, now, notes)
        stands_in.add(home)
    else:
        demand(every_roster, 11)
    entry = roster and entry_of(roster, sender)
    demand(entry, 3)
    device = header["sender_key"]
    demand(device in identifiers(entry), 4)
    demand(not held.barred(home, device, now), 5)
    try:
        verify(envelope, header, [identifiers(entry)[device]])
    except Refused:
        demand(False, 6)
    demand(header["created"] <= now + 5 * MINUTE, 7)
    demand(now < header["expires"], 8)
    agreed = judge_accord(held, header, home, now, notes)
    rosters = judge_rosters(held, header, roster, home, now, notes, outlives, stands_in)
    for addressee in header["addressees"]:
        agency = agency_of(addressee["desk"])
        if side == "egress" or agency == own:
            demand(entry_of(rosters[agency], addressee["desk"]), 12)
    judge_format(header, entry, agreed)
    judge_wraps(held, envelope, header, rosters, now, notes, own in stands_in)
    world = world_of(held, side, agreed, rosters)
    notes.update(routing.decide(header, [], world, side, now)["notes"])  # ADM-28
    return {
        "accord": header["accord"],
        "rosters": [
            {"agency": agency, "number": rosters[agency]["number"]} for agency in sorted(rosters)
        ],
        "notes": sorted(notes),
    }


def judge_accord(held, header, home, now, notes):
    if header["accord"] is None:
        return None
    try:
        agreed, standing = held.accord_standing(header["accord"], now)
    except Refused:
        demand(False, 9)
    if standing == "superseded":
        notes.add(SUPERSEDED_ACCORD)
    if now > agreed["not_after"]:
        notes.add(STALE_ACCORD)
    parties = {party["agency"] for party in agreed["parties"]}
    demand({home} | {entry["agency"] for entry in header["rosters"]} <= parties, 10)
    return agreed


def usable(held, agency, roster, now):
    """Whether a roster that a header names may be used (ADM-11)."""
    try:
        held.roster(agency, now, roster["number"])
        return True
    except Refused:
        return False


def stand_in(held, agency, now, notes):
    """ADM-26: the newest roster, for a deferred message that outlived the one it names."""
    newest = held.rosters[agency]
    demand(now <= newest["not_after"] + newest["grace"], 11)
    notes.add(SUPERSEDED_ROSTER)
    return newest


def judge_rosters(held, header, roster, home, now, notes, outlives, stands_in):
    """ADM-11: the roster of each agency that the header names."""
    numbers = {entry["agency"]: entry["number"] for entry in header["rosters"]}
    numbers[home] = roster["number"]
    rosters = {}
    for agency, number in numbers.items():
        if agency in stands_in:
            rosters[agency] = roster
            continue
        try:
            rosters[agency], standing = held.roster(agency, now, number)
        except Refused:
            newest = held.rosters.get(agency)
            demand(outlives and newest and number <= newest["number"], 11)
            rosters[agency] = stand_in(held, agency, now, notes)
            stands_in.add(agency)
            continue
        if standing == "superseded":
            notes.add(SUPERSEDED_ROSTER)
        if now > rosters[agency]["not_after"]:
            notes.add(STALE_ROSTER)
    return rosters


def judge_format(header, entry, agreed):
    kind = header["format"], header["format_version"]
    if agreed is not None:  # ADM-23
        demand(kind in {(f["format"], f["version"]) for f in agreed["formats"]}, 13)
    rank = PRECEDENCE.order(header["precedence"])
    demand(
        any(a["format"] == kind[0] and a["precedence"] >= rank for a in entry["authorities"]), 14
    )
    if agreed is not None:
        demand(below_ceiling(header["marking"], agreed["ceiling"]), 15)
        demand(header["expires"] - header["created"] <= agreed["lifetime"], 16)


def world_of(held, side, agreed, rosters):
    """What `decide` judges by, of a relay that has seen no message before."""
    house = held.house if side == "egress" else None
    return {
        "own": held.agency,
        "accord": agreed and {"rules": table_of(agreed["rules"])},
        "rosters": [shown(roster) for roster in rosters.values()],
        "house": house and {"units": house["units"], "rules": table_of(house["rules"])},
        "known": [],
        "sent": [],
    }


def shown(roster):
    """A roster whose authorities name their precedence."""
    desks = [
        {
            **entry,
            "authorities": [
                {"format": a["format"], "precedence": PRECEDENCE.words[a["precedence"]]}
                for a in entry["authorities"]
            ],
        }
        for entry in roster["desks"]
    ]
    return {**roster.value, "desks": desks}


def judge_wraps(held, envelope, header, rosters, now, notes, stood_in):
    own = held.agency
    wraps = [(wrap, desk_of(wrap, header)) for wrap in envelope["wraps"]]
    wraps = [(wrap, desk) for wrap, desk in wraps if agency_of(desk) == own]
    newest = held.rosters[own]
    for wrap, desk in wraps:
        entry = entry_of(rosters[own], desk)
        is_listed = entry and wrap["device"] in identifiers(entry)
        if stood_in and not is_listed:  # ADM-26
            continue
        demand(is_listed, 18)
        bundles = held.bundles.get(wrap["device"], [])[-2:]
        prekeys = {prekey["id"]: prekey for bundle in bundles for prekey in bundle["prekeys"]}
        demand(wrap["prekey"] in prekeys, 19)
        last = max(prekey["not_after"] for prekey in prekeys.values())
        demand(now <= last + rosters[own]["grace"], 19)
        if now > last:
            notes.add(STALE_PREKEY)
    for addressee in header["addressees"]:
        desk = addressee["desk"]
        if agency_of(desk) != own:
            continue
        entry = entry_of(newest, desk)
        current = {
            identifier
            for identifier in (identifiers(entry) if entry else ())
            if not held.barred(own, identifier, now)
        }
        if not any(wrap["device"] in current for wrap, of in wraps if of == desk):
            demand(header["precedence"] in ("immediate", "flash"), 17)
            notes.add(NOT_YET_READABLE)

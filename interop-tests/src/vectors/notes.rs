//! What each kind of fault is, and what is lost by whoever overlooks it.

/// Flag, description, effect.
pub(super) const NOTES: &[(&str, &str, &str)] = &[
    // Bytes
    (
        "NonMinimal",
        "a varint is longer than its value needs",
        "one value has two hashes",
    ),
    (
        "TooLarge",
        "a varint's value does not fit its type",
        "readers differ about the value",
    ),
    (
        "Truncated",
        "the bytes end early",
        "a reader reads beyond its input",
    ),
    (
        "Trailing",
        "bytes are left over",
        "one value has many hashes",
    ),
    (
        "BadTag",
        "a tag that the table does not list",
        "readers differ about the value",
    ),
    (
        "BadText",
        "a string that is not UTF-8, or holds U+0000",
        "names that look alike differ",
    ),
    (
        "HugeLength",
        "a length or count far beyond the bytes",
        "memory is reserved at a stranger's wish",
    ),
    (
        "WrongLength",
        "a fixed array of another length",
        "fields shift into each other",
    ),
    (
        "NotCanonical",
        "another encoding of the same value",
        "one value has two hashes",
    ),
    (
        "WrongVersion",
        "another encoding version",
        "bytes are read by the wrong rules",
    ),
    (
        "WrongKind",
        "another kind of object",
        "an object is taken for another",
    ),
    // Values
    (
        "Unsorted",
        "elements not in ascending order",
        "one set has many hashes",
    ),
    (
        "Duplicate",
        "an element or key twice",
        "readers differ about which one counts",
    ),
    (
        "OverLimit",
        "a field outside its limit",
        "growth without bound, or a field that means nothing",
    ),
    (
        "Inconsistent",
        "fields that contradict each other",
        "readers differ about which one counts",
    ),
    (
        "CriticalUnknown",
        "a critical extension that is not known",
        "half of a rule is followed",
    ),
    (
        "BadAddress",
        "a text off the grammar of addresses",
        "names that look alike differ",
    ),
    (
        "Tree",
        "units that form no tree",
        "a walk up the chain of command never ends",
    ),
    (
        "RulesUnknown",
        "rules, which edition 1 does not know",
        "an agreement is followed by half",
    ),
    (
        "AboveCeiling",
        "a marking above the ceiling",
        "what is too sensitive leaves the agency",
    ),
    (
        "Mistyped",
        "a text with a wrong, missing or further character",
        "a device asks the wrong relay",
    ),
    // Keys and signatures
    (
        "KeyNotCanonical",
        "a public key that is not the one encoding of a point",
        "one key has two identifiers",
    ),
    (
        "KeySmallOrder",
        "a public key of small order",
        "signatures and secrets under it bind nobody",
    ),
    (
        "KeyNotReduced",
        "an ML-KEM key with a coefficient of 3329 or more",
        "one key has two encodings",
    ),
    (
        "Unsigned",
        "too few signatures, or none of a key that may sign",
        "anyone speaks for the agency",
    ),
    (
        "WrongSigner",
        "signed well, by a key that may not sign it",
        "a lesser key does a greater one's work",
    ),
    (
        "BadSignature",
        "a signature that is not good",
        "anyone speaks for the agency",
    ),
    (
        "Malleable",
        "a signature whose S is not below the group order",
        "a signature has a second form",
    ),
    (
        "CrossKind",
        "a signature made for another kind of object",
        "bytes signed as one thing count as another",
    ),
    (
        "WrongProof",
        "a proof made with another secret or for other fields",
        "a stranger enrols",
    ),
    // Trust
    (
        "RootUnknown",
        "a charter 0 whose hash nobody has vouched for",
        "a stranger founds an agency",
    ),
    (
        "RootOther",
        "another root than that of the charter held",
        "a name changes hands",
    ),
    (
        "ChainBroken",
        "the object before it is missing or another one",
        "history is rewritten",
    ),
    (
        "WrongCharter",
        "a roster under another charter than the newest",
        "a key that was withdrawn still signs",
    ),
    (
        "NotListed",
        "a desk or device that the roster does not list",
        "a stranger acts as a device",
    ),
    (
        "NotHeld",
        "what is asked for has not arrived",
        "something is judged by what is not known",
    ),
    (
        "NotPublished",
        "an object that is not published to this receiver",
        "an agency's inner order leaks",
    ),
    (
        "NotEntitled",
        "a desk that may not do this",
        "a subordinate silences a superior",
    ),
    (
        "Barred",
        "a device that is revoked or suspended",
        "a stolen device acts on",
    ),
    (
        "NotAParty",
        "the receiver's agency is no party",
        "an agreement binds those who did not sign",
    ),
    (
        "NotInForce",
        "not in force for the receiver",
        "an agreement counts before all have signed",
    ),
    // Time
    (
        "Older",
        "an older object than the one held",
        "what was withdrawn comes back",
    ),
    (
        "Forked",
        "a second object for one place",
        "two receivers see two truths",
    ),
    (
        "Replaced",
        "a later one has replaced it",
        "what was withdrawn comes back",
    ),
    (
        "Expired",
        "its time has passed",
        "what should have ended goes on",
    ),
    (
        "Future",
        "its time has not come",
        "what is to begin counts already",
    ),
];

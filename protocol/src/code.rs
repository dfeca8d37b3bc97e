//! What a peer is told: the numbered codes of `spec/registry.md`.

use serde::{Deserialize, Serialize};

/// Who has to act on an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// Whoever sent what was refused.
    Sender,
    /// Whoever refused it.
    Receiver,
    /// Either side, or the network between them.
    Either,
    /// Nobody: time passed, or it was said before.
    Nobody,
}

/// Whether the same bytes may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Never: make a new message.
    Never,
    /// After the sender has refreshed its directory or clock.
    AfterUpdate,
    /// Later, as they are.
    Later,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $number:literal, $word:literal, $blame:ident, $retry:ident;)+) => {
        /// A registered error code. Spec: registry.md, Error codes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[doc = $doc])+ $name,)+
        }

        impl ErrorCode {
            /// Every registered code.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The number on the wire.
            #[must_use]
            pub const fn number(self) -> u16 {
                match self { $(Self::$name => $number,)+ }
            }

            /// The word that people and JSON see.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// Who has to act.
            #[must_use]
            pub const fn blame(self) -> Blame {
                match self { $(Self::$name => Blame::$blame,)+ }
            }

            /// Whether the same bytes may be sent again.
            #[must_use]
            pub const fn retry(self) -> Retry {
                match self { $(Self::$name => Retry::$retry,)+ }
            }
        }
    };
}

codes! {
    /// Not canonical, or over a limit.
    Malformed = 1, "malformed", Sender, Never;
    /// Another suite than 1.
    SuiteUnknown = 2, "suite-unknown", Sender, Never;
    /// The sender is no desk of the named roster.
    SenderUnknown = 3, "sender-unknown", Sender, AfterUpdate;
    /// The key is no device of the sender.
    DeviceUnknown = 4, "device-unknown", Sender, AfterUpdate;
    /// The key is revoked or suspended.
    DeviceSuspended = 5, "device-suspended", Sender, Never;
    /// The signature is not good.
    SignatureInvalid = 6, "signature-invalid", Sender, Never;
    /// `created` is more than five minutes ahead.
    CreatedInFuture = 7, "created-in-future", Sender, AfterUpdate;
    /// `expires` has passed.
    Expired = 8, "expired", Nobody, Never;
    /// The accord is not in force here.
    AccordUnknown = 9, "accord-unknown", Sender, AfterUpdate;
    /// An agency is no party of the accord.
    NotAParty = 10, "not-a-party", Sender, Never;
    /// A named roster was replaced too long ago, or is past its grace.
    RosterStale = 11, "roster-stale", Sender, AfterUpdate;
    /// An addressed desk is not in the named roster.
    DeskUnknown = 12, "desk-unknown", Sender, AfterUpdate;
    /// The accord does not list the format.
    FormatNotAccepted = 13, "format-not-accepted", Sender, Never;
    /// The desk may not originate this.
    AuthorityMissing = 14, "authority-missing", Sender, Never;
    /// The marking is above the accord's ceiling.
    MarkingAboveCeiling = 15, "marking-above-ceiling", Sender, Never;
    /// The lifetime is longer than the accord allows.
    LifetimeTooLong = 16, "lifetime-too-long", Sender, Never;
    /// An addressed desk has no wrap.
    WrapMissing = 17, "wrap-missing", Sender, Never;
    /// A wrap is for no device of an addressed desk.
    WrapUnknown = 18, "wrap-unknown", Sender, Never;
    /// A wrap uses a prekey that is not published.
    PrekeyUnknown = 19, "prekey-unknown", Sender, AfterUpdate;
    /// Another digest stands under the same sender and reference.
    ReferenceReused = 20, "reference-reused", Sender, Never;
    /// The same digest again.
    Duplicate = 21, "duplicate", Nobody, Never;
    /// Disk headroom is low.
    LowSpace = 22, "low-space", Receiver, Later;
    /// The named roster has not arrived yet.
    RosterMissing = 23, "roster-missing", Receiver, Later;
    /// No link is ever possible to an addressed agency.
    NoRoute = 24, "no-route", Sender, Never;
    /// The signer is not entitled to the claim.
    StatementNotEntitled = 40, "statement-not-entitled", Sender, Never;
    /// The statement is not canonical or not signed by its signer.
    StatementInvalid = 41, "statement-invalid", Sender, Never;
    /// Too many statements wait for their envelopes, or too many of a desk's messages for their time.
    TooManyWaiting = 42, "too-many-waiting", Sender, Later;
    /// The message that is to be cancelled is not, or no longer, held back here.
    NotHeld = 43, "not-held", Sender, Never;
    /// The charter behind the object is not known.
    CharterUnknown = 50, "charter-unknown", Sender, AfterUpdate;
    /// A charter does not follow the one before it.
    CharterChainBroken = 51, "charter-chain-broken", Sender, Never;
    /// A roster's number is lower than that held.
    RosterOlder = 52, "roster-older", Sender, Never;
    /// Two rosters claim one place.
    RosterForked = 53, "roster-forked", Sender, Never;
    /// A roster is past its grace.
    RosterExpired = 54, "roster-expired", Sender, AfterUpdate;
    /// The rules of an accord or house are no rule table.
    AccordRulesUnknown = 55, "accord-rules-unknown", Sender, Never;
    /// A party's signature under the accord is missing.
    AccordNotSigned = 56, "accord-not-signed", Sender, AfterUpdate;
    /// A prekey bundle is not newer than that held.
    PrekeysOlder = 57, "prekeys-older", Sender, Never;
    /// An object of a kind that is not published.
    ObjectUnknown = 58, "object-unknown", Sender, Never;
    /// No such invitation, or it has expired.
    InvitationUnknown = 60, "invitation-unknown", Sender, Never;
    /// The invitation has admitted a device already.
    InvitationUsed = 61, "invitation-used", Sender, Never;
    /// Above the rate.
    TooManyRequests = 62, "too-many-requests", Sender, Later;
    /// The first frame was no hello.
    HelloMissing = 70, "hello-missing", Sender, Never;
    /// No version in common.
    VersionUnknown = 71, "version-unknown", Sender, Never;
    /// The claimed role is not that of the key.
    RoleWrong = 72, "role-wrong", Sender, Never;
    /// The role may not send this frame.
    FrameNotAllowed = 73, "frame-not-allowed", Sender, Never;
    /// A newer link with the same key took over.
    Replaced = 74, "replaced", Nobody, Later;
    /// The relay is stopping.
    ShuttingDown = 75, "shutting-down", Receiver, Later;
    /// The Noise handshake failed.
    HandshakeFailed = 80, "handshake-failed", Either, Later;
    /// A record does not open or has an unknown type.
    RecordInvalid = 81, "record-invalid", Sender, Later;
    /// A frame is empty or too long.
    FrameOversized = 82, "frame-oversized", Sender, Never;
    /// A stream that is no lane.
    StreamUnexpected = 83, "stream-unexpected", Sender, Never;
    /// A stream ended without its final record.
    StreamTruncated = 84, "stream-truncated", Either, Later;
    /// The handshake took too long.
    HandshakeTimeout = 85, "handshake-timeout", Sender, Later;
    /// A handshake message has another length than its pattern.
    HandshakeMalformed = 86, "handshake-malformed", Sender, Never;
    /// A key of the handshake breaks CRY-2 or CRY-3.
    KeyInvalid = 87, "key-invalid", Sender, Never;
    /// A record is shorter or longer than a record may be.
    RecordLength = 88, "record-length", Sender, Never;
    /// A record opens but has an unknown type or shape.
    RecordMalformed = 89, "record-malformed", Sender, Never;
    /// A stream has used up its record counter.
    RecordExhausted = 90, "record-exhausted", Sender, Later;
    /// Bytes follow a stream's final record.
    StreamTrailing = 91, "stream-trailing", Sender, Never;
    /// A frame of no bytes.
    FrameEmpty = 92, "frame-empty", Sender, Never;
    /// A stream ended inside a frame.
    FrameTruncated = 93, "frame-truncated", Either, Later;
    /// No row of a rule table matches.
    RuleMissing = 100, "rule-missing", Sender, Never;
    /// The message skips a unit or a gateway that it must go through.
    PathWrong = 101, "path-wrong", Sender, Never;
    /// The rule does not allow the exception.
    ExceptionNotAllowed = 102, "exception-not-allowed", Sender, Never;
    /// Somebody who must be informed is not addressed.
    CopyMissing = 103, "copy-missing", Sender, Never;
    /// A deadline is missing or longer than the rule allows.
    DeadlineMissing = 104, "deadline-missing", Sender, Never;
    /// Nobody is addressed to whom silence would lead.
    StandbyMissing = 105, "standby-missing", Sender, Never;
    /// A standby is of no action addressee's agency.
    StandbyWrong = 106, "standby-wrong", Sender, Never;
    /// More addressees than the rule allows.
    TooManyAddressees = 107, "too-many-addressees", Sender, Never;
    /// A longer body than the rule allows.
    BodyTooLong = 108, "body-too-long", Sender, Never;
    /// The desk is above its rate.
    RateExceeded = 109, "rate-exceeded", Sender, Later;
    /// The accord has no such task force, or the sender is no member.
    TaskForceUnknown = 110, "task-force-unknown", Sender, Never;
    /// A member of the task force is not addressed, or somebody else is.
    MemberMissing = 111, "member-missing", Sender, Never;
    /// The exercise is not registered, or a desk takes no part in it.
    ExerciseUnknown = 112, "exercise-unknown", Sender, Never;
    /// Outside the exercise's window.
    ExerciseOver = 113, "exercise-over", Sender, Never;
    /// Nobody who may release is addressed.
    ReleaserMissing = 114, "releaser-missing", Sender, Never;
    /// The release that the rule demands is not there.
    ReleaseMissing = 115, "release-missing", Sender, Never;
    /// The release is by a desk that may not release this.
    ReleaseInvalid = 116, "release-invalid", Sender, Never;
    /// The rules of the raised precedence demand another plan.
    Replan = 117, "replan", Sender, Never;
    /// Whoever should release has refused.
    ReleaseRefused = 118, "release-refused", Sender, Never;
    /// An enclosed message is not known here.
    EnclosureUnknown = 119, "enclosure-unknown", Sender, Never;
    /// The originator has not granted the forward.
    GrantMissing = 120, "grant-missing", Sender, AfterUpdate;
    /// The forward is marked more weakly than what it encloses.
    MarkingWeakened = 121, "marking-weakened", Sender, Never;
    /// The marking forbids the forward.
    NotForOnward = 122, "not-for-onward", Sender, Never;
    /// A reply or forward has another status than its parent.
    StatusChanged = 123, "status-changed", Sender, Never;
    /// Another desk's message cannot be superseded.
    NotTheOriginator = 124, "not-the-originator", Sender, Never;
    /// A rule table contradicts itself, its accord or its framework.
    RulesInvalid = 125, "rules-invalid", Sender, Never;
    /// A later word about the desk's duty is held.
    DutyOlder = 126, "duty-older", Sender, Never;
    /// The deputy of an absence is no desk of the roster.
    DeputyUnknown = 127, "deputy-unknown", Sender, AfterUpdate;
    /// Nobody is at the desk that is to take over.
    NotStaffed = 128, "not-staffed", Sender, AfterUpdate;
    /// The deputies of absences lead back to where they began.
    DeputyCycle = 129, "deputy-cycle", Sender, Never;
    /// A step of a chain cannot be asked for yet.
    StepEarly = 130, "step-early", Sender, Never;
    /// There is no such step that was not taken.
    StepUnknown = 131, "step-unknown", Sender, Never;
    /// An extension to a time that it may not have, or of nothing.
    ExtensionInvalid = 132, "extension-invalid", Sender, Never;
}

impl ErrorCode {
    /// The code of a number, where it is registered.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.number() == number)
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.number().serialize(serializer)
    }
}

/// A remark that a relay adds to a receipt. Spec: registry.md, Notes in receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Note(pub u16);

impl Note {
    /// A roster past its `not_after` was used within its grace.
    pub const STALE_ROSTER: Self = Self(1);
    /// An accord past its `not_after` was used within its grace.
    pub const STALE_ACCORD: Self = Self(2);
    /// A wrap used a prekey past its `not_after`.
    pub const STALE_PREKEY: Self = Self(3);
    /// A replaced roster was used.
    pub const SUPERSEDED_ROSTER: Self = Self(4);
    /// A replaced accord was used.
    pub const SUPERSEDED_ACCORD: Self = Self(5);
    /// The relay's clock is off.
    pub const CLOCK_UNSURE: Self = Self(6);
    /// A desk has no wrap yet.
    pub const NOT_YET_READABLE: Self = Self(7);
    /// A forward was judged by a grant that could not be checked.
    pub const GRANT_UNVERIFIED: Self = Self(8);
    /// A flash above its desk's rate.
    pub const ABOVE_RATE: Self = Self(9);
    /// A named exception stands in for copies.
    pub const EXCEPTION_USED: Self = Self(10);

    /// The word that people and JSON see; the number for one that is not known.
    #[must_use]
    pub fn word(self) -> String {
        let words = [
            "stale-roster",
            "stale-accord",
            "stale-prekey",
            "superseded-roster",
            "superseded-accord",
            "clock-unsure",
            "not-yet-readable",
            "grant-unverified",
            "above-rate",
            "exception-used",
        ];
        let known = usize::from(self.0)
            .checked_sub(1)
            .and_then(|at| words.get(at));
        known.map_or_else(|| self.0.to_string(), |word| (*word).to_owned())
    }
}

//! Why a published object is refused.

use crate::address::Agency;
use crate::code::ErrorCode;
use crate::encoding::EncodingError;

/// Why a published object is refused. Whoever sent it is at fault unless a variant says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// The bytes are not a signed object of their kind.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    /// An object of a kind that is not published.
    #[error("objects of kind {0} are not published")]
    ObjectUnknown(u8),
    /// The charter behind the object is not held, is not the newest, or its root is not trusted.
    #[error("no trusted charter of {0} stands behind the object")]
    CharterUnknown(Agency),
    /// A charter does not follow the one held before it.
    #[error("charter {number} of {agency} does not follow the one before it")]
    CharterChainBroken {
        /// The agency.
        agency: Agency,
        /// Number of the charter refused.
        number: u32,
    },
    /// No key that may sign has made a good signature, or too few have.
    #[error("not signed by the keys that may sign it")]
    SignatureInvalid,
    /// The agency's roster has not arrived yet: nobody is at fault, the object may come again.
    #[error("the roster of {0} has not arrived yet")]
    RosterMissing(Agency),
    /// A roster or house with a lower number than the one held.
    #[error("number {number} is below {held}, which is held")]
    RosterOlder {
        /// Number of the object refused.
        number: u64,
        /// Number held.
        held: u64,
    },
    /// Two rosters or houses claim one place: the agency's roster keys are misused.
    #[error("a second {number} of {agency} claims the place of the one held")]
    RosterForked {
        /// The agency.
        agency: Agency,
        /// The number claimed twice.
        number: u64,
    },
    /// A roster past its grace.
    #[error("the roster is past its grace")]
    RosterExpired,
    /// A house of another agency.
    #[error("the house of another agency, {0}")]
    HouseForeign(Agency),
    /// An accord or house whose rules are no rule table.
    #[error("its rules are no rule table")]
    AccordRulesUnknown,
    /// A rule table that contradicts itself, its accord or its framework.
    #[error("the rules contradict themselves, the accord or its framework ({0})")]
    RulesInvalid(&'static str),
    /// The framework that an annex tightens is not held.
    #[error("the framework of the annex is not held")]
    FrameworkUnknown,
    /// The own agency is no party of the accord.
    #[error("not a party of the accord")]
    NotAParty,
    /// A party whose charter is held has not signed the accord.
    #[error("the accord lacks a good signature of {0}")]
    AccordNotSigned(Agency),
    /// An accord that was replaced, or whose number another one holds.
    #[error("another accord of that name and number, or a later one, is held")]
    AccordReplaced,
    /// A desk that the roster does not list.
    #[error("the roster does not list the desk")]
    DeskUnknown,
    /// A device that the roster does not list for the desk.
    #[error("the roster does not list the device for that desk")]
    DeviceUnknown,
    /// The signing device is revoked or suspended.
    #[error("the signing device is revoked or suspended")]
    DeviceSuspended,
    /// A prekey bundle that is not later than the one held.
    #[error("a prekey bundle issued as late or later is held")]
    PrekeysOlder,
    /// The signing desk may not speak of that desk or its devices.
    #[error("the signing desk is neither the desk itself, a superior one, nor a gateway's")]
    AuthorityMissing,
    /// A time more than five minutes ahead: one of the clocks is wrong.
    #[error("signed in the future")]
    CreatedInFuture,
    /// An object whose time has passed.
    #[error("its time has passed")]
    Expired,
    /// A duty that is not later than the one of its desk and entry that is held.
    #[error("a duty of that desk issued as late or later is held")]
    DutyOlder,
    /// The deputy of an absence is no desk of the roster.
    #[error("the roster does not list the deputy")]
    DeputyUnknown,
    /// Nobody is at the desk that is to stand in.
    #[error("the deputy is not staffed")]
    NotStaffed,
    /// The deputies of absences lead back to the desk.
    #[error("the deputies lead back to the desk")]
    DeputyCycle,
    /// A bound of what is kept is reached.
    #[error("too many are held already")]
    TooMany,
}

impl DirectoryError {
    /// What the sender is told.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Encoding(_) => ErrorCode::Malformed,
            Self::ObjectUnknown(_) | Self::HouseForeign(_) => ErrorCode::ObjectUnknown,
            Self::CharterUnknown(_) => ErrorCode::CharterUnknown,
            Self::CharterChainBroken { .. } => ErrorCode::CharterChainBroken,
            Self::SignatureInvalid => ErrorCode::SignatureInvalid,
            Self::RosterMissing(_) => ErrorCode::RosterMissing,
            Self::RosterOlder { .. } => ErrorCode::RosterOlder,
            Self::RosterForked { .. } => ErrorCode::RosterForked,
            Self::RosterExpired => ErrorCode::RosterExpired,
            Self::AccordRulesUnknown => ErrorCode::AccordRulesUnknown,
            Self::RulesInvalid(_) => ErrorCode::RulesInvalid,
            Self::FrameworkUnknown => ErrorCode::AccordUnknown,
            Self::NotAParty => ErrorCode::NotAParty,
            Self::AccordNotSigned(_) => ErrorCode::AccordNotSigned,
            Self::AccordReplaced => ErrorCode::AccordUnknown,
            Self::DeskUnknown => ErrorCode::DeskUnknown,
            Self::DeviceUnknown => ErrorCode::DeviceUnknown,
            Self::DeviceSuspended => ErrorCode::DeviceSuspended,
            Self::PrekeysOlder => ErrorCode::PrekeysOlder,
            Self::AuthorityMissing => ErrorCode::AuthorityMissing,
            Self::CreatedInFuture => ErrorCode::CreatedInFuture,
            Self::Expired => ErrorCode::Expired,
            Self::DutyOlder => ErrorCode::DutyOlder,
            Self::DeputyUnknown => ErrorCode::DeputyUnknown,
            Self::NotStaffed => ErrorCode::NotStaffed,
            Self::DeputyCycle => ErrorCode::DeputyCycle,
            Self::TooMany => ErrorCode::TooManyWaiting,
        }
    }
}

//! Getting in: the link of a device that no roster lists yet. Spec: identity.md, Getting in.
//!
//! Sends the enrolment request and waits to be signed into the roster. A relay that knows the
//! device already closes the link with `role-wrong`: then it is time to come back as a device.

use super::{Action, CourierError, Event};
use crate::account::Account;
use estafette_protocol::channel::Lane;
use estafette_protocol::code::ErrorCode;
use estafette_protocol::crypto::{Hash, HopKey};
use estafette_protocol::encoding::{decode, encode};
use estafette_protocol::enrolment::{EnrolmentRequest, InvitationSecret, device_fingerprint};
use estafette_protocol::frame::{Enrolment, Frame, LinkRole};
use estafette_protocol::session::{Received, Session, frame_hash};
use estafette_protocol::time::UnixMillis;

/// One end of a link to the relay that shall enrol this device.
#[derive(Debug)]
pub struct Stranger {
    session: Session<()>,
    actions: Vec<Action>,
}

impl Stranger {
    /// Begins a link; gives the first frame to send.
    ///
    /// # Errors
    /// When the own hello cannot be encoded.
    pub fn open(now: UnixMillis) -> Result<(Self, Vec<Action>), CourierError> {
        let session = Session::new(LinkRole::Stranger, LinkRole::Relay);
        let hello = session.hello(now, Vec::new());
        let mut stranger = Self {
            session,
            actions: Vec::new(),
        };
        stranger.send(&hello)?;
        let actions = std::mem::take(&mut stranger.actions);
        Ok((stranger, actions))
    }

    /// Whether the relay's hello has come.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.session.is_open()
    }

    /// Takes a frame.
    ///
    /// # Errors
    /// When the own request cannot be encoded.
    pub fn handle(&mut self, account: &Account, bytes: &[u8]) -> Result<Vec<Action>, CourierError> {
        let frame = decode::<Frame>(bytes).map_err(|_| frame_hash(bytes));
        match self.session.handle(frame) {
            Received::Hello(_) => {
                if let Some(request) = request(account) {
                    let request = encode(&request)?.into();
                    self.send(&Frame::Enrol { request })?;
                }
            }
            Received::Frame(Frame::Enrolled { outcome }) => {
                let event = match outcome {
                    Enrolment::Pending => Event::EnrolmentPending,
                    Enrolment::Done => Event::Enrolled,
                };
                self.actions.push(Action::Event(event));
            }
            Received::Frame(Frame::Fault(fault)) => {
                let code = ErrorCode::from_number(fault.code);
                self.actions
                    .push(Action::Event(Event::EnrolmentRefused { code }));
            }
            Received::Fault(fault) => self.send(&Frame::Fault(fault))?,
            Received::Close(code) => self.actions.push(Action::Close(code)),
            _ => {}
        }
        Ok(std::mem::take(&mut self.actions))
    }

    fn send(&mut self, frame: &Frame) -> Result<(), CourierError> {
        let frame = encode(frame)?;
        let lane = Lane::Ordinary;
        self.actions.push(Action::Send { lane, frame });
        Ok(())
    }
}

/// The fingerprint that the officer reads out to whoever signs the roster (IDN-28).
///
/// `None` for a hop key that no roster would list, which is never drawn.
#[must_use]
pub fn fingerprint(account: &Account) -> Option<Hash> {
    let hop_key = HopKey::from_bytes(&account.hop_key().public()).ok()?;
    let key = account.signing_key().verifying_key();
    Some(device_fingerprint(&key, &hop_key))
}

/// The enrolment request of an account that holds an invitation (IDN-26).
fn request(account: &Account) -> Option<EnrolmentRequest> {
    let contents = &account.keys.contents;
    let secret = contents.invitation.as_ref()?;
    let secret = InvitationSecret::from_bytes(*secret.expose());
    let hop_key = HopKey::from_bytes(&account.hop_key().public()).ok()?;
    let key = account.signing_key().verifying_key();
    let desk = contents.desk.clone();
    Some(EnrolmentRequest::new(desk, key, hop_key, &secret))
}

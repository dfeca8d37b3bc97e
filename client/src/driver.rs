//! The courier on the network: connects, moves frames, keeps time, reconnects.
//!
//! Decides when to dial (SES-16), how long to wait, and when a run is over. What frames mean is
//! [`crate::courier`]. One driver runs per account at a time: whoever calls it holds the account's
//! network lock.

use crate::account::Account;
use crate::clock;
use crate::courier::{Action, Courier, CourierError, Event, Stranger};
use crate::store::NextKeys;
use estafette_protocol::code::ErrorCode;
use estafette_protocol::crypto::CryptoRng;
use estafette_protocol::encoding::Text;
use estafette_relay::hop::{CloseCode, Endpoint, HopConfig, HopError, Lane, Link};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// How often the outbox is looked at for what another process put there.
const TICK: Duration = Duration::from_millis(500);
/// How long a relay may take to answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// Silence after which the link counts as lost, and how often silence is broken. Shorter than
/// between relays: a relay that was restarted does not know the link, and a flag waits meanwhile.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);
const KEEP_ALIVE: Duration = Duration::from_secs(3);
/// Silence of a relay that owes an answer, after which the link counts as lost: a flag does not
/// wait for the idle timeout. Doubled each time, since a long message on a poor link looks the same.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(4);
/// Longest such silence.
const ANSWER_TIMEOUT_MAX: Duration = Duration::from_secs(300);
/// Longest wait before the next attempt (SES-16).
const WAIT_MAX: Duration = Duration::from_secs(60);
/// Wait after the first failure (SES-16).
const WAIT_MIN: Duration = Duration::from_millis(500);
/// A link that lasted this long ends the counting of failures (SES-16).
const LASTING: Duration = Duration::from_secs(60);
/// Frames of the urgent lane kept until the hello of the ordinary one has come.
const EARLY_MAX: usize = 64;

/// How the link to the own relay stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// No attempt has ended yet.
    Connecting,
    /// The last attempt or link failed so.
    Down(HopError),
    /// The relay has said hello.
    Up,
}

/// What a run has got to, shown to its goal.
#[derive(Debug)]
#[non_exhaustive]
pub struct Progress {
    /// The link.
    pub link: LinkState,
    /// Whether all that waited has been received once.
    pub synced: bool,
    /// What happened since the goal was last asked.
    pub events: Vec<Event>,
    /// Code of the last close by the relay.
    pub closed: Option<ErrorCode>,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            link: LinkState::Connecting,
            synced: false,
            events: Vec::new(),
            closed: None,
        }
    }
}

/// Whether a run may end. Asked after everything that happens.
pub type Goal<'a> = &'a mut dyn FnMut(&Account, &mut Progress) -> Result<bool, CourierError>;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The goal was reached.
    Reached,
    /// Time ran out.
    TimedOut,
}

/// Why a run ended that should not have.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriverError {
    /// Something of this machine.
    #[error(transparent)]
    Courier(#[from] CourierError),
    /// No sockets.
    #[error("no network: {0}")]
    Endpoint(HopError),
}

/// A courier on the network.
#[derive(Debug)]
pub struct Driver {
    endpoint: Endpoint,
    failures: u32,
    answer_timeout: Duration,
    /// Whether to say hello as a device although no roster held lists this one.
    as_device: bool,
    /// Whether to come with the keys that wait for a roster, where there are some (IDN-42).
    as_next: bool,
    progress: Progress,
    state: watch::Sender<LinkState>,
    pokes: mpsc::Receiver<()>,
}

/// The two things a link can be for.
enum Party {
    Device(Box<Courier>),
    Stranger(Stranger),
}

impl Party {
    fn is_waiting(&self) -> bool {
        match self {
            Self::Device(courier) => courier.is_waiting(),
            Self::Stranger(_) => false,
        }
    }

    const fn is_open(&self) -> bool {
        match self {
            Self::Device(courier) => courier.is_open(),
            Self::Stranger(stranger) => stranger.is_open(),
        }
    }
}

impl Driver {
    /// A driver that looks at the outbox at once when poked.
    ///
    /// # Errors
    /// [`DriverError::Endpoint`].
    pub fn new(pokes: mpsc::Receiver<()>) -> Result<Self, DriverError> {
        let config = HopConfig {
            handshake_timeout: CONNECT_TIMEOUT,
            idle_timeout: IDLE_TIMEOUT,
            keep_alive_interval: KEEP_ALIVE,
            ..HopConfig::default()
        };
        Ok(Self {
            endpoint: Endpoint::client(config).map_err(DriverError::Endpoint)?,
            failures: 0,
            answer_timeout: ANSWER_TIMEOUT,
            as_device: false,
            as_next: false,
            progress: Progress::default(),
            state: watch::Sender::new(LinkState::Connecting),
            pokes,
        })
    }

    /// Follows how the link stands.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<LinkState> {
        self.state.subscribe()
    }

    /// Works until the goal is reached or time runs out; without a deadline, for ever.
    ///
    /// # Errors
    /// [`DriverError`]; an unreachable relay is none.
    pub async fn run(
        &mut self,
        account: &mut Account,
        deadline: Option<Instant>,
        goal: Goal<'_>,
    ) -> Result<Ended, DriverError> {
        loop {
            if self.is_reached(account, goal)? {
                return Ok(Ended::Reached);
            }
            let began = Instant::now();
            let connected = tokio::select! {
                connected = self.connect(account) => connected,
                () = until(deadline) => return Ok(Ended::TimedOut),
            };
            match connected {
                Ok(link) => {
                    if let Some(ended) = self.serve(account, link, deadline, goal).await? {
                        return Ok(ended);
                    }
                }
                Err(error) => self.set_state(LinkState::Down(error)),
            }
            if began.elapsed() >= LASTING {
                self.failures = 0;
            }
            if self.is_reached(account, goal)? {
                return Ok(Ended::Reached);
            }
            let wait = self.wait(&mut clock::random());
            tokio::select! {
                () = sleep(wait) => {}
                Some(()) = self.pokes.recv() => self.failures = 0,
                () = until(deadline) => return Ok(Ended::TimedOut),
            }
        }
    }

    /// Moves frames over one link. `None` when the link ended before the run did.
    async fn serve(
        &mut self,
        account: &mut Account,
        mut link: Link,
        deadline: Option<Instant>,
        goal: Goal<'_>,
    ) -> Result<Option<Ended>, DriverError> {
        let (mut party, actions) = self.greet(account)?;
        let mut early: Vec<bytes::Bytes> = Vec::new();
        let mut alive = self.perform(&link, actions).await;
        let (mut last_heard, mut was_waiting) = (Instant::now(), false);
        while alive {
            if self.is_reached(account, goal)? {
                let _ = link.finish().await;
                return Ok(Some(Ended::Reached));
            }
            let is_waiting = party.is_waiting();
            if self.is_stalled((was_waiting, is_waiting), &mut last_heard) {
                link.close(CloseCode::CLOSED);
                self.ended(HopError::Lost);
                return Ok(None);
            }
            was_waiting = is_waiting;
            let actions = tokio::select! {
                received = link.recv() => match received {
                    None => break,
                    Some((Lane::Urgent, frame)) if !party.is_open() => {
                        early.push(frame);
                        if early.len() > EARLY_MAX { break }
                        Vec::new()
                    }
                    Some((lane, frame)) => {
                        last_heard = Instant::now();
                        let mut actions = handle(&mut party, account, (lane, &frame))?;
                        if party.is_open() {
                            for frame in std::mem::take(&mut early) {
                                actions.extend(handle(&mut party, account, (Lane::Urgent, &frame))?);
                            }
                        }
                        actions
                    }
                },
                Some(()) = self.pokes.recv() => tick(&mut party, account)?,
                () = sleep(TICK) => tick(&mut party, account)?,
                () = until(deadline) => {
                    let _ = link.finish().await;
                    return Ok(Some(Ended::TimedOut));
                }
            };
            alive = self.perform(&link, actions).await;
        }
        let why = match timeout(CONNECT_TIMEOUT, link.closed()).await {
            Ok(why) => why,
            Err(_) => HopError::Lost,
        };
        self.ended(why);
        Ok(None)
    }

    /// Whether a relay that owes an answer has been silent for too long.
    fn is_stalled(&mut self, (was, is): (bool, bool), last_heard: &mut Instant) -> bool {
        match (was, is) {
            (false, false) => false,
            (true, false) => {
                self.answer_timeout = ANSWER_TIMEOUT;
                false
            }
            (false, true) => {
                *last_heard = Instant::now();
                false
            }
            (true, true) if last_heard.elapsed() <= self.answer_timeout => false,
            (true, true) => {
                self.answer_timeout = (self.answer_timeout * 2).min(ANSWER_TIMEOUT_MAX);
                true
            }
        }
    }

    fn greet(&mut self, account: &Account) -> Result<(Party, Vec<Action>), DriverError> {
        let is_stranger = account.enrolled_at().is_none()
            && account.keys.contents.invitation.is_some()
            && !self.as_device;
        let now = clock::now();
        if is_stranger {
            let (stranger, actions) = Stranger::open(now)?;
            return Ok((Party::Stranger(stranger), actions));
        }
        let (courier, actions) = match self.next_keys(account)? {
            Some(_) => Courier::open_as_next(account, now)?,
            None => Courier::open(account, now)?,
        };
        Ok((Party::Device(Box::new(courier)), actions))
    }

    /// Does what the courier wants; `false` when the link is over.
    async fn perform(&mut self, link: &Link, actions: Vec<Action>) -> bool {
        for action in actions {
            match action {
                Action::Send { lane, frame } => {
                    if link.send(lane, frame.into()).await.is_err() {
                        return false;
                    }
                }
                Action::Close(code) => {
                    tracing::warn!(code = code.word(), "closing the link");
                    link.close(CloseCode::from(code));
                    return false;
                }
                Action::Event(event) => self.note(event),
            }
        }
        true
    }

    fn note(&mut self, event: Event) {
        match &event {
            Event::Linked { .. } | Event::EnrolmentPending => self.set_state(LinkState::Up),
            Event::Synced => self.progress.synced = true,
            Event::Enrolled => self.as_device = true,
            _ => {}
        }
        tracing::debug!(?event, "courier");
        self.progress.events.push(event);
    }

    fn ended(&mut self, why: HopError) {
        tracing::debug!(%why, "link ended");
        self.progress.closed = match why {
            HopError::ClosedByPeer { code } => {
                let registered = |c: &&ErrorCode| CloseCode::from(**c) == code;
                ErrorCode::ALL.iter().find(registered).copied()
            }
            _ => None,
        };
        match self.progress.closed {
            // The relay knows this key as something else than we said.
            Some(ErrorCode::RoleWrong) => {
                self.as_device = !self.as_device;
                self.as_next = !self.as_next;
            }
            // Signed in meanwhile: come back as a device.
            Some(ErrorCode::Replaced) => {
                self.as_device = true;
                self.as_next = !self.as_next;
            }
            Some(ErrorCode::DeviceSuspended) => self.as_next = !self.as_next,
            _ => {}
        }
        self.set_state(LinkState::Down(why));
    }

    fn set_state(&mut self, state: LinkState) {
        self.progress.link = state;
        self.state.send_replace(state);
    }

    fn is_reached(&mut self, account: &Account, goal: Goal<'_>) -> Result<bool, CourierError> {
        let reached = goal(account, &mut self.progress)?;
        self.progress.events.clear();
        Ok(reached)
    }

    // SES-16
    fn wait(&mut self, rng: &mut impl CryptoRng) -> Duration {
        let doubled = WAIT_MIN.saturating_mul(1_u32 << self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        let permille = 500 + rng.next_u32() % 1_001;
        doubled.min(WAIT_MAX).saturating_mul(permille) / 1_000
    }

    /// The keys that wait for a roster, where it is their turn.
    fn next_keys(&self, account: &Account) -> Result<Option<NextKeys>, CourierError> {
        match self.as_next {
            true => Ok(account.store.next_keys()?),
            false => Ok(None),
        }
    }

    async fn connect(&self, account: &Account) -> Result<Link, HopError> {
        let mut failure = HopError::Unreachable;
        let next = self.next_keys(account).ok().flatten();
        let key = next.map_or_else(|| account.hop_key(), |next| next.hop_key());
        for (addresses, relay_key) in relays(account) {
            let resolved = resolve(&addresses).await;
            let attempt = self.endpoint.connect(&resolved, relay_key, &key);
            match timeout(CONNECT_TIMEOUT, attempt).await {
                Ok(Ok(link)) => return Ok(link),
                Ok(Err(error)) => failure = error,
                Err(_) => {}
            }
        }
        Err(failure)
    }
}

fn handle(
    party: &mut Party,
    account: &mut Account,
    (lane, frame): (Lane, &[u8]),
) -> Result<Vec<Action>, CourierError> {
    match party {
        Party::Device(courier) => {
            courier.handle(account, (lane, frame), clock::now(), &mut clock::random())
        }
        Party::Stranger(stranger) => stranger.handle(account, frame),
    }
}

fn tick(party: &mut Party, account: &mut Account) -> Result<Vec<Action>, CourierError> {
    match party {
        Party::Device(courier) => courier.tick(account, clock::now(), &mut clock::random()),
        Party::Stranger(_) => Ok(Vec::new()),
    }
}

/// The relays to try: those of the newest own roster, then the one of the invitation.
fn relays(account: &Account) -> Vec<(Vec<Text>, [u8; 32])> {
    let contents = &account.keys.contents;
    let roster = account.directory.newest_roster(account.directory.own());
    let listed = roster.map_or(&[][..], |roster| &roster.value().relays);
    let mut relays: Vec<_> = listed
        .iter()
        .map(|relay| (relay.addresses.clone(), *relay.hop_key.as_bytes()))
        .collect();
    let invited = (contents.relay_addresses.clone(), contents.relay_key.0);
    if !relays.contains(&invited) {
        relays.push(invited);
    }
    relays
}

async fn resolve(addresses: &[Text]) -> Vec<SocketAddr> {
    let mut resolved = Vec::new();
    for address in addresses {
        match tokio::net::lookup_host(address.as_str()).await {
            Ok(found) => resolved.extend(found),
            Err(error) => tracing::debug!(%error, "an address does not resolve"),
        }
    }
    resolved
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

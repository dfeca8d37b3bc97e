//! Waiting for something that the relay has to do: by networking here, or, where another process
//! of this account networks already, by telling it and watching the store.

use super::context::{Context, Unlocked};
use crate::account::Account;
use crate::courier::CourierError;
use crate::driver::{Driver, Ended, LinkState, Progress};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::local::{Answer, poke};
use estafette_protocol::code::ErrorCode;
use estafette_relay::hop::HopError;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

/// How often the store is looked at while another process networks.
const LOOK: Duration = Duration::from_millis(100);
/// After how many looks the other process is asked again.
const LOOKS_PER_POKE: u32 = 5;
/// How long the other process may say that the relay is down before it is believed.
const DOWN: Duration = Duration::from_secs(3);

/// How waiting ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// What was waited for is there.
    Reached,
    /// Time ran out while the relay was reached.
    TimedOut,
    /// The relay is not reached.
    Unreachable,
    /// The relay is reached and does not know this device.
    Unknown,
    /// Whoever answers does not hold the relay's key.
    Untrusted,
}

impl Reach {
    /// The failure of a command that needed the relay; `None` where it was reached.
    pub(super) fn failure(self, queued: usize) -> Option<Box<Failure>> {
        let safe = format!("What is queued ({queued}) stays queued and is sent once it does.");
        match self {
            Self::Reached | Self::TimedOut => None,
            Self::Unreachable => Some(Failure::new(
                Exit::Unreachable,
                "relay-unreachable",
                "your relay does not answer",
                safe,
                "estafette sync      or ask your administrator",
            )),
            Self::Unknown => Some(Failure::new(
                Exit::Trust,
                "device-unknown",
                "your relay does not know this device",
                "It was revoked or suspended, or its roster is being changed; nothing was sent.",
                "telephone your administrator and read out:  estafette whoami",
            )),
            Self::Untrusted => Some(Failure::new(
                Exit::Trust,
                "relay-key-changed",
                "whoever answers at your relay's address does not hold your relay's key",
                "Nothing was sent to it; what is queued stays queued.",
                "telephone your administrator before anything else, then:  estafette sync",
            )),
        }
    }
}

/// What is waited for.
pub(super) type Condition<'a> = &'a mut dyn FnMut(&Account, &mut Progress) -> Outcome<bool>;

/// How long to wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// At most this long.
    pub(super) at_most: Duration,
    /// Not even that long once the relay turns out not to be reached.
    pub(super) gives_up: bool,
}

/// A runtime for one command.
pub(super) fn runtime() -> Outcome<Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::new(
                Exit::Failed,
                "runtime",
                error.to_string(),
                "What is stored is safe.",
                "run the same command again",
            )
        })
}

/// Waits until `condition` holds.
pub(super) fn wait(
    account: &mut Account,
    patience: Patience,
    condition: Condition<'_>,
) -> Outcome<Reach> {
    let deadline = Instant::now() + patience.at_most;
    let socket = account.socket_path();
    let mut progress = Progress::default();
    let (mut looks, mut down_since) = (0_u32, None::<Instant>);
    loop {
        if condition(account, &mut progress)? {
            return Ok(Reach::Reached);
        }
        if Instant::now() >= deadline {
            return Ok(match down_since {
                Some(_) => Reach::Unreachable,
                None => Reach::TimedOut,
            });
        }
        if let Some(_lock) = account.try_lock()? {
            account.refresh()?;
            return drive(account, deadline, patience.gives_up, condition);
        }
        if looks % LOOKS_PER_POKE == 0 {
            match poke(&socket) {
                Some(Answer::Down) => down_since = down_since.or(Some(Instant::now())),
                Some(Answer::Up) => down_since = None,
                Some(Answer::Connecting) | None => {}
            }
        }
        if patience.gives_up && down_since.is_some_and(|since| since.elapsed() >= DOWN) {
            return Ok(Reach::Unreachable);
        }
        looks = looks.wrapping_add(1);
        std::thread::sleep(LOOK);
    }
}

fn drive(
    account: &mut Account,
    deadline: Instant,
    gives_up: bool,
    condition: Condition<'_>,
) -> Outcome<Reach> {
    let (_pokes, poked) = mpsc::channel(1);
    let (mut reach, mut failure) = (Reach::TimedOut, None);
    let mut role_refusals = 0;
    let mut goal = |account: &Account, progress: &mut Progress| -> Result<bool, CourierError> {
        match condition(account, progress) {
            Ok(true) => {
                reach = Reach::Reached;
                return Ok(true);
            }
            Ok(false) => {}
            Err(error) => {
                failure = Some(error);
                return Ok(true);
            }
        }
        reach = match progress.link {
            LinkState::Down(HopError::HandshakeFailed) => Reach::Untrusted,
            LinkState::Connecting | LinkState::Down(_) => Reach::Unreachable,
            LinkState::Up => Reach::TimedOut,
        };
        // Closed because we said to be what we are not: the driver tries the other role once.
        let other_role = matches!(
            progress.closed.take(),
            Some(ErrorCode::RoleWrong | ErrorCode::Replaced | ErrorCode::DeviceSuspended)
        );
        role_refusals += u32::from(other_role);
        if role_refusals > 2 {
            reach = Reach::Unknown;
            return Ok(true);
        }
        let is_down = matches!(progress.link, LinkState::Down(_)) && !other_role;
        Ok(gives_up && is_down && role_refusals == 0)
    };
    let ended = runtime()?.block_on(async {
        let mut driver = Driver::new(poked)?;
        let deadline = tokio::time::Instant::from_std(deadline);
        driver.run(account, Some(deadline), &mut goal).await
    })?;
    match failure {
        Some(failure) => Err(failure),
        None if ended == Ended::TimedOut && reach == Reach::Reached => Ok(Reach::TimedOut),
        None => Ok(reach),
    }
}

/// Makes sure that a roster lists this device, asking the relay where none held does.
pub(super) fn require_enrolled(unlocked: &mut Unlocked) -> Outcome<()> {
    if unlocked.account.enrolled_at().is_some() {
        return Ok(());
    }
    let patience = Patience {
        at_most: Duration::from_secs(6),
        gives_up: true,
    };
    let mut enrolled = |account: &Account, progress: &mut Progress| {
        Ok(account.enrolled_at().is_some() && progress.synced)
    };
    wait(&mut unlocked.account, patience, &mut enrolled)?;
    let account = &unlocked.account;
    if account.enrolled_at().is_some() {
        return Ok(());
    }
    let own = account.directory.own();
    let is_revoked = account
        .directory
        .is_barred(own, &account.device(), crate::clock::now());
    match is_revoked
        .then_some(Reach::Unknown)
        .and_then(|reach| reach.failure(0))
    {
        Some(failure) => Err(failure),
        None => Err(crate::compose::ComposeError::NotEnrolled.into()),
    }
}

/// Leaves a process running that empties the outbox, unless one is at it; says whether there is.
pub(super) fn leave_courier(context: &Context, unlocked: &Unlocked) -> Outcome<bool> {
    match unlocked.account.try_lock()? {
        None => return Ok(true),
        Some(_) if !context.may_spawn => return Ok(false),
        Some(lock) => drop(lock),
    }
    Ok(spawn(unlocked).is_ok())
}

/// Its passphrase goes through the pipe that is its standard input.
fn spawn(unlocked: &Unlocked) -> std::io::Result<()> {
    let home = std::path::absolute(unlocked.account.home())?;
    let mut child = Command::new(std::env::current_exe()?)
        .arg("daemon")
        .args([
            "--until-empty",
            "--detached",
            "--passphrase-fd",
            "0",
            "--home",
        ])
        .arg(home)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    match child.stdin.take() {
        Some(mut pipe) => pipe.write_all(&unlocked.passphrase),
        None => Ok(()),
    }
}

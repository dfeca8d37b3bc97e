//! The terminal while the board is on it: taken, given back, and given back whatever happens.

use crate::exit::Exit;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{self, Event};
use crossterm::execute;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Signal, kill_current_process_group};
use std::io::{self, Stdout, Write as _};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How soon another size of the terminal is noticed.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Whether the terminal is ours: a panic gives it back before it says why.
static TAKEN: AtomicBool = AtomicBool::new(false);
static PANICS: Once = Once::new();

/// The terminal with the board on it; given back when dropped.
#[derive(Debug)]
pub struct Tty {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Tty {
    /// Takes the terminal.
    ///
    /// # Errors
    /// What the system says; it is given back then.
    pub fn take() -> io::Result<Self> {
        PANICS.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                give_back();
                before(panic);
            }));
        });
        let taken = enter();
        let terminal = taken.and_then(|()| Terminal::new(CrosstermBackend::new(io::stdout())));
        match terminal {
            Ok(terminal) => Ok(Self { terminal }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// Draws, unless a panic elsewhere has given the terminal back.
    ///
    /// # Errors
    /// What the system says.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        if TAKEN.load(Ordering::SeqCst) {
            self.terminal.draw(draw)?;
        }
        Ok(())
    }

    /// The next event, waiting so long at most.
    ///
    /// # Errors
    /// `UnexpectedEof` where the terminal is gone, or what the system says.
    pub fn event(&self, at_most: Duration) -> io::Result<Option<Event>> {
        let until = Instant::now() + at_most;
        let mut wait = Duration::ZERO;
        loop {
            // crossterm (0.29, issue 793) reads a terminal that is gone for ever.
            await_keys(wait)?;
            if event::poll(Duration::ZERO)? {
                return event::read().map(Some);
            }
            wait = until
                .saturating_duration_since(Instant::now())
                .min(LOOK_EVERY);
            if wait.is_zero() {
                return Ok(None);
            }
        }
    }

    /// Gives the terminal to something else, and takes it back. What was typed ahead was meant for
    /// that, and is no key of the board.
    ///
    /// # Errors
    /// What the system says.
    pub fn lend<T>(&mut self, to: impl FnOnce() -> T) -> io::Result<T> {
        give_back();
        let done = to();
        self.again()?;
        while self.event(Duration::ZERO)?.is_some() {}
        Ok(done)
    }

    /// Stops this job, as Ctrl-Z does, until its shell goes on with it.
    ///
    /// # Errors
    /// What the system says.
    pub fn suspend(&mut self) -> io::Result<()> {
        self.lend(|| kill_current_process_group(Signal::TSTP))??;
        Ok(())
    }

    /// Takes the terminal again and draws all of it: another program may have used it.
    ///
    /// # Errors
    /// What the system says.
    pub fn again(&mut self) -> io::Result<()> {
        enter()?;
        self.terminal.clear()
    }

    /// Rings the bell, and has the terminal tell its window system; what it says there names
    /// no content, since it may show on a screen that is locked.
    ///
    /// # Errors
    /// What the system says.
    pub fn ring(&mut self, bells: usize, says: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let says: String = says.chars().filter(|c| !c.is_control()).collect();
        write!(out, "\u{1b}]9;{says}\u{7}{}", "\u{7}".repeat(bells))?;
        out.flush()
    }
}

/// Ends the process without a word, and gives the terminal back where it is still there.
pub(super) fn abandon() -> ! {
    give_back();
    std::process::exit(Exit::Interrupted.number().into())
}

impl Drop for Tty {
    fn drop(&mut self) {
        give_back();
    }
}

/// Waits for a key, so long at most.
fn await_keys(at_most: Duration) -> io::Result<()> {
    let stdin = io::stdin();
    let mut keys = [PollFd::new(&stdin, PollFlags::IN)];
    let at_most = Timespec::try_from(at_most).map_err(io::Error::other)?;
    match poll(&mut keys, Some(&at_most)) {
        Ok(_) | Err(Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    match keys.iter().any(|keys| keys.revents().intersects(gone)) {
        true => Err(io::ErrorKind::UnexpectedEof.into()),
        false => Ok(()),
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(io::stdout(), EnterAlternateScreen, Hide)
}

/// As it was before; whoever gives it back twice changes nothing.
fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        // Nothing is left to be done about a terminal that is gone.
        let _ = execute!(io::stdout(), Show, LeaveAlternateScreen);
        let _ = disable_raw_mode();
    }
}

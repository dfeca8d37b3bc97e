//! The board on a terminal: draws, waits for a key or the next second, and does what keys say.

use super::watching::Watching;
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::render::Reader;
use crate::watch::detail;
use crate::watch::draw::{Scenery, draw};
use crate::watch::prompt::Asks;
use crate::watch::screen::{Note, Order, Screen};
use crate::watch::telling::Happened;
use crate::watch::terminal::Tty;
use crossterm::event::Event;
use estafette_protocol::crypto::Hash;
use estafette_protocol::form::Form;
use std::time::Duration;

/// A board is drawn once in so many milliseconds, and after each key.
const SECOND_MS: u64 = 1_000;

/// What is on the terminal.
struct Live<'w, 'a> {
    watching: &'w mut Watching<'a>,
    screen: Screen,
    tty: Tty,
    colour: bool,
    /// Version of the board that is on it.
    version: u64,
    /// The form of the message that is open.
    open: Option<(Hash, Option<Form>)>,
}

pub(super) fn run(watching: &mut Watching<'_>, officer: String) -> Outcome<Exit> {
    let list = watching.context.catalogue.list("refusal-grounds");
    let codes = list.map_or(&[][..], |list| &list.codes).iter();
    let usable = codes.filter(|code| !code.retired);
    let grounds = usable.map(|code| code.word.clone()).collect();
    let choice = anstream::AutoStream::choice(&std::io::stdout());
    let mut live = Live {
        watching,
        screen: Screen::new(officer, grounds),
        tty: Tty::take().map_err(failure)?,
        colour: choice != anstream::ColorChoice::Never,
        version: 0,
        open: None,
    };
    loop {
        live.look()?;
        if let Some(exit) = live.watching.ends {
            return Ok(exit);
        }
        live.draw()?;
        let until_next = SECOND_MS - clock::now().0 % SECOND_MS;
        let wait = Duration::from_millis(until_next);
        if let Some(Event::Key(key)) = live.tty.event(wait).map_err(failure)? {
            let order = live.screen.key(key);
            if let Some(exit) = live.carry_out(order)? {
                return Ok(exit);
            }
        }
    }
}

impl Live<'_, '_> {
    /// Takes up what has happened: rings, and says so at the foot.
    fn look(&mut self) -> Outcome<()> {
        let happened = self.watching.look()?;
        if self.version != self.watching.version {
            self.version = self.watching.version;
            self.screen.show(self.watching.board.clone());
        }
        if std::mem::take(&mut self.watching.has_resumed) {
            self.tty.again().map_err(failure)?;
        }
        let teller = self.watching.teller();
        let now = clock::now();
        for one in happened {
            let Some(happened) = self.watching.happened(one) else {
                continue;
            };
            let (bells, notice, text) = match happened {
                Happened::Calls(call, entry) => {
                    let text = format!("{} {}", teller.reader.alarm(), teller.call(call, entry));
                    (call.tone.bells(), teller.notice(call, entry), text)
                }
                // It stands above everything as long as it lasts.
                Happened::Silent(_) => (1, teller.sentence(happened, now), String::new()),
                Happened::Heard => (0, String::new(), teller.sentence(happened, now)),
                Happened::Stands(crate::watch::change::Kind::Overdue, _) => {
                    (1, String::new(), teller.sentence(happened, now))
                }
                Happened::Stands(..) | Happened::Gone(_) => continue,
            };
            if bells > 0 {
                self.tty.ring(bells, &notice).map_err(failure)?;
            }
            let is_alarm = bells > 0;
            self.screen.note = (!text.is_empty()).then_some(Note { text, is_alarm });
        }
        if let Some(text) = self.watching.hook_failure.take() {
            let is_alarm = true;
            self.screen.note = Some(Note { text, is_alarm });
        }
        Ok(())
    }

    fn draw(&mut self) -> Outcome<()> {
        self.read_open()?;
        let Self {
            watching,
            screen,
            tty,
            colour,
            open,
            ..
        } = self;
        let now = clock::now();
        let reader = watching.reader();
        let entry = screen.entry().cloned();
        let form = open.as_ref().and_then(|(_, form)| form.as_ref());
        let detail = |width| {
            let reader = Reader { width, ..reader };
            let lines = |entry| detail::lines(reader, entry, form, now);
            entry.as_ref().map_or_else(Vec::new, lines)
        };
        let relay = watching.relay_addresses();
        let scenery = Scenery {
            reader,
            desk: watching.unlocked.desk(),
            now,
            link: watching.link(),
            silent_since: watching.silent_since(),
            relay: &relay,
            queued: watching.unlocked.account.store.outbox_names()?.len(),
            colour: *colour,
            detail: &detail,
        };
        tty.draw(|frame| draw(frame, screen, &scenery))
            .map_err(failure)
    }

    /// Reads the form of the message that is open, once.
    fn read_open(&mut self) -> Outcome<()> {
        let wanted = self.screen.selected.filter(|_| self.screen.is_open);
        if self.open.as_ref().map(|(digest, _)| *digest) == wanted {
            return Ok(());
        }
        let store = &self.watching.unlocked.account.store;
        self.open = match wanted {
            Some(digest) => Some((digest, store.form(&digest)?)),
            None => None,
        };
        Ok(())
    }

    fn carry_out(&mut self, order: Order) -> Outcome<Option<Exit>> {
        match order {
            Order::Nothing => {}
            Order::Quit => return Ok(Some(Exit::Done)),
            Order::Interrupt => return Ok(Some(Exit::Interrupted)),
            Order::Suspend => self.tty.suspend().map_err(failure)?,
            Order::Opened(digest) => {
                let opened = self.watching.opened(&digest);
                self.say(opened.map(|()| String::new()));
            }
            Order::Answer(digest) => {
                if let Some(entry) = self.screen.board.entry(&digest) {
                    let id = entry.id();
                    self.watching.answer(&mut self.tty, id).map_err(failure)?;
                }
            }
            Order::Do(prompt) => {
                if let Some(officer) = prompt.value(Asks::Officer) {
                    officer.clone_into(&mut self.screen.officer);
                }
                let done = self.watching.act(&prompt);
                self.say(done);
            }
        }
        Ok(None)
    }

    /// Says at the foot how something ended: a failure of one message ends no board.
    fn say(&mut self, ended: Outcome<String>) {
        let (text, is_alarm) = match ended {
            Ok(text) => (text, false),
            Err(failure) => {
                let text = format!("error[{}]: {} {}", failure.word, failure.what, failure.why);
                (self.watching.reader().foreign(&text), true)
            }
        };
        if !text.is_empty() {
            self.screen.note = Some(Note { text, is_alarm });
        }
    }
}

fn failure(error: std::io::Error) -> Box<Failure> {
    Failure::new(
        Exit::Failed,
        "terminal",
        format!("the terminal: {error}"),
        "What is stored is safe; what is queued stays queued.",
        "estafette watch --plain",
    )
}

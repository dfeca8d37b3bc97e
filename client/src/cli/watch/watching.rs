//! A board that is kept up to date, and what happens on it, whatever its shape.

use crate::cli::context::{Context, Unlocked};
use crate::cli::network;
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::labels::ENGLISH;
use crate::render::Reader;
use crate::store::Stamp;
use crate::view::Item;
use crate::watch::alarm::{Alarm, Call};
use crate::watch::archive::Archive;
use crate::watch::board::{Board, Sources, Until};
use crate::watch::change::{Change, Changes, Kind};
use crate::watch::courier::{FollowError, Follower, News};
use crate::watch::hook::Hook;
use crate::watch::silence::{Link, Silence};
use crate::watch::telling::{Happened, Teller};
use estafette_protocol::crypto::Hash;
use estafette_protocol::escalation::Moment;
use estafette_protocol::time::UnixMillis;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How a watch goes, and what ends it.
pub(super) struct Terms {
    pub(super) until: Option<Until>,
    /// After how long the relay counts as silent, in milliseconds.
    pub(super) silent_after: u64,
    pub(super) hook: Option<Hook>,
}

/// Something that happened since the last look.
#[derive(Debug, Clone, Copy)]
pub(super) enum Occurrence {
    Change(Change),
    Call(Call),
    Silent(UnixMillis),
    Heard,
}

/// A board that is kept up to date.
pub(super) struct Watching<'a> {
    pub(super) context: &'a Context,
    pub(super) unlocked: Unlocked,
    pub(super) board: Board,
    /// How often the board was built.
    pub(super) version: u64,
    /// Why the program of --exec did not start, until it is told.
    pub(super) hook_failure: Option<String>,
    /// Set by whoever asked this process to end.
    pub(super) ends: Option<Exit>,
    /// Set after the process was stopped and goes on.
    pub(super) has_resumed: bool,
    terms: Terms,
    follower: Follower,
    archive: Archive,
    changes: Changes,
    alarm: Alarm,
    silence: Silence,
    silent_since: Option<UnixMillis>,
    began: Instant,
    directory: Option<Stamp>,
    abouts: RefCell<BTreeMap<Hash, String>>,
}

impl<'a> Watching<'a> {
    pub(super) fn begin(context: &'a Context, unlocked: Unlocked, terms: Terms) -> Outcome<Self> {
        // Whoever networks has an account of its own; both read and write the same store.
        let networks = Context {
            source: crate::passphrase::Source::Held(unlocked.passphrase.clone()),
            ..context.clone()
        };
        let follower = Follower::start(networks.unlock()?.account).map_err(failure)?;
        let now = Moment {
            wall: clock::now(),
            steady: UnixMillis(0),
        };
        Ok(Self {
            context,
            unlocked,
            board: Board::default(),
            version: 0,
            hook_failure: None,
            ends: None,
            has_resumed: false,
            silence: Silence::new(terms.silent_after, now),
            terms,
            follower,
            archive: Archive::default(),
            changes: Changes::default(),
            alarm: Alarm::default(),
            silent_since: None,
            began: Instant::now(),
            directory: None,
            abouts: RefCell::default(),
        })
    }

    /// Looks at everything once, and gives what has happened since.
    pub(super) fn look(&mut self) -> Outcome<Vec<Occurrence>> {
        let now = self.now();
        while let Some(news) = self.follower.next() {
            self.take(news, now)?;
        }
        let system = UNIX_EPOCH + Duration::from_millis(now.wall.0);
        self.reload(system)?;
        let store = &self.unlocked.account.store;
        let has_changed = self.archive.look(store, system)?;
        let is_due = self.board.next_at.is_some_and(|at| at <= now.wall);
        let mut happened = Vec::new();
        if has_changed || is_due || self.version == 0 {
            self.build(now.wall)?;
            let changes = self.changes.since_last(&self.board);
            happened.extend(changes.into_iter().map(Occurrence::Change));
        }
        let calls = self.alarm.sound(&self.board, now.wall);
        happened.extend(calls.into_iter().map(Occurrence::Call));
        let silent = self.silence.since(now);
        match (self.silent_since, silent) {
            (None, Some(since)) => happened.push(Occurrence::Silent(since)),
            (Some(_), None) => happened.push(Occurrence::Heard),
            _ => {}
        }
        self.silent_since = silent;
        self.tell(&happened, now.wall);
        self.judge_end();
        Ok(happened)
    }

    fn now(&self) -> Moment {
        let steady = self.began.elapsed().as_millis();
        Moment {
            wall: clock::now(),
            steady: UnixMillis(u64::try_from(steady).unwrap_or(u64::MAX)),
        }
    }

    fn take(&mut self, news: News, now: Moment) -> Outcome<()> {
        match news {
            News::Link(link) => self.silence.note(link, now),
            News::End => self.ends = Some(Exit::Interrupted),
            News::Resumed => self.has_resumed = true,
            News::Failed(error) => return Err(failure(error)),
        }
        Ok(())
    }

    /// Reads keys and directory again where something was published.
    fn reload(&mut self, now: SystemTime) -> Outcome<()> {
        let stamp = self.unlocked.account.store.directory_stamp()?;
        if self.version > 0 {
            if self.directory == stamp {
                return Ok(());
            }
            self.unlocked.account.reload()?;
        }
        self.directory = stamp.filter(|stamp| stamp.is_settled(now));
        Ok(())
    }

    fn build(&mut self, now: UnixMillis) -> Outcome<()> {
        let messages = self.archive.messages();
        let links = self.unlocked.links(messages)?;
        let sources = Sources {
            messages,
            links: &links,
            desk: self.unlocked.desk(),
        };
        self.board = Board::new(sources, now, &|item| self.about(item));
        self.version += 1;
        Ok(())
    }

    /// What a message is about; the words of codes are read of its form, once.
    fn about(&self, item: &Item) -> String {
        let reader = self.reader();
        if reader.language == ENGLISH {
            return reader.gist(item, None);
        }
        let digest = item.message.record.digest;
        let known = self.abouts.borrow().get(&digest).cloned();
        known.unwrap_or_else(|| {
            // A form that cannot be read is said to be so where the message is opened.
            let form = self.unlocked.account.store.form(&digest).ok().flatten();
            let about = reader.gist(item, form.as_ref());
            if form.is_some() {
                self.abouts.borrow_mut().insert(digest, about.clone());
            }
            about
        })
    }

    /// Passes on to the program of --exec what has happened.
    fn tell(&mut self, happened: &[Occurrence], now: UnixMillis) {
        let Some(mut hook) = self.terms.hook.take() else {
            return;
        };
        let teller = self.teller();
        let known = happened.iter().filter_map(|one| self.happened(*one));
        for one in known {
            let is_told = !matches!(one, Happened::Stands(Kind::There, _));
            if is_told {
                hook.tell(teller.told(one, now));
            }
        }
        if let Err(error) = hook.tend() {
            self.hook_failure = Some(self.reader().fill("watch-hook-failed", error));
        }
        self.terms.hook = Some(hook);
    }

    fn judge_end(&mut self) {
        let Some(until) = self.terms.until else {
            return;
        };
        // What waits at the relay is known once all of it was fetched.
        if self.silence.link() == Link::Up && self.board.unmet(until) == 0 {
            self.ends = self.ends.or(Some(Exit::Done));
        }
    }

    /// An occurrence with what it is about.
    pub(super) fn happened(&self, one: Occurrence) -> Option<Happened<'_>> {
        Some(match one {
            Occurrence::Change(change) => match self.board.entry(&change.digest) {
                Some(entry) => Happened::Stands(change.kind, entry),
                None => Happened::Gone(change),
            },
            Occurrence::Call(call) => Happened::Calls(call, self.board.entry(&call.digest)?),
            Occurrence::Silent(since) => Happened::Silent(since),
            Occurrence::Heard => Happened::Heard,
        })
    }

    pub(super) fn reader(&self) -> Reader<'a> {
        // What is drawn in columns holds no marks of direction.
        Reader {
            isolates: false,
            ..self.context.reader()
        }
    }

    pub(super) fn teller(&self) -> Teller<'_> {
        Teller {
            reader: self.reader(),
            desk: self.unlocked.desk(),
        }
    }

    pub(super) const fn link(&self) -> Link {
        self.silence.link()
    }

    pub(super) const fn silent_since(&self) -> Option<UnixMillis> {
        self.silent_since
    }

    /// Where the own roster says that the relays are, else the invitation.
    pub(super) fn relay_addresses(&self) -> Vec<String> {
        let account = &self.unlocked.account;
        let roster = account.directory.newest_roster(account.directory.own());
        let relays = roster.map_or(&[][..], |roster| &roster.value().relays);
        let listed = relays.iter().flat_map(|relay| &relay.addresses);
        let mut addresses: Vec<&str> = listed.map(|address| address.as_str()).collect();
        let invited = &account.keys.contents.relay_addresses;
        if addresses.is_empty() {
            addresses.extend(invited.iter().map(|address| address.as_str()));
        }
        let reader = self.reader();
        addresses.into_iter().map(|at| reader.foreign(at)).collect()
    }

    /// Has the outbox looked at, whoever networks.
    pub(super) fn poke(&self) {
        self.follower.poke();
    }

    /// Takes up news for so long; ends sooner where the process is to end.
    pub(super) fn rest(&mut self, for_so_long: Duration) -> Outcome<()> {
        let until = Instant::now() + for_so_long;
        while self.ends.is_none() {
            let left = until.saturating_duration_since(Instant::now());
            let Some(news) = self.follower.wait(left) else {
                break;
            };
            let now = self.now();
            self.take(news, now)?;
        }
        Ok(())
    }

    /// Ends the networking; what is still queued is left to a process in the background.
    pub(super) fn end(self) -> Outcome<()> {
        let Self {
            context,
            unlocked,
            follower,
            ..
        } = self;
        drop(follower);
        if !unlocked.account.store.outbox_names()?.is_empty() {
            network::leave_courier(context, &unlocked)?;
        }
        Ok(())
    }
}

fn failure(error: FollowError) -> Box<Failure> {
    match error {
        FollowError::Account(error) => error.into(),
        FollowError::Driver(error) => error.into(),
        other => Failure::new(
            Exit::Failed,
            "no-thread",
            other.to_string(),
            "What is stored is safe.",
            "run the same command again",
        ),
    }
}

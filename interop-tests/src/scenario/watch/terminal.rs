//! A terminal that a program can type into and look at: a session of tmux with a server of its own.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::{LOOK_EVERY, PATIENCE, ScenarioError};

/// A terminal of 80 columns and 24 lines with a shell in it; it ends with this.
#[derive(Debug)]
pub(super) struct Terminal {
    socket: String,
}

impl Terminal {
    /// Opens a terminal; its folder is where the server listens.
    pub(super) fn open(dir: &Path, name: &str) -> Result<Self, ScenarioError> {
        let socket = dir.join(format!("{name}.tmux"));
        let terminal = Self {
            socket: socket.to_string_lossy().into_owned(),
        };
        let shell = "env -i PATH=\"$PATH\" TERM=screen-256color LANG=C.UTF-8 TZ=UTC PS1='> ' sh -i";
        let session = ["new-session", "-d", "-x", "80", "-y", "24", shell];
        terminal.tmux(&session)?;
        terminal.sees(">")?;
        Ok(terminal)
    }

    /// What is on the screen.
    pub(super) fn screen(&self) -> Result<String, ScenarioError> {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Presses a key, by its name in tmux.
    pub(super) fn press(&self, key: &str) -> Result<(), ScenarioError> {
        self.tmux(&["send-keys", key]).map(|_| ())
    }

    /// Presses a key so often, at once.
    pub(super) fn press_often(&self, key: &str, times: u32) -> Result<(), ScenarioError> {
        let times = times.to_string();
        self.tmux(&["send-keys", "-N", &times, key]).map(|_| ())
    }

    /// Types a line and ends it.
    pub(super) fn type_line(&self, line: &str) -> Result<(), ScenarioError> {
        self.tmux(&["send-keys", "-l", line])?;
        self.press("Enter")
    }

    /// Makes the window another size.
    pub(super) fn resize(&self, (columns, lines): (u16, u16)) -> Result<(), ScenarioError> {
        let (columns, lines) = (columns.to_string(), lines.to_string());
        let words = ["resize-window", "-x", &columns, "-y", &lines];
        self.tmux(&words).map(|_| ())
    }

    /// Whether a program has taken the whole screen.
    pub(super) fn is_alternate(&self) -> Result<bool, ScenarioError> {
        let on = self.tmux(&["display-message", "-p", "#{alternate_on}"])?;
        Ok(on.trim() == "1")
    }

    /// The process that the terminal's keys go to: the leader of the group in its foreground.
    pub(super) fn foreground(&self) -> Result<u32, ScenarioError> {
        let shell = self.tmux(&["display-message", "-p", "#{pane_pid}"])?;
        let path = format!("/proc/{}/stat", shell.trim());
        let stat = std::fs::read_to_string(&path).map_err(ScenarioError::io(Path::new(&path)))?;
        // Behind the name, in brackets: state, parent, group, session, terminal, foreground group.
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
        let group = fields.split_whitespace().nth(5).map(str::parse);
        match group {
            Some(Ok(group)) => Ok(group),
            _ => Err(ScenarioError::Nothing(format!("foreground of {path}"))),
        }
    }

    /// Waits until something holds; `false` where it does not come to that.
    pub(super) fn comes_to(
        &self,
        holds: impl Fn(&Self) -> Result<bool, ScenarioError>,
    ) -> Result<bool, ScenarioError> {
        let until = Instant::now() + PATIENCE;
        while !holds(self)? {
            if Instant::now() > until {
                return Ok(false);
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(true)
    }

    /// Waits until the screen shows a text.
    pub(super) fn sees(&self, text: &str) -> Result<(), ScenarioError> {
        match self.comes_to(|terminal| Ok(terminal.screen()?.contains(text)))? {
            true => Ok(()),
            false => Err(ScenarioError::Unseen {
                text: text.to_owned(),
                screen: self.screen()?,
            }),
        }
    }

    fn tmux(&self, words: &[&str]) -> Result<String, ScenarioError> {
        let mut command = Command::new("tmux");
        command.args(["-u", "-f", "/dev/null", "-S", &self.socket]);
        let output = command.args(words).stdin(Stdio::null()).output();
        let output = output.map_err(ScenarioError::io(Path::new("tmux")))?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            false => Err(ScenarioError::Nothing(format!(
                "tmux {}: {}",
                words.join(" "),
                String::from_utf8_lossy(&output.stderr).trim()
            ))),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Ends the shell and what runs in it; the server is of this terminal alone.
        let _ = self.tmux(&["kill-server"]);
    }
}

//! An implementation under test as a process. Spec: adapter.md.

use crate::verdict::Verdict;
use serde_json::Value;
use std::io::{BufRead, BufReader, Result, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// What came of one case.
#[derive(Debug, Clone, PartialEq)]
pub enum Answered {
    /// A verdict.
    Verdict(Verdict),
    /// The process ended without one, or said something that is none.
    Crash(String),
    /// Nothing came in time.
    Timeout,
}

/// Starts the adapter's processes: one for each case, or one for as many as it survives.
#[derive(Debug)]
pub struct Adapter {
    command: Vec<String>,
    streaming: bool,
    timeout: Duration,
    running: Option<Process>,
}

#[derive(Debug)]
struct Process {
    child: Child,
    cases: Option<Sender<String>>,
    lines: Receiver<String>,
}

impl Adapter {
    /// An adapter by its program and arguments.
    #[must_use]
    pub const fn new(command: Vec<String>, streaming: bool, timeout: Duration) -> Self {
        Self {
            command,
            streaming,
            timeout,
            running: None,
        }
    }

    /// Puts a case to it.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn ask(&mut self, case: &Value) -> Result<Answered> {
        let mut process = match self.running.take() {
            Some(process) => process,
            None => Process::start(&self.command)?,
        };
        let answered = process.ask(case.to_string(), self.timeout, self.streaming);
        match answered {
            Answered::Verdict(_) if self.streaming => self.running = Some(process),
            _ => process.end(),
        }
        Ok(answered)
    }
}

impl Drop for Adapter {
    fn drop(&mut self) {
        if let Some(process) = self.running.take() {
            process.end();
        }
    }
}

impl Process {
    fn start(command: &[String]) -> Result<Self> {
        let (program, arguments) = command
            .split_first()
            .ok_or_else(|| std::io::Error::other("no adapter given"))?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| std::io::Error::new(error.kind(), format!("{program}: {error}")))?;
        let (cases, to_write) = channel::<String>();
        let (read, lines) = channel();
        if let Some(mut stdin) = child.stdin.take() {
            // On a thread of its own: a child that does not read must not stop the runner.
            std::thread::spawn(move || {
                for case in to_write {
                    if writeln!(stdin, "{case}")
                        .and_then(|()| stdin.flush())
                        .is_err()
                    {
                        return;
                    }
                }
            });
        }
        if let Some(stdout) = child.stdout.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    if read.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        Ok(Self {
            child,
            cases: Some(cases),
            lines,
        })
    }

    fn ask(&mut self, case: String, timeout: Duration, streaming: bool) -> Answered {
        let deadline = Instant::now() + timeout;
        if let Some(cases) = &self.cases {
            // A failure shows as the end of the lines.
            let _ = cases.send(case);
        }
        if !streaming {
            self.cases = None;
        }
        let line = match self.lines.recv_timeout(timeout) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Timeout) => return Answered::Timeout,
            Err(RecvTimeoutError::Disconnected) => None,
        };
        if streaming && let Some(line) = line {
            return verdict(&line);
        }
        match (self.wait(deadline), line) {
            (None, _) => Answered::Timeout,
            (Some(status), _) if status.code() == Some(127) => {
                Answered::Verdict(Verdict::Unsupported)
            }
            (Some(status), Some(line)) if status.success() => verdict(&line),
            (Some(status), Some(_)) => Answered::Crash(format!("ended with {status}")),
            (Some(status), None) => Answered::Crash(format!("no answer, ended with {status}")),
        }
    }

    fn wait(&mut self, deadline: Instant) -> Option<ExitStatus> {
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                _ => return None,
            }
        }
    }

    /// Closes its input, and ends it if it does not end by itself.
    fn end(mut self) {
        self.cases = None;
        if self
            .wait(Instant::now() + Duration::from_millis(200))
            .is_none()
        {
            // It may have ended between the two.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn verdict(line: &str) -> Answered {
    let json = serde_json::from_str::<Value>(line).ok();
    match json.as_ref().and_then(Verdict::from_json) {
        Some(verdict) => Answered::Verdict(verdict),
        None => Answered::Crash("the answer is no verdict".to_owned()),
    }
}

//! A program of one's own that is told what happens: by JSON on its standard input, and, without
//! any content, by environment variables. No shell is between, and nothing of a message is in an
//! argument, where every process of the machine could read it.

use serde_json::Value;
use std::collections::VecDeque;
use std::io::Write as _;
use std::process::{Child, Command, Stdio};

/// Programs that run at the same time, at most.
const RUNNING_MAX: usize = 4;
/// What waits for a program to end, at most; the oldest is let go.
const WAITING_MAX: usize = 64;

/// What a program is told.
#[derive(Debug, Clone)]
pub struct Told {
    /// All of it.
    pub object: Value,
    /// What of it may be known to every process of this user.
    pub variables: Vec<(&'static str, String)>,
}

/// A program that is told what happens.
#[derive(Debug)]
pub struct Hook {
    program: String,
    arguments: Vec<String>,
    running: Vec<Child>,
    waiting: VecDeque<Told>,
}

impl Hook {
    /// The program and its arguments, parted by spaces as they stand; `None` where there is none.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace().map(str::to_owned);
        Some(Self {
            program: words.next()?,
            arguments: words.collect(),
            running: Vec::new(),
            waiting: VecDeque::new(),
        })
    }

    /// Takes something to tell.
    pub fn tell(&mut self, told: Told) {
        if self.waiting.len() >= WAITING_MAX {
            self.waiting.pop_front();
        }
        self.waiting.push_back(told);
    }

    /// Starts programs for what waits, as far as others have ended.
    ///
    /// # Errors
    /// Why the program cannot be started; what waited for it is let go.
    pub fn tend(&mut self) -> std::io::Result<()> {
        self.running
            .retain_mut(|child| matches!(child.try_wait(), Ok(None)));
        while self.running.len() < RUNNING_MAX {
            let Some(told) = self.waiting.pop_front() else {
                return Ok(());
            };
            let child = self.start(&told)?;
            self.running.push(child);
        }
        Ok(())
    }

    fn start(&self, told: &Told) -> std::io::Result<Child> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .envs(told.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // It may not care for what it is told. An object is far smaller than a pipe.
            let _ = writeln!(input, "{}", told.object);
        }
        Ok(child)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::fs;

    #[test]
    fn program_gets_the_event_by_its_input_and_environment_and_no_shell_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let (program, out) = (folder.path().join("hook"), folder.path().join("out"));
        let script = "read line\necho \"$#:$1:$ESTAFETTE_EVENT:$line\" > \"$1\"\n";
        fs::write(&program, script).unwrap();
        let line = format!("sh {} {}", program.display(), out.display());
        let mut hook = Hook::parse(&line).unwrap();
        hook.tell(Told {
            object: json!({"about": "$(touch /nowhere); 'x'"}),
            variables: vec![("ESTAFETTE_EVENT", "new; exit".into())],
        });
        hook.tend().unwrap();
        for mut child in hook.running.drain(..) {
            assert!(child.wait().unwrap().success());
        }
        let wanted = format!(
            "1:{}:new; exit:{{\"about\":\"$(touch /nowhere); 'x'\"}}\n",
            out.display()
        );
        assert_eq!(fs::read_to_string(&out).unwrap(), wanted);
    }

    #[test]
    fn what_waits_has_a_bound_and_a_missing_program_is_told() {
        assert!(Hook::parse("  ").is_none());
        let mut hook = Hook::parse("/no/such/program --flag").unwrap();
        assert_eq!(hook.arguments, ["--flag"]);
        for number in 0..100 {
            hook.tell(Told {
                object: json!({"number": number}),
                variables: Vec::new(),
            });
        }
        assert_eq!(hook.waiting.len(), WAITING_MAX);
        assert!(hook.tend().is_err());
    }
}

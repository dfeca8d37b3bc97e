//! How processes of one account speak to each other: a socket in the account's folder.
//!
//! Whoever connects pokes the networking process, which looks at the outbox at once and answers
//! with one line: how its link stands. Nothing else is said, so there is nothing to protect beyond
//! the folder's permissions. A socket that cannot be made costs half a second, not a message.

use crate::driver::LinkState;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixListener;
use tokio::sync::{mpsc, watch};

/// How long the networking process may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(500);

/// What the networking process says of its link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Still trying for the first time.
    Connecting,
    /// The relay is not reached.
    Down,
    /// The relay is reached.
    Up,
}

impl Answer {
    const ALL: [Self; 3] = [Self::Connecting, Self::Down, Self::Up];

    const fn line(self) -> &'static str {
        match self {
            Self::Connecting => "1 connecting\n",
            Self::Down => "1 down\n",
            Self::Up => "1 up\n",
        }
    }
}

impl From<LinkState> for Answer {
    fn from(state: LinkState) -> Self {
        match state {
            LinkState::Connecting => Self::Connecting,
            LinkState::Down(_) => Self::Down,
            LinkState::Up => Self::Up,
        }
    }
}

/// The socket of a networking process; its file goes when this does.
#[derive(Debug)]
pub struct Socket {
    path: PathBuf,
    listener: UnixListener,
}

impl Socket {
    /// Listens at `path`, in place of whoever listened there before: the caller holds the
    /// account's network lock.
    ///
    /// # Errors
    /// What the system says, such as that the path is too long for a socket.
    pub fn bind(path: &Path) -> std::io::Result<Self> {
        let _ = std::fs::remove_file(path);
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
        Ok(Self {
            path: path.to_owned(),
            listener,
        })
    }

    /// Passes pokes on and answers them, for ever.
    pub async fn serve(self, pokes: mpsc::Sender<()>, state: watch::Receiver<LinkState>) {
        loop {
            let Ok((mut stream, _)) = self.listener.accept().await else {
                tokio::time::sleep(ANSWER_TIMEOUT).await;
                continue;
            };
            // A full queue means that a poke is on its way already.
            let _ = pokes.try_send(());
            let answer = Answer::from(*state.borrow());
            let write = stream.write_all(answer.line().as_bytes());
            let _ = tokio::time::timeout(ANSWER_TIMEOUT, write).await;
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Pokes the networking process; `None` when there is none that listens.
#[must_use]
pub fn poke(path: &Path) -> Option<Answer> {
    let stream = std::os::unix::net::UnixStream::connect(path).ok()?;
    stream.set_read_timeout(Some(ANSWER_TIMEOUT)).ok()?;
    let mut line = String::new();
    stream.take(64).read_to_string(&mut line).ok()?;
    Answer::ALL.into_iter().find(|answer| answer.line() == line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn poke_arrives_and_is_answered_with_the_state_of_the_link() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("courier.sock");
        assert_eq!(poke(&path), None);
        let (pokes, mut poked) = mpsc::channel(1);
        let (state, following) = watch::channel(LinkState::Connecting);
        let serving = tokio::spawn(Socket::bind(&path).unwrap().serve(pokes, following));
        state.send_replace(LinkState::Up);
        let asked = path.clone();
        let answer = tokio::task::spawn_blocking(move || poke(&asked))
            .await
            .unwrap();
        assert_eq!(answer, Some(Answer::Up));
        assert_eq!(poked.recv().await, Some(()));
        serving.abort();
    }
}

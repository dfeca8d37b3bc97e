//! `serve`: the relay of a folder, until it is told to stop.

use std::io;
use std::path::Path;

use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::filter::LevelFilter;

use super::{Serve, init};
use crate::config::{Config, LogFormat, LogLevel};
use crate::key_file::{self, KeyFileError};
use crate::output::{Failure, Output};
use crate::server::{Server, ServerError};

impl Serve {
    pub(super) fn run(&self, output: &Output) -> Result<(), Failure> {
        let config = Config::load(&self.dir)?;
        // The card follows the configuration, which may have been changed since `init`.
        match key_file::read_relay_key(&config.folder.next_key()) {
            Err(KeyFileError::Missing { .. }) => {
                let key = key_file::read_relay_key(&config.folder.key())?;
                init::write_card(&config, &key)?;
            }
            next => drop(init::write_card(&config, &next?)?),
        }
        start_log(&config);
        let runtime = tokio::runtime::Runtime::new().map_err(|error| ServerError::Io {
            action: "start",
            kind: error.kind(),
        })?;
        runtime.block_on(self.serve(config, output))
    }

    async fn serve(&self, config: Config, output: &Output) -> Result<(), Failure> {
        let refuse = |error: io::Error| ServerError::Io {
            action: "listen for signals",
            kind: error.kind(),
        };
        let mut terminate = signal(SignalKind::terminate()).map_err(refuse)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(refuse)?;
        let agency = config.agency.clone();
        let server = Server::start(config).await?;
        let addresses: Vec<_> = server
            .local_addrs()
            .iter()
            .map(ToString::to_string)
            .collect();
        let ready = json!({
            "agency": agency,
            "addresses": addresses,
            "pid": std::process::id(),
        });
        if let Some(path) = &self.ready_file {
            write_ready(path, &format!("{ready}\n"))?;
        }
        let lines = format!("relay of {agency} ready on {}", addresses.join(", "));
        output.result("ready", ready, lines);
        let stop = server.stopper();
        let ending = server.wait();
        tokio::pin!(ending);
        let signalled = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        tokio::select! {
            ended = &mut ending => return Ok(ended?),
            () = signalled => stop(),
        }
        output.note("stopping");
        Ok(ending.await?)
    }
}

/// A file appears whole; a descriptor of the process that started us can only be written to.
fn write_ready(path: &Path, text: &str) -> Result<(), KeyFileError> {
    if !path.starts_with("/dev") {
        return key_file::replace(path, text.as_bytes());
    }
    std::fs::write(path, text).map_err(|error| KeyFileError::Io {
        action: "write",
        path: path.to_owned(),
        kind: error.kind(),
    })
}

/// Logs go to stderr. A second start in one process keeps the first one's log.
fn start_log(config: &Config) {
    let level = match config.log_level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let builder = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_max_level(level)
        .with_ansi(false);
    let _ = match config.log_format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}

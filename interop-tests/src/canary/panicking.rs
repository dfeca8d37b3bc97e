//! A relay that panics while it holds a message: the real server, made to panic from outside.
//!
//! The engine says in its log that it refuses a message; whoever writes that log panics then, on
//! the engine's own thread, with the message in hand. The relay itself holds no such switch.

use std::path::Path;
use std::process::ExitCode;

use estafette_relay::config::Config;
use estafette_relay::server::Server;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, SubscriberExt};

use super::CanaryError;

/// What the panic says.
pub const SAID: &str = "forced, with a message in hand";

/// Panics at the engine's word that it refuses.
struct PanicAtRefusal;

#[derive(Default)]
struct IsRefusal(bool);

impl Visit for IsRefusal {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0 |= field.name() == "message" && format!("{value:?}") == "refused";
    }
}

impl<S: Subscriber> Layer<S> for PanicAtRefusal {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut refusal = IsRefusal::default();
        event.record(&mut refusal);
        let is_engine = event
            .metadata()
            .target()
            .starts_with("estafette_relay::engine");
        #[expect(clippy::panic, reason = "what this process is for")]
        if is_engine && refusal.0 {
            panic!("{SAID}");
        }
    }
}

/// Serves a relay's folder until it panics.
///
/// # Errors
/// When it cannot be started.
pub fn serve(dir: &Path, ready: &Path) -> Result<ExitCode, CanaryError> {
    let other = |error: &dyn std::fmt::Display| CanaryError::Other(error.to_string());
    let config = Config::load(dir).map_err(|error| other(&error))?;
    let log = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false);
    let subscriber = tracing_subscriber::registry()
        .with(LevelFilter::TRACE)
        .with(log)
        .with(PanicAtRefusal);
    tracing::subscriber::set_global_default(subscriber).map_err(|error| other(&error))?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| other(&error))?;
    runtime.block_on(async {
        let server = Server::start(config).await.map_err(|error| other(&error))?;
        std::fs::write(ready, "ready\n").map_err(CanaryError::io("say that it is ready"))?;
        match server.wait().await {
            Ok(()) => Ok(ExitCode::SUCCESS),
            Err(_) => Ok(ExitCode::FAILURE),
        }
    })
}

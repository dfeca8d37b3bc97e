//! The relay's end of the admin socket.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use estafette_protocol::code::ErrorCode;
use estafette_protocol::encoding::decode;
use estafette_protocol::enrolment::Invitation;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};

use super::thread::{Order, Reply};
use super::{Hub, ServerError};
use crate::admin::{Answer, LINE_BYTES_MAX, Request};
use crate::peer::told;

/// Administrators served at a time.
const SESSIONS_MAX: usize = 16;

/// Makes the socket. The caller owns the folder, so that one left behind is in nobody's use.
pub(super) fn bind(path: &Path) -> Result<UnixListener, ServerError> {
    let refuse = |error: io::Error| ServerError::Socket {
        path: path.to_owned(),
        kind: error.kind(),
    };
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(refuse(error)),
        _ => {}
    }
    let listener = UnixListener::bind(path).map_err(refuse)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(refuse)?;
    Ok(listener)
}

/// Serves administrators until the server stops.
pub(super) async fn serve(hub: Hub, listener: UnixListener, stop: watch::Sender<bool>) {
    let mut stopping = hub.stopping();
    let sessions = Arc::new(Semaphore::new(SESSIONS_MAX));
    // What was dropped between the start and this socket.
    hub.order_quietly(Order::Intake).await;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = told(&mut stopping) => return,
        };
        let Ok((stream, _)) = accepted else { continue };
        let Ok(session) = Arc::clone(&sessions).try_acquire_owned() else {
            continue;
        };
        let (hub, stop) = (hub.clone(), stop.clone());
        tokio::spawn(async move {
            // An administrator that goes away is no concern of the relay.
            let _ = serve_one(hub, stream, stop).await;
            drop(session);
        });
    }
}

async fn serve_one(hub: Hub, stream: UnixStream, stop: watch::Sender<bool>) -> io::Result<()> {
    let (reading, mut writing) = stream.into_split();
    let mut reader = BufReader::new(reading);
    let mut stopping = hub.stopping();
    loop {
        let mut line = Vec::new();
        let mut bounded = (&mut reader).take(LINE_BYTES_MAX);
        let length = tokio::select! {
            length = bounded.read_until(b'\n', &mut line) => length?,
            () = told(&mut stopping) => return Ok(()),
        };
        if length == 0 || !line.ends_with(b"\n") {
            return Ok(());
        }
        let request = serde_json::from_slice::<Request>(&line);
        let is_shutdown = matches!(request, Ok(Request::Shutdown));
        let answer = match request {
            Ok(Request::Shutdown) => Answer::Ok(serde_json::json!({})),
            Ok(request) => answer(&hub, request).await,
            Err(_) => malformed("the request is not known"),
        };
        let mut text = serde_json::to_vec(&answer)?;
        text.push(b'\n');
        writing.write_all(&text).await?;
        if is_shutdown {
            tracing::info!("an administrator ends the relay");
            stop.send_replace(true);
            return Ok(());
        }
    }
}

async fn answer(hub: &Hub, request: Request) -> Answer {
    let order = match request {
        Request::Status | Request::Shutdown => Order::Status,
        Request::Enrolments => Order::Enrolments,
        Request::Proofs => Order::Proofs,
        Request::Intake => Order::Intake,
        Request::Publish { object } => match hex::decode(object) {
            Ok(object) => Order::Publish(object),
            Err(_) => return malformed("the object is not in hexadecimal digits"),
        },
        Request::Invite { invitation } => {
            let bytes = hex::decode(invitation).unwrap_or_default();
            match decode::<Invitation>(&bytes) {
                Ok(invitation) => Order::Invite(Box::new(invitation)),
                Err(error) => return malformed(&error.to_string()),
            }
        }
    };
    let said: Option<Reply> = hub.order(order).await;
    match said {
        Some(Ok(value)) => Answer::Ok(value),
        Some(Err((code, text))) => Answer::Error {
            code: code.to_owned(),
            text,
        },
        None => Answer::Error {
            code: ErrorCode::ShuttingDown.word().to_owned(),
            text: "the relay is ending".to_owned(),
        },
    }
}

fn malformed(text: &str) -> Answer {
    Answer::Error {
        code: ErrorCode::Malformed.word().to_owned(),
        text: text.to_owned(),
    }
}

//! UDP sockets that accept and dial links.
//!
//! Spec: `spec/channel.md` sections 1, 2 and 7.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use quinn::{ClientConfig, Connecting, Incoming, ServerConfig, TokioRuntime, VarInt};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;

use super::admission::{Admission, Place};
use super::handshake::{Authenticated, initiate, respond};
use super::reset::ResetKey;
use super::{CloseCode, HopConfig, HopError, HopSecret, Link, tls};

/// Links that have completed their handshake and wait to be taken by [`Endpoint::accept`].
const ACCEPT_QUEUE_LEN: usize = 64;

/// Head start of an address over the next one when several are dialled.
const DIAL_STAGGER: Duration = Duration::from_millis(300);

/// A party's sockets: at most one that accepts, and one per IP version that dials.
///
/// Dropping it closes the sockets and all their links at once; see [`Endpoint::close`].
pub struct Endpoint {
    config: HopConfig,
    client_config: ClientConfig,
    dialers: Mutex<Dialers>,
    listener: Option<Listener>,
}

#[derive(Default)]
struct Dialers {
    ipv4: Option<quinn::Endpoint>,
    ipv6: Option<quinn::Endpoint>,
    is_closed: bool,
}

struct Listener {
    socket: quinn::Endpoint,
    links: tokio::sync::Mutex<mpsc::Receiver<Link>>,
    task: AbortHandle,
}

impl Endpoint {
    /// Binds a socket that accepts links as the owner of `key`; port 0 picks a free one.
    ///
    /// An IPv6 socket serves IPv6 only: bind one endpoint per address.
    /// Handshakes start at once, each in a task of its own, within the limits of `config`.
    ///
    /// # Errors
    /// [`HopError::Bind`] or [`HopError::Setup`].
    pub fn bind(address: SocketAddr, key: HopSecret, config: HopConfig) -> Result<Self, HopError> {
        Self::bind_replacing(address, key, None, config)
    }

    /// The same as [`Endpoint::bind`], but for those who know only the key that `key` replaced:
    /// they are answered as its owner (IDN-49).
    ///
    /// # Errors
    /// [`HopError::Bind`] or [`HopError::Setup`].
    pub fn bind_replacing(
        address: SocketAddr,
        key: HopSecret,
        replaced: Option<HopSecret>,
        config: HopConfig,
    ) -> Result<Self, HopError> {
        let mut endpoint = Self::client(config)?;
        let server_config = tls::server_config(&config)?;
        let socket = open_socket(address, Some((server_config, &key)), &config)?;
        let (sender, receiver) = mpsc::channel(ACCEPT_QUEUE_LEN);
        let keys: Arc<[HopSecret]> = std::iter::once(key).chain(replaced).collect();
        let task = tokio::spawn(accept_all(socket.clone(), keys, config, sender)).abort_handle();
        let links = tokio::sync::Mutex::new(receiver);
        endpoint.listener = Some(Listener {
            socket,
            links,
            task,
        });
        Ok(endpoint)
    }

    /// Makes an endpoint that only dials; its sockets are bound when first needed.
    ///
    /// # Errors
    /// [`HopError::Setup`].
    pub fn client(config: HopConfig) -> Result<Self, HopError> {
        let client_config = tls::client_config(&config)?;
        Ok(Self {
            config,
            client_config,
            dialers: Mutex::default(),
            listener: None,
        })
    }

    /// Returns the address that is listened on, with the port that was picked.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.listener.as_ref()?.socket.local_addr().ok()
    }

    /// Waits for the next authenticated link; `None` when the endpoint only dials or is closed.
    ///
    /// Whether the peer's hop key may connect is for the caller to decide.
    pub async fn accept(&self) -> Option<Link> {
        self.listener.as_ref()?.links.lock().await.recv().await
    }

    /// Dials the party that holds the hop key `server_static`, as the owner of `key`.
    ///
    /// The addresses are tried in their order with a short head start each; the first link wins.
    ///
    /// # Errors
    /// The failure that says most: [`HopError::HandshakeFailed`] from one address counts more
    /// than [`HopError::Unreachable`] from another.
    pub async fn connect(
        &self,
        addresses: &[SocketAddr],
        server_static: [u8; 32],
        key: &HopSecret,
    ) -> Result<Link, HopError> {
        let mut attempts = JoinSet::new();
        let mut failure = HopError::Unreachable;
        let mut addresses = addresses.iter();
        loop {
            if let Some(address) = addresses.next() {
                match self.dial(*address) {
                    Ok(connecting) => {
                        let attempt =
                            establish(connecting, server_static, key.clone(), self.config);
                        attempts.spawn(attempt);
                    }
                    Err(error) => failure = heavier(failure, error),
                }
            }
            let is_last = addresses.len() == 0;
            if attempts.is_empty() && is_last {
                return Err(failure);
            }
            let outcome = if is_last {
                attempts.join_next().await
            } else {
                timeout(DIAL_STAGGER, attempts.join_next())
                    .await
                    .ok()
                    .flatten()
            };
            match outcome {
                Some(Ok(Ok(link))) => return Ok(link),
                Some(Ok(Err(error))) => failure = heavier(failure, error),
                Some(Err(_)) | None => {}
            }
        }
    }

    /// Closes all links abruptly, stops accepting, and waits until peers were told.
    pub async fn close(&self) {
        for socket in self.close_sockets() {
            socket.wait_idle().await;
        }
    }

    fn close_sockets(&self) -> Vec<quinn::Endpoint> {
        let mut dialers = self.dialers.lock().unwrap_or_else(PoisonError::into_inner);
        dialers.is_closed = true;
        let listening = self
            .listener
            .as_ref()
            .map(|listener| listener.socket.clone());
        let dialling = [dialers.ipv4.take(), dialers.ipv6.take()];
        let sockets: Vec<_> = dialling.into_iter().chain([listening]).flatten().collect();
        for socket in &sockets {
            socket.close(VarInt::from_u32(CloseCode::CLOSED.0), b"");
        }
        sockets
    }

    fn dial(&self, address: SocketAddr) -> Result<Connecting, HopError> {
        let mut dialers = self.dialers.lock().unwrap_or_else(PoisonError::into_inner);
        if dialers.is_closed {
            return Err(HopError::EndpointClosed);
        }
        let (dialer, local) = match address {
            SocketAddr::V4(_) => (&mut dialers.ipv4, (Ipv4Addr::UNSPECIFIED, 0).into()),
            SocketAddr::V6(_) => (&mut dialers.ipv6, (Ipv6Addr::UNSPECIFIED, 0).into()),
        };
        let socket = match dialer {
            Some(socket) => socket,
            None => dialer.insert(open_socket(local, None, &self.config)?),
        };
        socket
            .connect_with(self.client_config.clone(), address, tls::SERVER_NAME)
            .map_err(|_| HopError::Unreachable)
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.close_sockets();
        if let Some(listener) = &self.listener {
            listener.task.abort();
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Endpoint")
            .field("local_addr", &self.local_addr())
            .finish_non_exhaustive()
    }
}

fn open_socket(
    address: SocketAddr,
    accepting: Option<(ServerConfig, &HopSecret)>,
    config: &HopConfig,
) -> Result<quinn::Endpoint, HopError> {
    let (server_config, key) = accepting.unzip();
    let reset_key = key.map(|key| ResetKey::derive(key, address));
    let bind = move || -> std::io::Result<quinn::Endpoint> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::DGRAM,
            Some(Protocol::UDP),
        )?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        // The system may grant less; a smaller buffer costs throughput, not correctness.
        let _ = socket.set_recv_buffer_size(config.socket_buffer_bytes);
        let _ = socket.set_send_buffer_size(config.socket_buffer_bytes);
        socket.bind(&address.into())?;
        quinn::Endpoint::new(
            tls::endpoint_config(reset_key),
            server_config,
            socket.into(),
            Arc::new(TokioRuntime),
        )
    };
    bind().map_err(|error| HopError::Bind { kind: error.kind() })
}

/// Takes in connections until the socket closes.
async fn accept_all(
    socket: quinn::Endpoint,
    keys: Arc<[HopSecret]>,
    config: HopConfig,
    links: mpsc::Sender<Link>,
) {
    let admission = Arc::new(Admission::new(
        config.handshakes_max,
        config.handshakes_per_source_max,
    ));
    // Dropped with this task, which ends all handshakes under way.
    let mut handshakes = JoinSet::new();
    while let Some(incoming) = socket.accept().await {
        while handshakes.try_join_next().is_some() {}
        // CHN-46
        let Some(place) = admission.admit(incoming.remote_address().ip()) else {
            tracing::debug!("connection refused, too many handshakes");
            incoming.refuse();
            continue;
        };
        // CHN-9
        if place.is_scarce && incoming.may_retry() && !incoming.remote_address_validated() {
            let _ = incoming.retry();
            continue;
        }
        let keys = Arc::clone(&keys);
        handshakes.spawn(welcome(incoming, place, keys, config, links.clone()));
    }
}

/// Runs one accepted handshake and hands the link over; the place is kept until then.
async fn welcome(
    incoming: Incoming,
    place: Place,
    keys: Arc<[HopSecret]>,
    config: HopConfig,
    links: mpsc::Sender<Link>,
) {
    let remote = incoming.remote_address();
    let Ok(connecting) = incoming.accept() else {
        return;
    };
    match within_deadline(connecting, &config, |connection| async move {
        respond(connection, &keys).await
    })
    .await
    {
        Ok(authenticated) => {
            if let Ok(link) = Link::start(authenticated, false, &config) {
                let _ = links.send(link).await;
            }
        }
        Err(error) => tracing::debug!(peer = %remote, %error, "handshake refused"),
    }
    drop(place);
}

/// Runs one dialled handshake.
async fn establish(
    connecting: Connecting,
    server_static: [u8; 32],
    key: HopSecret,
    config: HopConfig,
) -> Result<Link, HopError> {
    let authenticated = within_deadline(connecting, &config, |connection| async move {
        initiate(connection, &key, &server_static).await
    })
    .await?;
    Link::start(authenticated, true, &config)
}

/// Runs TLS and then `noise`, both within the handshake deadline.
// CHN-19
async fn within_deadline<Noise, Outcome>(
    connecting: Connecting,
    config: &HopConfig,
    noise: Noise,
) -> Result<Authenticated, HopError>
where
    Noise: FnOnce(quinn::Connection) -> Outcome,
    Outcome: Future<Output = Result<Authenticated, HopError>>,
{
    let mut established = None;
    let handshake = async {
        let connection = connecting.await.map_err(HopError::during_handshake)?;
        established = Some(connection.clone());
        noise(connection).await
    };
    if let Ok(outcome) = timeout(config.handshake_timeout, handshake).await {
        return outcome;
    }
    match established {
        Some(connection) => {
            connection.close(VarInt::from_u32(CloseCode::HANDSHAKE_TIMEOUT.0), b"");
            Err(HopError::HandshakeTimeout)
        }
        None => Err(HopError::Unreachable),
    }
}

fn heavier(known: HopError, new: HopError) -> HopError {
    if new.weight() >= known.weight() {
        new
    } else {
        known
    }
}

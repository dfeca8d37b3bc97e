//! Peers that do not behave: raw QUIC connections with or without a real handshake on top.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use estafette_protocol::channel::{
    ALPN, Channel, EXPORTER_LABEL, HopSecret, Initiator, frame_message, prologue,
};
use getrandom::SysRng;
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{ClientConfig, Connection, ConnectionError, RecvStream, SendStream, ServerConfig};
use rand_core::UnwrapErr;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs::{default_provider, kx_group};
use rustls::crypto::{CryptoProvider, SupportedKxGroup, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, SignatureScheme};

const NAME: &str = "raw.invalid";

/// Draws a hop key.
pub fn key() -> HopSecret {
    HopSecret::generate(&mut UnwrapErr(SysRng))
}

/// Connects with the hybrid group and the right ALPN, and does nothing more.
pub async fn connect(address: SocketAddr) -> (quinn::Endpoint, Connection) {
    connect_with(address, kx_group::X25519MLKEM768, ALPN)
        .await
        .expect("QUIC connection")
}

/// Connects with a chosen group and ALPN.
pub async fn connect_with(
    address: SocketAddr,
    group: &'static dyn SupportedKxGroup,
    alpn: &[u8],
) -> Result<(quinn::Endpoint, Connection), ConnectionError> {
    let socket = socket();
    let connection = dial(&socket, client_config(group, alpn), address).await?;
    Ok((socket, connection))
}

/// Connects with another QUIC version.
pub async fn connect_with_version(
    address: SocketAddr,
    version: u32,
) -> Result<Connection, ConnectionError> {
    let mut config = client_config(kx_group::X25519MLKEM768, ALPN);
    config.version(version);
    dial(&socket(), config, address).await
}

/// Connects twice with everything on that could resume, and tells whether the second time did.
pub async fn resumes(address: SocketAddr) -> bool {
    let config = client_config(kx_group::X25519MLKEM768, ALPN);
    let socket = socket();
    let first = dial(&socket, config.clone(), address)
        .await
        .expect("first connection");
    // A round trip, so that a ticket would have arrived.
    let (mut send, mut recv) = first.open_bi().await.expect("stream");
    send.write_all(b"no").await.expect("write");
    assert!(recv.read_chunk(1, true).await.is_err());
    socket
        .connect_with(config, address, NAME)
        .expect("dial")
        .into_0rtt()
        .is_ok()
}

fn socket() -> quinn::Endpoint {
    quinn::Endpoint::client((Ipv4Addr::LOCALHOST, 0).into()).expect("socket")
}

async fn dial(
    socket: &quinn::Endpoint,
    config: ClientConfig,
    address: SocketAddr,
) -> Result<Connection, ConnectionError> {
    socket
        .connect_with(config, address, NAME)
        .expect("dial")
        .await
}

/// Completes the Noise handshake by hand and returns everything needed to misbehave after it.
pub async fn authenticate(
    connection: &Connection,
    responder: [u8; 32],
) -> (Channel, SendStream, RecvStream) {
    let (mut send, mut recv) = connection.open_bi().await.expect("stream 0");
    let mut exporter = [0; 32];
    connection
        .export_keying_material(&mut exporter, EXPORTER_LABEL, b"")
        .expect("exporter");
    let prologue = prologue(ALPN, &exporter);
    let (initiator, first) =
        Initiator::start(&key(), &responder, &prologue, &mut UnwrapErr(SysRng)).expect("first");
    send.write_all(&frame_message(&first)).await.expect("write");
    let mut second = [0; 50];
    recv.read_exact(&mut second).await.expect("second message");
    let (channel, third) = initiator.finish(&second[2..]).expect("finish");
    send.write_all(&frame_message(&third)).await.expect("write");
    (channel, send, recv)
}

/// Accepts connections under a certificate of its own and relays their streams to `target`.
pub fn man_in_the_middle(target: SocketAddr) -> (quinn::Endpoint, SocketAddr) {
    let local = (Ipv4Addr::LOCALHOST, 0).into();
    let (certificate, key) = certificate();
    let socket = quinn::Endpoint::server(server_config(certificate, &key), local).expect("socket");
    let address = socket.local_addr().expect("address");
    let listener = socket.clone();
    tokio::spawn(async move {
        while let Some(incoming) = listener.accept().await {
            tokio::spawn(async move {
                let near = incoming.await.expect("near side");
                let (_socket, far) = connect(target).await;
                relay(near, far).await;
            });
        }
    });
    (socket, address)
}

async fn relay(near: Connection, far: Connection) {
    let (near_send, near_recv) = near.accept_bi().await.expect("near stream");
    let (far_send, far_recv) = far.open_bi().await.expect("far stream");
    tokio::spawn(copy(near_recv, far_send));
    tokio::spawn(copy(far_recv, near_send));
    // An honest relay of the closing code, so that the victim sees what the server says.
    if let ConnectionError::ApplicationClosed(close) = far.closed().await {
        near.close(close.error_code, b"");
    }
}

async fn copy(mut from: RecvStream, mut to: SendStream) {
    while let Ok(Some(chunk)) = from.read_chunk(65_536, true).await {
        if to.write_chunk(chunk.bytes).await.is_err() {
            return;
        }
    }
}

fn client_config(group: &'static dyn SupportedKxGroup, alpn: &[u8]) -> ClientConfig {
    let mut provider = default_provider();
    provider.kx_groups = vec![group];
    let provider = Arc::new(provider);
    let mut tls = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        .with_no_client_auth();
    tls.alpn_protocols = vec![alpn.to_vec()];
    tls.enable_early_data = true;
    ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls).expect("QUIC")))
}

/// Accepts connections under a certificate whose key it does not have.
pub fn certificate_thief() -> (quinn::Endpoint, SocketAddr) {
    let (stolen, _) = certificate();
    let (_, own_key) = certificate();
    let local = (Ipv4Addr::LOCALHOST, 0).into();
    let socket = quinn::Endpoint::server(server_config(stolen, &own_key), local).expect("socket");
    let address = socket.local_addr().expect("address");
    let listener = socket.clone();
    tokio::spawn(async move {
        while let Some(incoming) = listener.accept().await {
            tokio::spawn(async move { incoming.await.is_ok() });
        }
    });
    (socket, address)
}

fn certificate() -> (CertificateDer<'static>, rcgen::KeyPair) {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("key");
    let certificate = rcgen::CertificateParams::new(["middle.invalid".to_owned()])
        .and_then(|params| params.self_signed(&key))
        .expect("certificate");
    (certificate.der().clone(), key)
}

fn server_config(certificate: CertificateDer<'static>, key: &rcgen::KeyPair) -> ServerConfig {
    let mut provider = default_provider();
    provider.kx_groups = vec![kx_group::X25519MLKEM768];
    let secret = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let signer = provider
        .key_provider
        .load_private_key(secret)
        .expect("secret key");
    // No check that certificate and key belong together: that is for the client to notice.
    let certified = Certified(Arc::new(CertifiedKey::new(vec![certificate], signer)));
    let mut tls = rustls::ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(certified));
    tls.alpn_protocols = vec![ALPN.to_vec()];
    ServerConfig::with_crypto(Arc::new(QuicServerConfig::try_from(tls).expect("QUIC")))
}

#[derive(Debug)]
struct Certified(Arc<CertifiedKey>);

impl ResolvesServerCert for Certified {
    /// Refuses whoever sends a server name.
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        hello.server_name().is_none().then(|| Arc::clone(&self.0))
    }
}

#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("TLS 1.2".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

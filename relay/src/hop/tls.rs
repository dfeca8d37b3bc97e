//! The QUIC and TLS settings of a hop: one version, one group, no identity, no resumption.
//!
//! Spec: `spec/channel.md` section 1.

use std::sync::Arc;

use estafette_protocol::channel::ALPN;
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{ClientConfig, EndpointConfig, IdleTimeout, ServerConfig, TransportConfig, VarInt};
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs::{default_provider, kx_group};
use rustls::crypto::{CryptoProvider, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::{DigitallySignedStruct, SignatureScheme};

use super::reset::{RandomIds, ResetKey};
use super::{HopConfig, HopError};

/// A name for the TLS library, which demands one; it is never sent.
pub(super) const SERVER_NAME: &str = "estafette.invalid";

/// Connection data granted to a peer before it is authenticated.
// CHN-49
const RECEIVE_WINDOW_HANDSHAKE_BYTES: u32 = 64 * 1024;

/// Connection data granted to an authenticated peer.
pub(super) const RECEIVE_WINDOW_BYTES: u32 = 4 * 1024 * 1024;

const STREAM_RECEIVE_WINDOW_BYTES: u32 = 1024 * 1024;
const SEND_WINDOW_BYTES: u64 = 8 * 1024 * 1024;
const RESPONDER_STREAMS_MAX: u32 = 16;
const QUIC_VERSION_1: u32 = 1;

/// Returns the settings shared by all connections of a socket.
///
/// With the key of an accepting party, those who had links to an earlier process of it learn so.
pub(super) fn endpoint_config(reset_key: Option<ResetKey>) -> EndpointConfig {
    let mut config = EndpointConfig::default();
    if let Some(key) = reset_key {
        config
            .reset_key(Arc::new(key))
            .cid_generator(|| Box::new(RandomIds));
    }
    // CHN-1
    config.supported_versions(vec![QUIC_VERSION_1]);
    config
}

/// Makes the settings of an accepting endpoint, with a certificate of its own.
pub(super) fn server_config(config: &HopConfig) -> Result<ServerConfig, HopError> {
    // CHN-4
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)
        .map_err(|_| HopError::Setup)?;
    let certificate = rcgen::CertificateParams::new([SERVER_NAME.to_owned()])
        .and_then(|params| params.self_signed(&key))
        .map_err(|_| HopError::Setup)?;
    let secret = PrivatePkcs8KeyDer::from(key.serialize_der());
    let mut tls = rustls::ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .and_then(|builder| {
            builder
                .with_no_client_auth() // CHN-6
                .with_single_cert(vec![certificate.der().clone()], secret.into())
        })
        .map_err(|_| HopError::Setup)?;
    // CHN-2, CHN-7
    tls.alpn_protocols = vec![ALPN.to_vec()];
    tls.session_storage = Arc::new(NoServerSessionStorage {});
    tls.send_tls13_tickets = 0;
    tls.max_early_data_size = 0;
    let crypto = QuicServerConfig::try_from(tls).map_err(|_| HopError::Setup)?;
    let mut server = ServerConfig::with_crypto(Arc::new(crypto));
    server
        .transport_config(Arc::new(transport(config, RESPONDER_STREAMS_MAX)?))
        .max_incoming(config.handshakes_max.saturating_mul(2))
        .incoming_buffer_size(u64::from(RECEIVE_WINDOW_HANDSHAKE_BYTES))
        .incoming_buffer_size_total(8 * 1024 * 1024);
    Ok(server)
}

/// Makes the settings of dialled connections.
pub(super) fn client_config(config: &HopConfig) -> Result<ClientConfig, HopError> {
    let provider = provider();
    let verifier = AnyCertificate {
        provider: Arc::clone(&provider),
    };
    let mut tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|_| HopError::Setup)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    // CHN-2, CHN-7, CHN-8
    tls.alpn_protocols = vec![ALPN.to_vec()];
    tls.resumption = Resumption::disabled();
    tls.enable_early_data = false;
    tls.enable_sni = false;
    let crypto = QuicClientConfig::try_from(tls).map_err(|_| HopError::Setup)?;
    let mut client = ClientConfig::new(Arc::new(crypto));
    client
        .transport_config(Arc::new(transport(config, 0)?))
        .version(QUIC_VERSION_1);
    Ok(client)
}

fn transport(config: &HopConfig, streams_max: u32) -> Result<TransportConfig, HopError> {
    let idle_timeout = IdleTimeout::try_from(config.idle_timeout).map_err(|_| HopError::Setup)?;
    let mut transport = TransportConfig::default();
    // CHN-36, CHN-47, CHN-48
    transport
        .max_concurrent_bidi_streams(VarInt::from_u32(streams_max))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .datagram_receive_buffer_size(None)
        .max_idle_timeout(Some(idle_timeout))
        .keep_alive_interval(Some(config.keep_alive_interval))
        .stream_receive_window(VarInt::from_u32(STREAM_RECEIVE_WINDOW_BYTES))
        .receive_window(VarInt::from_u32(RECEIVE_WINDOW_HANDSHAKE_BYTES))
        .send_window(SEND_WINDOW_BYTES);
    Ok(transport)
}

// CHN-3
fn provider() -> Arc<CryptoProvider> {
    let mut provider = default_provider();
    provider.kx_groups = vec![kx_group::X25519MLKEM768];
    Arc::new(provider)
}

/// Accepts every certificate and trusts none, but checks that the peer holds its key.
#[derive(Debug)]
struct AnyCertificate {
    provider: Arc<CryptoProvider>,
}

// CHN-5
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
        Err(rustls::Error::PeerIncompatible(
            rustls::PeerIncompatible::Tls12NotOfferedOrEnabled,
        ))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

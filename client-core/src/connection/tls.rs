//! TLS to a server whose key is known beforehand: the one that the enrolment profile names, and no other. Only a device
//! that is to be linked knows no key yet.
//!
//! There are no certificate authorities, names or dates in this check: the key is the server's whole identity. Only
//! TLS 1.3, with a hybrid post-quantum key exchange preferred; no resumption and no early data, so that each
//! connection has keys, and an exporter value, of its own.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use colloque_schemas::enrolment::Endpoint;
use colloque_schemas::id::KeyHash;
use colloque_schemas::limits::TLS_HANDSHAKE_SECONDS;
use colloque_schemas::sign_in::{ChannelBinding, EXPORTER_LABEL};
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, PeerIncompatible, SignatureScheme};
use sha2::{Digest, Sha256};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::error::{Error, ServerFault};

/// For name resolution and all addresses that it gives.
const CONNECT: Duration = Duration::from_secs(15);
/// For one of the addresses, so that a dead one leaves time for the next.
const CONNECT_ONE_ADDRESS: Duration = Duration::from_secs(5);
/// The server gives up after the same time.
const TLS_HANDSHAKE: Duration = Duration::from_secs(TLS_HANDSHAKE_SECONDS);

/// Connects to the server of this endpoint and proves that it is the one.
///
/// # Errors
/// [`ServerFault::Unreachable`] if nothing answers in time, [`ServerFault::WrongKey`] if another key does,
/// [`ServerFault::Protocol`] if what answers does not speak TLS 1.3, [`ServerFault::Disconnected`] if it ends the
/// connection.
pub(super) async fn connect(endpoint: &Endpoint) -> Result<(TlsStream<TcpStream>, ChannelBinding), Error> {
    let stream = handshake(&endpoint.address, Some(endpoint.key_hash)).await?;
    let binding = channel_binding(&stream)?;
    Ok((stream, binding))
}

/// Connects to whatever server answers at this address.
///
/// # Errors
/// As [`connect`], but for the key.
pub(super) async fn connect_unpinned(address: &str) -> Result<TlsStream<TcpStream>, Error> {
    handshake(address, None).await
}

async fn handshake(address: &str, pinned: Option<KeyHash>) -> Result<TlsStream<TcpStream>, Error> {
    let unreachable = || ServerFault::Unreachable(address.to_owned());
    let name = server_name(address).ok_or_else(unreachable)?;
    let connector = TlsConnector::from(Arc::new(client_config(pinned)?));
    let stream = timeout(CONNECT, connect_any(address)).await;
    let stream = stream.map_err(|_| unreachable())?.map_err(|_| unreachable())?;
    let handshake = timeout(TLS_HANDSHAKE, connector.connect(name, stream)).await;
    Ok(handshake.map_err(|_| unreachable())?.map_err(|error| fault_of(&error))?)
}

/// The first address of the name that accepts a connection.
async fn connect_any(address: &str) -> io::Result<TcpStream> {
    let mut last_error = io::Error::from(io::ErrorKind::NotFound);
    for address in lookup_host(address).await? {
        match timeout(CONNECT_ONE_ADDRESS, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Frames are small and answered one by one: waiting to fill a segment only delays them.
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Ok(Err(error)) => last_error = error,
            Err(elapsed) => last_error = elapsed.into(),
        }
    }
    Err(last_error)
}

/// The host of `host:port`, without the brackets of an IPv6 address.
fn server_name(address: &str) -> Option<ServerName<'static>> {
    let (host, _port) = address.rsplit_once(':')?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    ServerName::try_from(host.to_owned()).ok()
}

fn client_config(pinned: Option<KeyHash>) -> Result<ClientConfig, Error> {
    let provider = CryptoProvider {
        kx_groups: vec![aws_lc_rs::kx_group::X25519MLKEM768, aws_lc_rs::kx_group::X25519],
        ..aws_lc_rs::default_provider()
    };
    let verifier = PinnedKey { pinned, algorithms: provider.signature_verification_algorithms };
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|_| Error::Bug("no TLS 1.3 in the TLS provider"))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    config.enable_early_data = false;
    Ok(config)
}

/// What both ends of this connection, and nobody else, derive from its handshake (RFC 9266).
fn channel_binding(stream: &TlsStream<TcpStream>) -> Result<ChannelBinding, Error> {
    let (_, connection) = stream.get_ref();
    let exported = connection.export_keying_material([0; 32], EXPORTER_LABEL, None);
    exported.map(ChannelBinding).map_err(|_| Error::Bug("no TLS exporter after the handshake"))
}

/// Why a handshake failed, which rustls hands out inside an I/O error.
fn fault_of(error: &io::Error) -> ServerFault {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        // Also a server that shows the certificate and does not have its key.
        Some(rustls::Error::InvalidCertificate(_)) => ServerFault::WrongKey,
        Some(_) => ServerFault::Protocol,
        None => ServerFault::Disconnected,
    }
}

/// Accepts one key, or any, in whatever certificate it comes, if the server signs the handshake with it.
#[derive(Debug)]
struct PinnedKey {
    /// SHA-256 of the DER `SubjectPublicKeyInfo`; none where any key will do.
    pinned: Option<KeyHash>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for PinnedKey {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let key = ParsedCertificate::try_from(end_entity)?.subject_public_key_info();
        if self.pinned.is_none_or(|pinned| Sha256::digest(&key).as_slice() == pinned.as_bytes()) {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
pub(super) mod tests;

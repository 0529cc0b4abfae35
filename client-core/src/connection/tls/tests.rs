use std::net::{Ipv4Addr, SocketAddr};

use rcgen::{CertificateParams, KeyPair, PublicKeyData};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ServerConfig, SupportedProtocolVersion};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::*;

/// A certificate of this key, long expired and for another name: none of that matters.
pub(crate) fn certificate_of(key: &KeyPair) -> CertificateDer<'static> {
    let mut params = CertificateParams::new(vec!["elsewhere.example".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    params.self_signed(key).unwrap().der().clone()
}

pub(crate) fn hash_of(key: &KeyPair) -> KeyHash {
    KeyHash::new(Sha256::digest(key.subject_public_key_info()).into())
}

pub(crate) fn certified(certificate: CertificateDer<'static>, key: &KeyPair) -> CertifiedKey {
    let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    CertifiedKey::new(vec![certificate], aws_lc_rs::sign::any_supported_type(&key).unwrap())
}

pub(crate) fn acceptor(
    certified: CertifiedKey,
    versions: &[&'static SupportedProtocolVersion],
) -> TlsAcceptor {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    TlsAcceptor::from(Arc::new(config))
}

/// What one handshake came to, on the server's side.
struct Accepted {
    exporter: [u8; 32],
    key_exchange: rustls::NamedGroup,
    is_resumed: bool,
}

/// Serves one TLS handshake on a free port.
async fn serve(
    certified: CertifiedKey,
    versions: &[&'static SupportedProtocolVersion],
) -> (SocketAddr, JoinHandle<io::Result<Accepted>>) {
    let acceptor = acceptor(certified, versions);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let accepted = tokio::spawn(async move {
        let (stream, _) = listener.accept().await?;
        let stream = acceptor.accept(stream).await?;
        let (_, connection) = stream.get_ref();
        Ok(Accepted {
            exporter: connection.export_keying_material([0; 32], EXPORTER_LABEL, None).unwrap(),
            key_exchange: connection.negotiated_key_exchange_group().unwrap().name(),
            is_resumed: connection.handshake_kind() == Some(rustls::HandshakeKind::Resumed),
        })
    });
    (address, accepted)
}

async fn fault(address: SocketAddr, key_hash: KeyHash) -> ServerFault {
    match connect(&Endpoint { address: address.to_string(), key_hash }).await {
        Err(Error::Server(fault)) => fault,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("connected"),
    }
}

#[tokio::test]
async fn the_pinned_key_is_accepted_whatever_its_certificate_says_and_both_ends_share_the_binding() {
    let key = KeyPair::generate().unwrap();
    let mut bindings = Vec::new();
    for _ in 0..2 {
        let (address, accepted) =
            serve(certified(certificate_of(&key), &key), &[&rustls::version::TLS13]).await;
        let endpoint = Endpoint { address: address.to_string(), key_hash: hash_of(&key) };
        let (_stream, binding) = connect(&endpoint).await.unwrap();
        let accepted = accepted.await.unwrap().unwrap();
        assert_eq!(binding.0, accepted.exporter);
        assert_eq!(accepted.key_exchange, rustls::NamedGroup::X25519MLKEM768);
        assert!(!accepted.is_resumed);
        bindings.push(binding);
    }
    assert!(bindings[0] != bindings[1], "each connection has a binding of its own");
}

#[tokio::test]
async fn any_other_key_is_the_wrong_key() {
    let [key, other] = [KeyPair::generate().unwrap(), KeyPair::generate().unwrap()];
    let (address, _server) = serve(certified(certificate_of(&key), &key), &[&rustls::version::TLS13]).await;
    assert_eq!(fault(address, hash_of(&other)).await, ServerFault::WrongKey);
}

#[tokio::test]
async fn the_pinned_certificate_without_its_private_key_is_the_wrong_key() {
    let [pinned, thief] = [KeyPair::generate().unwrap(), KeyPair::generate().unwrap()];
    let stolen = certified(certificate_of(&pinned), &thief);
    let (address, _server) = serve(stolen, &[&rustls::version::TLS13]).await;
    assert_eq!(fault(address, hash_of(&pinned)).await, ServerFault::WrongKey);
}

#[tokio::test]
async fn the_pinned_certificate_further_down_the_chain_is_the_wrong_key() {
    let [pinned, other] = [KeyPair::generate().unwrap(), KeyPair::generate().unwrap()];
    let mut chain = certified(certificate_of(&other), &other);
    chain.cert.push(certificate_of(&pinned));
    let (address, _server) = serve(chain, &[&rustls::version::TLS13]).await;
    assert_eq!(fault(address, hash_of(&pinned)).await, ServerFault::WrongKey);
}

#[tokio::test]
async fn tls_1_2_is_refused_even_with_the_pinned_key() {
    let key = KeyPair::generate().unwrap();
    let (address, server) = serve(certified(certificate_of(&key), &key), &[&rustls::version::TLS12]).await;
    assert_eq!(fault(address, hash_of(&key)).await, ServerFault::Protocol);
    let Err(refused) = server.await.unwrap() else { panic!("TLS 1.2 was spoken") };
    let refused = refused.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let not_offered = rustls::Error::PeerIncompatible(PeerIncompatible::Tls12NotOfferedOrEnabled);
    assert_eq!(refused, Some(&not_offered), "the client does not even offer it");
}

#[tokio::test]
async fn what_speaks_no_tls_does_not_speak_the_protocol_and_what_hangs_up_is_disconnected() {
    for (answer, expected) in
        [(&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], ServerFault::Protocol), (b"", ServerFault::Disconnected)]
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut hello = [0; 5];
            tokio::io::AsyncReadExt::read_exact(&mut stream, &mut hello).await.unwrap();
            tokio::io::AsyncWriteExt::write_all(&mut stream, answer).await.unwrap();
            tokio::io::AsyncWriteExt::shutdown(&mut stream).await.unwrap();
            // Kept until the client has gone: an early close with unread bytes would reset the connection.
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
        });
        assert_eq!(fault(address, KeyHash::new([0; 32])).await, expected);
    }
}

#[tokio::test]
async fn a_closed_port_and_a_useless_address_are_unreachable_and_named() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let closed = listener.local_addr().unwrap().to_string();
    drop(listener);
    for address in [closed.as_str(), "no port", "", "a b:443", "[::1:443"] {
        let endpoint = Endpoint { address: address.to_owned(), key_hash: KeyHash::new([0; 32]) };
        let Err(Error::Server(fault)) = connect(&endpoint).await else { panic!("{address}") };
        assert_eq!(fault, ServerFault::Unreachable(address.to_owned()));
    }
}

#[test]
fn the_host_of_an_address_is_a_name_or_an_ip_address() {
    let name = |address| server_name(address).map(|name| name.to_str().into_owned());
    assert_eq!(name("relay.example:443").as_deref(), Some("relay.example"));
    assert_eq!(name("[2001:db8::1]:443").as_deref(), Some("2001:db8::1"));
    assert_eq!(name("192.0.2.1:443").as_deref(), Some("192.0.2.1"));
    assert_eq!(name("relay.example"), None);
}

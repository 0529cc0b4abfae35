//! The relay under test: a process of its own, with an empty database on a real disk.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use colloque_schemas::certificate::TrustAnchor;
use colloque_server::accept::LoopbackListener;
use colloque_server::clock::SystemClock;
use colloque_server::relay::{Config, Relay, serve_plain};
use colloque_server::shutdown::Shutdown;
use colloque_tests::world::RELAY_NAME;
use rustix::process::{Pid, Signal, kill_process};
use rustls::crypto::aws_lc_rs::{default_provider, kx_group};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio_rustls::TlsConnector;

/// First argument of the process that is to be the relay, and of the one that is it without TLS.
pub(crate) const AS_RELAY: &str = "as-relay";
pub(crate) const AS_PLAIN_RELAY: &str = "as-plain-relay";
/// The tenant's certificate, beside the relay's folder.
const ANCHOR: &str = "tenant.der";
/// How long it may take to stop in good order.
const STOP: Duration = Duration::from_secs(15);

/// Which relay is measured.
#[derive(Clone, Debug)]
pub(crate) enum Which {
    /// A program that is shipped.
    Program(PathBuf),
    /// The one in this program.
    This,
    /// The same, without TLS.
    ThisPlain,
}

/// A folder beside this program: not the system's folder for temporary files, which may be memory.
pub(crate) fn disk() -> PathBuf {
    let program = std::env::current_exe().expect("a program");
    program.parent().expect("a folder").to_owned()
}

/// What the process is that was started as [`AS_PLAIN_RELAY`], with the arguments of the other one.
pub(crate) fn run_plain(arguments: &[String]) -> ExitCode {
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name).expect("every argument");
        arguments[at + 1].clone()
    };
    let anchor = std::fs::read(value("--anchor")).expect("the anchor");
    let anchor = TrustAnchor::from_der(&anchor).expect("a certificate");
    let config = Config::new(value("--data").into(), value("--name"), anchor);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let address = value("--listen").parse().expect("an address");
        let listener = LoopbackListener::bind(address).await.expect("a loopback address");
        let relay = Relay::open(config, Arc::new(SystemClock)).await.expect("the relay opens");
        println!("listening on {}", listener.local_addr().expect("an address"));
        let served = serve_plain(relay, listener, Shutdown::on_signals().expect("signals")).await;
        served.expect("a disk that works");
    });
    ExitCode::SUCCESS
}

/// A relay that runs until it is dropped.
pub(crate) struct RelayProcess {
    pub(crate) address: SocketAddr,
    /// None where it speaks without TLS.
    pub(crate) connector: Option<TlsConnector>,
    child: Killed,
    which: Which,
    folder: TempDir,
}

/// A process that ends with this.
struct Killed(Child);

/// What is left of a relay that has ended.
pub(crate) struct Ended {
    which: Which,
    address: SocketAddr,
    folder: TempDir,
}

impl Ended {
    /// Starts the relay again on its data, where it was.
    pub(crate) fn start_again(self) -> RelayProcess {
        RelayProcess::start_in(self.folder, &self.which, self.address)
    }
}

impl RelayProcess {
    /// Starts the relay of this tenant.
    pub(crate) fn start(anchor: &TrustAnchor, relay: &Which) -> Self {
        let folder = TempDir::new_in(disk()).expect("a folder");
        std::fs::write(folder.path().join(ANCHOR), anchor.as_der()).expect("a file");
        Self::start_in(folder, relay, SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    fn start_in(folder: TempDir, relay: &Which, listen: SocketAddr) -> Self {
        let data = folder.path().join("relay");
        let this = || Command::new(std::env::current_exe().expect("a program"));
        let mut command = match relay {
            Which::Program(program) => Command::new(program),
            Which::This => this(),
            Which::ThisPlain => this(),
        };
        match relay {
            Which::Program(_) => {}
            Which::This => drop(command.arg(AS_RELAY)),
            Which::ThisPlain => drop(command.arg(AS_PLAIN_RELAY)),
        }
        let arguments: [OsString; 9] = [
            "serve".into(),
            "--data".into(),
            data.clone().into(),
            "--listen".into(),
            listen.to_string().into(),
            "--anchor".into(),
            folder.path().join(ANCHOR).into(),
            "--name".into(),
            RELAY_NAME.into(),
        ];
        // Its log lines that all is well would stand between the figures.
        command.env("RUST_LOG", "warn");
        let mut child = command.args(arguments).stdout(Stdio::piped()).spawn().expect("a process");
        let mut line = String::new();
        let output = child.stdout.take().expect("a pipe");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let address = line.strip_prefix("listening on ").and_then(|rest| rest.split(' ').next());
        let address = address.and_then(|text| text.trim().parse().ok()).expect("the relay starts");
        let certificate = || CertificateDer::from_pem_file(data.join("tls.certificate.pem"));
        let has_tls = !matches!(relay, Which::ThisPlain);
        let connector = has_tls.then(|| connector(certificate().expect("the relay's certificate")));
        Self { address, connector, child: Killed(child), which: relay.clone(), folder }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.0.id()
    }

    /// Lets it finish; an exit in disorder fails the run.
    pub(crate) async fn stop(self) {
        let (_, status) = self.end().await;
        assert!(status.success(), "the relay ended with {status}");
    }

    /// Lets it finish; what it leaves, and how it ended.
    pub(crate) async fn end(mut self) -> (Ended, ExitStatus) {
        let id = i32::try_from(self.child.0.id()).ok().and_then(Pid::from_raw).expect("a process id");
        kill_process(id, Signal::TERM).expect("a process to stop");
        let step = Duration::from_millis(10);
        for _ in 0..STOP.as_millis() / step.as_millis() {
            if let Some(status) = self.child.0.try_wait().expect("a process of ours") {
                let Self { address, which, folder, .. } = self;
                return (Ended { which, address, folder }, status);
            }
            tokio::time::sleep(step).await;
        }
        panic!("the relay does not stop");
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        // Stopped already, or the run has failed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// TLS as the client speaks it. The relay's certificate, which is self-signed, is the one root.
fn connector(certificate: CertificateDer<'static>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(certificate).expect("a certificate");
    let mut provider = default_provider();
    provider.kx_groups = vec![kx_group::X25519MLKEM768];
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    TlsConnector::from(Arc::new(config))
}

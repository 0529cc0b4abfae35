//! The command line of `colloque-relay`.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use colloque_schemas::certificate::{CertificateError, TrustAnchor};
use colloque_schemas::limits;
use colloque_schemas::point::Points;
use tokio::net::TcpListener;

use super::config::GIBIBYTE;
use super::{Config, DiskFailed, Inventory, Relay, StartError, declare_restored, serve, serve_admin};
use crate::clock::{Clock as _, SystemClock};
use crate::command_line;
use crate::shutdown::Shutdown;
use crate::tls::{IdentityError, ServerIdentity};

/// Name of the TLS files in the data folder.
const TLS_STEM: &str = "tls";

/// The Delivery Service of Colloque: stores and passes on what it cannot read.
#[derive(Debug, Parser)]
#[command(name = "colloque-relay", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until SIGTERM.
    Serve(ServeArguments),
    /// Print the hash of the TLS key, which invitations carry; make the key if there is none.
    KeyHash {
        /// Folder of the database and the keys.
        #[arg(long)]
        data: PathBuf,
    },
    /// Say that the database was restored from a backup, before it serves again: devices then give back what it has lost.
    Restored {
        /// Folder of the database and the keys.
        #[arg(long)]
        data: PathBuf,
        /// For how many seconds the relay takes no new messages, so that devices come first with what it has lost.
        #[arg(long, default_value_t = limits::RESTORED_SETTLE_SECONDS)]
        settle_seconds: u64,
    },
    /// Print what the relay stores: tables, rows, bytes.
    Inventory {
        /// Folder of the database and the keys.
        #[arg(long)]
        data: PathBuf,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
struct ServeArguments {
    /// Folder of the database and the keys; made if absent.
    #[arg(long)]
    data: PathBuf,
    /// Where to listen, as HOST:PORT. Port 0 takes a free one.
    #[arg(long)]
    listen: String,
    /// The authority's tenant certificate, in DER.
    #[arg(long)]
    anchor: PathBuf,
    /// The name that devices sign in to, as invitations carry it.
    #[arg(long, default_value = "relay")]
    name: String,
    /// Where to answer /livez, /readyz and /version, as HOST:PORT; loopback, for the operator's tools.
    #[arg(long)]
    admin: Option<String>,
    /// For how many days what is stored is kept.
    #[arg(long, default_value_t = limits::RETENTION_DAYS)]
    retention_days: u64,
    /// How many GiB encrypted documents may take in all.
    #[arg(long, default_value_t = limits::BLOB_ROOM_GIBIBYTES)]
    blob_room_gib: u64,
    /// Bucket of S3 for encrypted documents, instead of files in the data folder; the rest is in AWS_… variables. Who runs
    /// it sees the second at which each chunk is put.
    #[cfg(feature = "s3")]
    #[arg(long)]
    blob_bucket: Option<String>,
    /// TLS certificate chain in PEM, instead of the one in the data folder.
    #[arg(long, requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key in PEM.
    #[arg(long, requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

/// Why the command fails: one line that says what to do.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Identity(#[from] IdentityError),
    #[error("cannot read the tenant certificate {path}: {cause}; copy it from the authority's data folder")]
    Anchor { path: String, cause: io::Error },
    #[error("{path} is not a tenant certificate: {cause}")]
    NotAnAnchor { path: String, cause: CertificateError },
    #[error("cannot listen on {address}: {cause}; choose another address with {option}")]
    Listen { address: String, cause: io::Error, option: &'static str },
    #[error("the admin address {0} is not a loopback address: use 127.0.0.1:PORT")]
    AdminNotLoopback(String),
    #[error(transparent)]
    Disk(#[from] DiskFailed),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Runs the command line, the program's name first. Errors are one line on standard error, and exit code 1.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    command_line::run("colloque-relay", arguments, async |arguments: Arguments| {
        execute(arguments.command).await
    })
}

async fn execute(command: Command) -> Result<(), CommandError> {
    match command {
        Command::Serve(arguments) => serve_until_stopped(arguments).await,
        Command::KeyHash { data } => {
            let identity = identity(&data, None)?;
            print_line(&identity.key_hash().to_string())
        }
        Command::Restored { data, settle_seconds } => {
            let settles_at = SystemClock.now().plus(settle_seconds);
            declare_restored(&data, settles_at).await?;
            print_line("the relay begins anew: devices give back what it has lost when it serves again")
        }
        Command::Inventory { data, json } => print_inventory(&Inventory::take(&data).await?, json),
    }
}

async fn serve_until_stopped(arguments: ServeArguments) -> Result<(), CommandError> {
    let anchor = read_anchor(&arguments.anchor)?;
    let files = arguments.tls_cert.as_deref().zip(arguments.tls_key.as_deref());
    let identity = identity(&arguments.data, files)?;
    let listener = listen(&arguments.listen, "--listen").await?;
    let admin = match &arguments.admin {
        Some(address) => {
            let admin = listen(address, "--admin").await?;
            if !admin.local_addr()?.ip().is_loopback() {
                return Err(CommandError::AdminNotLoopback(address.clone()));
            }
            Some(admin)
        }
        None => None,
    };
    let config = Config {
        retention_days: arguments.retention_days,
        blob_room_bytes: arguments.blob_room_gib.saturating_mul(GIBIBYTE),
        #[cfg(feature = "s3")]
        blob_bucket: arguments.blob_bucket,
        ..Config::new(arguments.data, arguments.name, anchor)
    };
    let relay = Relay::open(config, Arc::new(SystemClock)).await?;
    let shutdown = Shutdown::on_signals()?;
    let mut told = String::new();
    if let Some(admin) = admin {
        told = format!(" admin {}", admin.local_addr()?);
        tokio::spawn(serve_admin(relay.clone(), admin, shutdown.clone()));
    }
    // Whoever started this process may wait for the line: from here on, connections are taken.
    print_line(&format!("listening on {} key {}{told}", listener.local_addr()?, identity.key_hash()))?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "the relay serves");
    serve(relay, listener, identity.server_config(), shutdown).await?;
    tracing::info!("the relay has stopped in good order");
    Ok(())
}

async fn listen(address: &str, option: &'static str) -> Result<TcpListener, CommandError> {
    let failed = |cause| CommandError::Listen { address: address.to_owned(), cause, option };
    TcpListener::bind(address).await.map_err(failed)
}

fn read_anchor(path: &Path) -> Result<TrustAnchor, CommandError> {
    let shown = || path.display().to_string();
    let der = std::fs::read(path).map_err(|cause| CommandError::Anchor { path: shown(), cause })?;
    TrustAnchor::from_der(&der).map_err(|cause| CommandError::NotAnAnchor { path: shown(), cause })
}

fn identity(data: &Path, files: Option<(&Path, &Path)>) -> Result<ServerIdentity, CommandError> {
    if let Some((certificate, key)) = files {
        return Ok(ServerIdentity::load(certificate, key)?);
    }
    super::create_folder(data, &Points::default())?;
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    Ok(ServerIdentity::load_or_create(&Points::default(), data, TLS_STEM, &names)?)
}

fn print_inventory(inventory: &Inventory, as_json: bool) -> Result<(), CommandError> {
    if as_json {
        let text = serde_json::to_string_pretty(inventory).map_err(io::Error::from)?;
        return print_line(&text);
    }
    print_line(&format!("{:<12} {:>10} {:>14}  holds", "table", "rows", "bytes"))?;
    for table in &inventory.tables {
        print_line(&format!("{:<12} {:>10} {:>14}  {}", table.table, table.rows, table.bytes, table.holds))?;
    }
    for file in &inventory.files {
        print_line(&format!("{:<12} {:>10} {:>14}", file.file, "", file.bytes))?;
    }
    Ok(())
}

fn print_line(line: &str) -> Result<(), CommandError> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")?;
    Ok(output.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serve_arguments(data: &Path, listen: &str) -> Vec<OsString> {
        let anchor = data.join("tenant.der");
        ["colloque-relay", "serve", "--data"]
            .into_iter()
            .map(OsString::from)
            .chain([data.into(), "--listen".into(), listen.into(), "--anchor".into(), anchor.into()])
            .collect()
    }

    async fn error_of(arguments: Vec<OsString>) -> String {
        let arguments = Arguments::try_parse_from(arguments).unwrap();
        let error = Box::pin(execute(arguments.command)).await.unwrap_err().to_string();
        assert_eq!(error.lines().count(), 1, "{error}");
        error
    }

    #[tokio::test]
    async fn a_missing_anchor_and_a_port_in_use_are_one_line_each_that_says_what_to_do() {
        let data = tempfile::tempdir().unwrap();
        let error = error_of(serve_arguments(data.path(), "127.0.0.1:0")).await;
        assert!(error.contains("tenant.der") && error.contains("authority"), "{error}");

        std::fs::write(data.path().join("tenant.der"), "no certificate").unwrap();
        let error = error_of(serve_arguments(data.path(), "127.0.0.1:0")).await;
        assert!(error.contains("is not a tenant certificate"), "{error}");

        let key = ed25519_dalek::SigningKey::from_bytes(&[1; 32]);
        let validity = colloque_schemas::certificate::issue::Validity {
            not_before: colloque_schemas::time::UnixSeconds(1_800_000_000),
            not_after: colloque_schemas::time::UnixSeconds(1_900_000_000),
        };
        let anchor = colloque_schemas::certificate::issue::tenant("Test", &key, [1; 16], validity).unwrap();
        std::fs::write(data.path().join("tenant.der"), anchor).unwrap();
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let error = error_of(serve_arguments(data.path(), &address)).await;
        assert!(error.contains(&address) && error.contains("--listen"), "{error}");
    }

    #[tokio::test]
    async fn the_key_hash_is_made_once_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("relay");
        let first = identity(&data, None).unwrap().key_hash();
        assert_eq!(identity(&data, None).unwrap().key_hash(), first);
    }

    #[tokio::test]
    async fn an_inventory_of_no_database_says_so() {
        let data = tempfile::tempdir().unwrap();
        let arguments = ["colloque-relay".into(), "inventory".into(), "--data".into(), data.path().into()];
        let error = error_of(arguments.to_vec()).await;
        assert!(error.contains("relay.db"), "{error}");
    }
}

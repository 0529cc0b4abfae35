//! The command line of `colloque-authority`.

mod arguments;
mod invite;
mod output;

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::json;
use tokio::net::TcpListener;

use self::arguments::{Arguments, Command, Secrets, ServeArguments};
use self::output::{print_json, print_line};
use super::{Authority, AuthorityError, Desk, Places, serve};
use crate::clock::{Clock, SystemClock};
use crate::command_line;
use crate::key_file::Passphrase;
use crate::shutdown::Shutdown;

/// Runs the command line, the program's name first. Errors are one line on standard error, and exit code 1.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    command_line::run("colloque-authority", arguments, async |arguments: Arguments| {
        execute(arguments.command).await
    })
}

async fn execute(command: Command) -> Result<(), AuthorityError> {
    match command {
        Command::Init { data, name, secrets } => {
            let passphrase = passphrase(&secrets)?;
            let authority = Authority::init(&data.path, &name, clock(), passphrase.as_ref()).await?;
            let printed = print_anchor(authority.desk(), false);
            authority.desk().close().await;
            printed
        }
        Command::Anchor { data, json } => at_desk(&data.path, async |desk| print_anchor(desk, json)).await,
        Command::Relay { data, address, key, name } => {
            let places = Places {
                relay_address: Some(address),
                relay_key: Some(arguments::key_hash(&key)?),
                relay_name: Some(name),
                ..Places::default()
            };
            at_desk(&data.path, async |desk| desk.remember(&places).await).await
        }
        Command::Invite(invite) => {
            let is_terminal = io::stdout().is_terminal();
            let data = invite.data.path.clone();
            at_desk(&data, async |desk| invite::run(desk, invite, is_terminal).await).await
        }
        Command::Serve(serve) => serve_until_stopped(serve).await,
    }
}

async fn serve_until_stopped(arguments: ServeArguments) -> Result<(), AuthorityError> {
    let passphrase = passphrase(&arguments.secrets)?;
    let authority = Arc::new(Authority::open(&arguments.data.path, clock(), passphrase.as_ref()).await?);
    let served = serve_at(&authority, arguments).await;
    authority.desk().close().await;
    served
}

async fn serve_at(authority: &Arc<Authority>, arguments: ServeArguments) -> Result<(), AuthorityError> {
    let listen = |cause| AuthorityError::Listen { address: arguments.listen.clone(), cause };
    let listener = TcpListener::bind(&arguments.listen).await.map_err(listen)?;
    let address = listener.local_addr()?;
    let authority_address = match arguments.public_address {
        Some(address) => address,
        None if address.ip().is_unspecified() => {
            return Err(AuthorityError::PublicAddressNeeded(address.to_string()));
        }
        None => address.to_string(),
    };
    let places = Places { authority_address: Some(authority_address), ..Places::default() };
    authority.desk().remember(&places).await?;
    let shutdown = Shutdown::on_signals()?;
    // Whoever started this process may wait for the line: from here on, connections are taken.
    print_line(&format!("listening on {address}"))?;
    serve(Arc::clone(authority), listener, shutdown).await;
    Ok(())
}

fn print_anchor(desk: &Desk, as_json: bool) -> Result<(), AuthorityError> {
    let (tenant, path) = (desk.anchor().hash().to_string(), desk.anchor_path().display().to_string());
    let authority = desk.identity().key_hash().to_string();
    if as_json {
        return print_json(&json!({ "tenant": path, "tenant_key": tenant, "authority_key": authority }));
    }
    print_line(&format!("tenant certificate  {path}"))?;
    print_line(&format!("tenant key          {tenant}"))?;
    print_line(&format!("authority key       {authority}"))
}

/// Does one thing at the desk and closes its database, whatever came of it: a process that ends while a thread of its own
/// still closes a database takes the ground from under it.
async fn at_desk(
    data: &Path,
    work: impl AsyncFnOnce(&Desk) -> Result<(), AuthorityError>,
) -> Result<(), AuthorityError> {
    let desk = Desk::open(data, clock()).await?;
    let done = work(&desk).await;
    desk.close().await;
    done
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

fn passphrase(secrets: &Secrets) -> Result<Option<Passphrase>, AuthorityError> {
    let from_file = |path: &std::path::PathBuf| Passphrase::from_file(Path::new(path));
    Ok(secrets.passphrase_file.as_ref().map(from_file).transpose()?)
}

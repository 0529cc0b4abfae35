//! What may be said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use colloque_schemas::id::KeyHash;
use colloque_schemas::limits::CODE_LIFE_SECONDS;

use crate::authority::AuthorityError;

/// Authentication Service of Colloque: certifies who is a professional and who is a patient.
#[derive(Parser)]
#[command(name = "colloque-authority", version)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Makes the tenant's key and certificate, once.
    Init {
        #[command(flatten)]
        data: DataFolder,
        /// The tenant's name, as people will see it.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        secrets: Secrets,
    },
    /// Remembers the relay, so that invitations need not repeat it.
    Relay {
        #[command(flatten)]
        data: DataFolder,
        /// Where devices reach it, host:port.
        #[arg(long)]
        address: String,
        /// Hash of its TLS key, as it prints it: 64 hexadecimal digits.
        #[arg(long)]
        key: String,
        /// Its name, as in its own configuration.
        #[arg(long)]
        name: String,
    },
    /// Prints a single-use code for one person.
    Invite(InviteArguments),
    /// Redeems codes for certificates.
    Serve(ServeArguments),
    /// Prints what the relay's operator needs: the tenant's certificate, and key hashes.
    #[command(alias = "key-hash")]
    Anchor {
        #[command(flatten)]
        data: DataFolder,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
pub(super) struct InviteArguments {
    #[command(flatten)]
    pub(super) data: DataFolder,
    /// What the person will be certified to be.
    #[arg(long, value_enum)]
    pub(super) role: InvitedRole,
    /// A professional's public name.
    #[arg(long)]
    pub(super) name: Option<String>,
    /// A professional's profession.
    #[arg(long)]
    pub(super) profession: Option<String>,
    /// A professional's national number, eleven digits.
    #[arg(long)]
    pub(super) rpps: Option<String>,
    /// Where devices reach this authority, host:port.
    #[arg(long)]
    pub(super) authority: Option<String>,
    /// Where devices reach the relay, host:port.
    #[arg(long)]
    pub(super) relay: Option<String>,
    /// Hash of the relay's TLS key, 64 hexadecimal digits.
    #[arg(long)]
    pub(super) relay_key: Option<String>,
    /// The relay's name.
    #[arg(long)]
    pub(super) relay_name: Option<String>,
    /// How long the code is good for.
    #[arg(long, default_value_t = CODE_LIFE_SECONDS)]
    pub(super) life_seconds: u64,
    /// Print the QR also when this is no terminal.
    #[arg(long, conflicts_with = "json")]
    pub(super) qr: bool,
    /// Print one JSON object.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Args)]
pub(super) struct ServeArguments {
    #[command(flatten)]
    pub(super) data: DataFolder,
    /// Where to listen, address:port.
    #[arg(long, default_value = "127.0.0.1:4430")]
    pub(super) listen: String,
    /// Where devices reach it, host:port, if that is somewhere else. Invitations carry it.
    #[arg(long)]
    pub(super) public_address: Option<String>,
    #[command(flatten)]
    pub(super) secrets: Secrets,
}

#[derive(Args)]
pub(super) struct DataFolder {
    /// The authority's data folder.
    #[arg(long = "data", value_name = "DIR")]
    pub(super) path: PathBuf,
}

#[derive(Args)]
pub(super) struct Secrets {
    /// A file whose first line is the passphrase of the tenant key; mode 600.
    #[arg(long, value_name = "FILE")]
    pub(super) passphrase_file: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum InvitedRole {
    Professional,
    Patient,
}

/// A key hash as it was typed.
pub(super) fn key_hash(text: &str) -> Result<KeyHash, AuthorityError> {
    text.parse().map_err(|_| {
        AuthorityError::Usage("a relay's key hash has 64 hexadecimal digits, as the relay prints it")
    })
}

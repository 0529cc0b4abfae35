//! Where codes are made. It needs no tenant key: who invites cannot issue.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use colloque_schemas::certificate::{Holder, TrustAnchor};
use colloque_schemas::enrolment::{Code, Endpoint, INVITATION_VERSION, Invitation};
use colloque_schemas::id::{AccountId, KeyHash};
use colloque_schemas::limits::CODE_TRIES;
use colloque_schemas::point::Points;
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};

use super::code::{self, CodeHash};
use super::error::AuthorityError;
use super::folder::{Folder, TLS_STEM};
use super::quota::Quotas;
use super::random_bytes;
use super::store::{self, Store, StoredCode, Unit};
use crate::clock::Clock;
use crate::private_file::FileError;
use crate::tls::ServerIdentity;

/// Longest life of a code.
const CODE_LIFE_MAX_SECONDS: u64 = 30 * SECONDS_PER_DAY;

/// The authority without its tenant key.
pub struct Desk {
    anchor: TrustAnchor,
    anchor_path: PathBuf,
    identity: ServerIdentity,
    store: Store,
    quotas: Quotas,
    clock: Arc<dyn Clock>,
}

/// Where an invited device finds the servers. What is `None` is taken from what the desk remembers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Places {
    /// `host:port` of this authority, as devices reach it.
    pub authority_address: Option<String>,
    /// `host:port` of the relay.
    pub relay_address: Option<String>,
    /// SHA-256 of the relay's SubjectPublicKeyInfo.
    pub relay_key: Option<KeyHash>,
    /// The relay's name, as it is signed at sign-in.
    pub relay_name: Option<String>,
}

/// A new invitation.
#[derive(Clone, Debug)]
pub struct Invited {
    /// To be given to the person, and nobody else.
    pub invitation: Invitation,
    /// From this instant the code is refused.
    pub expires_at: UnixSeconds,
}

impl Desk {
    /// Opens the authority in a folder, without its key.
    ///
    /// # Errors
    /// [`AuthorityError::NotInitialised`] and others.
    pub async fn open(data: &Path, clock: Arc<dyn Clock>) -> Result<Self, AuthorityError> {
        let folder = Folder::open(data)?;
        let anchor_path = folder.tenant_certificate();
        let anchor = std::fs::read(&anchor_path).map_err(|cause| FileError::io(&anchor_path, cause))?;
        Ok(Self {
            anchor: TrustAnchor::from_der(&anchor)?,
            anchor_path,
            identity: ServerIdentity::load_or_create(
                &Points::default(),
                data,
                TLS_STEM,
                &["localhost".to_owned()],
            )?,
            store: Store::open(&folder.database()).await?,
            quotas: Quotas::default(),
            clock,
        })
    }

    /// The tenant's certificate.
    pub const fn anchor(&self) -> &TrustAnchor {
        &self.anchor
    }

    /// The file that holds it, which the relay's operator is given.
    pub fn anchor_path(&self) -> &Path {
        &self.anchor_path
    }

    /// The authority's TLS identity.
    pub const fn identity(&self) -> &ServerIdentity {
        &self.identity
    }

    /// Makes a code for one person, good for `life_seconds`, and the invitation that carries it.
    ///
    /// # Errors
    /// [`AuthorityError::PlaceMissing`], [`AuthorityError::CodeLife`] and others; no code exists then.
    pub async fn invite(
        &self,
        holder: Holder,
        life_seconds: u64,
        places: &Places,
    ) -> Result<Invited, AuthorityError> {
        if !(1..=CODE_LIFE_MAX_SECONDS).contains(&life_seconds) {
            return Err(AuthorityError::CodeLife { longest: CODE_LIFE_MAX_SECONDS });
        }
        let mut unit = self.store.begin().await?;
        store::delete_expired_codes(&mut unit, self.now()).await?;
        let invited = self.make_code(&mut unit, holder, None, life_seconds, places).await?;
        unit.commit().await?;
        Ok(invited)
    }

    /// Makes a code in this unit of work: for a new account, or for this one.
    pub(super) async fn make_code(
        &self,
        unit: &mut Unit,
        holder: Holder,
        account: Option<AccountId>,
        life_seconds: u64,
        places: &Places,
    ) -> Result<Invited, AuthorityError> {
        let expires_at = self.now().plus(life_seconds);
        let code = Code::new(random_bytes(&SystemRandom::new())?);
        let invitation = self.invitation(unit, places, code.clone(), account).await?;
        let hash = CodeHash::of(&code);
        let stored =
            StoredCode { hash, holder, account, expires_at, tries_left: CODE_TRIES, spent_for: None };
        store::insert_code(unit, code::lookup(&code), &stored).await?;
        Ok(Invited { invitation, expires_at })
    }

    /// Remembers these places for later invitations; what is `None` stays as it is.
    ///
    /// # Errors
    /// [`AuthorityError::Address`]; [`AuthorityError::Database`].
    pub async fn remember(&self, places: &Places) -> Result<(), AuthorityError> {
        let mut unit = self.store.begin().await?;
        for address in [&places.authority_address, &places.relay_address].into_iter().flatten() {
            check_address(address)?;
        }
        for setting in Setting::ALL {
            if let Some(value) = setting.given_in(places) {
                store::keep_setting(&mut unit, setting.name(), &value).await?;
            }
        }
        Ok(unit.commit().await?)
    }

    /// Ends all work on the database file.
    pub async fn close(&self) {
        self.store.close().await;
    }

    pub(super) fn now(&self) -> UnixSeconds {
        self.clock.now()
    }

    pub(super) const fn store(&self) -> &Store {
        &self.store
    }

    pub(super) const fn quotas(&self) -> &Quotas {
        &self.quotas
    }

    async fn invitation(
        &self,
        unit: &mut Unit,
        places: &Places,
        code: Code,
        account: Option<AccountId>,
    ) -> Result<Invitation, AuthorityError> {
        let authority_address = place(unit, places, Setting::AuthorityAddress).await?;
        let relay_address = place(unit, places, Setting::RelayAddress).await?;
        let relay_key = place(unit, places, Setting::RelayKey).await?;
        let relay_name = place(unit, places, Setting::RelayName).await?;
        check_address(&authority_address)?;
        check_address(&relay_address)?;
        let relay_key = relay_key.parse().map_err(|_| AuthorityError::DamagedRow("relay key"))?;
        let invitation = Invitation {
            version: INVITATION_VERSION,
            authority: Endpoint { address: authority_address, key_hash: self.identity.key_hash() },
            relay: Endpoint { address: relay_address, key_hash: relay_key },
            relay_name,
            tenant: self.anchor.hash(),
            code,
            account,
        };
        // Read back as a device will read it: the limits of an invitation are checked in one place.
        invitation.to_string().parse().map_err(|_| AuthorityError::NotInvitable)
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Desk(..)")
    }
}

/// One of the [`Places`], as it is remembered.
#[derive(Clone, Copy)]
enum Setting {
    AuthorityAddress,
    RelayAddress,
    RelayKey,
    RelayName,
}

impl Setting {
    const ALL: [Self; 4] = [Self::AuthorityAddress, Self::RelayAddress, Self::RelayKey, Self::RelayName];

    /// In the database.
    const fn name(self) -> &'static str {
        match self {
            Self::AuthorityAddress => "authority address",
            Self::RelayAddress => "relay address",
            Self::RelayKey => "relay key",
            Self::RelayName => "relay name",
        }
    }

    /// On the command line of `invite`.
    const fn option(self) -> &'static str {
        match self {
            Self::AuthorityAddress => "--authority host:port",
            Self::RelayAddress => "--relay host:port",
            Self::RelayKey => "--relay-key hash",
            Self::RelayName => "--relay-name name",
        }
    }

    /// The command after which it is remembered.
    const fn command(self) -> &'static str {
        match self {
            Self::AuthorityAddress => "serve",
            Self::RelayAddress | Self::RelayKey | Self::RelayName => "relay",
        }
    }

    fn given_in(self, places: &Places) -> Option<String> {
        match self {
            Self::AuthorityAddress => places.authority_address.clone(),
            Self::RelayAddress => places.relay_address.clone(),
            Self::RelayKey => places.relay_key.map(|key| key.to_string()),
            Self::RelayName => places.relay_name.clone(),
        }
    }
}

async fn place(unit: &mut Unit, places: &Places, setting: Setting) -> Result<String, AuthorityError> {
    let known = match setting.given_in(places) {
        Some(given) => Some(given),
        None => store::setting(unit, setting.name()).await?,
    };
    known.ok_or(AuthorityError::PlaceMissing {
        what: setting.name(),
        option: setting.option(),
        command: setting.command(),
    })
}

fn check_address(address: &str) -> Result<(), AuthorityError> {
    let is_address = address
        .rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port != 0));
    if is_address { Ok(()) } else { Err(AuthorityError::Address(address.to_owned())) }
}

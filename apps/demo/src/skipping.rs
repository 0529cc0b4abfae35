//! A patient's client that skips every check: certified like any other, it speaks to the relay over the same TLS
//! sockets and does MLS with openmls as it comes. Nothing of client-core's rules is in it.
//!
//! It is written here, and not taken from the test harness, whose raw devices live in one process with their relay:
//! what the tour shows has to come through the relay's own front door. It never publishes more than one KeyPackage.

mod member;

use anyhow::{Context as _, Result, bail};
use colloque_client_core::connection::{Received, Socket};
use colloque_client_core::mls::DeviceSigner;
use colloque_schemas::certificate::{AccountCertificate, TrustAnchor, UnverifiedChain, issue};
use colloque_schemas::codec;
use colloque_schemas::device_list::DeviceList;
use colloque_schemas::enrolment::{AuthorityReply, AuthorityRequest, EnrolmentStatement, Invitation};
use colloque_schemas::frame::{ClientFrame, Request, RequestId, Response, ServerFrame, SignIn};
use colloque_schemas::id::{AccountId, AccountKey, DeviceKey};
use colloque_schemas::limits::{CLOCK_SKEW_SECONDS, FRAME_MAX_BYTES, PROTOCOL_VERSION};
use colloque_schemas::refusal::Refusal;
use colloque_schemas::sign_in::SignInStatement;
use colloque_schemas::signed::Statement as _;
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};
use ed25519_dalek::SigningKey;
use openmls_rust_crypto::OpenMlsRustCrypto;
use rand_core::{OsRng, RngCore as _};

/// Life of its device certificate.
const LEAF_LIFE_DAYS: u64 = 30;

/// The client, enrolled.
pub(crate) struct SkippingClient {
    account: AccountId,
    chain: UnverifiedChain,
    list: DeviceList,
    device_key: SigningKey,
    invitation: Invitation,
    mls: OpenMlsRustCrypto,
    signer: DeviceSigner,
    socket: Option<Socket>,
    requests: u32,
}

impl SkippingClient {
    /// Redeems an invitation at the authority, with keys of its own.
    pub(crate) async fn enrol(invitation: Invitation, now: UnixSeconds) -> Result<Self> {
        let account_key = SigningKey::from_bytes(&random());
        let public = AccountKey::new(account_key.verifying_key().to_bytes());
        let (mut socket, channel_binding) = Socket::open(&invitation.authority).await?;
        let code = invitation.code.clone();
        let signature = EnrolmentStatement { code: code.clone(), channel_binding }.sign(&account_key);
        socket.queue([codec::encode(&AuthorityRequest::Enrol { code, account_key: public, signature })]);
        let reply = codec::decode(&received(&mut socket).await?, FRAME_MAX_BYTES)?;
        let AuthorityReply::Enrolled { tenant, account } = reply else {
            bail!("the authority refuses the invitation");
        };
        let anchor = TrustAnchor::from_der(tenant.as_slice())?;
        let account = AccountCertificate::verify(account.as_slice(), &anchor, now)?;
        let device_seed = random();
        let device_key = SigningKey::from_bytes(&device_seed);
        let device = DeviceKey::new(device_key.verifying_key().to_bytes());
        let validity = issue::Validity {
            not_before: now.minus(CLOCK_SKEW_SECONDS),
            not_after: now.plus(LEAF_LIFE_DAYS * SECONDS_PER_DAY),
        };
        let leaf = issue::device(&account, &account_key, device, random(), validity)?;
        Ok(Self {
            account: account.account(),
            chain: UnverifiedChain::new(leaf, account.as_der().to_vec()),
            list: DeviceList::sign(account.account(), 1, vec![device], &account_key)?,
            device_key,
            invitation,
            mls: OpenMlsRustCrypto::default(),
            signer: DeviceSigner::from_seed(&device_seed),
            socket: None,
            requests: 0,
        })
    }

    /// Its account.
    pub(crate) const fn account(&self) -> AccountId {
        self.account
    }

    /// Connects to the relay and signs in, as the patient that it is certified to be.
    pub(crate) async fn sign_in(&mut self) -> Result<()> {
        let (mut socket, channel_binding) = Socket::open(&self.invitation.relay).await?;
        let first = codec::decode(&received(&mut socket).await?, FRAME_MAX_BYTES)?;
        let ServerFrame::Challenge(challenge) = first else {
            bail!("the relay does not begin with a challenge");
        };
        self.socket = Some(socket);
        let statement = SignInStatement {
            relay_name: self.invitation.relay_name.clone(),
            nonce: challenge.nonce,
            version: PROTOCOL_VERSION,
            channel_binding,
        };
        let request = Request::SignIn(SignIn {
            version: PROTOCOL_VERSION,
            chain: self.chain.clone(),
            device_list: self.list.to_unverified(),
            signature: statement.sign(&self.device_key),
        });
        self.granted(request).await?;
        Ok(())
    }

    /// Asks the relay for something; the one reply, granted or refused.
    pub(crate) async fn ask(&mut self, request: Request) -> Result<Result<Response, Refusal>> {
        self.requests += 1;
        let id = RequestId(self.requests);
        let socket = self.socket.as_mut().context("not signed in")?;
        socket.queue([codec::encode(&ClientFrame { id, request })]);
        loop {
            match codec::decode(&received(socket).await?, FRAME_MAX_BYTES)? {
                ServerFrame::Reply { id: of, response } if of == id => return Ok(Ok(response)),
                ServerFrame::Refused { id: Some(of), refusal } if of == id => return Ok(Err(refusal)),
                ServerFrame::Event(_) => {}
                _ => bail!("the relay answers what was not asked"),
            }
        }
    }

    /// As [`Self::ask`], for what has to be granted.
    async fn granted(&mut self, request: Request) -> Result<Response> {
        self.ask(request).await?.map_err(|refusal| anyhow::anyhow!("the relay refuses: {refusal}"))
    }
}

/// The next frame from a server.
async fn received(socket: &mut Socket) -> Result<Vec<u8>> {
    match socket.receive().await? {
        Received::Frame(frame) => Ok(frame.into()),
        Received::GoingAway => bail!("the server is going away"),
    }
}

/// Random bytes of the system.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    OsRng.fill_bytes(&mut bytes);
    bytes
}

//! What the client that skips every check does with MLS: it makes a thread that it may not make, and writes where
//! nobody may write any more.

use anyhow::{Context as _, Result, bail};
use colloque_client_core::mls::{SUITE, SUITE_ID, create_config, join_config, key_package_builder};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::charter::{CHARTER_VERSION, Charter, Opening};
use colloque_schemas::codec;
use colloque_schemas::envelope::{Envelope, EnvelopeKind, InboxItem, NewEnvelope, NewWelcome};
use colloque_schemas::frame::{
    Append, Cursor, OpenThread, Page, PublishKeyPackages, Request, Response, Sync, ThreadPage,
};
use colloque_schemas::id::{AccountId, DeviceKey, IdempotencyId, MessageId, Seq, ThreadId};
use colloque_schemas::limits::{ENVELOPE_MAX_BYTES, ENVELOPE_MIN_BYTES, WELCOME_MAX_BYTES};
use colloque_schemas::log_hash::LogHead;
use colloque_schemas::padding::{pad, pad_inside, unpad};
use colloque_schemas::payload::{Body, CommitHeader, Payload};
use colloque_schemas::policy;
use colloque_schemas::role::{Actor, Role};
use colloque_schemas::time::UnixSeconds;
use openmls::group::{MlsGroup, StagedWelcome};
use openmls::prelude::tls_codec::{DeserializeBytes as _, Serialize as _, VLBytes};
use openmls::prelude::{
    Credential, CredentialType, CredentialWithKey, GroupId, KeyPackageIn, MlsMessageBodyIn, MlsMessageIn,
    OpenMlsProvider as _, ProcessedMessageContent, ProtocolVersion,
};

use super::{SkippingClient, random};

/// A thread that it has joined.
pub(crate) struct Joined {
    thread: ThreadId,
    group: MlsGroup,
    /// The last handshake, and the log as of it.
    head: LogHead,
}

impl SkippingClient {
    /// Makes a thread of its own with the device of this KeyPackage, which no patient may.
    pub(crate) fn make_thread(
        &self,
        other: (AccountId, DeviceKey, &[u8]),
        text: &str,
        now: UnixSeconds,
    ) -> Result<OpenThread> {
        let (account, device, key_package) = other;
        let thread = ThreadId::new(random());
        let opening = Opening {
            version: CHARTER_VERSION,
            suite: SUITE_ID,
            thread,
            opener: self.account,
            patients: vec![self.account],
            opened_at: now,
        };
        // The one lie that its own check is told.
        let grant = policy::open_thread(Actor { account: self.account, role: Role::Professional })?;
        let mode = AnswerMode::Open;
        let charter = Charter::sign(grant, opening, mode, self.chain.clone(), &self.device_key);
        let config = create_config(charter.to_bytes())?;
        let id = GroupId::from_slice(thread.as_bytes());
        let credential = self.credential()?;
        let mut group = MlsGroup::new_with_group_id(&self.mls, &self.signer, &config, id, credential)?;
        let key_package = KeyPackageIn::tls_deserialize_exact_bytes(key_package)?;
        let key_package = key_package.validate(self.mls.crypto(), ProtocolVersion::Mls10)?;
        let seen = LogHead { seq: Seq::START, hash: [0; 32] };
        group.set_aad(codec::encode(&CommitHeader { sent_on: now, seen }));
        let (commit, welcome, _) = group.add_members(&self.mls, &self.signer, &[key_package])?;
        group.merge_pending_commit(&self.mls)?;
        let head = LogHead::seed(&thread, group.epoch_authenticator().as_slice(), Seq(1));
        let commit = pad(&commit.tls_serialize_detached()?, ENVELOPE_MIN_BYTES, ENVELOPE_MAX_BYTES)?;
        let welcome = pad(&welcome.tls_serialize_detached()?, ENVELOPE_MIN_BYTES, WELCOME_MAX_BYTES)?;
        let first = self.sealed(&mut Joined { thread, group, head }, text, now)?;
        Ok(OpenThread {
            thread,
            idempotency: IdempotencyId::new(random()),
            access: vec![self.account, account],
            mode,
            envelopes: vec![NewEnvelope { kind: EnvelopeKind::Handshake, payload: commit.into() }, first],
            welcomes: vec![NewWelcome { devices: vec![device], payload: welcome.into() }],
        })
    }

    /// Gives the relay a KeyPackage, so that a professional can add this device to a thread.
    pub(crate) async fn publish(&mut self) -> Result<()> {
        let bundle = key_package_builder().build(SUITE, &self.mls, &self.signer, self.credential()?)?;
        let one_time = vec![bundle.key_package().tls_serialize_detached()?.into()];
        let request = Request::PublishKeyPackages(PublishKeyPackages { one_time, last_resort: None });
        self.granted(request).await?;
        Ok(())
    }

    /// Joins the thread whose Welcome is first in its inbox.
    pub(crate) async fn join(&mut self) -> Result<Joined> {
        let page = self.page(Vec::new()).await?;
        let InboxItem { thread, seq, payload, .. } = page.inbox.into_iter().next().context("no Welcome")?;
        let message =
            MlsMessageIn::tls_deserialize_exact_bytes(unpad(payload.as_slice(), ENVELOPE_MIN_BYTES)?)?;
        let MlsMessageBodyIn::Welcome(welcome) = message.extract() else { bail!("not a Welcome") };
        let staged = StagedWelcome::new_from_welcome(&self.mls, &join_config(), welcome, None)?;
        let group = staged.into_group(&self.mls)?;
        let head = LogHead::seed(&thread, group.epoch_authenticator().as_slice(), seq);
        Ok(Joined { thread, group, head })
    }

    /// Follows what others decided, up to the newest handshake.
    pub(crate) async fn catch_up(&mut self, joined: &mut Joined) -> Result<()> {
        let cursor = Cursor { thread: joined.thread, after: joined.head.seq };
        let page = self.page(vec![cursor]).await?;
        for thread in page.threads {
            let ThreadPage::Envelopes { envelopes, .. } = thread else { bail!("the log is gone") };
            for envelope in envelopes.iter().filter(|envelope| envelope.kind == EnvelopeKind::Handshake) {
                self.merge(joined, envelope)?;
            }
        }
        Ok(())
    }

    /// A message, encrypted as a member does, for the end of the log as of the last handshake.
    pub(crate) fn write(&self, joined: &mut Joined, text: &str, now: UnixSeconds) -> Result<Append> {
        Ok(Append {
            thread: joined.thread,
            idempotency: IdempotencyId::new(random()),
            handshake_head: joined.head.seq,
            envelope: self.sealed(joined, text, now)?,
            welcomes: Vec::new(),
            grant: Vec::new(),
            read_through: None,
        })
    }

    fn merge(&self, joined: &mut Joined, envelope: &Envelope) -> Result<()> {
        let message = MlsMessageIn::tls_deserialize_exact_bytes(unpad(
            envelope.payload.as_slice(),
            ENVELOPE_MIN_BYTES,
        )?)?;
        let MlsMessageBodyIn::PrivateMessage(message) = message.extract() else { bail!("not private") };
        let processed = joined.group.process_message(&self.mls, message)?;
        let ProcessedMessageContent::StagedCommitMessage(staged) = processed.into_content() else {
            bail!("a handshake that is no Commit")
        };
        joined.group.merge_staged_commit(&self.mls, *staged)?;
        let authenticator = joined.group.epoch_authenticator();
        joined.head = LogHead::seed(&joined.thread, authenticator.as_slice(), envelope.seq);
        Ok(())
    }

    fn sealed(&self, joined: &mut Joined, text: &str, now: UnixSeconds) -> Result<NewEnvelope> {
        let payload = Payload {
            message: MessageId::new(random()),
            thread: joined.thread,
            counter: 1,
            sent_at: now,
            seen: joined.head,
            previous: None,
            body: Body::text(random(), text.to_owned()),
        };
        let inside = pad_inside(&codec::encode(&payload), ENVELOPE_MIN_BYTES, ENVELOPE_MAX_BYTES)?;
        joined.group.set_aad(Vec::new());
        let message = joined.group.create_message(&self.mls, &self.signer, &inside)?;
        let payload = pad(&message.tls_serialize_detached()?, ENVELOPE_MIN_BYTES, ENVELOPE_MAX_BYTES)?;
        Ok(NewEnvelope { kind: EnvelopeKind::Application, payload: payload.into() })
    }

    async fn page(&mut self, threads: Vec<Cursor>) -> Result<Page> {
        let request = Request::Sync(Sync { threads, inbox_after: Default::default() });
        match self.granted(request).await? {
            Response::Page(page) => Ok(page),
            _ => bail!("the relay answers a sync with something else"),
        }
    }

    /// Its certificates as an MLS credential (RFC 9420 section 5.3).
    fn credential(&self) -> Result<CredentialWithKey> {
        let mut content = Vec::new();
        for certificate in [self.chain.leaf(), self.chain.account()] {
            content.extend(VLBytes::new(certificate.to_vec()).tls_serialize_detached()?);
        }
        Ok(CredentialWithKey {
            credential: Credential::new(CredentialType::X509, content),
            signature_key: self.signer.public_key().to_vec().into(),
        })
    }
}

//! The directory of professionals: read page by page, each certificate verified here before anyone is shown.
//!
//! Whoever is found becomes a contact with the certified name, and the account key is pinned as at any first sight (R24).

use colloque_schemas::asking::DirectoryStatement;
use colloque_schemas::bytes::Opaque;
use colloque_schemas::certificate::{AccountCertificate, Holder};
use colloque_schemas::codec;
use colloque_schemas::enrolment::{AuthorityReply, AuthorityRequest};
use colloque_schemas::id::AccountId;
use colloque_schemas::limits::{DIRECTORY_PAGE_ITEMS, FRAME_MAX_BYTES};
use colloque_schemas::sign_in::ChannelBinding;
use colloque_schemas::time::UnixSeconds;

use crate::client::Client;
use crate::contact;
use crate::error::{Error, ServerFault};
use crate::view::Contact;

/// A page of the directory.
#[derive(Debug, Clone)]
pub struct DirectoryPage {
    /// Who is on it, oneself left out, in the order of their accounts.
    pub professionals: Vec<Contact>,
    /// Where the next page begins; none if this is the last.
    pub next: Option<AccountId>,
}

impl Client {
    /// The one frame to send to the authority, on the connection with this binding, for the professionals after this
    /// account.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub fn directory_request(
        &mut self,
        after: Option<AccountId>,
        channel_binding: ChannelBinding,
        now: UnixSeconds,
    ) -> Result<Vec<u8>, Error> {
        // The authority takes no expired certificate.
        self.keep_fresh(now)?;
        let signature = self.identity.sign(&DirectoryStatement { after, channel_binding });
        let chain = self.identity.chain.clone();
        let request = AuthorityRequest::Professionals { chain, after, signature };
        Ok(self.store.hand_over(codec::encode(&request))?)
    }

    /// Checks the page that the authority answered, and keeps whom it names as contacts.
    ///
    /// # Errors
    /// [`Error::Refused`] as the authority says; [`Error::Server`] if one certificate does not verify, is not a
    /// professional's, or is out of order: then nobody of the page is kept; [`Error::Store`].
    pub fn take_directory(
        &mut self,
        after: Option<AccountId>,
        reply: &[u8],
        now: UnixSeconds,
    ) -> Result<DirectoryPage, Error> {
        let (certificates, more) = match codec::decode(reply, FRAME_MAX_BYTES) {
            Ok(AuthorityReply::Professionals { certificates, more }) => (certificates, more),
            Ok(AuthorityReply::Refused(refusal)) => return Err(refusal.into()),
            _ => return Err(ServerFault::Protocol.into()),
        };
        let found = self.verified(after, &certificates, now)?;
        let next = found.last().map(AccountCertificate::account).filter(|_| more);
        if more && next.is_none() {
            return Err(ServerFault::Protocol.into());
        }
        let own = self.identity.actor().account;
        let unit = self.store.begin()?;
        let mut professionals = Vec::new();
        for certificate in found.iter().filter(|certificate| certificate.account() != own) {
            contact::meet_certificate(unit.sql(), certificate)?;
            professionals.extend(contact::find(unit.sql(), certificate.account())?);
        }
        unit.commit()?;
        Ok(DirectoryPage { professionals, next })
    }

    fn verified(
        &self,
        after: Option<AccountId>,
        certificates: &[Opaque],
        now: UnixSeconds,
    ) -> Result<Vec<AccountCertificate>, ServerFault> {
        if certificates.len() > DIRECTORY_PAGE_ITEMS {
            return Err(ServerFault::Protocol);
        }
        let mut verified: Vec<AccountCertificate> = Vec::new();
        for der in certificates {
            let certificate = AccountCertificate::verify(der.as_slice(), &self.identity.anchor, now)?;
            let last = verified.last().map(AccountCertificate::account).or(after);
            let is_professional = matches!(certificate.holder(), Holder::Professional(_));
            if !is_professional || last.is_some_and(|last| certificate.account() <= last) {
                return Err(ServerFault::Protocol);
            }
            verified.push(certificate);
        }
        Ok(verified)
    }
}

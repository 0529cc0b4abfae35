//! One answer for one request, whatever it asks for; the words of every refusal are chosen here.

use colloque_schemas::bytes::Signature;
use colloque_schemas::certificate::{Credential, UnverifiedChain};
use colloque_schemas::enrolment::{AuthorityReply, AuthorityRequest};
use colloque_schemas::refusal::{Refusal, RefusalCode, Retry};
use colloque_schemas::rule::{Denied, Rule};
use colloque_schemas::sign_in::ChannelBinding;
use colloque_schemas::signed::Statement;

use super::error::AuthorityError;
use super::{Authority, Desk};

/// When to try again after the authority failed, or has too much open.
pub(super) const RETRY_SECONDS: u32 = 5;

/// Why something was not done.
pub(super) enum NotDone {
    /// The peer is told exactly this.
    Refused(Refusal),
    /// The authority's fault: the peer is told no more than that, the log says what.
    Failed(AuthorityError),
}

impl From<Refusal> for NotDone {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Denied> for NotDone {
    fn from(denied: Denied) -> Self {
        Self::Refused(denied.into())
    }
}

impl From<AuthorityError> for NotDone {
    fn from(cause: AuthorityError) -> Self {
        Self::Failed(cause)
    }
}

impl Authority {
    /// Answers a request that came over the connection with this channel binding.
    pub async fn answer(&self, request: AuthorityRequest, channel_binding: ChannelBinding) -> AuthorityReply {
        let done = match request {
            AuthorityRequest::Enrol { code, account_key, signature } => {
                self.redeem(code, account_key, &signature, channel_binding).await
            }
            AuthorityRequest::InvitePatient { chain, reservation, signature } => {
                self.desk().invite_patient(&chain, reservation, &signature, channel_binding).await
            }
            AuthorityRequest::Professionals { chain, after, signature } => {
                self.desk().professionals(&chain, after, &signature, channel_binding).await
            }
        };
        match done {
            Ok(reply) => reply,
            Err(NotDone::Refused(refusal)) => AuthorityReply::Refused(refusal),
            Err(NotDone::Failed(cause)) => {
                tracing::error!(%cause, "a request failed");
                AuthorityReply::Refused(Refusal::after(RefusalCode::Internal, RETRY_SECONDS))
            }
        }
    }
}

impl Desk {
    /// Who asks: the owner of this chain, whose device signed this statement.
    ///
    /// No device list is kept here, so a device that its account has struck off may ask until its certificate ends (R25).
    pub(super) fn asker(
        &self,
        chain: &UnverifiedChain,
        statement: &impl Statement,
        signature: &Signature,
    ) -> Result<Credential, NotDone> {
        let credential =
            chain.verify(self.anchor(), self.now()).map_err(|_| Denied::from(Rule::LeavesAreCertified))?;
        let failed = Refusal { code: RefusalCode::SignInFailed, rule: None, retry: Retry::OnNewConnection };
        statement.verify(credential.device_key().as_bytes(), signature).map_err(|_| failed)?;
        Ok(credential)
    }
}

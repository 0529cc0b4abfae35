//! A professional's device asks for an invitation of a patient (R37). Nothing of who asked is stored.

use colloque_schemas::asking::{InvitationStatement, Reservation};
use colloque_schemas::bytes::Signature;
use colloque_schemas::certificate::{Holder, UnverifiedChain};
use colloque_schemas::enrolment::AuthorityReply;
use colloque_schemas::id::AccountId;
use colloque_schemas::limits::{CODE_LIFE_SECONDS, OPEN_INVITATIONS_MAX};
use colloque_schemas::policy::{self, InviteGrant};
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_schemas::role::Role;
use colloque_schemas::sign_in::ChannelBinding;

use super::answer::{NotDone, RETRY_SECONDS};
use super::error::AuthorityError;
use super::store;
use super::{Desk, Places};

impl Desk {
    /// Makes a code for the account that inviter and reservation decide.
    pub(super) async fn invite_patient(
        &self,
        chain: &UnverifiedChain,
        reservation: Reservation,
        signature: &Signature,
        channel_binding: ChannelBinding,
    ) -> Result<AuthorityReply, NotDone> {
        let statement = InvitationStatement { reservation, channel_binding };
        let inviter = self.asker(chain, &statement, signature)?;
        let grant = policy::invite(inviter.actor(), Role::Patient)?;
        self.quotas().take_invitation(inviter.account(), self.now())?;
        self.reserve(grant, reservation.account(inviter.account())).await
    }

    /// One open code for one account: a new one ends the one before, and an account that is enrolled gets none.
    async fn reserve(&self, grant: InviteGrant, account: AccountId) -> Result<AuthorityReply, NotDone> {
        let InviteGrant { .. } = grant;
        let mut unit = self.store().begin().await?;
        store::delete_expired_codes(&mut unit, self.now()).await?;
        if store::is_enrolled(&mut unit, account).await? {
            return Err(Refusal::never(RefusalCode::CodeRefused).into());
        }
        store::delete_code_for(&mut unit, account).await?;
        if store::open_invitations(&mut unit).await? >= OPEN_INVITATIONS_MAX {
            return Err(Refusal::after(RefusalCode::Busy, RETRY_SECONDS).into());
        }
        let places = Places::default();
        let made = self.make_code(&mut unit, Holder::Patient, Some(account), CODE_LIFE_SECONDS, &places);
        let invited = made.await?;
        unit.commit().await.map_err(AuthorityError::from)?;
        Ok(AuthorityReply::Invited { invitation: invited.invitation, expires_at: invited.expires_at })
    }
}

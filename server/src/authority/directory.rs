//! The directory of professionals, page by page: their account certificates, which whoever reads them verifies.

use colloque_schemas::asking::DirectoryStatement;
use colloque_schemas::bytes::{Opaque, Signature};
use colloque_schemas::certificate::UnverifiedChain;
use colloque_schemas::enrolment::AuthorityReply;
use colloque_schemas::id::AccountId;
use colloque_schemas::limits::DIRECTORY_PAGE_ITEMS;
use colloque_schemas::sign_in::ChannelBinding;

use super::Desk;
use super::answer::NotDone;
use super::redeem::ACCOUNT_LIFE_DAYS;

impl Desk {
    /// The professionals after this account, to anyone who is enrolled.
    pub(super) async fn professionals(
        &self,
        chain: &UnverifiedChain,
        after: Option<AccountId>,
        signature: &Signature,
        channel_binding: ChannelBinding,
    ) -> Result<AuthorityReply, NotDone> {
        let statement = DirectoryStatement { after, channel_binding };
        let reader = self.asker(chain, &statement, signature)?;
        let now = self.now();
        self.quotas().take_page(reader.account(), now)?;
        // What was issued on that day or before ends today or has ended.
        let issued_after = now.day().saturating_sub(ACCOUNT_LIFE_DAYS);
        let mut found = self.store().professionals(after, issued_after, DIRECTORY_PAGE_ITEMS + 1).await?;
        let more = found.len() > DIRECTORY_PAGE_ITEMS;
        found.truncate(DIRECTORY_PAGE_ITEMS);
        let certificates = found.into_iter().map(Opaque::from).collect();
        Ok(AuthorityReply::Professionals { certificates, more })
    }
}

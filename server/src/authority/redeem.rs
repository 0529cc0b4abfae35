//! A code for an account certificate.
//!
//! A wrong, expired, spent or exhausted code gets the same bytes after the same work: one transaction that looks the
//! code up, hashes, compares in constant time, and writes a count.

use colloque_schemas::bytes::{Opaque, Signature};
use colloque_schemas::certificate::issue::{self, AccountSubject, Validity};
use colloque_schemas::enrolment::{AuthorityReply, Code, EnrolmentStatement};
use colloque_schemas::id::{AccountId, AccountKey};
use colloque_schemas::limits::CLOCK_SKEW_SECONDS;
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_schemas::role::Role;
use colloque_schemas::sign_in::ChannelBinding;
use colloque_schemas::signed::Statement;
use colloque_schemas::time::{SECONDS_PER_DAY, UnixSeconds};

use super::answer::NotDone;
use super::code::{self, CodeHash};
use super::error::AuthorityError;
use super::store::{self, IssuedAccount, StoredCode, Unit};
use super::{Authority, random_bytes};

/// Life of an account certificate: three years, less than the profile's longest by the clock skew and leap days.
pub(super) const ACCOUNT_LIFE_DAYS: u64 = 3 * 365;

impl Authority {
    /// Redeems a code over the connection with this channel binding.
    ///
    /// The account key shows that it is there by its signature, so that nobody has another's key certified. The same
    /// key may redeem the same code again while the code lives, and gets the same certificate: a reply can be lost.
    pub(super) async fn redeem(
        &self,
        code: Code,
        account_key: AccountKey,
        signature: &Signature,
        channel_binding: ChannelBinding,
    ) -> Result<AuthorityReply, NotDone> {
        let refused = Refusal::never(RefusalCode::CodeRefused);
        let statement = EnrolmentStatement { code, channel_binding };
        statement.verify(account_key.as_bytes(), signature).map_err(|_| refused)?;
        let account = self.redeem_for(&statement.code, account_key).await?.ok_or(refused)?;
        Ok(AuthorityReply::Enrolled {
            tenant: Opaque::from(self.anchor().as_der().to_vec()),
            account: Opaque::from(account),
        })
    }

    /// The certificate, or `None` if the code is refused.
    async fn redeem_for(
        &self,
        code: &Code,
        account_key: AccountKey,
    ) -> Result<Option<Vec<u8>>, AuthorityError> {
        let now = self.desk().now();
        let (lookup, hash) = (code::lookup(code), CodeHash::of(code));
        let mut unit = self.store().begin().await?;
        let stored = store::find_code(&mut unit, lookup).await?;
        // Without a row, compare all the same: with the hash of nothing.
        let fits = hash.fits(stored.as_ref().map_or(&CodeHash::stored(vec![0; 32]), |stored| &stored.hash));
        let certificate = match stored {
            Some(stored) if fits && stored.is_alive(now) => {
                self.certificate_for(&mut unit, lookup, &stored, account_key, now).await?
            }
            _ => None,
        };
        if certificate.is_none() {
            store::count_refusal(&mut unit, lookup).await?;
        }
        unit.commit().await?;
        Ok(certificate)
    }

    async fn certificate_for(
        &self,
        unit: &mut Unit,
        lookup: &[u8],
        stored: &StoredCode,
        account_key: AccountKey,
        now: UnixSeconds,
    ) -> Result<Option<Vec<u8>>, AuthorityError> {
        let existing = store::certificate_of(unit, account_key).await?;
        match stored.spent_for {
            Some(spent_for) if spent_for == account_key => return Ok(existing),
            Some(_) => return Ok(None),
            // One account per account key: clients pin the pair.
            None if existing.is_some() => return Ok(None),
            None => {}
        }
        let issued = self.issue(stored, account_key, now)?;
        store::spend_code(unit, lookup, &issued).await?;
        Ok(Some(issued.certificate))
    }

    pub(super) fn issue(
        &self,
        stored: &StoredCode,
        account_key: AccountKey,
        now: UnixSeconds,
    ) -> Result<IssuedAccount, AuthorityError> {
        let tenant_expires_at = self.anchor().expires_at();
        if tenant_expires_at <= now {
            return Err(AuthorityError::TenantExpired);
        }
        let validity = Validity {
            not_before: now.minus(CLOCK_SKEW_SECONDS),
            not_after: now.plus(ACCOUNT_LIFE_DAYS * SECONDS_PER_DAY).min(tenant_expires_at),
        };
        let account = match stored.account {
            Some(reserved) => reserved,
            None => AccountId::new(random_bytes(&self.random)?),
        };
        let holder = &stored.holder;
        let subject = AccountSubject { account, account_key, holder };
        let serial = random_bytes(&self.random)?;
        let certificate = issue::account(self.anchor(), &self.tenant_key, subject, serial, validity)?;
        let is_professional = holder.role() == Role::Professional;
        Ok(IssuedAccount { account, account_key, certificate, issued_day: now.day(), is_professional })
    }
}

impl StoredCode {
    /// Whether it can still be redeemed, be it again, by who knows it.
    fn is_alive(&self, now: UnixSeconds) -> bool {
        now < self.expires_at && self.tries_left > 0
    }
}

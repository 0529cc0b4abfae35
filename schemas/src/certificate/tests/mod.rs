//! Good chains verify; each way to be bad is refused for its own reason.

mod accepted;
mod every_bit;
mod forge;
mod refused_account;
mod refused_bytes;
mod refused_device;
mod refused_issue;
mod refused_path;
mod refused_tenant;

use alloc::vec::Vec;

use ed25519_dalek::SigningKey;

use super::issue::{self, AccountSubject, Validity};
use super::{
    AccountCertificate, CertificateError, Credential, Holder, ProfessionalIdentity, TrustAnchor,
    UnverifiedChain,
};
use crate::id::{AccountId, AccountKey, DeviceKey};
use crate::time::{SECONDS_PER_DAY, UnixSeconds};

/// When every certificate of the cast starts: 2025-10-09.
const START: UnixSeconds = UnixSeconds(1_760_000_000);
/// An instant at which every certificate of the cast is valid.
const NOW: UnixSeconds = START.plus(10 * SECONDS_PER_DAY);
const ACCOUNT: AccountId = AccountId::new([0xa1; 16]);
const OTHER_ACCOUNT: AccountId = AccountId::new([0xb2; 16]);
const TENANT_DAYS: u64 = 3650;
const ACCOUNT_DAYS: u64 = 365;
const LEAF_DAYS: u64 = 30;

/// One tenant, one person and one device, with the keys of all three.
struct Cast {
    tenant_key: SigningKey,
    account_key: SigningKey,
    device_key: SigningKey,
    anchor: TrustAnchor,
    account: AccountCertificate,
    leaf: Vec<u8>,
}

fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

fn days(count: u64) -> Validity {
    Validity { not_before: START, not_after: START.plus(count * SECONDS_PER_DAY) }
}

fn professional() -> Holder {
    let rpps = "10101234564".parse().unwrap();
    Holder::Professional(ProfessionalIdentity::new("Dr Ada Mallet", "Médecin généraliste", rpps).unwrap())
}

fn anchor(name: &str, key: &SigningKey) -> TrustAnchor {
    let der = issue::tenant(name, key, [1; 16], days(TENANT_DAYS)).unwrap();
    TrustAnchor::from_der(&der).unwrap()
}

fn account(
    anchor: &TrustAnchor,
    tenant_key: &SigningKey,
    account: AccountId,
    key: &SigningKey,
    holder: &Holder,
) -> AccountCertificate {
    let account_key = AccountKey::new(key.verifying_key().to_bytes());
    let subject = AccountSubject { account, account_key, holder };
    let der = issue::account(anchor, tenant_key, subject, [2; 16], days(ACCOUNT_DAYS)).unwrap();
    AccountCertificate::verify(&der, anchor, NOW).unwrap()
}

fn cast(holder: &Holder) -> Cast {
    let (tenant_key, account_key, device_key) = (key(1), key(2), key(3));
    let anchor = anchor("Hôpital Saint-Côme", &tenant_key);
    let account = account(&anchor, &tenant_key, ACCOUNT, &account_key, holder);
    let leaf_key = DeviceKey::new(device_key.verifying_key().to_bytes());
    let leaf = issue::device(&account, &account_key, leaf_key, [3; 16], days(LEAF_DAYS)).unwrap();
    Cast { tenant_key, account_key, device_key, anchor, account, leaf }
}

impl Cast {
    fn chain(&self) -> UnverifiedChain {
        UnverifiedChain::new(self.leaf.clone(), self.account.as_der().to_vec())
    }

    /// Verifies the good account certificate with this leaf.
    fn verify_leaf(&self, leaf: Vec<u8>) -> Result<Credential, CertificateError> {
        UnverifiedChain::new(leaf, self.account.as_der().to_vec()).verify(&self.anchor, NOW)
    }

    /// Verifies the good leaf with this account certificate, which has to be refused on its own for the same reason.
    fn verify_account(&self, account: Vec<u8>) -> Result<Credential, CertificateError> {
        let alone = AccountCertificate::verify(&account, &self.anchor, NOW);
        let chain = UnverifiedChain::new(self.leaf.clone(), account).verify(&self.anchor, NOW);
        assert_eq!(alone.err(), chain.as_ref().err().copied());
        chain
    }
}

/// One bad certificate: what is wrong, its bytes, the reason that has to be given.
type Bad = (&'static str, Vec<u8>, CertificateError);

fn assert_refused(table: Vec<Bad>, verify: impl Fn(Vec<u8>) -> Result<Credential, CertificateError>) {
    for (what, der, reason) in table {
        assert_eq!(verify(der).err(), Some(reason), "{what}");
    }
}

//! Chains that were found in order, remembered while the profile is open: the same ones come again with each Commit, Welcome
//! and KeyPackage, and to verify two signatures takes longer than everything else that is asked of them.
//!
//! What is remembered is what verifying them again would say: a chain in order at two instants is so at each between them.

use std::cell::RefCell;
use std::collections::HashMap;

use colloque_schemas::certificate::{CertificateError, Credential, TrustAnchor, UnverifiedChain};
use colloque_schemas::time::UnixSeconds;
use sha2::{Digest, Sha256};

/// Devices of several large threads. When there are more, all are forgotten.
const CHAINS_MAX: usize = 2048;

/// Chains that were verified under this anchor.
pub(crate) struct Chains {
    anchor: TrustAnchor,
    known: RefCell<HashMap<[u8; 32], Known>>,
}

struct Known {
    /// The earliest instant at which it was verified; its leaf's end is the last one.
    from: UnixSeconds,
    credential: Credential,
}

impl Chains {
    pub(crate) fn new(anchor: TrustAnchor) -> Self {
        Self { anchor, known: RefCell::default() }
    }

    /// As [`UnverifiedChain::verify`].
    ///
    /// # Errors
    /// Those of [`UnverifiedChain::verify`].
    pub(crate) fn verify(
        &self,
        chain: &UnverifiedChain,
        at: UnixSeconds,
    ) -> Result<Credential, CertificateError> {
        self.recall(chain, |_| at, || chain.verify(&self.anchor, at))
    }

    /// As [`UnverifiedChain::verify_regardless_of_leaf_expiry`].
    ///
    /// # Errors
    /// Those of [`UnverifiedChain::verify_regardless_of_leaf_expiry`].
    pub(crate) fn verify_regardless_of_leaf_expiry(
        &self,
        chain: &UnverifiedChain,
        at: UnixSeconds,
    ) -> Result<Credential, CertificateError> {
        let judged_at = |leaf_expires_at| at.min(leaf_expires_at);
        self.recall(chain, judged_at, || chain.verify_regardless_of_leaf_expiry(&self.anchor, at))
    }

    /// `judged_at` tells the instant at which a leaf that ends then is judged.
    fn recall(
        &self,
        chain: &UnverifiedChain,
        judged_at: impl Fn(UnixSeconds) -> UnixSeconds,
        verify: impl FnOnce() -> Result<Credential, CertificateError>,
    ) -> Result<Credential, CertificateError> {
        let name = name(chain);
        if let Some(Known { from, credential }) = self.known.borrow().get(&name) {
            let at = judged_at(credential.leaf_expires_at());
            if *from <= at && at <= credential.leaf_expires_at() {
                return Ok(credential.clone());
            }
        }
        let credential = verify()?;
        let at = judged_at(credential.leaf_expires_at());
        let mut known = self.known.borrow_mut();
        if known.len() >= CHAINS_MAX {
            known.clear();
        }
        let from = known.get(&name).map_or(at, |known| known.from.min(at));
        known.insert(name, Known { from, credential: credential.clone() });
        Ok(credential)
    }
}

fn name(chain: &UnverifiedChain) -> [u8; 32] {
    let length = u64::try_from(chain.leaf().len()).unwrap_or(u64::MAX);
    Sha256::new()
        .chain_update(length.to_be_bytes())
        .chain_update(chain.leaf())
        .chain_update(chain.account())
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use colloque_schemas::certificate::issue::{self, AccountSubject, Validity};
    use colloque_schemas::certificate::{AccountCertificate, CertificateKind, Holder};
    use colloque_schemas::id::{AccountId, DeviceKey};
    use ed25519_dalek::SigningKey;

    use super::*;
    use crate::identity::account_key_of;

    const FROM: UnixSeconds = UnixSeconds(1000);
    const ISSUED: UnixSeconds = UnixSeconds(2000);
    const LEAF_END: UnixSeconds = UnixSeconds(3000);
    const END: UnixSeconds = UnixSeconds(4000);

    /// A tenant, and a chain of a device in it.
    fn chain(tenant: u8) -> (TrustAnchor, UnverifiedChain) {
        let validity = Validity { not_before: FROM, not_after: END };
        let tenant_key = SigningKey::from_bytes(&[tenant; 32]);
        let account_key = SigningKey::from_bytes(&[8; 32]);
        let tenant = issue::tenant("Clinic", &tenant_key, [1; 16], validity).unwrap();
        let anchor = TrustAnchor::from_der(&tenant).unwrap();
        let subject = AccountSubject {
            account: AccountId::new([7; 16]),
            account_key: account_key_of(&account_key),
            holder: &Holder::Patient,
        };
        let der = issue::account(&anchor, &tenant_key, subject, [2; 16], validity).unwrap();
        let account = AccountCertificate::verify(&der, &anchor, FROM).unwrap();
        let device = DeviceKey::new(SigningKey::from_bytes(&[9; 32]).verifying_key().to_bytes());
        let validity = Validity { not_before: ISSUED, not_after: LEAF_END };
        let leaf = issue::device(&account, &account_key, device, [3; 16], validity).unwrap();
        (anchor, UnverifiedChain::new(leaf, der))
    }

    #[test]
    fn what_is_remembered_says_what_verifying_says_at_every_instant() {
        let (anchor, chain) = chain(1);
        let instants =
            [FROM, ISSUED, UnixSeconds(2500), LEAF_END, UnixSeconds(3001), END, UnixSeconds(u64::MAX)];
        for first in instants {
            for second in instants {
                let chains = Chains::new(anchor.clone());
                for at in [first, second, first] {
                    assert_eq!(chains.verify(&chain, at), chain.verify(&anchor, at), "{first:?}, {at:?}");
                    assert_eq!(
                        chains.verify_regardless_of_leaf_expiry(&chain, at),
                        chain.verify_regardless_of_leaf_expiry(&anchor, at),
                        "{first:?}, {at:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_chain_that_is_not_in_order_is_not_remembered_nor_taken_for_one_that_is() {
        let (anchor, good) = chain(1);
        let chains = Chains::new(anchor);
        assert!(chains.verify(&good, ISSUED).is_ok());
        let (_, of_others) = chain(2);
        // The other tenant has the same name.
        let refused = Err(CertificateError::Signature(CertificateKind::Account));
        assert_eq!(chains.verify(&of_others, ISSUED).map(drop), refused);
        assert_eq!(chains.verify(&of_others, ISSUED).map(drop), refused);
        let mut leaf = good.leaf().to_vec();
        *leaf.last_mut().unwrap() ^= 1;
        let forged = UnverifiedChain::new(leaf, good.account().to_vec());
        let refused = Err(CertificateError::Signature(CertificateKind::Device));
        assert_eq!(chains.verify(&forged, ISSUED).map(drop), refused);
        assert_eq!(chains.known.borrow().len(), 1);
    }
}

//! No bit of a certificate is without meaning.

use super::*;

fn flips(der: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    (0..der.len() * 8).map(|bit| {
        let mut flipped = der.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        (bit, flipped)
    })
}

#[test]
fn no_flipped_bit_leaves_a_good_leaf_valid() {
    let cast = cast(&professional());
    for (bit, leaf) in flips(&cast.leaf) {
        assert!(cast.verify_leaf(leaf).is_err(), "bit {bit}");
    }
}

#[test]
fn no_flipped_bit_leaves_a_good_account_certificate_valid() {
    let cast = cast(&professional());
    for (bit, account) in flips(cast.account.as_der()) {
        assert!(AccountCertificate::verify(&account, &cast.anchor, NOW).is_err(), "alone, bit {bit}");
        let chain = UnverifiedChain::new(cast.leaf.clone(), account);
        assert!(chain.verify(&cast.anchor, NOW).is_err(), "in a chain, bit {bit}");
    }
}

#[test]
fn no_flipped_bit_leaves_a_good_tenant_certificate_valid() {
    for (bit, tenant) in flips(cast(&Holder::Patient).anchor.as_der()) {
        assert!(TrustAnchor::from_der(&tenant).is_err(), "bit {bit}");
    }
}

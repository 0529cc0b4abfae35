//! What a new device and the primary one say.

use colloque_schemas::codec::Malformed::Structure;
use colloque_schemas::limits::LINK_NONCE_BYTES;
use colloque_schemas::linking::{LinkHello, LinkNonce, LinkOffer, UnverifiedLinkGrant};

use super::Cddl::Refuses;
use super::{Bad, bad};
use crate::raw::{Item, array, bytes, null, text, uint};
use crate::specimen::reencode;

fn offer_with(place: usize, item: Item) -> Item {
    let mut fields = [
        uint(1),
        bytes(&[1; 32]),
        bytes(&[2; 32]),
        bytes(&[3; 16]),
        bytes(&[4; 32]),
        text("relay.example:443"),
    ];
    fields[place] = item;
    array(&fields)
}

pub(super) fn all() -> Vec<Bad> {
    assert!(
        reencode::<LinkOffer>(&offer_with(0, uint(1))).is_ok(),
        "the base of the bad files is a good one"
    );
    let offer = |name, item| bad::<LinkOffer>(name, Structure, Refuses, item);
    let hello = |name, item| bad::<LinkHello>(name, Structure, Refuses, item);
    let grant = |name, item| bad::<UnverifiedLinkGrant>(name, Structure, Refuses, item);
    vec![
        offer("link-offer-version-over-16-bits", offer_with(0, uint(1 << 16))),
        offer("link-offer-short-device", offer_with(1, bytes(&[1; 31]))),
        offer("link-offer-short-sealing-key", offer_with(2, bytes(&[2; 31]))),
        offer("link-offer-long-rendezvous", offer_with(3, bytes(&[3; 17]))),
        offer("link-offer-short-commitment", offer_with(4, bytes(&[4; 31]))),
        offer("link-offer-address-as-bytes", offer_with(5, bytes(b"relay.example:443"))),
        hello("link-hello-short-key", array(&[bytes(&[1; 31]), bytes(&[2; LINK_NONCE_BYTES])])),
        hello("link-hello-without-nonce", array(&[bytes(&[1; 32]), null()])),
        bad::<LinkNonce>("link-nonce-short", Structure, Refuses, bytes(&[1; LINK_NONCE_BYTES - 1])),
        grant("link-grant-without-signature", array(&[null()])),
        grant("link-grant-without-contents", array(&[array(&[bytes(&[1; 32])]), bytes(&[2; 64])])),
    ]
}

//! How many sockets one address, and everyone together, may have.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Hands out places; clones share them.
#[derive(Clone)]
pub(crate) struct AddressCap {
    per_address: usize,
    total: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Default)]
struct Taken {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One socket's place, given back when dropped.
pub(crate) struct Place {
    address: IpAddr,
    taken: Arc<Mutex<Taken>>,
}

impl AddressCap {
    pub(crate) fn new(per_address: usize, total: usize) -> Self {
        Self { per_address, total, taken: Arc::default() }
    }

    /// A place for a socket from this address, if there is one.
    pub(crate) fn take(&self, address: IpAddr) -> Option<Place> {
        let address = counted_as(address);
        let mut taken = lock(&self.taken);
        let of_address = taken.by_address.get(&address).copied().unwrap_or(0);
        if taken.total >= self.total || of_address >= self.per_address {
            return None;
        }
        taken.total += 1;
        taken.by_address.insert(address, of_address + 1);
        Some(Place { address, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        taken.total = taken.total.saturating_sub(1);
        if let Some(count) = taken.by_address.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                // Else the map would grow with every address ever seen.
                taken.by_address.remove(&self.address);
            }
        }
    }
}

/// An IPv6 host has a whole /64 to itself, so that is what is counted.
fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

/// Nothing panics while the lock is held; if it did, the counts would still be whole.
fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_place_given_back_can_be_taken_again() {
        let cap = AddressCap::new(1, 10);
        let place = cap.take(address("192.0.2.1"));
        assert!(place.is_some());
        assert!(cap.take(address("192.0.2.1")).is_none());
        assert!(cap.take(address("::ffff:192.0.2.1")).is_none(), "the same address, mapped");
        assert!(cap.take(address("192.0.2.2")).is_some());
        drop(place);
        assert!(cap.take(address("192.0.2.1")).is_some());
        assert!(lock(&cap.taken).by_address.is_empty(), "nothing is kept of addresses that left");
    }

    #[test]
    fn a_slash_64_counts_as_one_address() {
        let cap = AddressCap::new(1, 10);
        let _place = cap.take(address("2001:db8::1"));
        assert!(cap.take(address("2001:db8::2")).is_none());
        assert!(cap.take(address("2001:db8:0:1::1")).is_some());
    }

    #[test]
    fn everyone_together_has_a_cap() {
        let cap = AddressCap::new(10, 2);
        let _places = [cap.take(address("192.0.2.1")), cap.take(address("192.0.2.2"))];
        assert!(cap.take(address("192.0.2.3")).is_none());
    }
}

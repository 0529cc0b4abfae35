//! The harness of the whole-system tests: a relay in this process on its own database, a cast of people, a wire that can
//! be tampered with, and a clock that is moved by hand.
//!
//! ```text
//! let mut world = World::new().await;
//! let mut doctor = world.professional("Dr Ana Verne").await;
//! let mut patient = world.patient().await;
//! let thread = world.open(&mut doctor, &mut patient, "Bonjour").await;
//! ```
//!
//! Nothing here sleeps or reads a clock. Randomness of ids and keys comes from a seed that is printed; openmls and the
//! relay draw their own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::print_stdout,
    reason = "a harness that cannot go on says so by panicking"
)]

pub mod browser;
pub mod cast;
pub mod clock;
pub mod forger;
pub mod fuse;
pub mod http;
pub mod leak;
pub mod measure;
pub mod newcomer;
pub mod power;
pub mod programs;
pub mod raw;
pub mod request;
pub mod required;
pub mod rig;
pub mod rogue;
pub mod scene;
pub mod sealed;
pub mod sim;
pub mod site;
pub mod tenant;
pub mod under;
pub mod walk;
pub mod ward;
pub mod wire;
pub mod world;

pub use cast::Person;
pub use clock::HandClock;
pub use raw::RawDevice;
pub use rig::Rig;
pub use rogue::{Plan, Rogue};
pub use scene::Scene;
pub use ward::Ward;
pub use wire::Wire;
pub use world::{Rng, World};

//! The two servers of Colloque, on shared plumbing.
//!
//! | for | see |
//! |---|---|
//! | codes into account certificates: the Authentication Service | [`authority`] |
//! | threads, inboxes, KeyPackages: the Delivery Service | [`relay`] |
//! | sockets: TLS, limits, websocket upgrade | [`tls`], [`accept`], [`shutdown`] |
//! | secrets on disk | [`key_file`], [`private_file`] |
//! | the edge to the machine | [`clock`], [`telemetry`] |

pub mod accept;
mod address_cap;
pub mod authority;
pub mod clock;
mod command_line;
pub mod key_file;
pub mod private_file;
pub mod relay;
pub mod shutdown;
pub mod telemetry;
#[cfg(test)]
mod test_client;
pub mod tls;
mod window;

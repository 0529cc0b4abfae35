//! The client of Colloque: what an app embeds to take part in threads.
//!
//! It does MLS (RFC 9420) on the post-quantum suite 0x004F, keeps an encrypted store, and enforces the rules of
//! [`colloque_schemas::policy`] on what every member and the relay do. Sans-I/O at heart: frames go in, frames and
//! [`Event`]s come out, time and randomness are arguments. The `connection` feature (default) brings tokio, TLS and
//! websockets to it.
//!
//! | to | call |
//! |---|---|
//! | enrol | [`Enrolment::start`], then [`connection::enrol`] |
//! | open a profile | [`Client::open`] |
//! | invite a patient, find a colleague | [`connection::invite_patient`], [`connection::professionals`] |
//! | open a thread, write, set its mode | [`Client::open_thread`], [`Client::send`], [`Client::set_mode`] |
//! | link another device, see them, unlink one | [`Client::begin_link`], [`Client::confirm_link`], [`Client::own_devices`], [`Client::unlink_device`] |
//! | give history to it | [`Client::give_history`], [`Client::histories`], [`Client::end_history`] |
//! | make another one the main device | [`Client::move_primary`] |
//! | be a linked device | [`NewDevice::offer`], then [`connection::announce`], [`connection::meet_primary`], [`connection::take_grant`] |
//! | go on elsewhere when one is stopped | [`Client::continue_thread`], [`Client::successor`] |
//! | change who is in it | [`Client::add_member`], [`Client::remove_member`], [`Client::depart`], [`Client::block`] |
//! | read | [`Client::threads`], [`Client::entries_before`], [`Client::entries_from`], [`Client::mark_displayed`], [`Client::search`] |
//! | keep | [`Client::keep_draft`], [`Client::put_app_data`] |
//! | send and read documents | [`Client::attach`], [`Client::send_documents`], [`Client::fetch_document`], [`Client::document`] |
//! | be connected | [`connection::Connection`] |
//!
//! From an invitation to an answer:
//!
//! ```no_run
//! # #[cfg(feature = "connection")]
//! # async fn example(entropy: impl Fn() -> colloque_client_core::Entropy) -> Result<(), colloque_client_core::Error> {
//! use colloque_client_core::connection::{Clock, Connection, SystemClock, enrol};
//! use colloque_client_core::{Client, Enrolment, Event, KeySource, Passphrase};
//!
//! let folder = std::path::Path::new("profile");
//! let passphrase = || KeySource::Passphrase(Passphrase::new("correct horse battery staple".to_owned()));
//! let invitation = "COLLOQUE1.…".parse().expect("the text of an invitation");
//! let enrolment = Enrolment::start(folder, &passphrase(), invitation, entropy())?;
//! let mut client: Client = enrol(enrolment, &SystemClock).await?;
//!
//! let mut connection = Connection::open(&mut client, &SystemClock).await?;
//! loop {
//!     for event in connection.next(&mut client, &SystemClock).await? {
//!         if let Event::MessageReceived { thread, .. } = event {
//!             // Verbs are durable when they return; the next turn of the loop sends what they wrote.
//!             client.send(thread, "Thank you, doctor.", SystemClock.now())?;
//!         }
//!     }
//! }
//! # }
//! ```

mod account_side;
mod app_data;
mod block;
#[cfg(test)]
mod cast;
mod chains;
mod client;
#[cfg(feature = "connection")]
pub mod connection;
mod contact;
mod devices;
mod directory;
mod document;
mod draft;
mod enrolment;
mod entry;
mod error;
mod event;
mod excerpt;
mod facts;
mod fold;
mod history;
mod holders;
mod identity;
mod invitation;
mod letter;
mod linking;
pub mod mls;
mod outbox;
mod primary;
mod pulse;
mod reading;
mod receipt;
mod repair;
mod restore;
mod safety_number;
mod search;
mod sending;
mod session;
mod sql;
pub mod store;
mod successor;
mod summary;
mod supply;
mod sync;
mod tail;
mod team;
mod terms;
mod thread;
mod view;
mod waiting;

pub use client::{Client, Departure, Entropy};
pub use directory::DirectoryPage;
pub use document::{
    Attachment, Document, DocumentFault, DocumentReader, DocumentState, THUMBNAIL_MAX_BYTES, media_type,
    media_type_of_name, safe_name,
};
pub use draft::DraftOf;
pub use enrolment::Enrolment;
pub use error::{Error, LinkError, Misuse, PeerFault, ServerFault};
pub use event::Event;
pub use excerpt::Piece;
pub use history::{History, HistoryState};
pub use invitation::{Invited, Inviting};
pub use linking::{ComparedDevice, NewDevice};
pub use receipt::Receipt;
pub use safety_number::{Language, NotASafetyNumber, SafetyNumber};
pub use search::Hit;
pub use store::{KeySource, Location, Passphrase, StoreError, StoreKey};
pub use view::{
    Contact, Entry, EntryKind, KnownDevice, LastMessage, Message, Own, OwnDevice, Participant, Standing,
    ThreadSummary,
};

//! Documents: files of any kind that come with messages.
//!
//! | for | see |
//! |---|---|
//! | attaching, sending, reading, forgetting | `verb`, `attachment` |
//! | encryption, and what it refuses | `cipher` |
//! | bringing them to the relay and from it | `upload`, `download`, and `transfer`, which both share |
//! | what is known of each | `row` |
//! | names and media types, which are peer input | [`safe_name`], [`media_type`] |
//!
//! What is on the disk is always the ciphertext as it is at the relay, in a file beside the database; the key is in the
//! encrypted database. An own document is encrypted into that file when it is attached, and brought to the relay from it.
//! One that is fetched is verified chunk by chunk before it is written, and has a name only when all of it is.

mod attachment;
mod cipher;
mod download;
mod media_type;
mod name;
mod reader;
pub(crate) mod row;
pub(crate) mod transfer;
mod upload;
mod verb;
mod view;

pub use attachment::Attachment;
pub use cipher::DocumentFault;
pub use media_type::{media_type, media_type_of_name};
pub use name::safe_name;
pub use reader::DocumentReader;
pub use verb::THUMBNAIL_MAX_BYTES;
pub use view::{Document, DocumentState};
pub(crate) use view::{body, content, fill, receive, sweep};

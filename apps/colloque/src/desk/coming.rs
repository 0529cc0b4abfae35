//! A document that comes piece by piece, from a browser or a program: encrypted into the store as it comes, and a picture
//! only without what was written beside it.

use std::pin::{Pin, pin};

use axum::body::Bytes;
use colloque_client_core::{Client, Error, Misuse};
use colloque_schemas::id::BlobId;
use colloque_schemas::limits::DOCUMENTS_PER_MESSAGE;
use colloque_schemas::time::UnixSeconds;
use futures_util::{Stream, TryStreamExt as _};
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use super::Desk;
use super::fault::Fault;
use crate::document::{self, cleaned};
use crate::failure::Failure;
use crate::picture::{self, PICTURE_MAX_BYTES};

/// What is known of it before it comes.
pub(crate) struct Coming {
    pub(crate) name: String,
    /// As its sender claims.
    pub(crate) media_type: String,
    /// How many came before it with the same message.
    pub(crate) already: usize,
}

impl Coming {
    /// Attaches it. Nothing, if it has neither name nor content.
    ///
    /// # Errors
    ///
    /// `Closed`, `PictureUnclean`, `Client`, and whatever ends the pieces.
    pub(crate) async fn attach(
        self,
        desk: &Desk,
        pieces: impl Stream<Item = Result<Bytes, Fault>>,
        now: UnixSeconds,
    ) -> Result<Option<BlobId>, Fault> {
        let mut pieces = pin!(pieces);
        let mut start = Zeroizing::new(Vec::new());
        while start.len() < picture::START_BYTES {
            let Some(bytes) = pieces.try_next().await? else { break };
            start.extend_from_slice(&bytes);
        }
        if self.name.is_empty() && start.is_empty() {
            return Ok(None);
        }
        if self.already >= DOCUMENTS_PER_MESSAGE {
            return Err(Error::from(Misuse::DocumentCount).into());
        }
        let begun = |client: &mut Client| Ok::<_, Fault>(client.begin_attachment()?);
        let mut attachment = desk.keeper.with(begun).await?;
        let (name, media_type) = if document::is_picture(&start, &self.media_type) {
            let (name, picture) = cleaned_from(desk, self.name, start, pieces).await?;
            attachment.write(&picture.bytes)?;
            (name, picture.media_type.to_owned())
        } else {
            attachment.write(&start)?;
            while let Some(bytes) = pieces.try_next().await? {
                attachment.write(&bytes)?;
            }
            (self.name, self.media_type)
        };
        let kept = move |client: &mut Client| {
            Ok::<_, Fault>(client.keep_attachment(attachment, &name, &media_type, now)?)
        };
        desk.keeper.with(kept).await.map(Some)
    }
}

/// Reads the rest of a picture, and cleans it where nobody waits for it.
async fn cleaned_from(
    desk: &Desk,
    name: String,
    mut bytes: Zeroizing<Vec<u8>>,
    mut pieces: Pin<&mut impl Stream<Item = Result<Bytes, Fault>>>,
) -> Result<(String, picture::Picture), Fault> {
    while let Some(more) = pieces.try_next().await? {
        bytes.extend_from_slice(&more);
        if bytes.len() > PICTURE_MAX_BYTES {
            break;
        }
    }
    let _one = desk.decoding.acquire().await;
    let cleaned = spawn_blocking(move || cleaned(&name, &bytes)).await;
    Ok(cleaned.map_err(|_| Failure::System(std::io::ErrorKind::Interrupted.into()))??)
}

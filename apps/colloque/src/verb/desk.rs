//! `desk`: serves the pages of this profile on loopback until Ctrl-C, and opens the browser.

use colloque_client_core::store::Store;

use crate::context::Context;
use crate::desk::Bound;
use crate::failure::{Exit, Failure};
use crate::json::DeskJson;
use crate::passphrase::Asked;
use crate::words::key;

/// Serves the desk. A profile whose passphrase is in a file is opened; any other, and one to be made, on its pages.
pub(super) async fn desk(
    context: &mut Context<'_, '_>,
    port: u16,
    idle_minutes: u16,
    opens_browser: bool,
) -> Result<Exit, Failure> {
    let (language, zone) = (context.words.language(), context.zone.clone());
    let bound =
        Bound::to(&context.profile, port, idle_minutes, language, zone).await.map_err(Failure::System)?;
    if context.has_passphrase_file() && Store::exists(&context.profile) {
        bound.open(context.passphrase(Asked::Once)?).await?;
    }
    let launcher = bound.launcher();
    if context.is_json {
        context.output.json(&DeskJson { link: &launcher.link() })?;
    } else {
        let line = context.words.say(key!("desk-link"), &[("link", launcher.link().into())]);
        context.output.line(&line)?;
        context.output.remark(&context.words.say(key!("desk-stop"), &[]));
        if opens_browser && launcher.open_browser(&context.profile).is_err() {
            context.output.remark(&context.words.say(key!("desk-no-browser"), &[]));
        }
    }
    let stopped = async { crate::shutdown::asked().await.map_err(Failure::System) };
    tokio::select! {
        served = bound.serve() => served.map_err(Failure::System)?,
        stopped = stopped => stopped?,
    }
    launcher.end().await;
    Ok(Exit::Done)
}

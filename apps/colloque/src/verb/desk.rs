//! `desk`: serves the pages of this profile on loopback until Ctrl-C, and opens the browser. Enter makes a new link.

use std::pin::pin;

use colloque_client_core::store::Store;
use tokio::sync::mpsc;

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
    say(context, &launcher.link())?;
    if !context.is_json {
        context.output.remark(&context.words.say(key!("desk-again"), &[]));
        context.output.remark(&context.words.say(key!("desk-stop"), &[]));
        if opens_browser && launcher.open_browser(&context.profile).is_err() {
            context.output.remark(&context.words.say(key!("desk-no-browser"), &[]));
        }
    }
    let (mut serving, mut stopped) = (pin!(bound.serve()), pin!(crate::shutdown::asked()));
    let mut entered = entered();
    loop {
        tokio::select! {
            served = &mut serving => served.map_err(Failure::System)?,
            stopped = &mut stopped => stopped.map_err(Failure::System)?,
            Some(()) = entered.recv() => {
                say(context, &launcher.fresh_link())?;
                continue;
            }
        }
        break;
    }
    launcher.end().await;
    Ok(Exit::Done)
}

/// Tells the owner a link.
fn say(context: &mut Context<'_, '_>, link: &str) -> Result<(), Failure> {
    if context.is_json {
        return context.output.json(&DeskJson { link });
    }
    let line = context.words.say(key!("desk-link"), &[("link", link.into())]);
    context.output.line(&line)
}

/// Each line that is entered where the desk was started, whatever it says: the owner wants another link.
fn entered() -> mpsc::Receiver<()> {
    let (sender, receiver) = mpsc::channel(1);
    // It waits for what may never be entered, and ends with the process.
    std::thread::spawn(move || {
        let mut lines = std::io::stdin().lines().map_while(Result::ok);
        lines.all(|_| sender.blocking_send(()).is_ok())
    });
    receiver
}

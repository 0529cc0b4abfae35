//! The doctor closes; replies after that are refused by the client, the relay and the other device.

use anyhow::{Context as _, Result, ensure};
use colloque_client_core::Event as Told;
use colloque_schemas::frame::Request;

use super::people::text;
use super::stranger::{STRANGER, collude, refused_by_relay};
use super::{FIRST_ROW, now, texts};
use crate::skipping::SkippingClient;
use crate::stage::{Stage, Who};

/// The doctor closes; the patient's client refuses to send.
pub(super) async fn by_the_doctor(stage: &mut Stage) -> Result<()> {
    stage.narrator.step(("The doctor closes the conversation", "Le médecin ferme la conversation"))?;
    stage.narrator.say((
        "Closing is a signed change of the conversation’s terms: after it, nobody can write, until a professional \
         reopens.",
        "Fermer est un changement signé des termes de la conversation : ensuite, plus personne ne peut écrire, \
         jusqu’à ce qu’un professionnel la rouvre.",
    ))?;
    stage.done(Who::Verne, &["colloque", "close", FIRST_ROW]).await?;
    let late = stage.plant(texts::TOO_LATE);
    stage.refused(Who::Roux, &["colloque", "send", FIRST_ROW, &late], "R07").await?;
    let his = stage.json(Who::Roux, &["colloque", "read", FIRST_ROW]).await?;
    ensure!(!his.to_string().contains(&late), "the late reply is in the thread");
    stage.narrator.checked((
        "The patient’s client refuses with exit code 3 and R07. Nothing was sent.",
        "Le client du patient refuse avec le code de sortie 3 et R07. Rien n’a été envoyé.",
    ))?;
    Ok(())
}

/// The same with the client that skips every check, in a thread that the doctor opens with it.
pub(super) async fn skipped(stage: &mut Stage, stranger: &mut SkippingClient, first: &str) -> Result<()> {
    stage.narrator.step((
        "A reply after closing, with the client that skips every check",
        "Une réponse après la fermeture, avec le client qui saute tous les contrôles",
    ))?;
    stage.narrator.say((
        "The doctor opens a conversation with Nina Sarre, too, and closes it. Her client has joined as a member.",
        "Le médecin ouvre aussi une conversation avec Nina Sarre, et la ferme. Son client y est entré comme membre.",
    ))?;
    stranger.publish().await?;
    let account = stranger.account().to_string();
    let petname = stage.plant(STRANGER);
    stage.done(Who::Verne, &["colloque", "patients", "name", &account, &petname]).await?;
    let message = stage.plant(texts::TO_STRANGER);
    stage.done(Who::Verne, &["colloque", "open", "--patient", &petname, &message]).await?;
    let mut joined = stranger.join().await?;
    let threads = stage.json(Who::Verne, &["colloque", "threads"]).await?;
    let ids = threads.as_array().into_iter().flatten().map(|thread| text(thread, "thread"));
    let ids: Vec<&str> = ids.collect::<Result<_>>()?;
    let second = ids.iter().find(|id| **id != first).context("no second thread")?;
    let second: String = second.chars().take(SHORT_DIGITS).collect();
    stage.done(Who::Verne, &["colloque", "close", &second]).await?;
    stranger.catch_up(&mut joined).await?;
    let reply = stage.plant(texts::FROM_STRANGER);
    let append = stranger.write(&mut joined, &reply, now())?;
    stage.narrator.did((
        "Her client, a member with the newest keys, encrypts a reply and posts it to the relay:",
        "Son client, membre et doté des clés les plus récentes, chiffre une réponse et la poste au relais :",
    ))?;
    let answer = stranger.ask(Request::Append(append.clone())).await?;
    refused_by_relay(stage, answer, "R07")?;
    stage.narrator.did((
        "A dishonest relay, played by this program, hands it to a copy of the doctor’s device as the next of the \
         log all the same. The device answers:",
        "Un relais malhonnête, joué par ce programme, la remet quand même à une copie de l’appareil du médecin, \
         comme la suite du journal. L’appareil répond :",
    ))?;
    let told = collude(stage)?.hand_over(&append)?;
    let is_refused = matches!(told[..], [Told::EnvelopeRefused { reason: "R07", .. }]);
    ensure!(is_refused, "the device said {told:?}");
    stage.narrator.outcome(("device: envelope refused (R07)", "appareil : enveloppe refusée (R07)"))?;
    stage.narrator.did(("What does that copy show now?", "Que montre maintenant cette copie ?"))?;
    stage.done(Who::Copy, &["colloque", "read", &second, "--offline"]).await?;
    let shown = stage.json(Who::Copy, &["colloque", "read", &second, "--offline"]).await?;
    ensure!(!shown.to_string().contains(&reply), "the device shows the reply");
    stage.narrator.checked((
        "Refused by the relay (R07) and, when that one lies, by the doctor’s device (R07), which says that it did \
         not show something.",
        "Refusé par le relais (R07) et, quand celui-ci ment, par l’appareil du médecin (R07), qui dit que quelque \
         chose n’est pas montré.",
    ))?;
    Ok(())
}

/// Digits of a thread id that the client's lists show.
const SHORT_DIGITS: usize = 8;

//! Another patient, whose client skips every check: the relay says no; and where the relay helps it, the doctor's device.

use anyhow::{Result, ensure};
use colloque_client_core::Event as Told;
use colloque_schemas::frame::{Request, Response};
use colloque_schemas::refusal::Refusal;

use super::people::{People, invite};
use super::{now, texts, thread_count};
use crate::colluding::ColludingRelay;
use crate::skipping::SkippingClient;
use crate::stage::{Stage, Who};

/// The name that the doctor gives her.
pub(super) const STRANGER: (&str, &str) = ("Mrs Nina Sarre", "Mme Nina Sarre");

/// She enrols as a patient like any other.
pub(super) async fn enrol(stage: &mut Stage) -> Result<SkippingClient> {
    stage.narrator.step((
        "Another patient comes with a client that skips every check",
        "Une autre patiente vient avec un client qui saute tous les contrôles",
    ))?;
    stage.narrator.say((
        "A rule that only a client enforces is worth nothing. Nina Sarre is a real patient of this authority, with a \
         client of her own making: raw MLS and raw frames, over the same TLS, without a single check. It runs inside \
         this program.",
        "Une règle que seul le client applique ne vaut rien. Nina Sarre est une vraie patiente de cette autorité, \
         avec un client de sa fabrication : MLS et trames brutes, sur le même TLS, sans un seul contrôle. Il tourne dans \
         ce programme.",
    ))?;
    let invitation = invite(stage, &["--role", "patient"]).await?;
    let mut stranger = Box::pin(SkippingClient::enrol(invitation.parse()?, now())).await?;
    Box::pin(stranger.sign_in()).await?;
    stage.narrator.did((
        "Her client enrols and signs in to the relay.",
        "Son client s’inscrit et se connecte au relais.",
    ))?;
    Ok(stranger)
}

/// She tries to open a thread with the doctor, in three ways.
pub(super) async fn opens(stage: &mut Stage, stranger: &mut SkippingClient, people: &People) -> Result<()> {
    stage.narrator.did((
        "It asks the relay for the doctor’s KeyPackage, without which nobody can be added to a group.",
        "Il demande au relais le KeyPackage du médecin, sans lequel on ne peut ajouter personne à un groupe.",
    ))?;
    let answer = stranger.ask(Request::ClaimKeyPackages(people.doctor)).await?;
    refused_by_relay(stage, answer, "R02")?;

    // From here on, somebody at the relay helps her.
    let mut relay = collude(stage)?;
    let shown = relay.threads()?;
    stage.narrator.line("")?;
    stage.narrator.say((
        "Now suppose that somebody at the relay helps her. This program plays that relay, towards a copy of the \
         doctor’s device (terminal: copy). It lets the device sign in, and passes one of its KeyPackages on to her.",
        "Supposons maintenant que quelqu’un l’aide au relais. Ce programme joue ce relais, face à une copie de \
         l’appareil du médecin (terminal : copy). Il laisse l’appareil se connecter et transmet à la patiente un de \
         ses KeyPackages.",
    ))?;
    let text = stage.plant(texts::UNASKED);
    let (device, key_package) = relay.key_package()?;
    let opening = stranger.make_thread((people.doctor, device, key_package), &text, now())?;
    stage.narrator.did((
        "With it, her client makes a conversation, complete and correctly signed by her. The honest relay is asked \
         to open it:",
        "Avec lui, son client fabrique une conversation complète, correctement signée par elle. On demande au relais \
         honnête de l’ouvrir :",
    ))?;
    let answer = stranger.ask(Request::OpenThread(opening.clone())).await?;
    refused_by_relay(stage, answer, "R01")?;
    stage.narrator.did((
        "The dishonest relay hands the Welcome to the doctor’s device all the same. The device answers:",
        "Le relais malhonnête remet quand même le Welcome à l’appareil du médecin. L’appareil répond :",
    ))?;
    let told = relay.hand_over_welcome(&opening)?;
    ensure!(told == [Told::WelcomeRefused { reason: "R01" }], "the device said {told:?}");
    stage.narrator.outcome(("device: Welcome refused (R01)", "appareil : Welcome refusé (R01)"))?;
    ensure!(relay.threads()? == shown, "the device shows something else than before");
    drop(relay);
    stage.narrator.did(("What does that copy show now?", "Que montre maintenant cette copie ?"))?;
    stage.done(Who::Copy, &["colloque", "threads", "--offline"]).await?;
    ensure!(thread_count(stage, Who::Verne).await? == 1, "the doctor’s device shows another thread");
    stage.narrator.checked((
        "Refused three times: by the relay (R02, R01), and by the doctor’s device on its own evidence (R01). It \
         shows what it showed before.",
        "Refusé trois fois : par le relais (R02, R01), et par l’appareil du médecin sur ses propres preuves (R01). \
         Il montre ce qu’il montrait avant.",
    ))?;
    Ok(())
}

/// A dishonest relay at a fresh copy of the doctor's device, as it is now.
pub(super) fn collude(stage: &Stage) -> Result<ColludingRelay> {
    stage.copy_profile(Who::Verne, Who::Copy)?;
    ColludingRelay::meet(&stage.path(Who::Copy.word()), &stage.passphrase(Who::Verne)?, now())
}

/// Shows the relay's refusal, which has to be by this rule.
pub(super) fn refused_by_relay(stage: &Stage, answer: Result<Response, Refusal>, rule: &str) -> Result<()> {
    let refused = match &answer {
        Ok(_) => None,
        Err(refusal) => refusal.rule.map(|rule| (rule.id(), refusal.code.id())),
    };
    ensure!(refused.is_some_and(|(id, _)| id == rule), "the relay answered {answer:?} and not {rule}");
    let code = refused.map_or("", |(_, code)| code);
    stage.narrator.outcome((
        &format!("relay: refused ({code}, {rule})"),
        &format!("relais : refusé ({code}, {rule})"),
    ))?;
    Ok(())
}

//! A clinic to try: an authority, a relay, a doctor and two patients with a little history, and a desk for each of them.

use anyhow::{Context as _, Result};

use crate::narrator::Both;
use crate::stage::{Stage, Who};

/// The name that every sign-in is bound to.
const RELAY_NAME: &str = "relay.tilleuls";

/// Opens the clinic and keeps it open until it is asked to end.
pub(crate) async fn open(stage: &mut Stage) -> Result<()> {
    stage.narrator.say((
        "The Lindens Practice opens: authority, relay, Dr Ana Verne and her patients Basile Roux and Lina Morel. \
         All of them are invented; all of it stays on this machine.",
        "Le Cabinet des Tilleuls ouvre : autorité, relais, le Dr Ana Verne et ses patients Basile Roux et Lina \
         Morel. Tous sont inventés ; tout reste sur cette machine.",
    ))?;
    servers(stage).await?;
    people(stage).await?;
    history(stage).await?;
    desks(stage).await?;
    std::future::pending().await
}

async fn servers(stage: &mut Stage) -> Result<()> {
    let name = stage.narrator.pick(("The Lindens Practice", "Cabinet des Tilleuls")).to_owned();
    let init = ["colloque-authority", "init", "--data", "authority", "--name", &name];
    stage.quietly(Who::Operator, &init).await?;
    let relay = ["colloque-relay", "serve", "--data", "relay", "--anchor", "authority/tenant.der"];
    let relay = [&relay[..], &["--name", RELAY_NAME, "--listen", "127.0.0.1:0"]].concat();
    let listening = stage.stay(Who::Operator, &relay, "relay.log").await?;
    let mut words = listening.split(' ').skip(2);
    let address = words.next().context("the relay does not say where it listens")?;
    let key = words.nth(1).context("the relay does not say its key")?;
    let place = ["colloque-authority", "relay", "--data", "authority", "--name", RELAY_NAME];
    let place = [&place[..], &["--address", address, "--key", key]].concat();
    stage.quietly(Who::Operator, &place).await?;
    let serve = ["colloque-authority", "serve", "--data", "authority", "--listen", "127.0.0.1:0"];
    stage.stay(Who::Operator, &serve, "authority.log").await.map(drop)
}

async fn people(stage: &Stage) -> Result<()> {
    let profession = stage.narrator.pick(("General practitioner", "Médecin généraliste"));
    let doctor = ["--name", "Dr Ana Verne", "--profession", profession, "--rpps", "10101234564"];
    enrol(stage, Who::Verne, &[&["--role", "professional"], &doctor[..]].concat()).await?;
    for (who, name) in [(Who::Roux, "Basile Roux"), (Who::Morel, "Lina Morel")] {
        enrol(stage, who, &["--role", "patient"]).await?;
        let own = stage.json(who, &["colloque", "whoami"]).await?;
        let account = own.get("account").and_then(|value| value.as_str()).context("no account")?;
        stage.quietly(Who::Verne, &["colloque", "patients", "name", account, name]).await?;
    }
    Ok(())
}

async fn enrol(stage: &Stage, who: Who, whom: &[&str]) -> Result<()> {
    let line = [&["colloque-authority", "invite", "--data", "authority"], whom].concat();
    let printed = stage.quietly(Who::Operator, &line).await?;
    let invitation = printed.lines().last().context("no invitation was printed")?;
    stage.write(&format!("{}.passphrase", who.word()), &format!("passphrase of {}\n", who.word()))?;
    stage.quietly(who, &["colloque", "enrol", invitation]).await.map(drop)
}

/// What was said before the visitor comes: one thread that waits for the doctor, one that waits for the patient, one that
/// is for information.
async fn history(stage: &Stage) -> Result<()> {
    let text = |text: Both<'_>| stage.narrator.pick(text).to_owned();
    opens(stage, "Basile Roux", "open", &text(COUGH)).await?;
    says(stage, Who::Roux, &text(BETTER)).await?;
    opens(stage, "Lina Morel", "one-reply", &text(APPOINTMENT)).await?;
    opens(stage, "Lina Morel", "no-reply", &text(RESULTS)).await?;
    stage.quietly(Who::Morel, &["colloque", "sync"]).await.map(drop)
}

const COUGH: (&str, &str) = (
    "Hello Mr Roux, your chest X-ray is normal. How is the cough since we changed the treatment?",
    "Bonjour M. Roux, votre radio des poumons est normale. Comment va la toux depuis le changement de traitement ?",
);
const BETTER: (&str, &str) = (
    "Much better, thank you doctor. I still cough a little at night. Should I go on with the syrup?",
    "Beaucoup mieux, merci docteur. Je tousse encore un peu la nuit. Dois-je continuer le sirop ?",
);
const APPOINTMENT: (&str, &str) = (
    "Hello Mrs Morel, would Thursday at 10:30 suit you for the vaccination? You can answer once.",
    "Bonjour Mme Morel, jeudi à 10 h 30 vous conviendrait-il pour le vaccin ? Vous pouvez répondre une fois.",
);
const RESULTS: (&str, &str) = (
    "Your blood test is normal. There is nothing to do; this message is for your information.",
    "Votre prise de sang est normale. Il n’y a rien à faire ; ce message est pour votre information.",
);

async fn opens(stage: &Stage, patient: &str, mode: &str, text: &str) -> Result<()> {
    let line = ["colloque", "open", "--patient", patient, "--mode", mode, text];
    stage.quietly(Who::Verne, &line).await.map(drop)
}

/// Says something in the only thread of a person.
async fn says(stage: &Stage, who: Who, text: &str) -> Result<()> {
    stage.quietly(who, &["colloque", "sync"]).await?;
    stage.quietly(who, &["colloque", "send", "1", text]).await.map(drop)
}

async fn desks(stage: &mut Stage) -> Result<()> {
    stage.narrator.line("")?;
    for (who, name) in [
        (Who::Verne, ("Dr Ana Verne, doctor", "Dr Ana Verne, médecin")),
        (Who::Roux, ("Basile Roux, patient", "Basile Roux, patient")),
        (Who::Morel, ("Lina Morel, patient", "Lina Morel, patiente")),
    ] {
        let desk = ["colloque", "desk", "--no-browser", "--json"];
        let printed = stage.stay(who, &desk, &format!("{}.log", who.word())).await?;
        let printed: serde_json::Value = serde_json::from_str(&printed).context("a desk printed no JSON")?;
        let link = printed.get("link").and_then(|link| link.as_str()).context("a desk printed no link")?;
        // On a line of its own: a link that is broken opens nothing.
        stage.narrator.line(&format!("{}:\n  {link}", stage.narrator.pick(name)))?;
    }
    stage.narrator.line("")?;
    stage.narrator.say((
        "Each link opens one desk, once, in the browser of this machine; use one browser window for each. Ctrl-C closes the \
         clinic, and nothing is kept. The narrated tour: cargo run --release -- tour",
        "Chaque lien ouvre un bureau, une fois, dans le navigateur de cette machine ; une fenêtre pour chacun. Ctrl-C ferme \
         le cabinet, et rien n’est conservé. La visite commentée : cargo run --release -- tour",
    ))?;
    Ok(())
}

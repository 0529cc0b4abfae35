//! What the relay stored, and that nothing of what people said or are called is in it.

use anyhow::{Result, ensure};
use colloque_schemas::id::{AccountId, ThreadId};

use super::people::{DOCTOR, People};
use super::stranger::STRANGER;
use crate::scan::Files;
use crate::stage::{Stage, Who};

/// Characters of a planted text that are printed.
const SHOWN: usize = 58;

/// The inventory, then the search: while the relay runs, and after it was stopped as an operator does.
pub(super) async fn show(stage: &mut Stage, people: &People, third: AccountId, thread: &str) -> Result<()> {
    stage.narrator.step(("What the relay stored", "Ce que le relais a conservé"))?;
    stage.done(Who::Operator, &["colloque-relay", "inventory", "--data", "relay"]).await?;
    let places = [stage.path("relay"), stage.path("relay.log")];
    let running = Files::read(&places)?;
    list(stage, &running)?;
    stage.narrator.did((
        "Both servers are asked to stop (SIGTERM).",
        "On demande aux deux serveurs de s’arrêter (SIGTERM).",
    ))?;
    for server in stage.servers.drain(..) {
        let code = server.stop().await?;
        ensure!(code == 0, "a server ended with {code}");
    }
    stage.narrator.checked(("Both end with exit code 0.", "Les deux se terminent avec le code 0."))?;
    let stopped = Files::read(&places)?;
    search(stage, &[running, stopped], &secrets(stage, people, third), thread)
}

fn list(stage: &Stage, files: &Files) -> Result<()> {
    stage.narrator.did((
        "All files of the relay, and its log at debug level, in bytes:",
        "Tous les fichiers du relais, et son journal au niveau debug, en octets :",
    ))?;
    for (path, bytes) in files.lengths() {
        let name = path.strip_prefix(stage.path("")).unwrap_or(path).display().to_string();
        stage.narrator.line(&format!("    {bytes:>10}  {name}"))?;
    }
    Ok(())
}

/// What the relay must not have: its description, and its bytes.
fn secrets(stage: &Stage, people: &People, third: AccountId) -> Vec<(String, Vec<u8>)> {
    let mut secrets: Vec<(String, Vec<u8>)> = Vec::new();
    for text in &stage.planted {
        if !secrets.iter().any(|(known, _)| known == text) {
            secrets.push((text.clone(), text.clone().into_bytes()));
        }
    }
    let stranger = stage.narrator.pick(STRANGER);
    for (name, account) in [(DOCTOR, people.doctor), (&people.petname, people.patient), (stranger, third)] {
        let of = stage.narrator.pick(("account of", "compte de"));
        let digits = stage.narrator.pick(("in hexadecimal", "en hexadécimal"));
        secrets.push((format!("{of} {name}, {digits}"), account.to_string().into_bytes()));
        let bytes = stage.narrator.pick(("as 16 bytes", "en 16 octets"));
        secrets.push((format!("{of} {name}, {bytes}"), account.as_bytes().to_vec()));
    }
    secrets
}

fn search(stage: &Stage, files: &[Files], secrets: &[(String, Vec<u8>)], thread: &str) -> Result<()> {
    stage.narrator.line("")?;
    stage.narrator.say((
        "How often do these files, as they were while the relay ran and as they are now, hold the names, texts and \
         accounts of this tour?",
        "Combien de fois ces fichiers, tels qu’ils étaient pendant la marche du relais et tels qu’ils sont \
         maintenant, contiennent-ils les noms, textes et comptes de cette visite ?",
    ))?;
    let count = |bytes: &[u8]| files.iter().map(|files| files.occurrences(bytes)).sum::<usize>();
    let word = stage.narrator.pick(("occurrences", "occurrence"));
    let mut found = 0;
    for (description, bytes) in secrets {
        let occurrences = count(bytes);
        found += occurrences;
        let mut shown: String = description.chars().take(SHOWN).collect();
        if shown.len() < description.len() {
            shown.push('…');
        }
        stage.narrator.line(&format!("    {occurrences} {word}  {shown}"))?;
    }
    ensure!(found == 0, "the relay stored what it must not know");
    // A search that finds nothing anywhere shows nothing: the thread's random id has to be there.
    let known = count(thread.parse::<ThreadId>()?.as_bytes());
    ensure!(known > 0, "the search does not even find the thread’s id");
    stage.narrator.checked((
        "None. The same search does find what the relay has to know: the random id of the conversation.",
        "Aucune. La même recherche trouve bien ce que le relais doit savoir : l’identifiant aléatoire de la \
         conversation.",
    ))?;
    Ok(())
}

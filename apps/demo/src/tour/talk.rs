//! The main job: the doctor opens a thread, the patient answers, and both write at length.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::people::{DOCTOR, People, text};
use super::{FIRST_ROW, texts};
use crate::narrator::Both;
use crate::stage::{Stage, Who};

/// The doctor opens, the patient answers. Returns the id of the thread.
pub(super) async fn begin(stage: &mut Stage, people: &People) -> Result<String> {
    stage.narrator.step((
        "The doctor opens a conversation, the patient answers",
        "Le médecin ouvre une conversation, le patient répond",
    ))?;
    stage.narrator.say((
        "Her device makes an MLS group with post-quantum keys, signs its terms, and encrypts the first message. The \
         relay gets all of it in one request.",
        "Son appareil forme un groupe MLS à clés post-quantiques, en signe les termes et chiffre le premier message. \
         Le relais reçoit le tout en une requête.",
    ))?;
    let first = stage.plant(texts::FIRST);
    let open = ["colloque", "open", "--patient", &people.petname, &first];
    stage.done(Who::Verne, &open).await?;
    stage.done(Who::Roux, &["colloque", "threads"]).await?;
    stage.done(Who::Roux, &["colloque", "read", FIRST_ROW]).await?;
    let answer = stage.plant(texts::ANSWER);
    stage.done(Who::Roux, &["colloque", "send", FIRST_ROW, &answer]).await?;
    stage.done(Who::Verne, &["colloque", "read", FIRST_ROW]).await?;
    let (hers, his) = (messages(stage, Who::Verne).await?, messages(stage, Who::Roux).await?);
    ensure!(hers == [first, answer] && hers == his, "the two devices show different texts");
    stage.narrator.checked((
        "Both devices show the same messages, in the same order.",
        "Les deux appareils montrent les mêmes messages, dans le même ordre.",
    ))?;
    let threads = stage.json(Who::Verne, &["colloque", "threads"]).await?;
    Ok(text(threads.get(0).context("no thread")?, "thread")?.to_owned())
}

/// Both compare the safety number of their two accounts.
pub(super) async fn compare_safety_numbers(stage: &mut Stage, people: &People) -> Result<()> {
    stage.narrator.step(("They compare their safety number", "Ils comparent leur numéro de sécurité"))?;
    stage.narrator.say((
        "The same digits, words and QR on both devices mean that nobody stands between them, not even the authority \
         or the relay. Face to face, one scans the other’s QR; here, roux pastes what it says.",
        "Les mêmes chiffres, mots et QR sur les deux appareils montrent que personne ne s’interpose, pas même \
         l’autorité ou le relais. Face à face, l’un scanne le QR de l’autre ; ici, roux colle ce qu’il contient.",
    ))?;
    let hers = stage.json(Who::Verne, &["colloque", "verify", &people.petname]).await?;
    stage.done(Who::Verne, &["colloque", "verify", &people.petname]).await?;
    let scanned = text(&hers, "qr")?;
    stage.done(Who::Roux, &["colloque", "verify", DOCTOR, "--scan", scanned]).await?;
    let his = stage.json(Who::Roux, &["colloque", "verify", DOCTOR]).await?;
    ensure!(text(&hers, "digits")? == text(&his, "digits")?, "the safety numbers differ");
    stage.narrator.checked((
        "The digits are the same on both devices.",
        "Les chiffres sont les mêmes des deux côtés.",
    ))?;
    Ok(())
}

/// Several kilobytes in both directions: from a file, and from standard input.
pub(super) async fn send_long_texts(stage: &mut Stage) -> Result<()> {
    stage.narrator.step(("Longer texts, both ways", "Des textes plus longs, dans les deux sens"))?;
    let diary = write_long(stage, DIARY_FILE, texts::diary())?;
    let plan = write_long(stage, PLAN_FILE, texts::plan())?;
    let (diary_bytes, plan_bytes) = (diary.len(), plan.len());
    stage.narrator.say((
        &format!(
            "A diary of {diary_bytes} bytes from a file, a plan of {plan_bytes} bytes from standard input. The relay \
             sees lengths only in powers of two."
        ),
        &format!(
            "Un journal de {diary_bytes} octets depuis un fichier, un programme de {plan_bytes} octets depuis \
             l’entrée standard. Le relais ne voit les longueurs qu’en puissances de deux."
        ),
    ))?;
    stage.done(Who::Roux, &["colloque", "send", FIRST_ROW, "--file", DIARY_FILE]).await?;
    stage.done_with(Who::Verne, &["colloque", "send", FIRST_ROW, "-"], PLAN_FILE).await?;
    stage.done(Who::Roux, &["colloque", "read", FIRST_ROW]).await?;
    let (hers, his) = (messages(stage, Who::Verne).await?, messages(stage, Who::Roux).await?);
    ensure!(hers.ends_with(&[diary, plan]) && hers == his, "a long text did not arrive as it was");
    stage.narrator.checked((
        "Both texts arrived on the other device, byte for byte.",
        "Les deux textes sont arrivés sur l’autre appareil, à l’octet près.",
    ))?;
    Ok(())
}

const DIARY_FILE: &str = "diary.txt";
const PLAN_FILE: &str = "plan.txt";

/// Writes a long text to a file; each of its lines is something that the relay is not to know.
fn write_long(stage: &mut Stage, name: &str, (english, french): (String, String)) -> Result<String> {
    let both: Both<'_> = (&english, &french);
    let content = stage.narrator.pick(both).to_owned();
    stage.planted.extend(content.lines().take(1).map(str::to_owned));
    stage.planted.extend(content.lines().last().map(str::to_owned));
    stage.write(name, &content)?;
    Ok(content)
}

/// The texts of the messages that a person's device shows.
async fn messages(stage: &Stage, who: Who) -> Result<Vec<String>> {
    let thread = stage.json(who, &["colloque", "read", FIRST_ROW]).await?;
    let entries = thread.get("entries").and_then(Value::as_array).context("no entries")?;
    let is_message = |entry: &&Value| entry.get("kind").and_then(Value::as_str) == Some("message");
    entries.iter().filter(is_message).map(|entry| text(entry, "text").map(str::to_owned)).collect()
}

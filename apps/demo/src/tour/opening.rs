//! A patient tries to open a thread: the client says no.

use anyhow::{Result, ensure};

use super::people::{DOCTOR, People};
use super::{texts, thread_count};
use crate::stage::{Stage, Who};

/// The patient asks; nothing is sent, nothing changes.
pub(super) async fn by_a_patient(stage: &mut Stage, people: &People, thread: &str) -> Result<()> {
    stage
        .narrator
        .step(("The patient tries to open a conversation", "Le patient essaie d’ouvrir une conversation"))?;
    stage.narrator.say((
        "Only professionals open conversations: rule R01. The patient’s own client says so first.",
        "Seuls les professionnels ouvrent des conversations : règle R01. Le client du patient le dit le premier.",
    ))?;
    let unasked = stage.plant(texts::UNASKED);
    stage.refused(Who::Roux, &["colloque", "open", "--patient", DOCTOR, &unasked], "R01").await?;
    ensure!(thread_count(stage, Who::Roux).await? == 1, "the patient’s device shows another thread");
    let known = stage.json(Who::Verne, &["colloque", "threads"]).await?;
    ensure!(known.to_string().contains(thread), "the thread is gone");
    ensure!(known.to_string().contains(&people.patient.to_string()), "the patient is gone");
    stage.narrator.checked((
        "Refused with exit code 3 and R01; there is one conversation, as before.",
        "Refusé avec le code de sortie 3 et R01 ; il y a une conversation, comme avant.",
    ))?;
    Ok(())
}

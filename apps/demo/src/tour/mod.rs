//! What is shown, in order. Every step checks that what it tells is what happened; if not, the tour ends there and
//! says so.

mod closing;
mod opening;
mod people;
mod servers;
mod stored;
mod stranger;
mod talk;
mod texts;

use std::path::PathBuf;

use anyhow::Result;
use colloque_client_core::connection::{Clock as _, SystemClock};
use colloque_schemas::time::UnixSeconds;
use tokio::time::Instant;

use crate::stage::{Stage, Who};

/// Plays the tour to its end.
pub(crate) async fn play(stage: &mut Stage, keep: Option<PathBuf>) -> Result<()> {
    let began_at = Instant::now();
    introduce(stage)?;
    let authority = servers::start(stage).await?;
    let people = people::enrol(stage, &authority).await?;
    let thread = talk::begin(stage, &people).await?;
    talk::compare_safety_numbers(stage, &people).await?;
    talk::send_long_texts(stage).await?;
    opening::by_a_patient(stage, &people, &thread).await?;
    let mut stranger = stranger::enrol(stage).await?;
    stranger::opens(stage, &mut stranger, &people).await?;
    closing::by_the_doctor(stage).await?;
    closing::skipped(stage, &mut stranger, &thread).await?;
    stored::show(stage, &people, stranger.account(), &thread).await?;
    let seconds = began_at.elapsed().as_secs_f32();
    conclude(stage, seconds, keep)
}

fn introduce(stage: &Stage) -> Result<()> {
    let narrator = &stage.narrator;
    narrator.line(narrator.pick((
        "Colloque: confidential conversations of clinicians and patients. A tour.",
        "Colloque : conversations confidentielles entre soignants et patients. Visite.",
    )))?;
    narrator.line("")?;
    narrator.say((
        "Everything below really happens, on this machine, in separate processes that speak TLS to each other. After \
         each `$` is a command as you would type it, and below it what it printed. A ✓ is a fact that this program \
         has checked; if one fails, the tour stops.",
        "Tout ce qui suit a vraiment lieu, sur cette machine, dans des processus distincts qui se parlent en TLS. \
         Après chaque `$`, une commande telle que vous la taperiez, et dessous ce qu’elle a affiché. Un ✓ est un \
         fait que ce programme a vérifié ; si l’un d’eux est faux, la visite s’arrête.",
    ))?;
    narrator.line("")?;
    narrator.say((
        "There are three terminals: admin runs the servers, verne is Dr Ana Verne, roux is Basile Roux, her patient.",
        "Il y a trois terminaux : admin fait tourner les serveurs, verne est le Dr Ana Verne, roux est Basile Roux, \
         son patient.",
    ))?;
    Ok(())
}

fn conclude(stage: &mut Stage, seconds: f32, keep: Option<PathBuf>) -> Result<()> {
    let (steps, facts) = (stage.narrator.steps(), stage.narrator.facts());
    let narrator = &mut stage.narrator;
    narrator.line("")?;
    narrator.title(narrator.pick(("That was all.", "Voilà.")))?;
    narrator.say((
        &format!(
            "{steps} steps and {facts} checks in {seconds:.0} seconds: one authority, one relay, three people, two \
             conversations, a dishonest client and a dishonest relay."
        ),
        &format!(
            "{steps} étapes et {facts} vérifications en {seconds:.0} secondes : une autorité, un relais, trois \
             personnes, deux conversations, un client malhonnête et un relais malhonnête."
        ),
    ))?;
    narrator.line("")?;
    if let Some(folder) = keep {
        let folder = folder.display();
        narrator.say((
            &format!(
                "Everything is kept in {folder}: databases, logs, profiles, and the files *.passphrase that open \
                 the profiles."
            ),
            &format!(
                "Tout est conservé dans {folder} : bases, journaux, profils, et les fichiers *.passphrase qui \
                 ouvrent les profils."
            ),
        ))?;
    } else {
        narrator.say((
            "Nothing is kept. To look at the files afterwards: cargo run --release -- tour --keep DIR",
            "Rien n’est conservé. Pour regarder les fichiers ensuite : cargo run --release -- tour --keep DOSSIER",
        ))?;
    }
    narrator.say((
        "To do it yourself with three terminals: README.md. What is promised and what is not: SECURITY.md. Every \
         rule by its id: schemas/RULES.md.",
        "Pour le faire vous-même dans trois terminaux : README.md. Ce qui est promis et ce qui ne l’est pas : \
         SECURITY.md. Chaque règle par son identifiant : schemas/RULES.md.",
    ))?;
    Ok(())
}

/// The machine's time.
fn now() -> UnixSeconds {
    SystemClock.now()
}

/// The only thread of a person, as `threads` names it.
const FIRST_ROW: &str = "1";

/// How many threads a person's device shows.
async fn thread_count(stage: &Stage, who: Who) -> Result<usize> {
    let threads = stage.json(who, &["colloque", "threads"]).await?;
    Ok(threads.as_array().map_or(0, Vec::len))
}

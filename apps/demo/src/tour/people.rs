//! A doctor and a patient enrol, each with a single-use code.

use anyhow::{Context as _, Result, ensure};
use colloque_schemas::id::AccountId;
use serde_json::Value;

use crate::stage::{Stage, Who};

/// The doctor's public name.
pub(super) const DOCTOR: &str = "Dr Ana Verne";
/// A professional number with the right check digit, of nobody.
const RPPS: &str = "10101234564";

/// Both accounts.
pub(super) struct People {
    pub(super) doctor: AccountId,
    pub(super) patient: AccountId,
    /// The name that the doctor gives the patient.
    pub(super) petname: String,
}

/// Enrols both, and has the doctor name the patient.
pub(super) async fn enrol(stage: &mut Stage, authority: &str) -> Result<People> {
    stage.narrator.step(("Two people enrol", "Deux personnes s’inscrivent"))?;
    stage.narrator.say((
        &format!(
            "A single-use code from the authority’s desk, good for 15 minutes, becomes an account certificate at \
             {authority}. Keys are made on each device and never leave it. A professional is certified with name and \
             national number; a patient with neither: the authority does not learn who it is."
        ),
        &format!(
            "Un code à usage unique, délivré au guichet de l’autorité et valable 15 minutes, devient un certificat \
             de compte auprès de {authority}. Les clés naissent sur chaque appareil et n’en sortent jamais. Un \
             professionnel est certifié avec son nom et son numéro national ; un patient sans l’un ni l’autre : \
             l’autorité n’apprend pas qui il est."
        ),
    ))?;
    let profession = stage.narrator.pick(("General practitioner", "Médecin généraliste")).to_owned();
    let doctor = ["--role", "professional", "--name", DOCTOR, "--profession", &profession, "--rpps", RPPS];
    let invitation = invite(stage, &doctor).await?;
    let doctor = enrol_one(stage, Who::Verne, &invitation).await?;
    let invitation = invite(stage, &["--role", "patient"]).await?;
    let patient = enrol_one(stage, Who::Roux, &invitation).await?;
    let roles = (text(&doctor, "role")?, text(&patient, "role")?);
    ensure!(roles == ("professional", "patient"), "certified as {roles:?}");
    stage.narrator.checked((
        "One is certified as a professional, the other as a patient.",
        "L’une est certifiée professionnelle, l’autre patient.",
    ))?;
    stage.narrator.line("")?;
    stage.narrator.say((
        "The patient reads his account to the doctor, who gives it a name. The name stays on her device.",
        "Le patient lit son compte au médecin, qui lui donne un nom. Ce nom reste sur son appareil à elle.",
    ))?;
    stage.done(Who::Roux, &["colloque", "whoami"]).await?;
    let account = text(&patient, "account")?.to_owned();
    let petname = stage.plant(("Mr Basile Roux", "M. Basile Roux"));
    stage.done(Who::Verne, &["colloque", "patients", "name", &account, &petname]).await?;
    stage.planted.extend(["Basile", DOCTOR, RPPS].map(str::to_owned));
    Ok(People { doctor: text(&doctor, "account")?.parse()?, patient: account.parse()?, petname })
}

/// A code of the authority's desk.
pub(super) async fn invite(stage: &Stage, whom: &[&str]) -> Result<String> {
    let line = [&["colloque-authority", "invite", "--data", "authority"], whom].concat();
    let printed = stage.done(Who::Operator, &line).await?;
    Ok(printed.lines().last().context("no invitation was printed")?.to_owned())
}

async fn enrol_one(stage: &Stage, who: Who, invitation: &str) -> Result<Value> {
    let word = who.word();
    stage.write(&format!("{word}.passphrase"), &format!("passphrase of {word} in the tour\n"))?;
    stage.done(who, &["colloque", "enrol", invitation]).await?;
    stage.json(who, &["colloque", "whoami"]).await
}

/// A text field of what a command printed as JSON.
pub(super) fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str> {
    value.get(field).and_then(Value::as_str).with_context(|| format!("no {field} in {value}"))
}

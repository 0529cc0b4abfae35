//! Authority and relay start: two processes with two keys, on free loopback ports.

use anyhow::{Context as _, Result};

use crate::stage::{Stage, Who};

/// The name that every sign-in is bound to.
const RELAY_NAME: &str = "relay.tilleuls";

/// Starts both; returns the authority's address.
pub(super) async fn start(stage: &mut Stage) -> Result<String> {
    stage.narrator.step(("The servers start", "Les serveurs démarrent"))?;
    stage.narrator.say((
        "The authority certifies who is a professional and who is a patient. The relay stores and passes on what it \
         cannot read. They share no key: the relay only has the tenant’s public certificate.",
        "L’autorité certifie qui est professionnel et qui est patient. Le relais conserve et transmet ce qu’il ne \
         peut pas lire. Ils ne partagent aucune clé : le relais n’a que le certificat public de l’organisation.",
    ))?;
    let name = stage.narrator.pick(("The Lindens Practice", "Cabinet des Tilleuls")).to_owned();
    let init = ["colloque-authority", "init", "--data", "authority", "--name", &name];
    stage.done(Who::Operator, &init).await?;
    let relay = ["colloque-relay", "serve", "--data", "relay", "--anchor", "authority/tenant.der"];
    let relay = [&relay[..], &["--name", RELAY_NAME, "--listen", "127.0.0.1:0"]].concat();
    let listening = stage.serve(&relay, "relay.log").await?;
    let mut words = listening.split(' ').skip(2);
    let relay_address = words.next().context("the relay does not say where it listens")?;
    let relay_key = words.nth(1).context("the relay does not say its key")?;
    let place = ["colloque-authority", "relay", "--data", "authority", "--name", RELAY_NAME];
    let place = [&place[..], &["--address", relay_address, "--key", relay_key]].concat();
    stage.done(Who::Operator, &place).await?;
    let serve = ["colloque-authority", "serve", "--data", "authority", "--listen", "127.0.0.1:0"];
    let listening = stage.serve(&serve, "authority.log").await?;
    let address = listening.rsplit(' ').next().context("the authority does not say where it listens")?;
    let processes: Vec<String> =
        stage.servers.iter().filter_map(|server| server.process()).map(|id| id.to_string()).collect();
    let processes = processes.join(", ");
    stage.narrator.checked((
        &format!("Two processes ({processes}) listen on loopback, TLS 1.3 only."),
        &format!("Deux processus ({processes}) écoutent en local, en TLS 1.3 seulement."),
    ))?;
    Ok(address.to_owned())
}

//! What every simulation starts from: people who are enrolled and have published KeyPackages, and their relay. Made once
//! for a process, because the keys cost more than a simulation, and copied for each seed.

use std::fs;
use std::path::Path;

use colloque_schemas::certificate::TrustAnchor;
use colloque_schemas::id::AccountId;
use colloque_schemas::role::Role;
use tempfile::TempDir;

use super::canaries::{self, SURNAME};
use crate::leak::Canaries;
use crate::world::World;

/// Names of the professionals, the ones that take part first first.
const PROFESSIONALS: [&str; 3] = ["Ana", "Noé", "Zoé"];
const PATIENTS: [&str; 2] = ["Paul", "Rose"];

/// A database that is closed, and what belongs to it.
pub(super) type Files = Vec<(String, Vec<u8>)>;

/// One enrolled device.
pub(super) struct Profile {
    pub(super) name: &'static str,
    pub(super) role: Role,
    pub(super) account: AccountId,
    pub(super) key: [u8; 32],
    pub(super) files: Files,
}

/// A tenant at rest. It is the same in every process but for what cryptography draws.
pub struct Template {
    pub(super) anchor: TrustAnchor,
    pub(super) relay: Files,
    /// Professionals first.
    pub(super) profiles: Vec<Profile>,
    /// What the relay must not have.
    pub(super) canaries: Canaries,
}

impl Template {
    /// Enrols everyone.
    pub async fn new() -> Self {
        let mut world = World::seeded(1).await;
        let mut people = Vec::new();
        for name in PROFESSIONALS {
            people.push((
                name,
                Role::Professional,
                world.professional(&format!("Dr {name} {SURNAME}")).await,
            ));
        }
        for name in PATIENTS {
            let mut patient = world.patient().await;
            // What doctors call a patient stays on their devices.
            for (_, _, doctor) in people.iter_mut().filter(|(_, role, _)| *role == Role::Professional) {
                let petname = format!("{name} {SURNAME}");
                doctor.client().name_contact(patient.account(), &petname).expect("a petname");
            }
            people.push((name, Role::Patient, patient));
        }
        let mut canaries = canaries::of_everyone();
        let mut profiles = Vec::new();
        for (name, role, mut person) in people {
            let account = person.account();
            canaries::plant(&mut canaries, &mut person);
            profiles.push(Profile { name, role, account, key: person.key, files: read(&person.folder()) });
        }
        world.relay.stop().await;
        let relay = read(&world.relay_folder());
        Self { anchor: world.anchor.clone(), relay, profiles, canaries }
    }
}

/// A folder that is no burden to any disk, where there is one.
pub(super) fn in_memory() -> TempDir {
    let shared = Path::new("/dev/shm");
    let folder = if shared.is_dir() { TempDir::new_in(shared) } else { TempDir::new() };
    folder.expect("a temporary folder")
}

/// The files of a folder, the write-ahead log of a database before the database: what a checkpoint moves from one to the
/// other meanwhile is then in one of them at least.
pub(super) fn read(folder: &Path) -> Files {
    let names = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut names: Vec<_> = names.filter(|path| path.is_file()).collect();
    names.sort();
    names.reverse();
    let is_kept = |name: &str| !name.ends_with("lock") && !name.ends_with("-shm");
    let named = names
        .iter()
        .map(|path| (path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned(), path));
    let read = |path: &Path| fs::read(path).expect("a file that can be read");
    named.filter(|(name, _)| is_kept(name)).map(|(name, path)| (name, read(path))).collect()
}

/// Puts files into a new folder, for their owner only.
pub(super) fn write(folder: &Path, files: &Files) {
    fs::create_dir(folder).expect("a new folder");
    for (name, content) in files {
        let path = folder.join(name);
        fs::write(&path, content).expect("a file that can be written");
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(path, private).expect("a file of one's own");
    }
}

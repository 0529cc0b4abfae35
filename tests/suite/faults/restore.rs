//! A relay whose database was restored from a backup: it has gone back in time, and devices give back what it lost.

use colloque_tests::fuse::copy_folder;
use colloque_tests::tenant::{Person, Tenant};

use super::{clinic, texts};

const LOST: [&str; 4] = ["lost 1", "lost 2", "lost 3", "lost 4"];

/// What a conversation shows to somebody now, in order.
fn texts_of(person: &Person<'_>, thread: &str) -> Vec<String> {
    person.does(&["sync"]);
    texts(person, thread)
}

fn opened(person: &Person<'_>, patient: &str, text: &str) -> String {
    let opened = person.json(&["open", "--patient", patient, text]);
    opened["thread"].as_str().expect("a thread").to_owned()
}

/// Copies the relay's folder while it stands still.
fn back_up(tenant: &mut Tenant) {
    tenant.stop_relay();
    let folder = tenant.programs.folder().to_owned();
    copy_folder(&folder.join("relay"), &folder.join("backup"));
    tenant.start_relay();
}

/// Puts the copy back, and says so.
fn restore(tenant: &mut Tenant) {
    tenant.stop_relay();
    let folder = tenant.programs.folder().to_owned();
    std::fs::remove_dir_all(folder.join("relay")).expect("the relay's folder goes");
    copy_folder(&folder.join("backup"), &folder.join("relay"));
    let restored = ["restored", "--data", "relay", "--settle-seconds", "0"];
    tenant.programs.run("colloque-relay", &restored).done();
    tenant.start_relay();
}

/// Everything that happens after the backup: messages of both, a colleague who is added, another conversation, terms that
/// change. All of it is acknowledged and read.
fn after_the_backup(tenant: &Tenant, first: &str) -> String {
    let [ana, basile, bea] = ["ana", "basile", "bea"].map(|name| tenant.person(name, "en"));
    ana.does(&["send", first, LOST[0]]);
    basile.does(&["send", first, LOST[1]]);
    ana.does(&["add", first, &bea.account()]);
    bea.does(&["sync"]);
    ana.does(&["send", first, LOST[2]]);
    let second = opened(&ana, &basile.account(), "second 0");
    basile.does(&["sync"]);
    basile.does(&["send", &second, "second 1"]);
    ana.does(&["mode", first, "no-reply"]);
    ana.does(&["send", first, LOST[3]]);
    for person in [&ana, &basile, &bea] {
        person.does(&["sync"]);
    }
    second
}

#[test]
fn f19_what_a_restored_relay_lost_comes_back_from_the_devices_whoever_comes_first() {
    for order in [["ana", "basile", "bea"], ["basile", "bea", "ana"], ["bea", "ana", "basile"]] {
        let mut tenant = clinic();
        tenant.invite(
            "bea.txt",
            &[
                "--role",
                "professional",
                "--name",
                "Dr Bea Lund",
                "--profession",
                "Infirmière",
                "--rpps",
                "10000000025",
            ],
        );
        tenant.person("bea", "en").does(&["enrol", "--file", "bea.txt"]);
        let threads = tenant.person("ana", "en").json(&["threads"]);
        let first = threads[0]["thread"].as_str().expect("a thread").to_owned();
        back_up(&mut tenant);
        let second = after_the_backup(&tenant, &first);
        restore(&mut tenant);

        // Twice: who comes before its colleagues gave back what it lacks goes on after them.
        for name in order.iter().chain(&order) {
            tenant.person(name, "en").does(&["sync"]);
        }
        let [ana, basile, bea] = ["ana", "basile", "bea"].map(|name| tenant.person(name, "en"));
        ana.does(&["send", &first, "after 1"]);
        bea.does(&["send", &first, "after 2"]);
        basile.does(&["send", &second, "second 2"]);
        let refused = basile.says(&["send", &first, "not now"]);
        assert_ne!(refused.code, Some(0), "the mode that was lost is in force: {refused:?}");
        let whole = [&["text 0"], &LOST[..], &["after 1", "after 2"]].concat();
        assert_eq!(texts_of(&ana, &first), whole, "{order:?}");
        assert_eq!(texts_of(&basile, &first), whole, "{order:?}");
        assert_eq!(texts_of(&bea, &first), whole[3..], "{order:?}");
        for person in [&ana, &basile] {
            assert_eq!(texts_of(person, &second), ["second 0", "second 1", "second 2"], "{order:?}");
        }
        // KeyPackages that were used are not handed out again.
        let third = opened(&ana, &basile.account(), "third 0");
        assert_eq!(texts_of(&basile, &third), ["third 0"], "{order:?}");
    }
}

//! A second device of a person: added from both ends, used beside the first, and taken out again.

use colloque_tests::programs::Running;
use serde_json::{Value, json};

use super::{Person, Tenant};

/// A tenant with a professional and a patient who have a conversation.
fn conversation() -> Tenant {
    let tenant = Tenant::new();
    tenant.invite_professional("ana.txt");
    tenant.invite_patient("basile.txt");
    let [ana, basile] = ["ana", "basile"].map(|name| tenant.person(name, "en"));
    ana.does(&["enrol", "--file", "ana.txt"]);
    basile.does(&["enrol", "--file", "basile.txt"]);
    ana.does(&["patients", "name", &basile.account(), "Basile"]);
    ana.does(&["open", "--patient", "Basile", "before the second device"]);
    basile.does(&["sync"]);
    tenant
}

fn parsed(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

/// A new device that shows its offer, and the offer.
fn offering(new: Person<'_>) -> (Running, String) {
    let running = new.starts(&["device", "offer", "--relay", new.tenant.relay_address(), "--json"]);
    let offer = parsed(&running.line())["offer"].as_str().unwrap().to_owned();
    (running, offer)
}

/// Adds a device by the commands of both, as a program would. What the main one said at last.
pub(crate) fn link(main: Person<'_>, new: Person<'_>, name: &str) -> Value {
    let (offering, offer) = offering(new);
    let mut linking = main.starts(&["device", "link", &offer, "--name", name, "--json"]);
    assert_eq!(parsed(&linking.line()), json!({ "state": "compare" }));
    let code = parsed(&offering.line())["code"].as_str().unwrap().to_owned();
    linking.enters(&code);
    let own = parsed(&offering.line());
    assert_eq!(own["main"], false, "{own}");
    let linked = parsed(&linking.line());
    for running in [offering, linking] {
        let (code, log) = running.ends();
        assert_eq!(code, Some(0), "{log}");
    }
    linked
}

fn texts(person: Person<'_>) -> Vec<String> {
    let read = person.json(&["read", "1"]);
    let texts = read["entries"].as_array().unwrap().iter().filter_map(|entry| entry["text"].as_str());
    texts.map(str::to_owned).collect()
}

#[test]
fn a_second_device_is_added_from_both_ends_and_reads_and_writes_beside_the_first() {
    let tenant = conversation();
    let [ana, basile, tablet] = ["ana", "basile", "tablet"].map(|name| tenant.person(name, "en"));
    let linked = link(basile, tablet, "Tablet");
    assert_eq!(linked["is_everywhere"], true, "{linked}");
    tablet.does(&["sync"]);
    ana.does(&["send", "1", "to both"]);
    assert_eq!(texts(tablet), ["to both"], "what was written before is on the other device");
    assert_eq!(texts(basile), ["before the second device", "to both"]);
    tablet.does(&["send", "1", "from the second"]);
    basile.does(&["send", "1", "from the first"]);
    assert_eq!(texts(ana)[2..], ["from the second", "from the first"]);
    assert_eq!(texts(tablet)[1..], ["from the second", "from the first"]);

    let read = ana.does(&["read", "1"]);
    assert!(read.contains("One more device, added by its owner: Basile"), "{read}");
    assert!(basile.does(&["read", "1"]).contains("You added one more of your devices."));
    assert!(tablet.does(&["read", "1"]).contains("This device was added here, as one of yours."));
    assert!(basile.does(&["whoami"]).contains("your main one"));
    assert!(tablet.does(&["whoami"]).contains("linked to your main one"));
    let list = basile.json(&["device", "list"]);
    assert_eq!((&list[0]["this"], &list[0]["main"]), (&json!(true), &json!(true)), "{list}");
    assert_eq!((&list[1]["name"], &list[1]["main"]), (&json!("Tablet"), &json!(false)), "{list}");
    assert_eq!((&list[1]["device"], &list[1]["threads"]), (&linked["device"], &json!(1)), "{list}");
    assert!(basile.does(&["device", "list"]).contains("Tablet · added on"));
    assert_eq!(tablet.json(&["device", "list"])[1]["main"], json!(null), "it cannot tell");
    assert_eq!(ana.json(&["members", "1"]).as_array().unwrap().len(), 3);
}

#[test]
fn a_person_who_types_is_told_at_each_step_what_to_do_in_french() {
    let tenant = conversation();
    let (ana, desk) = (tenant.person("ana", "fr"), tenant.person("cabinet", "fr"));
    let offering = desk.starts(&["device", "offer", "--relay", tenant.relay_address()]);
    let offer = offering.line();
    assert!(offer.starts_with("COLLOQUE-LINK1."), "{offer}");
    offering.logs("Sur votre appareil principal");
    tenant.programs.write("offer.txt", offer.as_bytes());
    let mut linking = ana.starts(&["device", "link", "--file", "offer.txt"]);
    linking.logs("Continuez seulement si vous avez le nouvel appareil en main");
    let code = offering.line();
    assert_eq!(code.replace(' ', "").len(), 6, "{code}");
    linking.enters(&code);
    let done = offering.line_with("C’est fait : cet appareil est maintenant l’un des vôtres.");
    assert!(done.contains("Gardez bien la phrase secrète"), "{done}");
    linking.line_with("participe à toutes vos conversations");
    assert_eq!((offering.ends().0, linking.ends().0), (Some(0), Some(0)));
    let list = desk.does(&["device", "list"]);
    assert!(list.contains("cet appareil, associé à votre appareil principal"), "{list}");
}

#[test]
fn a_wrong_code_is_named_and_nothing_is_half_done_on_either_device() {
    let tenant = conversation();
    let (basile, tablet) = (tenant.person("basile", "en"), tenant.person("tablet", "en"));
    let fails = |answer: &dyn Fn(&str) -> String, exit, reason: &str| {
        let (offering, offer) = offering(tablet);
        let mut linking = basile.starts(&["device", "link", &offer]);
        let shown = parsed(&offering.line())["code"].as_str().unwrap().to_owned();
        linking.enters(&answer(&shown));
        let (code, log) = linking.ends();
        assert!(code == Some(exit) && log.contains(reason) && log.contains("nothing was added"), "{log}");
        // Told, and not only because ten minutes are over.
        offering.logs("(link-over)");
        assert_eq!(offering.ends().0, Some(3));
        assert!(!tenant.programs.folder().join("tablet").exists(), "no profile");
    };
    let another = |shown: &str| {
        let other = if shown.starts_with('1') { '2' } else { '1' };
        format!("{other}{}", &shown[1..])
    };
    fails(&another, 3, "(link-code-differs)");
    fails(&|_| "what digits?".to_owned(), 2, "(not-a-code)");
    assert_eq!(basile.json(&["device", "list"]).as_array().unwrap().len(), 1);
    assert_eq!(basile.json(&["members", "1"]).as_array().unwrap().len(), 2);
    link(basile, tablet, "Tablet");
}

#[test]
fn a_device_that_was_removed_says_so_in_plain_words_and_reads_nothing_new() {
    let tenant = conversation();
    let [ana, basile, tablet] = ["ana", "basile", "tablet"].map(|name| tenant.person(name, "en"));
    link(basile, tablet, "Tablet");
    tablet.does(&["sync"]);
    ana.does(&["send", "1", "while both are there"]);
    tablet.does(&["read", "1"]);
    tablet.says(&["device", "unlink", "abcdef"]).failed(2, "(unknown-device)");
    let main = basile.json(&["whoami"])["device"].as_str().unwrap().to_owned();
    tablet.says(&["device", "unlink", &main]).failed(3, "(not-primary)");
    basile.says(&["device", "unlink", &main]).failed(2, "(unknown-device)");
    let removed = basile.does(&["device", "unlink", "tablet"]);
    assert!(removed.contains("Removed: Tablet. It receives nothing new"), "{removed}");
    ana.does(&["send", "1", "after it"]);
    for arguments in [&["sync"][..], &["read", "1"], &["send", "1", "still here?"]] {
        let said = tablet.says(arguments);
        assert_eq!((said.code, said.errors.contains("(R25)")), (Some(3), true), "{said:?}");
        assert!(said.errors.contains("This device was removed from your account"), "{said:?}");
    }
    let read = tablet.does(&["read", "1", "--offline"]);
    assert!(read.contains("while both are there") && !read.contains("after it"), "{read}");
    assert_eq!(basile.json(&["device", "list"]).as_array().unwrap().len(), 1);
    assert!(basile.does(&["read", "1"]).contains("You took one of your devices out."));
    assert!(ana.does(&["read", "1"]).contains("One device less, taken out by its owner: Basile"));
}

#[test]
fn what_stands_against_adding_a_device_is_said_before_anybody_types_anything() {
    let tenant = conversation();
    let [basile, tablet] = ["basile", "tablet"].map(|name| tenant.person(name, "en"));
    basile.says(&["device", "link", "COLLOQUE-LINK1.half"]).failed(2, "(not-an-offer)");
    basile.says(&["device", "link", "--picture", "basile.txt"]).failed(2, "(picture-without-code)");
    let relay = tenant.relay_address();
    basile.says(&["device", "offer", "--relay", relay]).failed(1, "(profile-exists)");
    tablet.says(&["device", "offer", "--relay", ""]).failed(2, "(relay-address)");
    tablet.says(&["device", "offer", "--relay", relay, "--offline"]).failed(4, "(unreachable)");
    let said = tablet.says(&["device", "offer", "--relay", "127.0.0.1:1"]);
    assert!(said.code == Some(4) && said.errors.contains("(unreachable)"), "{said:?}");
    link(basile, tablet, "Tablet");
    let (offering, offer) = offering(tenant.person("third", "en"));
    tablet.says(&["device", "link", &offer]).failed(3, "(not-primary)");
    basile.says(&["device", "link", &offer, "--offline"]).failed(4, "(unreachable)");
    let elsewhere = tenant.person("elsewhere", "en");
    let misled =
        elsewhere.starts(&["device", "offer", "--relay", &relay.replace("127.0.0.1", "localhost"), "--json"]);
    let other = parsed(&misled.line())["offer"].as_str().unwrap().to_owned();
    basile.says(&["device", "link", &other]).failed(3, "(link-other-relay)");
    // Who gives up tells the other side.
    assert_eq!(offering.end_by("INT"), Some(3));
    basile.says(&["device", "link", &offer]).failed(3, "(link-over)");
}

#[test]
fn a_new_device_is_given_the_conversations_of_before_and_later_becomes_the_main_one() {
    let tenant = conversation();
    let [ana, basile, tablet] = ["ana", "basile", "tablet"].map(|name| tenant.person(name, "en"));
    basile.does(&["send", "1", "an answer of before"]);
    link(basile, tablet, "Tablet");
    tablet.does(&["sync"]);
    assert_eq!(texts(tablet), [""; 0]);
    basile.says(&["device", "give", "Tablet", "--since", "yesterday"]).failed(2, "(day)");
    basile.says(&["device", "give", "Phone"]).failed(2, "(unknown-device)");
    basile.says(&["device", "stop", "1234"]).failed(2, "(unknown-history)");

    let given = basile.json(&["device", "give", "Tablet", "--thread", "1"]);
    assert_eq!((&given[0]["state"], &given[0]["done"]), (&json!("done"), &json!(2)), "{given}");
    tablet.does(&["sync"]);
    assert_eq!(texts(tablet), ["before the second device", "an answer of before"]);
    let read = tablet.does(&["read", "1"]);
    assert_eq!(read.matches("received from your other device").count(), 2, "{read}");
    let (own, entries) = (basile.account(), tablet.json(&["read", "1"]));
    assert_eq!(entries["entries"][0]["given_by"], json!(own), "{entries}");
    let list = tablet.does(&["device", "history"]);
    assert!(list.contains("1 conversation · 2 messages received"), "{list}");
    let list = basile.does(&["device", "history"]);
    assert!(
        list.contains("for device Tablet · 1 conversation · 2 messages are at the relay, encrypted"),
        "{list}"
    );

    tablet.says(&["device", "main", "Tablet"]).failed(2, "(unknown-device)");
    let said = basile.says(&["device", "main", "Tablet"]);
    assert!(said.code == Some(4) && said.output.contains("Tablet becomes your main device"), "{said:?}");
    basile.says(&["device", "unlink", "12345678"]).failed(2, "(unknown-device)");
    tablet.does(&["sync"]);
    basile.does(&["sync"]);
    assert!(tablet.does(&["whoami"]).contains("your main one"));
    assert!(basile.does(&["whoami"]).contains("linked to your main one"));
    let (own, _) = (basile.json(&["device", "list"]), ana.does(&["send", "1", "to both"]));
    tablet.does(&["device", "unlink", own[0]["device"].as_str().unwrap()]);
    assert_eq!(texts(tablet).last().unwrap(), "to both");
    basile.says(&["sync"]).failed(3, "(R25)");
}

//! The care team: who is added to a thread after its opening, and taken out of it, by professionals behind an honest
//! relay.

use colloque_client_core::{Departure, EntryKind, Event, Standing};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::frame::{Response, ServerFrame};
use colloque_schemas::id::{Seq, ThreadId};
use colloque_tests::{Person, World};

/// A doctor and a patient in a thread, and a colleague who is not in it.
struct Team {
    world: World,
    doctor: Person,
    colleague: Person,
    patient: Person,
    thread: ThreadId,
}

impl Team {
    async fn new() -> Self {
        let mut world = World::new().await;
        let mut doctor = world.professional("Dr Ana Verne").await;
        let colleague = world.professional("Dr Zoé Noir").await;
        let mut patient = world.patient().await;
        let thread = world.open(&mut doctor, &mut patient, "Bonjour").await;
        Self { world, doctor, colleague, patient, thread }
    }

    /// As [`Self::new`], with the colleague in it.
    async fn of_three() -> Self {
        let mut team = Box::pin(Self::new()).await;
        team.add_colleague();
        team.settle().await;
        team
    }

    fn add_colleague(&mut self) {
        let (account, now) = (self.colleague.account(), self.world.clock.read());
        self.doctor.client().add_member(self.thread, account, now).unwrap();
    }

    async fn settle(&mut self) {
        let Self { world, doctor, colleague, patient, .. } = self;
        let everyone = [doctor, colleague, patient];
        let mut connected: Vec<&mut Person> =
            everyone.into_iter().filter(|person| person.wire.is_some()).collect();
        world.settle(&mut connected).await;
    }

    fn everyone(&mut self) -> [&mut Person; 3] {
        [&mut self.doctor, &mut self.colleague, &mut self.patient]
    }

    fn says(&mut self, text: &str) {
        let now = self.world.clock.read();
        self.doctor.client().send(self.thread, text, now).unwrap();
    }

    /// All three have the same log, roster and mode, and refused nothing.
    fn assert_agrees(&mut self) {
        let thread = self.thread;
        let views = self.everyone().map(|person| {
            let client = person.client();
            let roster = client.participants(thread).unwrap();
            let roster: Vec<_> = roster.iter().map(|member| (member.account, member.device)).collect();
            assert_eq!(client.thread(thread).unwrap().standing, Standing::Member);
            assert!(client.is_settled().unwrap());
            let view = (client.log_head(thread).unwrap(), client.thread(thread).unwrap().mode, roster);
            assert_eq!(person.refused(thread), Vec::<String>::new());
            view
        });
        assert!(views.iter().all(|view| *view == views[0]), "{views:?}");
    }
}

/// A device whose clock is behind the relay's sets a deadline that has passed there.
#[tokio::test]
async fn access_that_was_taken_away_is_gone_although_the_relay_takes_no_deadline_that_has_passed() {
    let mut world = World::new().await;
    let mut doctor = world.professional("Dr Ana Verne").await;
    let mut colleague = world.professional("Dr Zoé Noir").await;
    let mut patient = world.patient().await;
    let thread = world.open(&mut doctor, &mut patient, "Bonjour").await;
    let (account, behind) = (colleague.account(), world.clock.read());
    doctor.client().add_member(thread, account, behind).unwrap();
    world.settle(&mut [&mut doctor, &mut colleague, &mut patient]).await;
    colleague.wire = None;
    colleague.client().connection_closed();
    world.clock.advance(7200);
    doctor.client().set_mode(thread, AnswerMode::Until(behind.plus(3600)), behind).unwrap();
    doctor.client().remove_member(thread, account, behind).unwrap();
    for _ in 0..50 {
        doctor.step(behind).await;
        world.relay.prune().await;
    }
    assert!(doctor.client().is_settled().unwrap(), "the relay has the terms");
    world.connect(&mut colleague);
    world.settle(&mut [&mut colleague, &mut patient]).await;
    assert!(colleague.told.contains(&Event::AccessLost(thread)), "{:?}", colleague.told);
    // No-reply is what a deadline comes to that has passed.
    let now = world.clock.read();
    assert_eq!(patient.client().send(thread, "Trop tard", now).unwrap_err().id(), "R05");
}

#[tokio::test]
async fn a_colleague_who_is_added_sees_what_follows_and_everyone_sees_the_colleague() {
    let mut team = Box::pin(Team::new()).await;
    let (thread, account, now) = (team.thread, team.colleague.account(), team.world.clock.read());
    team.patient.client().send(thread, "Ancien", now).unwrap();
    team.settle().await;
    team.add_colleague();
    team.settle().await;
    team.assert_agrees();
    let doctor = team.doctor.account();
    for person in [&mut team.doctor, &mut team.patient] {
        let entries = person.client().entries(thread).unwrap();
        let is_added = |kind: &EntryKind| matches!(kind, EntryKind::Added { by, account: of } if (*by, *of) == (doctor, account));
        assert!(entries.iter().any(|entry| is_added(&entry.kind)));
        assert!(person.told.iter().any(|event| matches!(event, Event::RosterChanged { .. })));
    }
    assert!(team.colleague.told.contains(&Event::ThreadJoined(thread)));
    let shown = team.colleague.client().entries(thread).unwrap();
    assert!(
        matches!(shown[..], [ref entry] if matches!(entry.kind, EntryKind::Joined { by } if by == doctor))
    );
    team.says("Nouveau");
    team.settle().await;
    let answer = "Je prends le relais";
    team.colleague.client().send(thread, answer, now).unwrap();
    team.settle().await;
    team.patient.client().send(thread, "Merci", now).unwrap();
    team.settle().await;
    team.assert_agrees();
    assert_eq!(team.colleague.texts(thread), ["Nouveau", answer, "Merci"]);
    assert_eq!(team.patient.texts(thread), ["Bonjour", "Ancien", "Nouveau", answer, "Merci"]);
    let gaps = team.colleague.client().entries(thread).unwrap();
    assert!(!gaps.iter().any(|entry| matches!(entry.kind, EntryKind::Gap { .. })), "nothing is missing");
}

#[tokio::test]
async fn a_newcomer_is_unconfirmed_until_another_than_its_adder_has_spoken() {
    let mut team = Box::pin(Team::new()).await;
    let thread = team.thread;
    team.patient.wire = None;
    team.patient.client().connection_closed();
    team.add_colleague();
    team.settle().await;
    team.says("Bienvenue");
    team.settle().await;
    assert_eq!(team.colleague.texts(thread), ["Bienvenue"]);
    assert!(!team.colleague.client().thread(thread).unwrap().is_confirmed);
    team.world.connect(&mut team.patient);
    team.settle().await;
    // A receipt is enough.
    assert!(team.colleague.client().thread(thread).unwrap().is_confirmed);
    assert!(
        team.patient.client().thread(thread).unwrap().is_confirmed,
        "who joined at the opening always is"
    );
}

#[tokio::test]
async fn what_was_written_before_a_colleague_joined_is_never_said_to_have_reached_that_colleague() {
    let mut team = Box::pin(Team::of_three()).await;
    let (thread, now) = (team.thread, team.world.clock.read());
    team.says("Nouveau");
    team.settle().await;
    team.colleague.client().mark_displayed(thread, Seq(u64::MAX), now).unwrap();
    team.settle().await;
    let account = team.colleague.account();
    let receipts = team.doctor.client().receipts(thread).unwrap();
    let receipt = receipts.iter().find(|receipt| receipt.account == account).unwrap();
    let entries = team.doctor.client().entries(thread).unwrap();
    let places: Vec<Seq> = entries
        .iter()
        .filter(|entry| matches!(entry.kind, EntryKind::Message(_)))
        .map(|entry| entry.seq.unwrap())
        .collect();
    assert_eq!(places.len(), 2);
    assert!(!receipt.has_delivered(places[0]) && !receipt.has_displayed(places[0]));
    assert!(receipt.has_delivered(places[1]) && receipt.has_displayed(places[1]));
}

#[tokio::test]
async fn what_a_newcomer_may_not_know_by_reading_it_knows_all_the_same() {
    let mut team = Box::pin(Team::new()).await;
    let (thread, now) = (team.thread, team.world.clock.read());
    team.doctor.client().set_mode(thread, AnswerMode::OneReply, now).unwrap();
    team.settle().await;
    team.patient.client().send(thread, "Ma réponse", now).unwrap();
    team.settle().await;
    team.patient.client().depart(thread, Departure::Leave, now).unwrap();
    team.settle().await;
    team.add_colleague();
    team.settle().await;
    // That the patient left, the colleague was told; and the patient is of the charter.
    let account = team.patient.account();
    team.colleague.client().add_member(thread, account, now).unwrap();
    team.settle().await;
    team.assert_agrees();
    // It has joined anew: it may write again, and has used up its reply.
    assert_eq!(team.patient.client().send(thread, "Encore", now).unwrap_err().id(), "R04");
    team.doctor.client().set_mode(thread, AnswerMode::Open, now).unwrap();
    team.settle().await;
    team.patient.client().send(thread, "Me revoilà", now).unwrap();
    team.settle().await;
    team.assert_agrees();
    assert_eq!(team.colleague.texts(thread), ["Me revoilà"]);
    let refused = team.colleague.client().remove_member(thread, account, now).unwrap_err();
    assert_eq!(refused.id(), "R14", "whoever is added again has not left");
}

#[tokio::test]
async fn who_is_taken_out_hears_no_more_and_may_be_added_again() {
    let mut team = Box::pin(Team::of_three()).await;
    let (thread, account, now) = (team.thread, team.colleague.account(), team.world.clock.read());
    for is_connected in [true, false] {
        if !is_connected {
            team.colleague.wire = None;
            team.colleague.client().connection_closed();
        }
        team.doctor.client().remove_member(thread, account, now).unwrap();
        team.settle().await;
        team.says("Sans vous");
        team.settle().await;
        if !is_connected {
            team.world.connect(&mut team.colleague);
            team.settle().await;
        }
        let standing = team.colleague.client().thread(thread).unwrap().standing;
        assert_eq!(standing, if is_connected { Standing::Departed } else { Standing::AccessLost });
        assert_eq!(team.colleague.client().send(thread, "?", now).unwrap_err().id(), "thread-inactive");
        assert!(!team.colleague.texts(thread).contains(&"Sans vous".to_owned()));
        assert_eq!(team.patient.client().participants(thread).unwrap().len(), 2);
        team.add_colleague();
        team.settle().await;
        team.says("De nouveau là");
        team.settle().await;
        team.assert_agrees();
        assert_eq!(team.colleague.texts(thread).last().map(String::as_str), Some("De nouveau là"));
    }
}

#[tokio::test]
async fn who_is_added_taken_out_and_added_again_while_away_joins_and_reads_as_one_who_was_there() {
    let mut team = Box::pin(Team::new()).await;
    let (thread, account, now) = (team.thread, team.colleague.account(), team.world.clock.read());
    team.colleague.wire = None;
    team.colleague.client().connection_closed();
    team.add_colleague();
    team.settle().await;
    team.doctor.client().remove_member(thread, account, now).unwrap();
    team.settle().await;
    team.add_colleague();
    team.says("Bienvenue");
    team.settle().await;
    team.world.connect(&mut team.colleague);
    team.settle().await;
    team.assert_agrees();
    assert_eq!(team.colleague.texts(thread), ["Bienvenue"]);
    assert_eq!(team.colleague.errors, Vec::<String>::new());
}

#[tokio::test]
async fn a_welcome_that_another_page_tells_again_is_followed_once_and_without_a_word() {
    let mut team = Box::pin(Team::new()).await;
    team.colleague.wire = None;
    team.colleague.client().connection_closed();
    team.add_colleague();
    team.settle().await;
    team.world.connect(&mut team.colleague);
    // As when two pages were asked for before the first came.
    let mut first = None;
    team.colleague.wire.as_mut().unwrap().tamper(move |mut frame| {
        if let ServerFrame::Reply { response: Response::Page(page), .. } = &mut frame {
            match &first {
                None => first = page.inbox.first().cloned(),
                Some(item) => page.inbox = vec![item.clone(), item.clone()],
            }
        }
        vec![frame]
    });
    team.settle().await;
    team.assert_agrees();
    let joined = team.colleague.told.iter().filter(|event| matches!(event, Event::ThreadJoined(_)));
    assert_eq!(joined.count(), 1);
    assert!(!team.colleague.told.iter().any(|event| matches!(event, Event::WelcomeRefused { .. })));
}

#[tokio::test]
async fn two_professionals_who_change_a_team_at_once_converge() {
    let mut team = Box::pin(Team::of_three()).await;
    let (thread, now) = (team.thread, team.world.clock.read());
    let mut first = team.world.professional("Dr Léa Blanc").await;
    let mut second = team.world.professional("Dr Max Brun").await;
    for person in [&mut team.doctor, &mut team.colleague] {
        person.wire = None;
        person.client().connection_closed();
    }
    // Both add the same one, too.
    let (one, other) = (first.account(), second.account());
    for account in [one, other] {
        team.doctor.client().add_member(thread, account, now).unwrap();
    }
    team.colleague.client().add_member(thread, one, now).unwrap();
    team.colleague.client().set_mode(thread, AnswerMode::NoReply, now).unwrap();
    team.colleague.client().send(thread, "Une équipe", now).unwrap();
    team.world.connect(&mut team.doctor);
    team.world.connect(&mut team.colleague);
    let Team { world, doctor, colleague, patient, .. } = &mut team;
    world.settle(&mut [doctor, colleague, patient, &mut first, &mut second]).await;
    team.assert_agrees();
    let head = team.doctor.client().log_head(thread).unwrap();
    for newcomer in [&mut first, &mut second] {
        assert_eq!(newcomer.client().log_head(thread).unwrap(), head);
        assert_eq!(newcomer.client().participants(thread).unwrap().len(), 5);
        assert_eq!(newcomer.client().thread(thread).unwrap().mode, AnswerMode::NoReply);
    }
    let is_denial = |event: &Event| matches!(event, Event::SendDenied { .. } | Event::SendRefused { .. });
    assert!(!team.doctor.told.iter().chain(&team.colleague.told).any(is_denial));
}

#[tokio::test]
async fn a_colleague_is_added_once_whenever_the_device_that_adds_is_killed() {
    let mut team = Box::pin(Team::new()).await;
    let (thread, now) = (team.thread, team.world.clock.read());
    team.add_colleague();
    for _ in 0..12 {
        team.doctor.switch_off();
        team.doctor.switch_on();
        team.world.connect(&mut team.doctor);
        for _ in 0..4 {
            team.doctor.step(now).await;
            team.world.relay.prune().await;
        }
    }
    team.settle().await;
    team.assert_agrees();
    let entries = team.patient.client().entries(thread).unwrap();
    assert_eq!(entries.iter().filter(|entry| matches!(entry.kind, EntryKind::Added { .. })).count(), 1);
}

#[tokio::test]
async fn who_may_not_change_a_team_hears_so_at_once_or_when_it_shows() {
    let mut team = Box::pin(Team::of_three()).await;
    let (thread, now) = (team.thread, team.world.clock.read());
    let (doctor, patient) = (team.doctor.account(), team.patient.account());
    let mut stranger = team.world.patient().await;
    let client = team.patient.client();
    assert_eq!(client.add_member(thread, stranger.account(), now).unwrap_err().id(), "R02");
    assert_eq!(client.remove_member(thread, doctor, now).unwrap_err().id(), "R15");
    let client = team.doctor.client();
    assert_eq!(client.remove_member(thread, patient, now).unwrap_err().id(), "R14");
    // That somebody is a patient whom the charter does not name shows in the KeyPackages only.
    client.add_member(thread, stranger.account(), now).unwrap();
    client.send(thread, "La suite", now).unwrap();
    team.settle().await;
    assert!(team.doctor.told.contains(&Event::SendDenied { thread, rule: "R13" }));
    let nobody = colloque_schemas::id::AccountId::new([9; 16]);
    team.doctor.client().add_member(thread, nobody, now).unwrap();
    team.settle().await;
    let is_unknown = |event: &Event| matches!(event, Event::SendRefused { refusal, .. } if refusal.code.id() == "no-key-package");
    assert!(team.doctor.told.iter().any(is_unknown));
    // Taking out whom nobody knows, or adding who is there, is done already.
    let colleague = team.colleague.account();
    team.doctor.client().remove_member(thread, nobody, now).unwrap();
    team.doctor.client().add_member(thread, colleague, now).unwrap();
    team.settle().await;
    team.assert_agrees();
    assert_eq!(team.patient.texts(thread), ["Bonjour", "La suite"]);
    // Taking oneself out is leaving: a colleague does the rest.
    let own = team.colleague.account();
    team.colleague.client().remove_member(thread, own, now).unwrap();
    team.settle().await;
    assert_eq!(team.colleague.client().thread(thread).unwrap().standing, Standing::Departed);
    assert_eq!(team.doctor.client().participants(thread).unwrap().len(), 2);
}

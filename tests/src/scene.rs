//! A thread with honest devices and hostile members in it, behind a relay that colludes.

use colloque_client_core::{Event, Standing};
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::Holder;
use colloque_schemas::envelope::{EnvelopeKind, NewWelcome};
use colloque_schemas::id::{AccountId, DeviceKey, Seq, ThreadId};

use crate::cast::Person;
use crate::raw::thread_id;
use crate::rig::Rig;
use crate::rogue::{Rogue, key_packages};
use crate::world::{World, professional};

/// An honest doctor and an honest patient behind a malicious relay.
pub struct Scene {
    /// The tenant and its clock.
    pub world: World,
    /// The malicious relay.
    pub rig: Rig,
    /// An honest professional.
    pub doctor: Person,
    /// An honest patient.
    pub patient: Person,
    /// Their thread, once there is one.
    pub thread: ThreadId,
}

/// What an honest device knows of a thread, and what it shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct View {
    /// Whether it can take part.
    pub standing: Standing,
    /// The answer mode.
    pub mode: AnswerMode,
    /// The devices in it.
    pub roster: Vec<(AccountId, DeviceKey)>,
    /// The texts, in order.
    pub texts: Vec<String>,
}

impl Scene {
    /// The two, who have no thread yet.
    pub async fn new() -> Self {
        let mut world = World::new().await;
        let mut rig = Rig::new(world.clock.clone());
        let mut doctor = world.enrol(&professional("Dr Ana Verne"));
        let mut patient = world.enrol(&Holder::Patient);
        rig.connect(&mut doctor);
        rig.connect(&mut patient);
        let thread = thread_id(&mut world);
        Self { world, rig, doctor, patient, thread }
    }

    /// A thread that the doctor opened with the patient and a patient who checks nothing.
    pub async fn with_patient_rogue() -> (Self, Rogue) {
        let mut scene = Self::new().await;
        let rogue = scene.open_with_patient_rogue(AnswerMode::Open);
        (scene, rogue)
    }

    /// The doctor opens a thread with the patient and a patient who checks nothing, in this mode.
    pub fn open_with_patient_rogue(&mut self, mode: AnswerMode) -> Rogue {
        let mut rogue = Rogue::new(&mut self.world, &Holder::Patient);
        rogue.publish(&mut self.rig);
        let patients = [self.patient.account(), rogue.account()];
        let now = self.world.clock.read();
        self.thread = self.doctor.client().open_thread(&patients, mode, "Bonjour", now).expect("it may");
        self.settle();
        rogue.join(&self.rig);
        rogue
    }

    /// A thread that a professional who checks nothing opened, with the doctor, the patient, and a patient who checks
    /// nothing.
    pub async fn with_rogues() -> (Self, Rogue, Rogue) {
        Self::with_rogues_who_say(Some("Bonjour")).await
    }

    /// As [`Self::with_rogues`], with this first message.
    pub async fn with_rogues_who_say(first: Option<&str>) -> (Self, Rogue, Rogue) {
        let mut scene = Self::new().await;
        let mut opener = Rogue::new(&mut scene.world, &professional("Dr Paul Rouge"));
        let mut other = Rogue::new(&mut scene.world, &Holder::Patient);
        other.publish(&mut scene.rig);
        let patients = [scene.patient.account(), other.account()];
        let invited = [scene.doctor.account(), patients[0], patients[1]];
        let added = scene.claim(&invited);
        let opening = opener.opening(scene.thread, &patients, scene.world.clock.read());
        let charter = opener.charter(opening, AnswerMode::Open);
        opener.found(scene.thread, charter.to_bytes());
        opener.open(&mut scene.world, &mut scene.rig, added, first);
        scene.settle();
        opener.catch_up(&scene.rig);
        other.join(&scene.rig);
        (scene, opener, other)
    }

    /// One KeyPackage of each device of these accounts.
    pub fn claim(&mut self, accounts: &[AccountId]) -> Vec<openmls::prelude::KeyPackage> {
        accounts.iter().flat_map(|account| key_packages(&self.rig.claim(*account))).collect()
    }

    /// Carries frames until none is under way.
    pub fn settle(&mut self) {
        self.rig.settle(&mut [&mut self.doctor, &mut self.patient]);
    }

    /// Puts this at the end of the log, and lets everyone read it.
    pub fn post(&mut self, kind: EnvelopeKind, payload: Vec<u8>) -> Seq {
        let seq = self.rig.append(self.thread, kind, payload);
        self.settle();
        seq
    }

    /// Puts this into the inboxes of the two, and asserts that both refuse it for this reason, have no thread by it, and
    /// go on.
    pub fn assert_welcome_refused(&mut self, thread: ThreadId, welcome: &[u8], expected: &'static str) {
        let before = self.honest().map(|person| person.client().threads().expect("a store").len());
        let devices = self.honest().map(|person| person.client().own().device).to_vec();
        for person in self.honest() {
            person.told.clear();
        }
        self.rig.invite(thread, Seq(1), vec![NewWelcome { devices, payload: welcome.to_vec().into() }]);
        self.settle();
        for person in self.honest() {
            assert_eq!(person.told, [Event::WelcomeRefused { reason: expected }]);
        }
        assert_eq!(self.honest().map(|person| person.client().threads().expect("a store").len()), before);
        self.open();
        self.assert_goes_on();
    }

    /// The doctor opens a thread with the patient.
    pub fn open(&mut self) {
        let (patient, now) = (self.patient.account(), self.world.clock.read());
        let opened = self.doctor.client().open_thread(&[patient], AnswerMode::Open, "Bonjour", now);
        self.thread = opened.expect("a professional may");
        self.settle();
    }

    /// The two honest people.
    pub fn honest(&mut self) -> [&mut Person; 2] {
        [&mut self.doctor, &mut self.patient]
    }

    /// What the two know and show.
    pub fn views(&mut self) -> [View; 2] {
        let thread = self.thread;
        self.honest().map(|person| view(person, thread))
    }

    /// The texts that the doctor is shown.
    pub fn texts(&mut self) -> Vec<String> {
        self.doctor.texts(self.thread)
    }

    /// Posts this, and asserts that both refuse it for this reason, keep what they know, show nothing of it, and go on.
    pub fn assert_refused(&mut self, kind: EnvelopeKind, payload: Vec<u8>, expected: &str) {
        let before = self.views();
        let seq = self.post(kind, payload);
        let thread = self.thread;
        self.rig.refused.insert((thread, seq));
        for person in self.honest() {
            let told = person.told.iter().rev().find_map(|event| match event {
                Event::EnvelopeRefused { thread: of, seq: at, reason } if (*of, *at) == (thread, seq) => {
                    Some(*reason)
                }
                _ => None,
            });
            assert_eq!(told, Some(expected));
            assert_eq!(person.refused(thread).last().map(String::as_str), Some(expected));
        }
        assert_eq!(self.views(), before);
        self.assert_goes_on();
    }

    /// Posts this, and asserts that neither refuses it.
    pub fn assert_accepted(&mut self, kind: EnvelopeKind, payload: Vec<u8>) {
        let thread = self.thread;
        let before = self.honest().map(|person| person.refused(thread));
        self.post(kind, payload);
        assert_eq!(self.honest().map(|person| person.refused(thread)), before);
        self.assert_goes_on();
    }

    /// The two still talk, and have the same log and the same epoch.
    pub fn assert_goes_on(&mut self) {
        let (thread, now) = (self.thread, self.world.clock.read());
        let mode = self.doctor.client().thread(thread).expect("a thread").mode;
        if mode == AnswerMode::Closed {
            self.doctor.client().set_mode(thread, AnswerMode::Open, now).expect("it may");
            self.settle();
        }
        let text = format!("Message {}", self.texts().len());
        self.doctor.client().send(thread, &text, now).expect("a professional may");
        self.settle();
        if mode == AnswerMode::Closed {
            self.doctor.client().set_mode(thread, AnswerMode::Closed, now).expect("it may");
            self.settle();
        }
        for person in self.honest() {
            assert_eq!(person.texts(thread).last(), Some(&text));
            assert!(person.client().is_settled().expect("a store"));
        }
        let [doctor, patient] =
            self.honest().map(|person| person.client().log_head(thread).expect("a thread"));
        assert_eq!(doctor, patient);
    }
}

fn view(person: &mut Person, thread: ThreadId) -> View {
    let summary = person.client().thread(thread).expect("a thread");
    let roster = person.client().participants(thread).expect("a thread");
    View {
        standing: summary.standing,
        mode: summary.mode,
        roster: roster.iter().map(|member| (member.account, member.device)).collect(),
        texts: person.texts(thread),
    }
}

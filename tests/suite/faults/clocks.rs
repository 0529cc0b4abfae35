//! Clocks that are wrong, or jump.

use colloque_client_core::Standing;
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::id::ThreadId;
use colloque_schemas::time::SECONDS_PER_DAY;
use colloque_tests::{Person, World};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const YEARS: i64 = 10 * 365 * DAY;

struct Pair {
    world: World,
    doctor: Person,
    patient: Person,
    thread: ThreadId,
    said: Vec<String>,
}

impl Pair {
    async fn new() -> Self {
        let mut world = World::new().await;
        let mut doctor = world.professional("Dr Ana Verne").await;
        let mut patient = world.patient().await;
        let thread = world.open(&mut doctor, &mut patient, "0").await;
        Self { world, doctor, patient, thread, said: vec!["0".to_owned()] }
    }

    const fn one(&mut self, is_doctor: bool) -> &mut Person {
        if is_doctor { &mut self.doctor } else { &mut self.patient }
    }

    async fn settle(&mut self) {
        self.world.settle(&mut [&mut self.doctor, &mut self.patient]).await;
    }

    /// Connects those again whose connection has ended.
    fn reconnect(&mut self) {
        for person in [&mut self.doctor, &mut self.patient] {
            if person.wire.is_none() {
                self.world.connect(person);
            }
        }
    }

    /// Both write one message each, at what their clocks say.
    async fn speak(&mut self) {
        let now = self.world.clock.read();
        for person in [&mut self.doctor, &mut self.patient] {
            let text = self.said.len().to_string();
            let at = person.clock(now);
            person.client().send(self.thread, &text, at).expect("a message can be written whatever the time");
            self.said.push(text);
        }
        self.settle().await;
    }

    /// The professional changes the mode, at what its clock says, and back.
    async fn commit(&mut self) {
        for mode in [AnswerMode::NoReply, AnswerMode::Open] {
            let at = self.doctor.clock(self.world.clock.read());
            self.doctor
                .client()
                .set_mode(self.thread, mode, at)
                .expect("a mode can be set whatever the time");
            self.settle().await;
        }
    }

    /// That both show everything that was said, once, in one order, and refused nothing; and that the thread goes on.
    async fn holds(&mut self) {
        let (one, other) = (self.doctor.texts(self.thread), self.patient.texts(self.thread));
        assert_eq!(one, other);
        let (mut shown, mut said) = (one.clone(), self.said.clone());
        shown.sort();
        said.sort();
        assert_eq!(shown, said, "{one:?}");
        for person in [&mut self.doctor, &mut self.patient] {
            assert_eq!(person.refused(self.thread), Vec::<String>::new());
            let view = person.client().thread(self.thread).expect("it is known");
            assert_eq!(view.standing, Standing::Member);
        }
    }
}

#[tokio::test]
async fn f17_clocks_that_differ_by_an_hour_or_a_day_change_neither_order_nor_verdicts() {
    for ahead in [HOUR, -HOUR, DAY, -DAY] {
        for is_doctor in [true, false] {
            let mut pair = Pair::new().await;
            pair.one(is_doctor).ahead_seconds = ahead;
            pair.speak().await;
            pair.commit().await;
            pair.speak().await;
            pair.holds().await;
        }
    }
}

#[tokio::test]
async fn f17_a_clock_that_is_ten_years_off_loses_nothing_and_harms_nobody_once_it_is_right_again() {
    for ahead in [YEARS, -YEARS] {
        for is_doctor in [true, false] {
            let mut pair = Pair::new().await;
            pair.one(is_doctor).ahead_seconds = ahead;
            pair.speak().await;
            pair.commit().await;
            pair.one(is_doctor).wire = None;
            pair.reconnect();
            pair.settle().await;
            for person in [&mut pair.doctor, &mut pair.patient] {
                person.ahead_seconds = 0;
            }
            for _ in 0..3 {
                pair.reconnect();
                pair.settle().await;
                pair.world.clock.advance(SECONDS_PER_DAY);
            }
            pair.speak().await;
            pair.commit().await;
            pair.holds().await;
        }
    }
}

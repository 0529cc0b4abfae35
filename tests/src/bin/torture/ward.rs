//! The people, their thread, and what each of them was told.

use std::collections::BTreeMap;

use colloque_schemas::id::ThreadId;
use colloque_tests::Rng;
use colloque_tests::tenant::Tenant;
use rand_core::RngCore as _;

/// Names of the profiles. The first opens threads.
pub(crate) const PEOPLE: [&str; 3] = ["ana", "basile", "zoe"];

/// What is known of a text that somebody tried to write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Known {
    /// The command was killed before it said anything.
    Nothing,
    /// The command said that it is written: on the device, at least.
    Written,
    /// The command said that the relay has it.
    Acknowledged,
}

/// What is printed at the end.
#[derive(Default)]
pub(crate) struct Figures {
    pub(crate) cycles: u32,
    pub(crate) messages: u32,
    pub(crate) acknowledged: u32,
    pub(crate) client_kills: u32,
    pub(crate) relay_kills: u32,
    pub(crate) threads: u32,
    pub(crate) checks: u32,
}

/// Everything.
pub(crate) struct Ward {
    pub(crate) tenant: Tenant,
    pub(crate) rng: Rng,
    pub(crate) figures: Figures,
    /// The thread, as the programs and as the client core say it.
    pub(crate) thread: String,
    pub(crate) thread_id: ThreadId,
    /// Every text of the thread, by its author's number and its own.
    pub(crate) texts: BTreeMap<(usize, u32), Known>,
    /// Milliseconds that a command takes when nobody kills it, about.
    pub(crate) life_ms: u64,
    accounts: Vec<String>,
}

impl Ward {
    /// Servers that run, and people who are enrolled.
    pub(crate) fn new(seed: u64) -> Self {
        let tenant = Tenant::of(colloque_tests::programs::Programs::of_this());
        let rpps = ["--profession", "Médecin généraliste", "--rpps", "10000000009"];
        tenant
            .invite("ana.txt", &[&["--role", "professional", "--name", "Dr Ana Verne"], &rpps[..]].concat());
        tenant.invite("zoe.txt", &[&["--role", "professional", "--name", "Dr Zoé Noir"], &rpps[..]].concat());
        tenant.invite_patient("basile.txt");
        for name in PEOPLE {
            tenant.person(name, "en").does(&["enrol", "--file", &format!("{name}.txt")]);
        }
        let accounts = PEOPLE.map(|name| tenant.person(name, "en").account()).to_vec();
        let (thread, thread_id) = (String::new(), ThreadId::new([0; 16]));
        let (rng, figures, texts) = (Rng::from_number(seed), Figures::default(), BTreeMap::new());
        Self { tenant, rng, figures, thread, thread_id, texts, life_ms: 500, accounts }
    }

    /// Opens another thread with everybody in it, which nobody is killed at.
    pub(crate) fn begin_thread(&mut self) {
        let (ana, basile, zoe) = (self.tenant.person(PEOPLE[0], "en"), &self.accounts[1], &self.accounts[2]);
        let text = written(0, 0);
        let opened = ana.json(&["open", "--patient", basile, &text]);
        assert_eq!(opened["state"], "done");
        self.thread = opened["thread"].as_str().expect("a thread").to_owned();
        let id = data_encoding::HEXLOWER_PERMISSIVE.decode(self.thread.as_bytes()).expect("hexadecimal");
        self.thread_id = ThreadId::new(id.try_into().expect("16 bytes"));
        assert_eq!(ana.json(&["add", &self.thread, zoe])["state"], "done");
        for name in PEOPLE {
            self.tenant.person(name, "en").json(&["sync"]);
        }
        self.texts = BTreeMap::from([((0, 0), Known::Acknowledged)]);
        self.figures.threads += 1;
    }

    /// A number below this one.
    pub(crate) fn draw(&mut self, below: u64) -> u64 {
        self.rng.next_u64() % below
    }
}

/// The text of this author and number.
pub(crate) fn written(author: usize, number: u32) -> String {
    format!("{} {number}", PEOPLE[author])
}

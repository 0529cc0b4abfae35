//! Every page and state as people see it: both roles, both languages, both widths, light and dark, twice as large.
//!
//! Each goes through axe-core. `COLLOQUE_PICTURES=DIR` keeps a picture of each in a folder.

use std::path::PathBuf;

use colloque_tests::browser::{Browser, Browsers, Look};
use colloque_tests::http::Chosen;
use thirtyfour::By;

use super::browser::{DESK, PHONE, seat};
use super::pages::documents::photograph;
use super::team::clinic_with_colleague;
use super::{Clinic, first_thread};

/// A browser that is shown around.
struct Tour {
    browser: Browser,
    origin: String,
    profile: &'static str,
    look: Look,
    pictures: Option<PathBuf>,
    /// Everything that is not as it should be: all of it is told at the end.
    wrong: Vec<String>,
}

/// What `Clinic` has for the tour.
struct Scenery {
    open: String,
    closed: String,
    patient: String,
    passphrase: String,
    /// Of somebody who has not enrolled, and the thread that waits for that.
    invitation: String,
    waiting: String,
}

impl Tour {
    async fn begin(browsers: &Browsers, link: &str, profile: &'static str) -> Self {
        let browser = browsers.open(DESK).await;
        browser.goto(link).await;
        browser.element(".threads a, #invitation").await;
        let origin = link.split('/').take(3).collect::<Vec<_>>().join("/");
        let pictures = std::env::var_os("COLLOQUE_PICTURES").map(PathBuf::from);
        pictures.iter().for_each(|folder| std::fs::create_dir_all(folder).expect("a folder for pictures"));
        Self { browser, origin, profile, look: DESK, pictures, wrong: Vec::new() }
    }

    /// Puts on another look.
    async fn becomes(&mut self, look: Look) {
        self.look = look;
        self.browser.becomes(look).await;
        self.goes("/").await;
        let language = self.browser.evaluates("return document.documentElement.lang").await;
        if language != look.language {
            self.browser.click("form[action='/language'] button").await;
            self.browser.element(&format!("html[lang='{}']", look.language)).await;
        }
    }

    async fn goes(&self, path: &str) {
        self.browser.goto(&format!("{}{path}", self.origin)).await;
    }

    /// The page of this path.
    async fn visits(&mut self, path: &str, state: &str) {
        self.goes(path).await;
        self.sees(state).await;
    }

    /// What is before the eyes has nothing that axe finds, fits its window, and fits one of half the width, as when the
    /// owner looks at it twice as large (WCAG 2.2, 1.4.4).
    async fn sees(&mut self, state: &str) {
        self.looks_at(state).await;
        // Whatever can be opened, open: as somebody sees it who looks for something.
        let open = "const closed = [...document.querySelectorAll('details:not([open])')]; \
                    closed.forEach((one) => one.open = true); return closed.length > 0";
        if self.browser.evaluates(open).await == true {
            self.looks_at(&format!("{state}-opened")).await;
        }
    }

    async fn looks_at(&mut self, state: &str) {
        let Self { browser, profile, look, wrong, .. } = self;
        let name = format!("{profile}-{}-{}-{state}", look.width, look.language);
        browser.element("h1").await;
        wrong.extend(browser.axe().await.iter().map(|violation| format!("{name}: {violation}")));
        let is_wider = "return document.documentElement.scrollWidth > window.innerWidth";
        if browser.evaluates(is_wider).await != false {
            wrong.push(format!("{name} is wider than its window"));
        }
        if let Some(folder) = &self.pictures {
            browser.picture(&folder.join(format!("{name}.png"))).await;
        }
        if look.width == DESK.width {
            browser.measures(look.width / 2, 2).await;
            if browser.evaluates(is_wider).await != false {
                wrong.push(format!("{name} is wider than its window, twice as large"));
            }
            browser.measures(look.width, 1).await;
        }
    }

    async fn is_offline_and_locked(&mut self, clinic: &mut Clinic, scenery: &Scenery) {
        clinic.tenant.stop_relay();
        self.goes("/").await;
        self.browser.element(".offline").await;
        self.sees("offline").await;
        self.goes(&scenery.open).await;
        self.browser.types("#text", ".").await;
        self.browser.click("form.send .primary").await;
        // Of the page that follows: the patient is asked about an emergency once more, of which there still is a draft.
        self.browser.element(".message.own[id^='ew'], .flag").await;
        self.sees("thread-waiting").await;
        clinic.tenant.start_relay();
        self.browser.click("form[action='/lock'] button").await;
        self.browser.element("input[type=password]").await;
        self.sees("locked").await;
        self.browser.types("input[type=password]", "another one").await;
        self.browser.click("main form button").await;
        self.browser.element(".problem").await;
        self.sees("locked-wrong").await;
        self.browser.types("input[type=password]", &scenery.passphrase).await;
        self.browser.click("main form button").await;
        self.browser.element(".threads a").await;
    }

    /// A page that is not there is told on the console, by the browser itself.
    async fn ends(self) {
        let said = self.browser.end().await;
        assert!(self.wrong.is_empty(), "{:#?}", self.wrong);
        assert!(said.iter().all(|line| line.contains("404")), "{said:?}");
    }
}

/// Two threads, one of them closed, with documents and a colleague in the other, and a template.
fn scenery(clinic: &Clinic, colleague: &str) -> Scenery {
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let patient = clinic.patient_account.clone();
    let opens = |mode, text| {
        ana.visitor.does("/new", "/new", &[("patient", &patient), ("mode", mode), ("text", text)])
    };
    opens("open", "Your results are here: all is well. Please rest until Monday.");
    let closed = first_thread(&basile.sees("/", "/threads/"));
    basile.sees(&closed, "all is well");
    basile.visitor.does(&closed, &format!("{closed}/send"), &[("text", "Thank you very much, doctor.")]);
    ana.sees(&closed, "Thank you very much");
    ana.visitor.does(&closed, &format!("{closed}/mode"), &[("mode", "closed"), ("reason", "Get well soon.")]);
    basile.sees(&closed, "has closed this conversation");
    opens("open", "How is the cough?");
    let open = first_thread(&ana.sees("/", "How is the cough?"));
    assert_ne!(open, closed, "the one that is open comes first");
    basile.sees("/", "How is the cough?");
    basile.sees(&open, "How is the cough?");
    let photo = photograph();
    let enclosed = [
        Chosen { name: "throat.jpg", media_type: "image/jpeg", content: &photo },
        Chosen { name: "list <b>.txt", media_type: "text/plain", content: b"paracetamol" },
        Chosen { name: "film.bin", media_type: "application/octet-stream", content: &vec![7; 700_000] },
    ];
    let text = [("text", "Better, but I still cough at night.")];
    let sent = basile.visitor.encloses(&open, &format!("{open}/send"), &text, &enclosed);
    assert_eq!(sent.status, 303, "{}", sent.body);
    // Two of them come by themselves, one is to be asked for.
    ana.sees_times(&open, "· on this device", 2);
    ana.sees(&open, "at the relay, not on this device");
    ana.visitor.does(&open, &format!("{open}/add"), &[("account", colleague)]);
    ana.sees(&open, "Device added: Dr Zoé Noir");
    ana.visitor.does(&open, &format!("{open}/send"), &[("text", "Thank you for the picture.")]);
    basile.sees(&open, "for the picture");
    ana.sees(&open, "displayed to Basile Roux");
    let long = "A long story, told in full. ".repeat(400);
    basile.visitor.does(&open, &format!("{open}/send"), &[("text", &long)]);
    ana.sees(&open, "Read on: this message is long");
    let template = [("name", "Appointment"), ("text", "Please come on {day} at {time}.")];
    ana.visitor.does("/templates", "/templates", &template);
    let invited = ana.visitor.submit("/people", "/people/invite", &[("name", "Lou Petit")]);
    let invitation = invited.one("location").to_owned();
    let account = invitation.split('/').nth(2).unwrap();
    let fields = [("patient", account), ("mode", "open"), ("text", "Welcome. Please bring your results.")];
    let waiting = ana.visitor.submit("/new", "/new", &fields).one("location").to_owned();
    ana.sees(&waiting, "has not activated the mailbox yet");
    Scenery { open, closed, patient, passphrase: clinic.passphrase(), invitation, waiting }
}

async fn shows_the_professional(tour: &mut Tour, scenery: &Scenery) {
    let person = format!("/people/{}", scenery.patient);
    for (path, state) in [
        ("/", "inbox"),
        ("/new", "new"),
        ("/people", "people"),
        (&person, "person"),
        (&scenery.invitation, "invitation"),
        (scenery.invitation.trim_end_matches("/invitation"), "person-invited"),
        (&scenery.waiting, "thread-waits-for-patient"),
        ("/settings", "settings"),
        ("/devices", "devices"),
        ("/devices/add", "device-add"),
        ("/templates", "templates"),
        ("/nowhere", "nowhere"),
        (&scenery.open, "thread"),
        (&scenery.closed, "thread-closed"),
        ("/search", "search"),
    ] {
        tour.visits(path, state).await;
    }
    tour.browser.types("#query", "cough").await;
    tour.browser.click("main form button").await;
    tour.browser.element("mark").await;
    tour.sees("search-found").await;
    tour.goes("/new").await;
    tour.browser.click("details.offer summary").await;
    tour.browser.click("details.offer button").await;
    tour.browser.element("#f0").await;
    tour.sees("new-template").await;
}

/// Somebody who has no profile yet, and pastes what is no invitation.
async fn shows_the_newcomer(tour: &mut Tour) {
    tour.sees("enrol").await;
    tour.browser.types("#invitation", "COLLOQUE1.nothing").await;
    for field in tour.browser.driver.find_all(By::Css("input[type=password]")).await.expect("fields") {
        field.send_keys("several good words").await.expect("typing");
    }
    tour.browser.click("main form .primary").await;
    tour.browser.element(".problem").await;
    tour.sees("enrol-problem").await;
    tour.visits("/enrol/device", "enrol-device").await;
}

async fn shows_the_patient(tour: &mut Tour, scenery: &Scenery) {
    for (path, state) in [
        ("/", "inbox"),
        ("/people", "people"),
        ("/settings", "settings"),
        (&scenery.closed, "thread-closed"),
        (&scenery.open, "thread"),
    ] {
        tour.visits(path, state).await;
    }
    let urgent = if tour.look.language == "fr" { "J’ai mal à la poitrine" } else { "I have chest pain" };
    tour.browser.evaluates("document.getElementById('text').value = ''").await;
    tour.browser.types("#text", urgent).await;
    tour.browser.click("form.send .primary").await;
    tour.browser.element(".flag").await;
    tour.sees("thread-emergency").await;
}

#[tokio::test]
async fn axe_finds_nothing_on_any_page_or_state_and_every_one_fits_its_window() {
    let Some(browsers) = Browsers::start() else { return };
    let (mut clinic, colleague) = clinic_with_colleague();
    let scenery = scenery(&clinic, &colleague);
    for profile in ["ana", "basile", "carole"] {
        let (_running, link) = seat(&clinic, profile);
        let mut tour = Tour::begin(&browsers, &link, profile).await;
        for (width, language, is_dark) in [
            (DESK.width, "en", false),
            (DESK.width, "fr", true),
            (PHONE.width, "fr", false),
            (PHONE.width, "en", true),
        ] {
            tour.becomes(Look { width, language, is_dark }).await;
            match profile {
                "ana" => shows_the_professional(&mut tour, &scenery).await,
                "basile" => shows_the_patient(&mut tour, &scenery).await,
                _ => {
                    shows_the_newcomer(&mut tour).await;
                    continue;
                }
            }
            tour.is_offline_and_locked(&mut clinic, &scenery).await;
        }
        tour.ends().await;
    }
}

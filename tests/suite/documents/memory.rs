//! What the largest document costs in memory: measured in a process of its own, because the other tests share this one.

use std::io::{self, Read};
use std::process::Command;

use colloque_client_core::Event;
use colloque_schemas::answer_mode::AnswerMode;
use colloque_schemas::certificate::Holder;
use colloque_schemas::limits::DOCUMENT_MAX_BYTES;
use colloque_tests::site::Site;
use colloque_tests::world::professional;

/// For both people and the relay together.
const MEMORY_MAX_KIBIBYTES: u64 = 64 * 1024;

/// As much of one byte as a document may have.
struct Endless(u64);

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let given = into.len().min(usize::try_from(self.0).unwrap());
        into[..given].fill(0x5a);
        self.0 -= given as u64;
        Ok(given)
    }
}

/// A figure of the system about this process, in kibibytes (proc(5)).
fn kibibytes(figure: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(figure)?.strip_prefix(':')).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn the_largest_document_goes_from_person_to_person_in_less_than_64_mebibytes() {
    let name = "documents::memory::alone_in_its_process";
    let alone =
        Command::new(std::env::current_exe().unwrap()).args(["--ignored", "--exact", name]).output().unwrap();
    assert!(alone.status.success(), "{}", String::from_utf8_lossy(&alone.stdout));
}

#[tokio::test]
#[ignore = "run by the test above"]
async fn alone_in_its_process() {
    let mut site = Site::start().await;
    let mut doctor = site.person(professional("Dr Ana Verne")).await;
    let mut patient = site.person(Holder::Patient).await;
    let (account, now) = (patient.client.own().account, site.clock.read());
    let thread = doctor.client.open_thread(&[account], AnswerMode::Open, "Bonjour", now).unwrap();
    doctor.settle().await;
    patient.hears(|event| matches!(event, Event::MessageReceived { .. })).await;
    let before = kibibytes("VmRSS");
    let attached = doctor.client.attach(&mut Endless(DOCUMENT_MAX_BYTES), "x", "", now).unwrap();
    let message = doctor.client.send_documents(thread, "", &[attached], None, now).unwrap();
    // Nobody would answer the relay for the patient meanwhile.
    patient.disconnect().await;
    doctor.settle().await;
    patient.connect().await.unwrap();
    patient.settle().await;
    patient.client.fetch_document(thread, message, 0).unwrap();
    patient.settle().await;
    let mut plaintext = patient.client.document(thread, message, 0).unwrap();
    assert_eq!(io::copy(&mut plaintext, &mut io::sink()).unwrap(), DOCUMENT_MAX_BYTES);
    let more = kibibytes("VmHWM") - before;
    assert!(more < MEMORY_MAX_KIBIBYTES, "{more} KiB");
}

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicU64, Ordering};

use colloque_schemas::bytes::Signature;
use colloque_schemas::certificate::{AccountCertificate, Holder, ProfessionalIdentity};
use colloque_schemas::codec;
use colloque_schemas::enrolment::{AuthorityReply, AuthorityRequest, Code, EnrolmentStatement, Invitation};
use colloque_schemas::id::AccountKey;
use colloque_schemas::limits::{CODE_LIFE_SECONDS, CODE_LOOKUP_BYTES, CODE_TRIES};
use colloque_schemas::refusal::{Refusal, RefusalCode};
use colloque_schemas::sign_in::ChannelBinding;
use colloque_schemas::signed::Statement;
use colloque_schemas::time::UnixSeconds;
use tempfile::TempDir;

use super::*;

mod asking;
mod directory;

const START: u64 = 1_790_000_000;
const BINDING: ChannelBinding = ChannelBinding([3; 32]);

/// A clock that tests move by hand.
struct HandClock(AtomicU64);

impl Clock for HandClock {
    fn now(&self) -> UnixSeconds {
        UnixSeconds(self.0.load(Ordering::SeqCst))
    }
}

struct Rig {
    authority: Authority,
    clock: Arc<HandClock>,
    folder: TempDir,
}

impl Rig {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(HandClock(AtomicU64::new(START)));
        let authority = Authority::init(folder.path(), "Clinique du Lac", clock.clone(), None).await.unwrap();
        Self { authority, clock, folder }
    }

    async fn invite(&self, holder: Holder) -> Invitation {
        self.authority.desk().invite(holder, CODE_LIFE_SECONDS, &places()).await.unwrap().invitation
    }

    /// What a device with this account key gets for this code.
    async fn redeem(&self, code: &Code, key: &SigningKey) -> AuthorityReply {
        self.authority.answer(request(code, key), BINDING).await
    }

    fn pass(&self, seconds: u64) {
        self.clock.0.fetch_add(seconds, Ordering::SeqCst);
    }

    fn certificate(&self, reply: AuthorityReply) -> AccountCertificate {
        let AuthorityReply::Enrolled { tenant, account } = reply else { panic!("{reply:?}") };
        let anchor = TrustAnchor::from_der(tenant.as_slice()).unwrap();
        assert_eq!(anchor.hash(), self.authority.anchor().hash());
        AccountCertificate::verify(account.as_slice(), &anchor, self.clock.now()).unwrap()
    }

    /// Every byte of every file of the folder, one after the other.
    fn bytes_on_disk(&self) -> Vec<u8> {
        fs::read_dir(self.folder.path())
            .unwrap()
            .flat_map(|entry| fs::read(entry.unwrap().path()).unwrap())
            .collect()
    }
}

fn places() -> Places {
    Places {
        authority_address: Some("authority.example:4430".to_owned()),
        relay_address: Some("relay.example:4431".to_owned()),
        relay_key: Some(KeyHash::new([9; 32])),
        relay_name: Some("relay.example".to_owned()),
    }
}

fn professional() -> Holder {
    let rpps = "10101234564".parse().unwrap();
    Holder::Professional(ProfessionalIdentity::new("Dr Zoé Lambert", "Médecin", rpps).unwrap())
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn request(code: &Code, key: &SigningKey) -> AuthorityRequest {
    let statement = EnrolmentStatement { code: code.clone(), channel_binding: BINDING };
    let account_key = AccountKey::new(key.verifying_key().to_bytes());
    AuthorityRequest::Enrol { code: code.clone(), account_key, signature: statement.sign(key) }
}

fn code_refused() -> AuthorityReply {
    AuthorityReply::Refused(Refusal::never(RefusalCode::CodeRefused))
}

/// The same name, another secret.
fn with_wrong_secret(code: &Code) -> Code {
    let mut bytes = *code.as_bytes();
    bytes[CODE_LOOKUP_BYTES] ^= 1;
    Code::new(bytes)
}

#[tokio::test]
async fn role_and_name_come_from_the_invitation() {
    let rig = Rig::start().await;
    let invitation = rig.invite(professional()).await;
    assert_eq!(invitation.tenant, rig.authority.anchor().hash());
    let certificate = rig.certificate(rig.redeem(&invitation.code, &key(1)).await);
    assert_eq!(*certificate.holder(), professional());
    assert_eq!(certificate.account_key().as_bytes(), key(1).verifying_key().as_bytes());
    let patient = rig.invite(Holder::Patient).await;
    let certificate = rig.certificate(rig.redeem(&patient.code, &key(2)).await);
    assert_eq!(*certificate.holder(), Holder::Patient);
}

#[tokio::test]
async fn a_code_is_good_for_one_account_key_which_may_ask_again() {
    let rig = Rig::start().await;
    let code = rig.invite(Holder::Patient).await.code;
    let first = rig.redeem(&code, &key(1)).await;
    assert_eq!(rig.redeem(&code, &key(2)).await, code_refused());
    assert_eq!(rig.redeem(&code, &key(1)).await, first, "the same certificate after a lost reply");
    rig.certificate(first);
    rig.pass(CODE_LIFE_SECONDS);
    assert_eq!(rig.redeem(&code, &key(1)).await, code_refused(), "but not for ever");
}

#[tokio::test]
async fn a_code_lives_until_it_expires_and_no_longer() {
    let rig = Rig::start().await;
    let [early, late] = [rig.invite(Holder::Patient).await.code, rig.invite(Holder::Patient).await.code];
    rig.pass(CODE_LIFE_SECONDS - 1);
    rig.certificate(rig.redeem(&early, &key(1)).await);
    rig.pass(1);
    assert_eq!(rig.redeem(&late, &key(2)).await, code_refused());
}

#[tokio::test]
async fn five_wrong_tries_end_a_code_and_four_do_not() {
    let rig = Rig::start().await;
    let [four, five] = [rig.invite(Holder::Patient).await.code, rig.invite(Holder::Patient).await.code];
    for attempt in 0..CODE_TRIES {
        if attempt + 1 < CODE_TRIES {
            assert_eq!(rig.redeem(&with_wrong_secret(&four), &key(1)).await, code_refused());
        }
        assert_eq!(rig.redeem(&with_wrong_secret(&five), &key(1)).await, code_refused());
    }
    rig.certificate(rig.redeem(&four, &key(2)).await);
    assert_eq!(rig.redeem(&five, &key(3)).await, code_refused());
}

#[tokio::test]
async fn every_reason_to_refuse_a_code_gets_the_same_bytes() {
    let rig = Rig::start().await;
    let code = rig.invite(Holder::Patient).await.code;
    let unknown = rig.redeem(&Code::new([0; 16]), &key(1)).await;
    let wrong = rig.redeem(&with_wrong_secret(&code), &key(1)).await;
    rig.certificate(rig.redeem(&code, &key(1)).await);
    let spent = rig.redeem(&code, &key(2)).await;
    let bytes = codec::encode(&code_refused());
    for reply in [unknown, wrong, spent] {
        assert_eq!(codec::encode(&reply), bytes);
    }
}

#[tokio::test]
async fn a_proof_of_another_key_connection_or_code_is_refused_and_spends_nothing() {
    let rig = Rig::start().await;
    let code = rig.invite(Holder::Patient).await.code;
    let AuthorityRequest::Enrol { account_key, signature, .. } = request(&code, &key(1)) else { panic!() };
    let other_key = AccountKey::new(key(2).verifying_key().to_bytes());
    let forged = [
        (other_key, signature, BINDING),
        (account_key, signature, ChannelBinding([4; 32])),
        (account_key, Signature::from([0; 64]), BINDING),
    ];
    for (account_key, signature, binding) in forged {
        let request = AuthorityRequest::Enrol { code: code.clone(), account_key, signature };
        assert_eq!(rig.authority.answer(request, binding).await, code_refused());
    }
    rig.certificate(rig.redeem(&code, &key(1)).await);
}

#[tokio::test]
async fn an_account_key_that_has_an_account_gets_no_second_one() {
    let rig = Rig::start().await;
    let [first, second] = [rig.invite(Holder::Patient).await.code, rig.invite(professional()).await.code];
    rig.certificate(rig.redeem(&first, &key(1)).await);
    assert_eq!(rig.redeem(&second, &key(1)).await, code_refused());
    rig.certificate(rig.redeem(&second, &key(2)).await);
}

#[tokio::test]
async fn neither_codes_nor_the_tenant_key_are_in_the_database() {
    let rig = Rig::start().await;
    let code = rig.invite(professional()).await.code;
    let (_, secret) = code.as_bytes().split_at(CODE_LOOKUP_BYTES);
    let contains = |bytes: &[u8], needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    let on_disk = rig.bytes_on_disk();
    assert!(contains(&on_disk, "Dr Zoé Lambert".as_bytes()), "the search finds what is there");
    assert!(!contains(&on_disk, secret));
    rig.authority.desk().close().await;
    let database = fs::read(Folder::open(rig.folder.path()).unwrap().database()).unwrap();
    assert!(!contains(&database, rig.authority.tenant_key.as_bytes()));
}

#[tokio::test]
async fn files_of_the_authority_are_its_owners_alone_but_for_certificates() {
    let rig = Rig::start().await;
    rig.invite(Holder::Patient).await;
    for entry in fs::read_dir(rig.folder.path()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let expected = if name.ends_with(".der") || name.contains("certificate") { 0o644 } else { 0o600 };
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, expected, "{name}");
    }
}

#[tokio::test]
async fn initialising_twice_is_refused_and_changes_nothing() {
    let rig = Rig::start().await;
    let error = Authority::init(rig.folder.path(), "Other", rig.clock.clone(), None).await.unwrap_err();
    assert!(error.to_string().contains("not overwritten"), "{error}");
    let opened = Authority::open(rig.folder.path(), rig.clock.clone(), None).await.unwrap();
    assert_eq!(opened.anchor(), rig.authority.anchor());
}

#[tokio::test]
async fn a_tenant_key_of_another_authority_is_noticed_at_opening() {
    let (one, other) = (Rig::start().await, Rig::start().await);
    fs::copy(other.folder.path().join("tenant.key"), one.folder.path().join("tenant.key")).unwrap();
    let error = Authority::open(one.folder.path(), one.clock.clone(), None).await.unwrap_err();
    assert!(matches!(error, AuthorityError::ForeignTenantKey), "{error}");
}

#[tokio::test]
async fn an_invitation_takes_what_is_not_given_from_what_is_remembered() {
    let rig = Rig::start().await;
    let desk = rig.authority.desk();
    let error = desk.invite(Holder::Patient, 60, &Places::default()).await.unwrap_err();
    assert!(matches!(error, AuthorityError::PlaceMissing { .. }), "{error}");
    desk.remember(&places()).await.unwrap();
    let other = Places { relay_address: Some("[::1]:1".to_owned()), ..Places::default() };
    let invitation = desk.invite(Holder::Patient, 60, &other).await.unwrap().invitation;
    assert_eq!(invitation.relay.address, "[::1]:1");
    assert_eq!(invitation.authority.address, "authority.example:4430");
    for bad in ["relay.example", ":4430", "relay.example:0", "relay.example:65536"] {
        let places = Places { relay_address: Some(bad.to_owned()), ..Places::default() };
        let error = desk.invite(Holder::Patient, 60, &places).await.unwrap_err();
        assert!(matches!(error, AuthorityError::Address(_)), "{error}");
    }
}

#[tokio::test]
async fn a_name_a_folder_and_a_database_that_cannot_be_used_are_told_apart() {
    let rig = Rig::start().await;
    let empty = tempfile::tempdir().unwrap();
    let clock = || rig.clock.clone();
    let error = Authority::init(empty.path(), "two\nlines", clock(), None).await.unwrap_err();
    assert!(matches!(error, AuthorityError::TenantName), "{error}");
    assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0, "nothing was written");
    let error = Authority::open(empty.path(), clock(), None).await.unwrap_err();
    assert!(error.to_string().contains("colloque-authority init"), "{error}");
    rig.authority.desk().close().await;
    fs::write(rig.folder.path().join("authority.sqlite"), [7; 4096]).unwrap();
    let error = Authority::open(rig.folder.path(), clock(), None).await.unwrap_err();
    assert!(matches!(error, AuthorityError::DamagedDatabase(_)), "{error}");
}

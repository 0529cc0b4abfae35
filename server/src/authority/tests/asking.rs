//! A professional's device asks for an invitation of a patient, and everyone who must not.

use colloque_schemas::asking::{DirectoryStatement, InvitationStatement, Reservation};
use colloque_schemas::certificate::UnverifiedChain;
use colloque_schemas::id::{AccountId, DeviceKey};
use colloque_schemas::limits::{
    INVITATIONS_PER_DAY, INVITATIONS_PER_HOUR, OPEN_INVITATIONS_MAX, RESERVATION_BYTES,
};
use colloque_schemas::refusal::Retry;
use colloque_schemas::role::Role;
use colloque_schemas::rule::{Denied, Rule};
use colloque_schemas::time::SECONDS_PER_DAY;

use super::*;

const HOUR: u64 = 3_600;
const LEAF_LIFE_DAYS: u64 = 80;

/// Somebody's device: its chain and its key.
pub(super) struct Device {
    pub(super) account: AccountId,
    chain: UnverifiedChain,
    key: SigningKey,
}

impl Rig {
    /// A device of a person whom the operator invited. The seed is that of its keys.
    pub(super) async fn device(&self, holder: Holder, seed: u8) -> Device {
        let code = self.invite(holder).await.code;
        let account_key = key(seed);
        let account = self.certificate(self.redeem(&code, &account_key).await);
        let device_key = key(seed + 100);
        let device = DeviceKey::new(device_key.verifying_key().to_bytes());
        let now = self.clock.now();
        let not_after = now.plus(LEAF_LIFE_DAYS * SECONDS_PER_DAY).min(account.expires_at());
        let validity = Validity { not_before: now.minus(CLOCK_SKEW_SECONDS), not_after };
        let leaf = issue::device(&account, &account_key, device, [seed; 16], validity).unwrap();
        let chain = UnverifiedChain::new(leaf, account.as_der().to_vec());
        Device { account: account.account(), chain, key: device_key }
    }

    /// An authority that knows where the servers are, and a professional's device.
    async fn with_professional() -> (Self, Device) {
        let rig = Self::start().await;
        rig.authority.desk().remember(&places()).await.unwrap();
        let doctor = rig.device(professional(), 1).await;
        (rig, doctor)
    }

    pub(super) async fn ask(&self, request: AuthorityRequest) -> AuthorityReply {
        self.authority.answer(request, BINDING).await
    }

    async fn invited(&self, doctor: &Device, number: u8) -> Invitation {
        match self.ask(doctor.invite(number)).await {
            AuthorityReply::Invited { invitation, .. } => invitation,
            other => panic!("{other:?}"),
        }
    }

    /// Puts codes into the database that professionals have open.
    async fn open_codes(&self, count: u32) {
        let mut unit = self.authority.store().begin().await.unwrap();
        for number in 0..count {
            let mut account = [0xaa; 16];
            account[..4].copy_from_slice(&number.to_be_bytes());
            let account = Some(AccountId::new(account));
            let desk = self.authority.desk();
            let places = places();
            let made = desk.make_code(&mut unit, Holder::Patient, account, CODE_LIFE_SECONDS, &places);
            made.await.unwrap();
        }
        unit.commit().await.unwrap();
    }
}

fn reservation(number: u8) -> Reservation {
    Reservation::new([number; RESERVATION_BYTES])
}

impl Device {
    fn invite(&self, number: u8) -> AuthorityRequest {
        self.invite_on(number, BINDING)
    }

    fn invite_on(&self, number: u8, channel_binding: ChannelBinding) -> AuthorityRequest {
        let reservation = reservation(number);
        let signature = InvitationStatement { reservation, channel_binding }.sign(&self.key);
        AuthorityRequest::InvitePatient { chain: self.chain.clone(), reservation, signature }
    }

    pub(super) fn read(&self, after: Option<AccountId>) -> AuthorityRequest {
        self.read_on(after, BINDING)
    }

    pub(super) fn read_on(
        &self,
        after: Option<AccountId>,
        channel_binding: ChannelBinding,
    ) -> AuthorityRequest {
        let signature = DirectoryStatement { after, channel_binding }.sign(&self.key);
        AuthorityRequest::Professionals { chain: self.chain.clone(), after, signature }
    }
}

pub(super) fn not_permitted(rule: Rule) -> AuthorityReply {
    AuthorityReply::Refused(Denied::from(rule).into())
}

pub(super) fn not_signed() -> AuthorityReply {
    let (code, retry) = (RefusalCode::SignInFailed, Retry::OnNewConnection);
    AuthorityReply::Refused(Refusal { code, rule: None, retry })
}

#[tokio::test]
async fn a_professional_invites_a_patient_who_becomes_exactly_the_promised_account() {
    let (rig, doctor) = Rig::with_professional().await;
    let reply = rig.ask(doctor.invite(7)).await;
    let AuthorityReply::Invited { invitation, expires_at } = reply else { panic!("{reply:?}") };
    let promised = reservation(7).account(doctor.account);
    assert_eq!(invitation.account, Some(promised));
    assert_eq!((invitation.tenant, expires_at.0), (rig.authority.anchor().hash(), START + CODE_LIFE_SECONDS));
    let certificate = rig.certificate(rig.redeem(&invitation.code, &key(2)).await);
    assert_eq!((certificate.account(), certificate.role()), (promised, Role::Patient));
    assert_eq!(rig.redeem(&invitation.code, &key(3)).await, code_refused(), "once");
}

#[tokio::test]
async fn the_desk_invites_without_the_tenant_key() {
    let (rig, doctor) = Rig::with_professional().await;
    fs::remove_file(Folder::open(rig.folder.path()).unwrap().tenant_key()).unwrap();
    rig.authority.desk().close().await;
    let desk = Desk::open(rig.folder.path(), rig.clock.clone()).await.unwrap();
    let AuthorityRequest::InvitePatient { chain, reservation, signature } = doctor.invite(1) else {
        panic!()
    };
    assert!(desk.invite_patient(&chain, reservation, &signature, BINDING).await.is_ok());
}

#[tokio::test]
async fn a_patient_invites_nobody() {
    let (rig, _) = Rig::with_professional().await;
    let patient = rig.device(Holder::Patient, 2).await;
    assert_eq!(rig.ask(patient.invite(1)).await, not_permitted(Rule::OnlyProfessionalsInvite));
}

#[tokio::test]
async fn an_expired_and_a_foreign_chain_are_refused() {
    let (rig, doctor) = Rig::with_professional().await;
    let (_, stranger) = Rig::with_professional().await;
    let refused = not_permitted(Rule::LeavesAreCertified);
    assert_eq!(rig.ask(stranger.invite(1)).await, refused);
    rig.pass(LEAF_LIFE_DAYS * SECONDS_PER_DAY + 1);
    assert_eq!(rig.ask(doctor.invite(1)).await, refused, "the leaf has expired");
    rig.pass(3 * 365 * SECONDS_PER_DAY);
    assert_eq!(rig.ask(doctor.invite(1)).await, refused, "and the account");
}

#[tokio::test]
async fn a_request_of_another_connection_device_or_kind_is_refused() {
    let (rig, doctor) = Rig::with_professional().await;
    let colleague = rig.device(professional(), 2).await;
    assert_eq!(rig.ask(doctor.invite_on(1, ChannelBinding([4; 32]))).await, not_signed(), "replayed");
    let AuthorityRequest::InvitePatient { signature, .. } = doctor.invite(1) else { panic!() };
    let AuthorityRequest::Professionals { signature: for_directory, .. } = doctor.read(None) else {
        panic!()
    };
    let forged = [
        (&colleague.chain, reservation(1), signature),
        (&doctor.chain, reservation(2), signature),
        (&doctor.chain, reservation(1), for_directory),
    ];
    for (chain, reservation, signature) in forged {
        let request = AuthorityRequest::InvitePatient { chain: chain.clone(), reservation, signature };
        assert_eq!(rig.ask(request).await, not_signed());
    }
    rig.invited(&doctor, 1).await;
}

#[tokio::test]
async fn asking_again_ends_the_code_before_and_keeps_the_account_until_it_is_enrolled() {
    let (rig, doctor) = Rig::with_professional().await;
    let lost = rig.invited(&doctor, 1).await;
    let given = rig.invited(&doctor, 1).await;
    assert_eq!(lost.account, given.account);
    assert_eq!(rig.redeem(&lost.code, &key(2)).await, code_refused());
    rig.pass(CODE_LIFE_SECONDS);
    assert_eq!(rig.redeem(&given.code, &key(2)).await, code_refused(), "expired");
    let last = rig.invited(&doctor, 1).await;
    let certificate = rig.certificate(rig.redeem(&last.code, &key(2)).await);
    assert_eq!(Some(certificate.account()), lost.account);
    assert_eq!(rig.ask(doctor.invite(1)).await, code_refused(), "the account is somebody's now");
    rig.certificate(rig.redeem(&last.code, &key(2)).await);
}

#[tokio::test]
async fn nobody_else_can_ask_for_the_account_that_a_professional_reserved() {
    let (rig, doctor) = Rig::with_professional().await;
    let colleague = rig.device(professional(), 2).await;
    let given = rig.invited(&doctor, 1).await;
    assert_ne!(rig.invited(&colleague, 1).await.account, given.account, "though it knows the reservation");
    rig.certificate(rig.redeem(&given.code, &key(3)).await);
}

#[tokio::test]
async fn a_professional_has_so_many_invitations_an_hour_and_a_day_and_a_colleague_has_its_own() {
    let (rig, doctor) = Rig::with_professional().await;
    let colleague = rig.device(professional(), 2).await;
    // From the start of a day.
    rig.pass(SECONDS_PER_DAY - START % SECONDS_PER_DAY);
    let exceeded = |seconds: u64| {
        let seconds = u32::try_from(seconds).unwrap();
        AuthorityReply::Refused(Refusal::after(RefusalCode::QuotaExceeded, seconds))
    };
    let hours = u64::from(INVITATIONS_PER_DAY / INVITATIONS_PER_HOUR);
    for _ in 0..hours {
        for number in 0..u8::try_from(INVITATIONS_PER_HOUR).unwrap() {
            rig.invited(&doctor, number).await;
        }
        assert_eq!(rig.ask(doctor.invite(1)).await, exceeded(HOUR));
        rig.pass(HOUR);
    }
    assert_eq!(rig.ask(doctor.invite(1)).await, exceeded(SECONDS_PER_DAY - hours * HOUR));
    rig.invited(&colleague, 1).await;
    rig.pass(SECONDS_PER_DAY - hours * HOUR);
    rig.invited(&doctor, 1).await;
}

#[tokio::test]
async fn the_codes_of_all_professionals_that_are_open_are_bounded_and_those_of_the_operator_are_not() {
    let (rig, doctor) = Rig::with_professional().await;
    rig.open_codes(OPEN_INVITATIONS_MAX - 1).await;
    let last = rig.invited(&doctor, 1).await;
    let busy = AuthorityReply::Refused(Refusal::after(RefusalCode::Busy, 5));
    assert_eq!(rig.ask(doctor.invite(2)).await, busy);
    assert_eq!(rig.invited(&doctor, 1).await.account, last.account, "again for one of them is no more");
    rig.certificate(rig.redeem(&rig.invite(Holder::Patient).await.code, &key(3)).await);
    assert_eq!(rig.ask(doctor.invite(2)).await, busy);
    rig.pass(CODE_LIFE_SECONDS);
    rig.invited(&doctor, 2).await;
}

#[tokio::test]
async fn who_invited_whom_is_not_in_the_database() {
    let (rig, doctor) = Rig::with_professional().await;
    let contains = |bytes: &[u8], needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    let count = |bytes: &[u8]| bytes.windows(16).filter(|window| window == doctor.account.as_bytes()).count();
    let before = count(&rig.bytes_on_disk());
    let invitation = rig.invited(&doctor, 0x5a).await;
    let on_disk = rig.bytes_on_disk();
    assert!(contains(&on_disk, invitation.account.unwrap().as_bytes()), "the search finds what is there");
    assert!(!contains(&on_disk, &[0x5a; RESERVATION_BYTES]), "nor the reservation, which would tell");
    assert_eq!(count(&on_disk), before);
}

#[tokio::test]
async fn an_authority_that_does_not_know_its_relay_says_internal_and_makes_no_code() {
    let rig = Rig::start().await;
    let doctor = rig.device(professional(), 1).await;
    let reply = rig.ask(doctor.invite(1)).await;
    assert_eq!(reply, AuthorityReply::Refused(Refusal::after(RefusalCode::Internal, 5)));
    let mut unit = rig.authority.store().begin().await.unwrap();
    assert_eq!(store::open_invitations(&mut unit).await.unwrap(), 0);
}

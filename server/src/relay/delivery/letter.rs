//! Letters: what a device says to another beside all threads, kept in its inbox (R39).

use colloque_schemas::envelope::NewWelcome;
use colloque_schemas::frame::{Response, SendLetter};
use colloque_schemas::id::{AccountId, DeviceKey, Seq, ThreadId};
use colloque_schemas::policy::{self, LetterGrant};
use colloque_schemas::role::Actor;
use colloque_schemas::rule::{Denied, Rule};

use super::super::batch::Batch;
use super::super::error::RequestError;
use super::super::store::accounts;
use super::shape::check_welcomes;

/// A letter that may be brought.
pub(in super::super) struct Letter {
    grant: LetterGrant,
    owner: AccountId,
    group: ThreadId,
    /// Inboxes keep it as they keep Welcomes.
    welcome: NewWelcome,
}

impl Letter {
    pub(in super::super) fn check(actor: Actor, letter: SendLetter) -> Result<Self, RequestError> {
        let SendLetter { owner, device, group, payload } = letter;
        let welcome = NewWelcome { devices: vec![device], payload };
        check_welcomes(std::slice::from_ref(&welcome))?;
        Ok(Self { grant: policy::send_letter(actor, owner)?, owner, group, welcome })
    }

    /// A device that its account does not list, and one of an account that is not known, are refused alike (R25).
    pub(super) async fn run(self, batch: &mut Batch<'_>) -> Result<Response, RequestError> {
        let Self { grant: LetterGrant { .. }, owner, group, welcome } = self;
        let stored = accounts::load(&mut *batch.connection, batch.blind, owner).await?;
        let names = |device: &DeviceKey| stored.iter().any(|stored| stored.device_list.names(device));
        if !welcome.devices.iter().all(names) {
            return Err(Denied::from(Rule::DevicesAreListed).into());
        }
        batch.invite(group, Seq::START, vec![welcome]).await?;
        Ok(Response::Done)
    }

    pub(super) fn payload_bytes(&self) -> usize {
        self.welcome.payload.length()
    }
}

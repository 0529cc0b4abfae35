//! `verify`: the safety number of a person with one's own, to be compared by another way than this service.

use colloque_client_core::SafetyNumber;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::json::SafetyNumberJson;
use crate::people::People;
use crate::qr;
use crate::words::key;

/// Groups of digits, and words, on one line.
const PER_LINE: usize = 6;

/// Shows the safety number, compares it with one that was scanned, and confirms a changed key if asked to.
pub(super) fn verify(
    context: &mut Context<'_, '_>,
    person: &str,
    scan: Option<&str>,
    is_confirmed: bool,
) -> Result<Exit, Failure> {
    let mut client = context.open()?;
    let people = People::of(&client)?;
    let account = people.find(person)?;
    let contact = client.contact(account)?;
    if contact.account_key.is_none() {
        return Err(Failure::KeyUnseen);
    }
    let number = client.safety_number(account)?;
    // A text that is no safety number is as good as another safety number.
    let matches = scan.map(|scan| number.matches(scan).unwrap_or(false));
    if matches == Some(false) {
        return Err(Failure::SafetyNumberDiffers);
    }
    if is_confirmed {
        client.confirm_key(account, &number)?;
    }
    let words = context.words;
    let key_has_changed = contact.key_has_changed && !is_confirmed;
    let spoken = number.words(words.language().into());
    if context.is_json {
        let (digits, qr) = (number.digits(), number.qr_text());
        let account = account.to_string();
        context.output.json(&SafetyNumberJson {
            account,
            digits: &digits,
            words: &spoken,
            qr: &qr,
            key_has_changed,
            matches,
        })?;
        return Ok(Exit::Done);
    }
    let values = [("name", people.label(account, words).into())];
    context.output.line(&words.say(key!("verify-title"), &values))?;
    show(context, &number, &spoken)?;
    if matches == Some(true) {
        context.output.line(&words.say(key!("verify-matches"), &[]))?;
    } else {
        context.output.line(&words.say(key!("verify-compare"), &[]))?;
    }
    if is_confirmed {
        context.output.line(&words.say(key!("verify-confirmed"), &[]))?;
    } else if key_has_changed {
        context.output.line(&words.say(key!("contact-key-changed"), &[]))?;
    }
    Ok(Exit::Done)
}

fn show(context: &mut Context<'_, '_>, number: &SafetyNumber, spoken: &[&str]) -> Result<(), Failure> {
    let digits = number.digits();
    let groups: Vec<&str> = digits.split(' ').collect();
    for part in [groups.as_slice(), spoken] {
        for line in part.chunks(PER_LINE) {
            context.output.line(&format!("  {}", line.join(" ")))?;
        }
        context.output.line("")?;
    }
    // The text is short and of fixed length: there is always a code for it.
    if let Some(drawn) = qr::drawn(&number.qr_text()) {
        context.output.line(&drawn)?;
    }
    context.output.line(&number.qr_text())
}

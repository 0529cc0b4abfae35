//! The owner's own devices: how they are called, and which one a text names.

use colloque_client_core::{Client, OwnDevice, Standing};
use colloque_schemas::id::DeviceKey;
use jiff::tz::TimeZone;

use crate::failure::Failure;
use crate::moment;
use crate::people::PREFIX_MIN_DIGITS;
use crate::plain;
use crate::words::{Words, key};

/// Digits of its key that tell a device from the others of a person.
pub(crate) const DEVICE_DIGITS: usize = 8;

/// The first digits of a device's key.
pub(crate) fn digits(device: &DeviceKey) -> String {
    device.to_string().chars().take(DEVICE_DIGITS).collect()
}

/// What a device is to the owner of this one: this device, and whether it is the main one; else by its name.
pub(crate) fn label(device: &OwnDevice, this_is_main: bool, words: &Words) -> String {
    match (device.is_this, this_is_main, &device.name) {
        (true, true, _) => words.say(key!("device-this-main"), &[]),
        (true, false, _) => words.say(key!("device-this-linked"), &[]),
        (false, _, Some(name)) => plain::name(name),
        (false, true, None) => words.say(key!("device-linked"), &[]),
        (false, false, None) => words.say(key!("device-other"), &[]),
    }
}

/// A device that was added just now: by the name that it was given, else by its first digits.
///
/// # Errors
///
/// `Client`.
pub(crate) fn called(client: &Client, device: DeviceKey) -> Result<String, Failure> {
    let devices = client.own_devices()?;
    let name = devices.into_iter().find(|own| own.device == device).and_then(|own| own.name);
    Ok(name.map_or_else(|| digits(&device), |name| plain::name(&name)))
}

/// When it was added, if this device knows, and in how many conversations it is.
pub(crate) fn facts(device: &OwnDevice, zone: &TimeZone, words: &Words) -> String {
    let mut facts = Vec::new();
    if let Some(at) = device.linked_at {
        let day = moment::day(at, zone, words);
        facts.push(words.say(key!("device-linked-at"), &[("day", day.into())]));
    }
    facts.push(words.say(key!("device-threads"), &[("count", device.threads.into())]));
    facts.join(" · ")
}

/// The device that is named by its name, its key or the first digits of it.
///
/// # Errors
///
/// `UnknownDevice`, `AmbiguousDevice`.
pub(crate) fn find(client: &Client, text: &str) -> Result<OwnDevice, Failure> {
    found(client.own_devices()?, text)
}

fn found(devices: Vec<OwnDevice>, text: &str) -> Result<OwnDevice, Failure> {
    let wanted = text.trim().to_lowercase();
    let is_start = wanted.len() >= PREFIX_MIN_DIGITS;
    let is_wanted = |device: &OwnDevice| {
        let is_named = device.name.as_ref().is_some_and(|name| name.to_lowercase() == wanted);
        is_named || (is_start && device.device.to_string().starts_with(&wanted))
    };
    let mut found = devices.into_iter().filter(is_wanted);
    match (found.next(), found.next()) {
        (Some(device), None) => Ok(device),
        (None, _) => Err(Failure::UnknownDevice(text.to_owned())),
        (Some(_), Some(_)) => Err(Failure::AmbiguousDevice(text.to_owned())),
    }
}

/// Whether a device of the owner is in every conversation that this one takes part in.
///
/// # Errors
///
/// `Client`.
pub(crate) fn is_everywhere(client: &Client, device: DeviceKey) -> Result<bool, Failure> {
    let threads = client.threads()?;
    let taken = threads.iter().filter(|thread| thread.standing == Standing::Member).count();
    let devices = client.own_devices()?;
    let own = devices.iter().find(|own| own.device == device);
    Ok(own.is_some_and(|own| usize::try_from(own.threads).is_ok_and(|threads| threads >= taken)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::NOW;
    use crate::words::Language;

    fn device(byte: u8, name: Option<&str>) -> OwnDevice {
        OwnDevice {
            device: DeviceKey::new([byte; 32]),
            is_this: byte == 1,
            name: name.map(str::to_owned),
            linked_at: name.map(|_| NOW),
            threads: 2,
        }
    }

    fn three() -> Vec<OwnDevice> {
        vec![device(1, None), device(0x22, Some("Tablet")), device(0x23, Some("2222"))]
    }

    #[test]
    fn a_device_is_named_by_its_name_or_the_start_of_its_key_and_never_by_two_things_at_once() {
        let named = |text: &str| found(three(), text).map(|device| device.device);
        for text in ["tablet", " Tablet ", "22222222", &"22".repeat(32)] {
            assert_eq!(named(text).unwrap(), DeviceKey::new([0x22; 32]), "{text}");
        }
        assert_eq!(named("2323").unwrap(), DeviceKey::new([0x23; 32]));
        for text in ["", "222", "phone", "222223"] {
            assert!(matches!(named(text), Err(Failure::UnknownDevice(_))), "{text}");
        }
        assert!(matches!(named("2222"), Err(Failure::AmbiguousDevice(_))), "a name, and the start of a key");
    }

    #[test]
    fn a_device_says_what_it_is_to_the_owner_in_front_of_this_one() {
        let words = Words::new(Language::English);
        let labels = |is_main| {
            let devices = [device(1, None), device(2, Some("Tab\u{1b}let")), device(3, None)];
            devices.map(|device| label(&device, is_main, &words))
        };
        assert_eq!(labels(true)[0], "this device, your main one");
        assert!(labels(true)[1].starts_with("Tab") && !labels(true)[1].contains('\u{1b}'));
        assert_eq!(labels(true)[2], "a linked device");
        assert_eq!(labels(false)[0], "this device, linked to your main one");
        assert_eq!(labels(false)[2], "another of your devices");
        let facts = facts(&device(2, Some("Tablet")), &TimeZone::UTC, &words);
        assert_eq!(facts, "added on 2026-12-01 · in 2 conversations");
    }
}

use std::collections::HashSet;

use super::*;

type Account = (AccountId, AccountKey);

fn account(id: u8, key: u8) -> Account {
    (AccountId::new([id; 16]), AccountKey::new([key; 32]))
}

fn known() -> SafetyNumber {
    SafetyNumber::between(account(1, 2), account(3, 4))
}

/// Computed apart from this code, from the description in the module's documentation.
#[test]
fn a_known_pair_of_accounts_has_the_known_number_in_every_form() {
    assert_eq!(known().digits(), "51657 04673 22020 31640 14966 31103 11610 92930 46380 03642 28425 35253");
    assert_eq!(
        known().words(Language::English).join(" "),
        "oven inside eternal about physical seminar crop flight sun \
         soup escape host pony try whip milk mind clever"
    );
    assert_eq!(
        known().words(Language::French).join(" "),
        "mondial grappin e\u{301}craser abeille ne\u{301}gocier prudence cloporte e\u{301}querre se\u{301}duire \
         rieur e\u{301}cole fruit nume\u{301}ro terminer vidange le\u{301}gal lessive carreau"
    );
    assert_eq!(known().qr_text(), "COLLOQUE-SN1.nc6lNgA6P4cM-sfZWf00Nwp_0_6cZIzlUwn6CT9VTVU");
}

#[test]
fn both_people_see_the_same_number() {
    assert_eq!(SafetyNumber::between(account(3, 4), account(1, 2)), known());
    // Also where only the keys differ.
    let (one, other) = (account(1, 4), account(1, 2));
    assert_eq!(SafetyNumber::between(one, other), SafetyNumber::between(other, one));
}

#[test]
fn every_bit_of_both_ids_and_keys_changes_every_form() {
    let bytes: [u8; 96] = core::array::from_fn(|place| u8::try_from(place * 7 % 256).unwrap());
    let number = |bytes: [u8; 96]| {
        let id = |from: usize| AccountId::from_slice(&bytes[from..from + 16]).unwrap();
        let key = |from: usize| AccountKey::from_slice(&bytes[from..from + 32]).unwrap();
        SafetyNumber::between((id(0), key(16)), (id(48), key(64)))
    };
    let mut seen = vec![number(bytes)];
    for bit in 0..96 * 8 {
        let mut changed = bytes;
        changed[bit / 8] ^= 1 << (bit % 8);
        seen.push(number(changed));
    }
    let distinct = |forms: Vec<String>| forms.into_iter().collect::<HashSet<_>>().len();
    assert_eq!(distinct(seen.iter().map(SafetyNumber::digits).collect()), seen.len());
    assert_eq!(distinct(seen.iter().map(SafetyNumber::qr_text).collect()), seen.len());
    for language in [Language::English, Language::French] {
        assert_eq!(
            distinct(seen.iter().map(|number| number.words(language).join(" ")).collect()),
            seen.len()
        );
    }
}

#[test]
fn a_key_of_one_account_cannot_pass_for_a_key_of_the_other() {
    assert_ne!(SafetyNumber::between(account(1, 4), account(3, 2)), known());
}

#[test]
fn both_ends_of_the_range_have_all_digits_and_words() {
    let [lowest, highest] = [0x00, 0xff].map(|byte| SafetyNumber { fingerprint: [byte; FINGERPRINT_BYTES] });
    assert_eq!(lowest.digits(), ["00000"; 12].join(" "));
    assert_eq!(lowest.words(Language::English), ["abandon"; 18]);
    // 2^256 - 1, its last 60 digits.
    assert_eq!(highest.digits(), "42357 09850 08687 90785 32699 84665 64056 40394 57584 00791 31296 39935");
    assert_eq!(highest.words(Language::English), ["zoo"; 18]);
}

#[test]
fn a_scanned_code_matches_only_the_same_number() {
    assert_eq!(known().matches(&known().qr_text()), Ok(true));
    assert_eq!(known().matches(&format!(" {}\n", known().qr_text())), Ok(true));
    let other = SafetyNumber::between(account(1, 2), account(3, 5));
    assert_eq!(known().matches(&other.qr_text()), Ok(false));
}

#[test]
fn a_scanned_text_that_is_no_safety_number_is_an_error_and_not_a_mismatch() {
    let text = known().qr_text();
    let longer = format!("{text}AA");
    let other_version = text.replace("SN1", "SN2");
    let shorter = text[..text.len() - 2].to_owned();
    for scanned in ["", "COLLOQUE1.AAAA", "COLLOQUE-SN1.", &longer, &shorter, &other_version, &text[13..]] {
        assert_eq!(known().matches(scanned), Err(NotASafetyNumber), "{scanned}");
    }
}

#[test]
fn debug_of_a_safety_number_does_not_show_it() {
    assert_eq!(format!("{:?}", known()), "SafetyNumber(..)");
}

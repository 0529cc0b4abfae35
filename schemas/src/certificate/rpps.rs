//! The national number of a French health professional, as printed on the professional card.

use core::fmt;
use core::str::FromStr;

/// A number in the *Répertoire partagé des professionnels de santé*: eleven digits, the last of them a Luhn key
/// (ISO/IEC 7812-1, annex B) over all eleven.
///
/// `Debug` hides the digits, so that none reaches a log by accident; `Display` shows them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rpps([u8; Self::DIGITS]);

/// A text that is not an RPPS number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotAnRpps {
    /// Other than exactly eleven digits 0 to 9.
    #[error("an RPPS number has eleven digits")]
    Shape,
    /// A digit is mistyped: the last one does not match the others.
    #[error("the RPPS number is mistyped: its last digit does not match the others")]
    Key,
}

impl Rpps {
    /// How many digits there are, the key included.
    pub const DIGITS: usize = 11;

    /// The digits, as they are written.
    pub fn as_str(&self) -> &str {
        // ASCII digits only, checked when the number was made: the conversion cannot fail.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Rpps {
    type Err = NotAnRpps;

    fn from_str(text: &str) -> Result<Self, NotAnRpps> {
        let digits: [u8; Self::DIGITS] = text.as_bytes().try_into().map_err(|_| NotAnRpps::Shape)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(NotAnRpps::Shape);
        }
        if !luhn_sum(&digits).is_multiple_of(10) {
            return Err(NotAnRpps::Key);
        }
        Ok(Self(digits))
    }
}

/// Sum of the digits from the right, every second one doubled and reduced to one digit.
fn luhn_sum(digits: &[u8]) -> u32 {
    let weighted = digits.iter().rev().enumerate().map(|(place, digit)| {
        let value = u32::from(digit.saturating_sub(b'0'));
        match (place % 2, value) {
            (0, _) => value,
            (_, 0..=4) => value * 2,
            _ => value * 2 - 9,
        }
    });
    weighted.sum()
}

impl fmt::Display for Rpps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Rpps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rpps(..)")
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::{String, ToString};

    use super::*;

    const GOOD: &str = "10101234564";

    #[test]
    fn a_number_with_its_luhn_key_reads_and_prints_back() {
        let rpps: Rpps = GOOD.parse().unwrap();
        assert_eq!(rpps.to_string(), GOOD);
        assert_eq!(format!("{rpps:?}"), "Rpps(..)");
    }

    #[test]
    fn the_luhn_sum_is_that_of_the_published_worked_example() {
        // ISO/IEC 7812-1's customary example: 7992739871 takes the key 3.
        assert_eq!(luhn_sum(b"79927398713"), 70);
        assert!("79927398713".parse::<Rpps>().is_ok());
    }

    #[test]
    fn one_changed_digit_never_keeps_its_key() {
        for place in 0..Rpps::DIGITS {
            for other in b'0'..=b'9' {
                let mut digits = GOOD.as_bytes().to_vec();
                if digits[place] != other {
                    digits[place] = other;
                    let text = String::from_utf8(digits).unwrap();
                    assert_eq!(text.parse::<Rpps>(), Err(NotAnRpps::Key), "{text}");
                }
            }
        }
    }

    #[test]
    fn anything_but_eleven_ascii_digits_has_the_wrong_shape() {
        for text in ["", "1010123456", "010101234564", "1010123456x", " 1010123456", "١٠١٠١٢٣٤٥٦٤"]
        {
            assert_eq!(text.parse::<Rpps>(), Err(NotAnRpps::Shape), "{text}");
        }
    }
}

//! Lines for people and scripts. Results go to standard output, errors to standard error.

use std::io::{self, Write};

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

use crate::authority::AuthorityError;

/// One line of a result.
pub(super) fn print_line(line: &str) -> Result<(), AuthorityError> {
    Ok(writeln!(io::stdout().lock(), "{line}")?)
}

/// A result as one line of JSON.
pub(super) fn print_json(value: &serde_json::Value) -> Result<(), AuthorityError> {
    print_line(&value.to_string())
}

/// A QR code of half blocks. Light modules are drawn, as most terminals are dark; readers take either.
pub(super) fn qr(text: &str) -> Result<String, AuthorityError> {
    let code =
        QrCode::with_error_correction_level(text, EcLevel::L).map_err(|_| AuthorityError::NotInvitable)?;
    Ok(code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build())
}

//! A text as a QR on a terminal.

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

/// Half blocks, as lines. Light modules are drawn, dark ones are left out: on a dark terminal it reads as printed, and
/// scanners read both. None if the text is longer than any code holds.
pub(crate) fn drawn(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    Some(code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build())
}

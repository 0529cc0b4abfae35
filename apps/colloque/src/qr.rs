//! A text as a QR, on a terminal and on a page, and the text of one in a picture.

use image::GrayImage;
use qrcode::render::svg;
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};
use rqrr::PreparedImage;

/// Half blocks, as lines. Light modules are drawn, dark ones are left out: on a dark terminal it reads as printed, and
/// scanners read both. None if the text is longer than any code holds.
pub(crate) fn drawn(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    Some(code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build())
}

/// An element of a page; empty if the text is longer than any code holds.
pub(crate) fn svg(text: &str) -> String {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok();
    let svg = code.map(|code| code.render::<svg::Color<'_>>().min_dimensions(200, 200).build());
    // The element alone: a declaration has no place inside a page.
    svg.as_deref().and_then(|svg| svg.get(svg.find("<svg")?..)).unwrap_or_default().to_owned()
}

/// The text of the first code in a picture that can be read.
pub(crate) fn read(picture: &GrayImage) -> Option<String> {
    let (width, height) = (usize::try_from(picture.width()).ok()?, usize::try_from(picture.height()).ok()?);
    let pixels = picture.as_raw();
    let luma = |x: usize, y: usize| pixels.get(y * width + x).copied().unwrap_or(u8::MAX);
    let mut prepared = PreparedImage::prepare_from_greyscale(width, height, luma);
    prepared.detect_grids().into_iter().find_map(|grid| grid.decode().ok()).map(|(_, text)| text)
}

//! Pictures: decoded within limits, made again without anything but what is seen, made small.
//!
//! What a camera writes beside a picture (place, time, device, a preview of what was cut away) goes away because only the
//! pixels and their colour profile come across. What is not a picture that can be decoded here is never shown as one.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ImageDecoder as _, ImageEncoder, ImageFormat, ImageReader, ImageResult, Limits};

/// Longest file that is read as a picture.
pub(crate) const PICTURE_MAX_BYTES: usize = 32 * 1024 * 1024;
/// Longest edge, in pixels.
const EDGE_MAX: u32 = 16_384;
/// Bytes of all its pixels: those of 48 million in three colours, and of no bomb.
const PIXELS_MAX_BYTES: u64 = 160 * 1024 * 1024;
/// Longest edge of a small picture, in pixels: as wide as pages show it.
const SMALL_EDGE: u32 = 320;
/// Quality of a picture that is sent, of 100: no loss that is seen.
const QUALITY: u8 = 92;
/// Quality of a small one.
const SMALL_QUALITY: u8 = 75;
/// As many bytes as show of which kind a file is.
pub(crate) const START_BYTES: usize = 16;

/// A picture as it may be sent or shown.
pub(crate) struct Picture {
    pub(crate) bytes: Vec<u8>,
    pub(crate) media_type: &'static str,
    /// What its name ends with.
    pub(crate) ending: &'static str,
}

/// Whether a file that begins so is a picture that can be decoded here, whatever is said of it.
pub(crate) fn is_known(start: &[u8]) -> bool {
    format(start).is_some()
}

/// Whether a document that is said to be of this media type is looked at for a small picture.
pub(crate) fn has_small(media_type: &str) -> bool {
    matches!(media_type, "image/jpeg" | "image/png" | "image/webp")
}

fn format(start: &[u8]) -> Option<ImageFormat> {
    let known = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP];
    image::guess_format(start).ok().filter(|format| known.contains(format))
}

/// The same picture, and nothing that was written beside it. None if it cannot be decoded within the limits.
pub(crate) fn cleaned(bytes: &[u8]) -> Option<Picture> {
    let format = format(bytes)?;
    let (picture, profile) = decoded(bytes, format).ok()?;
    // A photograph stays one; what has sharp edges or can be seen through is kept as it is to the pixel.
    let is_photograph = format != ImageFormat::Png && !picture.color().has_alpha();
    encoded(&picture, is_photograph.then_some(QUALITY), profile).ok()
}

/// A small picture of it, of at most `most` bytes. None if it cannot be decoded within the limits.
pub(crate) fn small(bytes: &[u8], most: usize) -> Option<Picture> {
    let (picture, _) = decoded(bytes, format(bytes)?).ok()?;
    let (width, height) = (picture.width().min(SMALL_EDGE), picture.height().min(SMALL_EDGE));
    let small = picture.thumbnail(width, height);
    // On white, as on paper: what can be seen through would be lost on a dark page.
    let mut paper = image::RgbaImage::from_pixel(small.width(), small.height(), image::Rgba([255; 4]));
    image::imageops::overlay(&mut paper, &small.to_rgba8(), 0, 0);
    let paper = DynamicImage::ImageRgba8(paper).to_rgb8().into();
    encoded(&paper, Some(SMALL_QUALITY), None).ok().filter(|small| small.bytes.len() <= most)
}

/// The lightness of each pixel, of what is to be read by a program. None if it cannot be decoded within the limits.
pub(crate) fn lightness(bytes: &[u8]) -> Option<image::GrayImage> {
    Some(decoded(bytes, format(bytes)?).ok()?.0.into_luma8())
}

/// The picture as it is to be seen, and its colour profile.
fn decoded(bytes: &[u8], format: ImageFormat) -> ImageResult<(DynamicImage, Option<Vec<u8>>)> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(EDGE_MAX);
    limits.max_image_height = Some(EDGE_MAX);
    limits.max_alloc = Some(PIXELS_MAX_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    // What the decoder itself needs is counted beside this.
    limits.reserve(decoder.total_bytes())?;
    let (orientation, profile) = (decoder.orientation()?, decoder.icc_profile()?);
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok((picture, profile))
}

/// As JPEG of a quality, or as PNG.
fn encoded(picture: &DynamicImage, quality: Option<u8>, profile: Option<Vec<u8>>) -> ImageResult<Picture> {
    let mut bytes = Vec::new();
    let (media_type, ending) = match quality {
        Some(quality) => {
            let mut encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
            with_profile(&mut encoder, profile);
            // JPEG has eight bits of each colour and no more.
            match picture {
                DynamicImage::ImageLuma8(grey) => grey.write_with_encoder(encoder)?,
                picture => picture.to_rgb8().write_with_encoder(encoder)?,
            }
            ("image/jpeg", "jpg")
        }
        None => {
            let mut encoder = PngEncoder::new(&mut bytes);
            with_profile(&mut encoder, profile);
            picture.write_with_encoder(encoder)?;
            ("image/png", "png")
        }
    };
    Ok(Picture { bytes, media_type, ending })
}

fn with_profile(encoder: &mut impl ImageEncoder, profile: Option<Vec<u8>>) {
    if let Some(profile) = profile {
        // Without it colours are a shade off, no more.
        let _ = encoder.set_icc_profile(profile);
    }
}

/// The name of a picture of another kind than it was: with the ending of the new one.
pub(crate) fn renamed(name: &str, picture: &Picture) -> String {
    if colloque_client_core::media_type_of_name(name) == picture.media_type {
        return name.to_owned();
    }
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    format!("{stem}.{}", picture.ending)
}

#[cfg(test)]
mod tests;

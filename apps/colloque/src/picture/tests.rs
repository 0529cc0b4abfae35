use image::{Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

/// A marker segment of EXIF that says orientation 6 and a place (TIFF in big-endian order).
fn exif() -> Vec<u8> {
    let mut tiff = b"Exif\0\0MM\0\x2a\0\0\0\x08".to_vec();
    tiff.extend(2_u16.to_be_bytes());
    tiff.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]); // Orientation: turned by a quarter
    tiff.extend([0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38]); // The GPS directory
    tiff.extend([0; 4]);
    tiff.extend(b"canary-gps 48.8566N 2.3522E");
    let length = u16::try_from(tiff.len() + 2).unwrap();
    [&[0xff, 0xe1], &length.to_be_bytes()[..], &tiff].concat()
}

fn jpeg_with_exif(width: u32, height: u32) -> Vec<u8> {
    let mut plain = Vec::new();
    let picture =
        RgbImage::from_fn(
            width,
            height,
            |x, _| if x < width / 2 { Rgb([200, 0, 0]) } else { Rgb([0, 0, 200]) },
        );
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut plain, 95)).unwrap();
    [&plain[..2], &exif(), &plain[2..]].concat()
}

fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
    encoded(&picture.into(), None, None).unwrap().bytes
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_photograph_is_sent_upright_without_its_place_and_whatever_else_the_camera_wrote() {
    let taken = jpeg_with_exif(64, 32);
    assert!(holds(&taken, b"canary-gps") && holds(&taken, b"Exif"));
    let sent = cleaned(&taken).unwrap();
    assert_eq!((sent.media_type, sent.ending), ("image/jpeg", "jpg"));
    assert!(!holds(&sent.bytes, b"canary-gps") && !holds(&sent.bytes, b"Exif"));
    let (seen, _) = decoded(&sent.bytes, ImageFormat::Jpeg).unwrap();
    assert_eq!((seen.width(), seen.height()), (32, 64), "turned as the camera was held");
    let top = seen.to_rgb8().get_pixel(16, 4).0;
    assert!(top[0] > 150 && top[2] < 60, "{top:?}");
}

#[test]
fn text_beside_a_picture_goes_away_and_its_pixels_stay_as_they_are() {
    let picture = RgbaImage::from_fn(40, 30, |x, y| Rgba([x as u8, y as u8, 7, (x * 6) as u8]));
    let plain = png(picture.clone());
    let said = b"tEXtComment\0canary-text";
    let length = u32::try_from(said.len() - 4).unwrap().to_be_bytes();
    let taken = [&plain[..33], &length, said, &crc(said).to_be_bytes(), &plain[33..]].concat();
    let sent = cleaned(&taken).unwrap();
    assert!(!holds(&sent.bytes, b"canary-text"));
    assert_eq!(decoded(&sent.bytes, ImageFormat::Png).unwrap().0.to_rgba8(), picture);
}

#[test]
fn a_picture_of_more_pixels_than_the_limit_is_not_decoded_however_small_its_file() {
    let mut bomb = png(RgbImage::new(1, 1));
    // The header says 16,000 by 16,000 pixels; its checksum is made to fit.
    bomb[16..24].copy_from_slice(&[0, 0, 0x3e, 0x80, 0, 0, 0x3e, 0x80]);
    let checksum = crc(&bomb[12..29]).to_be_bytes();
    bomb[29..33].copy_from_slice(&checksum);
    assert!(cleaned(&bomb).is_none() && small(&bomb, 64 * 1024).is_none());
    let wide = png(RgbImage::new(EDGE_MAX + 1, 1));
    assert!(cleaned(&wide).is_none());
}

/// The checksum of PNG (its specification, annex D).
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 },
        )
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[test]
fn what_is_cut_short_or_made_up_is_no_picture() {
    let whole = png(RgbImage::from_pixel(200, 200, Rgb([1, 2, 3])));
    for bytes in [
        &whole[..whole.len() / 2],
        &whole[..20],
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a",
    ] {
        assert!(cleaned(bytes).is_none() && small(bytes, 64 * 1024).is_none());
    }
}

#[test]
fn a_small_picture_is_small_of_our_own_making_and_on_paper() {
    let wide = RgbaImage::from_pixel(2000, 500, Rgba([0, 0, 0, 0]));
    let made = small(&png(wide), 64 * 1024).unwrap();
    assert_eq!(made.media_type, "image/jpeg");
    let (seen, _) = decoded(&made.bytes, ImageFormat::Jpeg).unwrap();
    assert_eq!((seen.width(), seen.height()), (SMALL_EDGE, SMALL_EDGE / 4));
    assert!(seen.to_rgb8().pixels().all(|pixel| pixel.0.iter().all(|colour| *colour > 250)));
    let tiny = small(&png(RgbImage::new(3, 2)), 64 * 1024).unwrap();
    let (seen, _) = decoded(&tiny.bytes, ImageFormat::Jpeg).unwrap();
    assert_eq!((seen.width(), seen.height()), (3, 2), "not made larger");
    assert!(small(&png(RgbImage::new(3, 2)), 10).is_none(), "more than is kept");
}

#[test]
fn a_picture_that_becomes_another_kind_is_named_after_it() {
    let mut webp = Vec::new();
    let picture: DynamicImage = RgbImage::from_pixel(8, 8, Rgb([9, 9, 9])).into();
    picture.write_to(&mut Cursor::new(&mut webp), ImageFormat::WebP).unwrap();
    let sent = cleaned(&webp).unwrap();
    assert_eq!(renamed("IMG.1.webp", &sent), "IMG.1.jpg");
    assert_eq!(renamed("photo.JPEG", &sent), "photo.JPEG");
    assert_eq!(renamed("photo", &sent), "photo.jpg");
}

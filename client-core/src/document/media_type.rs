//! Media types: a closed list, of which none makes a browser or a system execute what it is given.

/// What anything else is.
const UNKNOWN: &str = "application/octet-stream";

/// Not here, on purpose: HTML, SVG and XML, which run scripts.
const KNOWN: [&str; 24] = [
    UNKNOWN,
    "application/dicom",
    "application/fhir+json",
    "application/json",
    "application/pdf",
    "application/rtf",
    "application/vnd.oasis.opendocument.presentation",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/zip",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "image/gif",
    "image/heic",
    "image/jpeg",
    "image/png",
    "image/webp",
    "text/csv",
    "text/plain",
    "video/mp4",
];

/// The media type that a claim stands for: one of a closed list, or `application/octet-stream`. It is a claim still:
/// nothing says that the document is of this type.
pub fn media_type(claimed: &str) -> &'static str {
    let essence = claimed.split(';').next().unwrap_or_default().trim();
    KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(essence)).unwrap_or(UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_stays_and_what_could_run_or_is_made_up_does_not() {
        assert_eq!(media_type("image/jpeg"), "image/jpeg");
        assert_eq!(media_type("Image/JPEG"), "image/jpeg");
        assert_eq!(media_type("text/plain;charset=utf-8"), "text/plain");
        for claimed in [
            "text/html",
            "image/svg+xml",
            "application/xhtml+xml",
            "text/xml",
            "application/javascript",
            "application/x-msdownload",
            "image/jpeg, text/html",
            "image/jpeg\r\nX: y",
            "",
            ";",
        ] {
            assert_eq!(media_type(claimed), UNKNOWN, "{claimed:?}");
        }
    }
}

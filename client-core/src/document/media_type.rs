//! Media types: a closed list, of which none makes a browser or a system execute what it is given.

/// What anything else is.
const UNKNOWN: &str = "application/octet-stream";

/// With the endings of names that say so. Not here, on purpose: HTML, SVG and XML, which run scripts.
const KNOWN: [(&str, &[&str]); 24] = [
    (UNKNOWN, &[]),
    ("application/dicom", &["dcm"]),
    ("application/fhir+json", &[]),
    ("application/json", &["json"]),
    ("application/pdf", &["pdf"]),
    ("application/rtf", &["rtf"]),
    ("application/vnd.oasis.opendocument.presentation", &["odp"]),
    ("application/vnd.oasis.opendocument.spreadsheet", &["ods"]),
    ("application/vnd.oasis.opendocument.text", &["odt"]),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", &["pptx"]),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &["xlsx"]),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", &["docx"]),
    ("application/zip", &["zip"]),
    ("audio/mp4", &["m4a"]),
    ("audio/mpeg", &["mp3"]),
    ("audio/ogg", &["oga", "ogg", "opus"]),
    ("image/gif", &["gif"]),
    ("image/heic", &["heic"]),
    ("image/jpeg", &["jpeg", "jpg"]),
    ("image/png", &["png"]),
    ("image/webp", &["webp"]),
    ("text/csv", &["csv"]),
    ("text/plain", &["txt"]),
    ("video/mp4", &["mp4"]),
];

/// The media type that a claim stands for: one of a closed list, or `application/octet-stream`. It is a claim still:
/// nothing says that the document is of this type.
pub fn media_type(claimed: &str) -> &'static str {
    let essence = claimed.split(';').next().unwrap_or_default().trim();
    let known = KNOWN.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(essence));
    known.map_or(UNKNOWN, |(known, _)| known)
}

/// The media type that the ending of a name stands for: one of the same list.
pub fn media_type_of_name(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_said = |endings: &[&str]| endings.iter().any(|known| known.eq_ignore_ascii_case(ending));
    let known = KNOWN.into_iter().find(|(_, endings)| is_said(endings));
    known.map_or(UNKNOWN, |(known, _)| known)
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

    #[test]
    fn a_name_stands_for_what_its_last_ending_says_and_for_nothing_that_could_run() {
        for (name, expected) in [
            ("Compte rendu.PDF", "application/pdf"),
            ("scan.tar.jpeg", "image/jpeg"),
            ("pdf", UNKNOWN),
            ("page.html", UNKNOWN),
            ("logo.svg", UNKNOWN),
            ("", UNKNOWN),
        ] {
            assert_eq!(media_type_of_name(name), expected, "{name:?}");
        }
    }
}

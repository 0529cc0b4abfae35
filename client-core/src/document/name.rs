//! Names of documents, which somebody else chose, made harmless to show and to save under.

/// Longest name, in characters: 120 with the two that may be added.
const NAME_MAX_CHARACTERS: usize = 118;
/// Longest name, in bytes: file systems allow 255, and an app may add a number.
const NAME_MAX_BYTES: usize = 200;
/// Longest ending that is kept when a name is cut.
const ENDING_MAX_CHARACTERS: usize = 12;
/// The name of what has none left.
const NAMELESS: &str = "document";

/// Names that Windows takes for devices, whatever their ending.
const RESERVED: [&str; 24] = [
    "aux", "con", "conin$", "conout$", "nul", "prn", "com1", "com2", "com3", "com4", "com5", "com6", "com7",
    "com8", "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// Endings that a system executes, or a browser from the disk. One more character at the end, and none does.
const EXECUTED: [&str; 42] = [
    "app",
    "appimage",
    "application",
    "bat",
    "chm",
    "cmd",
    "com",
    "command",
    "cpl",
    "deb",
    "desktop",
    "dll",
    "dmg",
    "exe",
    "gadget",
    "hta",
    "htm",
    "html",
    "jar",
    "js",
    "jse",
    "lnk",
    "msc",
    "msi",
    "pif",
    "pkg",
    "ps1",
    "py",
    "reg",
    "rpm",
    "scf",
    "scr",
    "sh",
    "svg",
    "url",
    "vbe",
    "vbs",
    "workflow",
    "wsf",
    "wsh",
    "xhtml",
    "xml",
];

/// A name to show, and to save under in any folder: on one line, without separators of folders, without characters that
/// are invisible or reorder their neighbours, not hidden, not reserved, not one that a system would execute, of at most 120
/// characters, with its ending. Never empty. A harmless name stays as it is.
pub fn safe_name(name: &str) -> String {
    let visible = name.chars().filter(|character| !is_deceptive(*character));
    let plain: String =
        visible.map(|character| if is_separator(character) { '_' } else { character }).collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let plain = plain.trim_start_matches(['.', ' ']).trim_end_matches(['.', ' ']);
    let mut name = shortened(plain);
    if name.is_empty() {
        return NAMELESS.to_owned();
    }
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    if RESERVED.contains(&digits_made_plain(&stem).as_str()) {
        name.insert(0, '_');
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    if ending.is_some_and(|ending| EXECUTED.contains(&ending.as_str())) {
        name.push('_');
    }
    name
}

/// Windows reads superscript digits as digits here.
fn digits_made_plain(stem: &str) -> String {
    stem.replace('¹', "1").replace('²', "2").replace('³', "3")
}

/// What file systems or shells take for something else than a part of a name.
fn is_separator(character: char) -> bool {
    matches!(
        character,
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '\u{2044}' | '\u{2215}' | '\u{29f8}'
    )
}

/// What is invisible, moves the cursor, or reorders its neighbours (Unicode TR 36, section 2), and private characters.
/// Blanks of all kinds are not among them: they become one blank.
fn is_deceptive(character: char) -> bool {
    (character.is_control() && !character.is_whitespace())
        || matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}'
        )
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(character, '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}' | '\u{e000}'..='\u{f8ff}')
        || matches!(character, '\u{e0000}'..='\u{10ffff}')
}

/// The name within its bounds, its ending kept.
fn shortened(name: &str) -> String {
    if name.chars().count() <= NAME_MAX_CHARACTERS && name.len() <= NAME_MAX_BYTES {
        return name.to_owned();
    }
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) if ending.chars().count() <= ENDING_MAX_CHARACTERS => {
            (stem, format!(".{ending}"))
        }
        _ => (name, String::new()),
    };
    let characters = NAME_MAX_CHARACTERS.saturating_sub(ending.chars().count());
    let mut short = String::new();
    for character in stem.chars().take(characters) {
        if short.len() + character.len_utf8() + ending.len() > NAME_MAX_BYTES {
            break;
        }
        short.push(character);
    }
    format!("{}{ending}", short.trim_end_matches(['.', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_harmless_name_stays_as_it_is() {
        for name in
            ["Ordonnance du 3 mars.pdf", "IRM (genou) – n° 2.dcm", "résumé.tar.gz", "写真.jpg", "x", "a.b.c"]
        {
            assert_eq!(safe_name(name), name);
        }
    }

    #[test]
    fn no_name_leaves_its_folder_or_hides() {
        for (name, expected) in [
            ("../../etc/passwd", "_.._etc_passwd"),
            ("..\\..\\windows\\system.ini", "_.._windows_system.ini"),
            ("/etc/shadow", "_etc_shadow"),
            ("C:\\secret.txt", "C__secret.txt"),
            ("..", "document"),
            (".bashrc", "bashrc"),
            (". . hidden.txt", "hidden.txt"),
            ("", "document"),
            (" \t\n ", "document"),
            ("name.pdf . .", "name.pdf"),
        ] {
            assert_eq!(safe_name(name), expected, "{name:?}");
        }
    }

    #[test]
    fn no_name_repaints_a_line_or_reads_otherwise_than_it_is() {
        let hostile = "photo\u{202e}gpj.\u{0}\u{1b}[2J\u{200b}\u{2066}\u{feff}\u{e0041}exe\r\n\u{2028}ok";
        let shown = safe_name(hostile);
        assert!(
            !shown.chars().any(|character| character.is_control() || is_deceptive(character)),
            "{shown:?}"
        );
        assert_eq!(shown, "photogpj.[2Jexe ok");
    }

    #[test]
    fn reserved_names_and_endings_that_are_executed_are_neither_any_more() {
        for (name, expected) in [
            ("CON", "_CON"),
            ("nul.txt", "_nul.txt"),
            ("Com1 .pdf", "_Com1 .pdf"),
            ("lpt².log", "_lpt².log"),
            ("facture.pdf.exe", "facture.pdf.exe_"),
            ("Photo.SCR", "Photo.SCR_"),
            ("page.html", "page.html_"),
            ("run.sh.", "run.sh_"),
            ("console.log", "console.log"),
        ] {
            assert_eq!(safe_name(name), expected, "{name:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut_and_keeps_its_ending() {
        let long = safe_name(&format!("{}.pdf", "x".repeat(400)));
        assert!(long.ends_with("x.pdf") && long.chars().count() == NAME_MAX_CHARACTERS, "{long}");
        let wide = safe_name(&format!("{}.jpeg", "🩺".repeat(150)));
        assert!(wide.ends_with("🩺.jpeg") && wide.len() <= NAME_MAX_BYTES, "{wide}");
        let endless = safe_name(&format!("x.{}", "y".repeat(300)));
        assert_eq!(endless.chars().count(), NAME_MAX_CHARACTERS);
        assert_eq!(safe_name(&safe_name(&long)), long, "a safe name is safe");
    }
}

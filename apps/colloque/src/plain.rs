//! Text that somebody else chose, made harmless for a terminal.
//!
//! A message or a name can hold escape sequences that repaint the screen, characters that reverse the order of their
//! neighbours, or lines that look like another person's message. None of them reaches the terminal as such.

/// What stands in place of a character that is not shown.
pub(crate) const REPLACEMENT: char = '\u{fffd}';

/// Columns after which a line of a message is broken.
const LINE_COLUMNS: usize = 72;

/// What starts every line of a message's text: no such line can pass for a line of this program.
const GUTTER: &str = "  | ";

/// Whether a character is invisible, moves the cursor, or reorders its neighbours (Unicode TR 36, section 2).
pub(crate) fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}')
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(character, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A name or other short text on one line.
pub(crate) fn name(text: &str) -> String {
    text.chars().map(|character| if is_deceptive(character) { REPLACEMENT } else { character }).collect()
}

/// The text of a message: its lines broken, indented behind a bar, without anything that a terminal acts on. The joiner
/// inside emoji and some scripts is kept: it is invisible but moves nothing.
pub(crate) fn body(text: &str) -> Vec<String> {
    lines(text).flat_map(|line| broken(&line)).collect()
}

/// The lines of a message, each without anything that a screen or a page acts on.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = String> {
    text.split(['\n', '\u{2028}', '\u{2029}']).map(|line| shown(line.strip_suffix('\r').unwrap_or(line)))
}

/// JSON whose characters that a terminal acts on are escaped, so that their value is kept. Outside strings JSON is ASCII
/// without control characters: whatever is deceptive stands in a string, where an escape means the same.
pub(crate) fn json(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if is_deceptive(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            text.push(character);
        }
    }
    text
}

/// The text of a message for a page, which keeps its lines and escapes what is markup.
pub(crate) fn text(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.split(['\n', '\u{2028}', '\u{2029}']).map(shown).collect::<Vec<_>>().join("\n")
}

fn shown(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    for character in line.chars() {
        match character {
            '\t' => shown.push_str("    "),
            '\u{200c}' | '\u{200d}' => shown.push(character),
            _ if is_deceptive(character) => shown.push(REPLACEMENT),
            _ => shown.push(character),
        }
    }
    shown
}

/// One line as several that fit, broken at the last blank where there is one.
fn broken(line: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = line;
    while let Some(end) = overflow(rest) {
        let fitting = rest.get(..end).unwrap_or(rest);
        let at = fitting.rfind(' ').filter(|at| *at > 0).unwrap_or(end);
        let (head, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        lines.push(format!("{GUTTER}{head}"));
        rest = tail.strip_prefix(' ').unwrap_or(tail);
    }
    lines.push(format!("{GUTTER}{rest}"));
    lines
}

/// Where the first character begins that no longer fits.
fn overflow(line: &str) -> Option<usize> {
    let mut columns = 0;
    for (at, character) in line.char_indices() {
        // From Hangul Jamo on, many characters are two columns wide: rather break early than late.
        columns += if character >= '\u{1100}' { 2 } else { 1 };
        if columns > LINE_COLUMNS {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_escape_sequence_of_a_name_or_message_reaches_the_terminal() {
        let hostile = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\rDr\u{8}\u{202e}evil\u{2066}\u{0}";
        for text in [name(hostile), body(hostile).concat()] {
            assert!(!text.chars().any(is_deceptive), "{text:?}");
            assert!(text.contains("evil"), "what can be read stays: {text:?}");
        }
    }

    #[test]
    fn every_line_of_a_message_stands_behind_the_bar_however_it_is_broken() {
        let forged = format!("hello\nDr Martin wrote:\r\nx\u{2028}y{}Dr Martin wrote:", " ".repeat(200));
        let lines = body(&forged);
        assert!(lines.len() > 4);
        for line in lines {
            assert!(line.starts_with(GUTTER), "{line:?}");
            assert!(line.chars().count() <= GUTTER.len() + LINE_COLUMNS, "{line:?}");
        }
    }

    #[test]
    fn ordinary_text_of_any_script_stays_as_it_is() {
        assert_eq!(body("Été 👩\u{200d}⚕️\n\tдва"), ["  | Été 👩\u{200d}⚕️", "  |     два"]);
        assert_eq!(name("Zoé d’Été"), "Zoé d’Été");
    }

    #[test]
    fn long_lines_break_at_blanks_and_lose_no_word() {
        let text = "mot ".repeat(60);
        let joined: Vec<String> = body(text.trim()).iter().map(|line| line.replace(GUTTER, "")).collect();
        assert_eq!(joined.join(" "), text.trim());
        let unbroken = "x".repeat(200);
        let joined: String = body(&unbroken).iter().map(|line| line.replace(GUTTER, "")).collect();
        assert_eq!(joined, unbroken);
    }
}

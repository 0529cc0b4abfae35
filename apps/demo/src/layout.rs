//! Lines that fit a terminal. Pure: text in, lines out.

/// No line is wider, in characters.
pub(crate) const COLUMNS: usize = 80;

/// Breaks one line at blanks; `first` stands before the first piece and `next` before each other one. A word that does
/// not fit by itself is broken.
pub(crate) fn wrapped(text: &str, first: &str, next: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut is_empty = true;
    // Leading blanks are meant: they indent.
    let (blanks, words) = text.split_at(text.len() - text.trim_start().len());
    line.push_str(blanks);
    let mut words: Vec<&str> = words.split(' ').rev().collect();
    while let Some(word) = words.pop() {
        let gap = usize::from(!is_empty);
        let room = COLUMNS.saturating_sub(width(&line) + gap);
        if width(word) <= room {
            line.push_str(if is_empty { "" } else { " " });
            line.push_str(word);
            is_empty = false;
        } else if is_empty {
            let at = word.char_indices().nth(room.max(1)).map_or(word.len(), |(at, _)| at);
            let (head, tail) = word.split_at_checked(at).unwrap_or((word, ""));
            line.push_str(head);
            words.push(tail);
            is_empty = false;
        } else {
            words.push(word);
            lines.push(std::mem::replace(&mut line, next.to_owned()));
            is_empty = true;
        }
    }
    lines.push(line);
    lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
}

/// A command of these words, continued on the next line where it does not fit.
pub(crate) fn command(prompt: &str, words: &[String]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = prompt.to_owned();
    for word in words {
        // Room for " \" at the end.
        if width(&line) + 1 + width(word) > COLUMNS - 2 && line.trim() != prompt.trim() {
            line.push_str(" \\");
            lines.push(std::mem::replace(&mut line, "     ".to_owned()));
        }
        line.push(' ');
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// A word of a command, quoted where a shell wants it.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "-_./:=,…+@".contains(character);
    if word == "&" || (!word.is_empty() && word.chars().all(is_plain)) {
        word.to_owned()
    } else if word.contains(['"', '$', '`', '\\', '!']) {
        format!("'{}'", word.replace('\'', r"'\''"))
    } else {
        format!("\"{word}\"")
    }
}

/// The first and last lines of many, and how many are between them.
pub(crate) fn elided(lines: Vec<String>, keep: usize, between: impl Fn(usize) -> String) -> Vec<String> {
    if lines.len() <= 2 * keep + 1 {
        return lines;
    }
    let hidden = lines.len() - 2 * keep;
    let mut shown: Vec<String> = lines.iter().take(keep).cloned().collect();
    shown.push(between(hidden));
    shown.extend(lines.into_iter().skip(keep + hidden));
    shown
}

/// A text with this in place of each QR code.
pub(crate) fn without_qr(text: &str, instead: &str) -> String {
    let is_qr = |line: &str| line.contains(['█', '▀', '▄']);
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines() {
        if !is_qr(line) {
            lines.push(line);
        } else if lines.last() != Some(&instead) {
            lines.push(instead);
        }
    }
    lines.join("\n")
}

/// Long tokens cut to their start: invitations and key hashes have more characters than anybody reads.
pub(crate) fn shortened(text: &str) -> String {
    const INVITATION_SHOWN: usize = 24;
    const HASH_SHOWN: usize = 16;
    const HASH_DIGITS: usize = 64;
    let short = |word: &str| {
        let is_hash = word.len() == HASH_DIGITS && word.chars().all(|digit| digit.is_ascii_hexdigit());
        let shown = if is_hash {
            HASH_SHOWN
        } else if word.starts_with("COLLOQUE1.") {
            INVITATION_SHOWN
        } else {
            return word.to_owned();
        };
        word.get(..shown).map_or_else(|| word.to_owned(), |start| format!("{start}…"))
    };
    text.split(' ').map(short).collect::<Vec<_>>().join(" ")
}

fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_fits_and_no_word_is_lost() {
        let text = "mot ".repeat(70) + &"x".repeat(200);
        let lines = wrapped(&text, "  ", "      ");
        assert!(lines.iter().all(|line| width(line) <= COLUMNS), "{lines:?}");
        let joined: String = lines.concat().split_whitespace().collect();
        assert_eq!(joined, text.split_whitespace().collect::<String>());
    }

    #[test]
    fn a_line_keeps_the_blanks_that_indent_it() {
        assert_eq!(wrapped("   a  b", "> ", ""), [">    a  b"]);
        assert_eq!(wrapped("", "> ", ""), [">"]);
    }

    #[test]
    fn a_command_is_quoted_and_continued_as_a_shell_reads_it() {
        let words = ["colloque", "send", "1", "d'accord", "a $b", ""].map(quoted);
        assert_eq!(command("$", &words), ["$ colloque send 1 \"d'accord\" 'a $b' \"\""]);
        let words: Vec<String> = (0..20).map(|_| "argument".to_owned()).collect();
        let lines = command("$", &words);
        assert!(lines.iter().all(|line| width(line) <= COLUMNS));
        assert!(lines.split_last().unwrap().1.iter().all(|line| line.ends_with(" \\")));
    }

    #[test]
    fn the_middle_of_a_long_text_is_counted() {
        let lines: Vec<String> = (1..=9).map(|number| number.to_string()).collect();
        let between = |count| format!("[{count}]");
        assert_eq!(elided(lines.clone(), 2, between), ["1", "2", "[5]", "8", "9"]);
        assert_eq!(elided(lines.clone(), 4, between), lines);
    }

    #[test]
    fn a_qr_code_is_one_line() {
        assert_eq!(without_qr("a\n█▀ \n ▄█\n\nb", "[QR]"), "a\n[QR]\n\nb");
    }

    #[test]
    fn invitations_and_key_hashes_are_shortened_and_nothing_else() {
        let invitation = format!("COLLOQUE1.{}", "a".repeat(300));
        assert_eq!(shortened(&format!("x {invitation}")), "x COLLOQUE1.aaaaaaaaaaaaaa…");
        assert_eq!(shortened(&format!("key {}", "b".repeat(64))), "key bbbbbbbbbbbbbbbb…");
        for other in ["b".repeat(32), "x".repeat(64), "COLLOQUE1.a".to_owned()] {
            assert_eq!(shortened(&other), other);
        }
    }
}

//! Which characters a page can show. The fonts are in the program, each under a licence that lets anybody pass it on
//! (`assets/fonts/LICENSES.txt`); PDF/A allows no character without a glyph. What they lack is written as its number, so
//! that nothing is lost and nothing stops the document.

use std::collections::HashMap;

use typst::World;
use typst::layout::Abs;
use typst::text::{Font, FontVariant, FontVariations};

use crate::plain;

/// The families of the document, in the order in which they are tried: text; other alphabets and signs.
pub(super) const FAMILIES: [&str; 2] = ["Libertinus Serif", "DejaVu Sans Mono"];

/// Their fonts. Those that typst brings along are not used: the licence of one forbids what ours allows.
pub(super) const FONTS: [&[u8]; 5] = [
    include_bytes!("../../assets/fonts/LibertinusSerif-Regular.otf"),
    include_bytes!("../../assets/fonts/LibertinusSerif-Bold.otf"),
    include_bytes!("../../assets/fonts/LibertinusSerif-Italic.otf"),
    include_bytes!("../../assets/fonts/LibertinusSerif-BoldItalic.otf"),
    include_bytes!("../../assets/fonts/DejaVuSansMono.ttf"),
];

/// Longest run of characters without a blank that surely fits on a line.
const RUN_MAX_CHARACTERS: usize = 40;

/// Where a line may break (zero width space).
const BREAK: char = '\u{200b}';

/// The families that have a glyph, one bit each.
type Families = u8;

/// The characters that there are glyphs for.
pub(super) struct Glyphs {
    /// In upright text of ordinary weight, as messages are set.
    upright: HashMap<char, Families>,
    /// In every style, as names may be set.
    every: HashMap<char, Families>,
}

impl Glyphs {
    /// Of the fonts that typst has here.
    pub(super) fn of(world: &dyn World) -> Self {
        let mut glyphs = Self { upright: HashMap::new(), every: HashMap::new() };
        for (bit, family) in FAMILIES.iter().enumerate() {
            let fonts = world.book().select_family(&family.to_lowercase());
            let fonts: Vec<Font> = fonts.filter_map(|index| world.font(index)).collect();
            let mut counts: HashMap<char, usize> = HashMap::new();
            for font in &fonts {
                let is_upright = font.info().variant == FontVariant::default();
                for character in characters(font) {
                    *counts.entry(character).or_default() += 1;
                    if is_upright {
                        *glyphs.upright.entry(character).or_default() |= 1 << bit;
                    }
                }
            }
            for (character, _) in counts.into_iter().filter(|(_, count)| *count == fonts.len()) {
                *glyphs.every.entry(character).or_default() |= 1 << bit;
            }
        }
        glyphs
    }

    /// A name, or another short text on one line.
    pub(super) fn name(&self, text: &str) -> String {
        shown(&plain::name(text), &self.every)
    }

    /// The text of a message, line by line.
    pub(super) fn lines(&self, text: &str) -> Vec<String> {
        plain::lines(text).map(|line| shown(&line, &self.upright)).collect()
    }
}

/// Those that a font has more for than the box that stands for all others (glyph 0): some fonts list characters that
/// they do not have.
fn characters(font: &Font) -> Vec<char> {
    let listed = font.info().coverage.iter().filter_map(char::from_u32);
    let font = font.clone().instantiate(FontVariant::default(), Abs::pt(10.0), &FontVariations::default());
    let is_drawn = |character| font.ttf().glyph_index(character).is_some_and(|glyph| glyph.0 != 0);
    listed.filter(|character| is_drawn(*character) && !is_private(*character)).collect()
}

/// Whether a character means what its font says, and so nothing in an archive: PDF/A-2a has none.
const fn is_private(character: char) -> bool {
    matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..)
}

/// Whether a character is drawn as a part of the one before it. The standard library has no other way to ask: it escapes
/// such characters, and what does not print, and nothing else beyond ASCII.
fn is_mark(character: char) -> bool {
    !character.is_ascii() && character.escape_debug().len() > 1
}

fn shown(line: &str, glyphs: &HashMap<char, Families>) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut run = 0;
    // The families that have the last character and all its marks: those are drawn by one font, or not at all.
    let mut whole: Families = 0;
    for character in line.chars() {
        let families = glyphs.get(&character).copied().unwrap_or_default();
        whole = if is_mark(character) { whole & families } else { families };
        let is_known = whole != 0;
        run = if character == ' ' { 0 } else { run + 1 };
        let is_long = run > RUN_MAX_CHARACTERS && !is_mark(character);
        if is_long || (run > 1 && !is_known) {
            // A line may break here that otherwise would run off the page.
            shown.push(BREAK);
            run = 1;
        }
        if is_known {
            shown.push(character);
        } else {
            shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(character)));
        }
    }
    shown
}

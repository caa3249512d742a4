//! Which characters XML 1.0 allows, and where.

/// Whether the character may stand in a document at all
/// (<https://www.w3.org/TR/xml/#charsets>).
pub(super) const fn is_allowed(c: char) -> bool {
    !matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}')
}

/// Whether the character is white space (<https://www.w3.org/TR/xml/#NT-S>).
pub(super) const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// The text without white space around it.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Whether nothing is left of the text once white space and forbidden characters are gone.
pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| is_space(c) || !is_allowed(c))
}

/// Length of the text in UTF-16 units: one a character, two for those of four bytes.
pub(super) fn units(text: &str) -> usize {
    text.chars().count() + text.bytes().filter(|byte| *byte >= 0xf0).count()
}

/// Whether the text can name an element or attribute (<https://www.w3.org/TR/xml/#NT-Name>).
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(starts_name) && text.chars().all(|c| starts_name(c) || continues_name(c))
}

const fn starts_name(c: char) -> bool {
    matches!(c, ':' | 'A'..='Z' | '_' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}'
        | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}'
        | '\u{200c}' | '\u{200d}' | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}'
        | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

const fn continues_name(c: char) -> bool {
    matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}' | '\u{2040}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_units_are_counted_without_decoding() {
        for text in ["", "abc", "é", "漢字", "🎈🎈", "a\0\u{fffe}\u{10ffff}\u{ffff}\u{800}\u{7ff}"]
        {
            assert_eq!(units(text), text.encode_utf16().count(), "{text}");
        }
    }

    #[test]
    fn exactly_the_characters_of_xml_are_allowed() {
        let xml = |c: char| match u32::from(c) {
            0x9 | 0xa | 0xd | 0x20..=0xd7ff | 0xe000..=0xfffd => true,
            code => code >= 0x10000,
        };
        for c in '\0'..=char::MAX {
            assert_eq!(is_allowed(c), xml(c), "{c:?}");
        }
    }

    #[test]
    fn names_begin_with_a_letter() {
        for name in ["Message", "a", "_a.b-c1", "x:y", "é", "名"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "3", "-a", ".a", "a b", "a/", "a\"b", "×", "a<"] {
            assert!(!is_name(name), "{name}");
        }
    }
}

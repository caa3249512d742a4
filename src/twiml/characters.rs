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

/// Length of the text in UTF-16 units, without forbidden characters.
pub(super) fn units(text: &str) -> usize {
    text.chars().filter(|c| is_allowed(*c)).map(char::len_utf16).sum()
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

//! Tags of HTML in Markdown, and what each means for a phone.

use crate::markup::Kind;

/// A tag that is known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct HtmlTag<'a> {
    pub(super) name: String,
    pub(super) is_end: bool,
    attributes: &'a str,
}

/// What is done with a tag.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Style(Kind),
    /// A link, if it has an address.
    Link,
    Image,
    /// A new line.
    Line,
    /// A new line with a bullet.
    Item,
    Rule,
    /// It goes, and its text with it.
    Hidden,
    /// It goes.
    Nothing,
}

/// Reads the tag or comment with which a text begins: a tag if it is one that is known, and how
/// many bytes it takes. `None` if it is just text.
pub(super) fn read(html: &str) -> Option<(Option<HtmlTag<'_>>, usize)> {
    for (begin, end) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">")] {
        if let Some(rest) = html.strip_prefix(begin) {
            let length = rest.find(end).map_or(html.len(), |at| begin.len() + at + end.len());
            return Some((None, length));
        }
    }
    let rest = html.strip_prefix('<')?;
    let (is_end, rest) = rest.strip_prefix('/').map_or((false, rest), |rest| (true, rest));
    let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let name = rest[..length].to_ascii_lowercase();
    meaning(&name)?;
    let attributes = &rest[length..];
    let end = attributes_end(attributes)?;
    let tag = HtmlTag { name, is_end, attributes: &attributes[..end] };
    Some((Some(tag), html.len() - attributes.len() + end + 1))
}

/// What a known tag means.
pub(super) fn meaning(name: &str) -> Option<Meaning> {
    Some(match name {
        "b" | "strong" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "th" | "dt" => {
            Meaning::Style(Kind::Bold)
        }
        "i" | "em" | "cite" | "var" => Meaning::Style(Kind::Italic),
        "s" | "del" | "strike" => Meaning::Style(Kind::Strike),
        "code" | "kbd" | "samp" | "tt" => Meaning::Style(Kind::Code),
        "pre" => Meaning::Style(Kind::Mono),
        "a" => Meaning::Link,
        "img" => Meaning::Image,
        "br" | "p" | "div" | "tr" | "ul" | "ol" | "dl" | "dd" | "table" | "blockquote"
        | "section" | "article" | "header" | "footer" | "main" | "nav" | "details" | "summary"
        | "figure" | "figcaption" => Meaning::Line,
        "li" => Meaning::Item,
        "hr" => Meaning::Rule,
        "script" | "style" | "head" | "title" | "template" | "iframe" => Meaning::Hidden,
        "span" | "u" | "ins" | "mark" | "small" | "big" | "sub" | "sup" | "font" | "center"
        | "label" | "abbr" | "q" | "td" | "thead" | "tbody" | "tfoot" | "picture" | "source"
        | "video" | "audio" | "html" | "body" | "meta" | "link" | "input" | "button" | "form"
        | "wbr" | "time" | "address" => Meaning::Nothing,
        _ => return None,
    })
}

/// Attributes that stand without a value.
const BARE: [&str; 8] =
    ["open", "hidden", "disabled", "checked", "download", "controls", "reversed", "async"];

/// Where the `>` stands behind well-formed attributes.
fn attributes_end(text: &str) -> Option<usize> {
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start();
        let closed = trimmed.strip_prefix('/').unwrap_or(trimmed);
        if closed.starts_with('>') {
            return Some(text.len() - closed.len());
        }
        if trimmed.len() == rest.len() {
            return None;
        }
        let (name, _, after) = attribute(trimmed)?;
        let has_value = trimmed[name.len()..].trim_start().starts_with('=');
        if !has_value && !BARE.contains(&name.to_ascii_lowercase().as_str()) {
            return None;
        }
        rest = after;
    }
}

/// The first attribute: name, value, and what follows.
fn attribute(text: &str) -> Option<(&str, &str, &str)> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':');
    let length = text.find(|c| !is_name(c)).unwrap_or(text.len());
    if length == 0 {
        return None;
    }
    let (name, rest) = text.split_at(length);
    let Some(value) = rest.trim_start().strip_prefix('=') else { return Some((name, "", rest)) };
    let value = value.trim_start();
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote) {
            let (value, rest) = inner.split_once(quote)?;
            return Some((name, value, rest));
        }
    }
    let end = value.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(value.len());
    (end > 0).then(|| (name, &value[..end], &value[end..]))
}

impl HtmlTag<'_> {
    /// The value of an attribute, with its entities decoded.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let mut rest = self.attributes.trim_start();
        while let Some((known, value, after)) = attribute(rest) {
            if known.eq_ignore_ascii_case(name) {
                return Some(decoded(value));
            }
            rest = after.trim_start();
        }
        None
    }
}

/// A text with its commonest entities decoded.
pub(super) fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = rest.bytes().take(12).position(|byte| byte == b';').unwrap_or(0);
        let entity = &rest[..length].get(1..).unwrap_or_default();
        let found = entity_char(entity);
        out.push(found.unwrap_or('&'));
        rest = &rest[if found.is_some() { length + 1 } else { 1 }..];
    }
    out + rest
}

fn entity_char(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|c| !c.is_control());
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "copy" => '©',
        "reg" => '®',
        "euro" => '€',
        "hellip" => '…',
        "ndash" => '–',
        "mdash" => '—',
        "bull" => '•',
        "times" => '×',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_tags_with_whole_attributes_are_tags() {
        let known =
            |html: &str| matches!(read(html), Some((Some(_), length)) if length == html.len());
        for html in [
            "<b>",
            "</b>",
            "<BR/>",
            "<br />",
            "<a href=\"x>y\">",
            "<img src=x alt='y'>",
            "<details open>",
        ] {
            assert!(known(html), "{html}");
        }
        for html in [
            "<your-name>",
            "<b and c>",
            "<b",
            "<>",
            "< b>",
            "<b c=>",
            "<a href=\"x>",
            "<https://a.example>",
        ] {
            assert!(!known(html), "{html}");
        }
        assert_eq!(read("<!-- a > b -->c"), Some((None, 14)));
    }

    #[test]
    fn attributes_and_entities_are_read() {
        let (tag, _) = read("<a class=x HREF='?a=1&amp;b=&#x41;&bogus;'>").unwrap();
        assert_eq!(tag.unwrap().attribute("href").unwrap(), "?a=1&b=A&bogus;");
    }
}

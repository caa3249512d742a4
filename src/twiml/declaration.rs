//! The line that a document may begin with: version, encoding and standalone, in this order.

use super::{
    Fault,
    advice::{self, shown},
    pieces::Attribute,
};

/// What is wrong with the declaration that begins at this byte of the text, and at which byte.
pub(super) fn check(
    at: usize,
    attributes: Vec<Attribute<'_>>,
    text: &str,
) -> Result<(), (usize, Fault)> {
    if at != 0 {
        let first = "<?xml must be the very first thing in the document";
        return Err((at, Fault::Malformed(first.into())));
    }
    let mut attributes = attributes.into_iter().peekable();
    if attributes.next_if(|a| a.name == "version" && a.value == "1.0").is_none() {
        return Err((0, Fault::Version));
    }
    if let Some(encoding) = attributes.next_if(|a| a.name == "encoding") {
        let is_ascii = encoding.value.eq_ignore_ascii_case("us-ascii") && text.is_ascii();
        if !is_ascii && !encoding.value.eq_ignore_ascii_case("utf-8") {
            return Err((encoding.at, Fault::Encoding(shown(&encoding.value))));
        }
    }
    attributes.next_if(|a| a.name == "standalone" && matches!(&*a.value, "yes" | "no"));
    match attributes.next() {
        Some(other) => Err((other.at, Fault::Malformed(advice::DECLARATION.into()))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::twiml::Response;

    fn check(xml: impl AsRef<[u8]>, code: u16, expected: &str) {
        let error = Response::read(xml).unwrap_err();
        assert_eq!((error.code(), &*error.to_string()), (code, expected));
    }

    #[test]
    fn declarations_are_checked() {
        let version = "line 1, column 1: the declaration must begin with version=\"1.0\"";
        for (declaration, code, expected) in [
            ("<?xml version=\"1.1\"?>", 12101, version),
            ("<?xml version=\"2.0\" encoding=\"UTF-8\"?>", 12101, version),
            ("<?xml encoding=\"UTF-8\"?>", 12101, version),
            ("<?xml?>", 12101, version),
            (
                " <?xml version=\"1.0\"?>",
                12100,
                "line 1, column 2: <?xml must be the very first thing in the document",
            ),
            (
                "<!-- hi --><?xml version=\"1.0\"?>",
                12100,
                "line 1, column 12: <?xml must be the very first thing in the document",
            ),
            (
                "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>",
                12100,
                "line 1, column 21: the document is declared as ISO-8859-1; serve UTF-8 and declare \
                 encoding=\"UTF-8\"",
            ),
            (
                "<?xml version=\"1.0\" encoding=\"us-ascii\"?><!--é-->",
                12100,
                "line 1, column 21: the document is declared as us-ascii; serve UTF-8 and declare \
                 encoding=\"UTF-8\"",
            ),
            (
                "<?xml version=\"1.0\" standalone=\"maybe\"?>",
                12100,
                "line 1, column 21: the declaration must be <?xml version=\"1.0\" \
                 encoding=\"UTF-8\"?>",
            ),
            (
                "<?XML version=\"1.0\"?>",
                12100,
                "line 1, column 1: the declaration must be <?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            ),
        ] {
            check(format!("{declaration}<Response/>"), code, expected);
        }
        for declaration in [
            "<?xml version='1.0'?>",
            "<?xml version=\"1.0\" encoding='utf-8' ?>",
            "<?xml version=\"1.0\" encoding=\"US-ASCII\" standalone=\"yes\"?>",
            "\n<!-- comment --><?php-like instruction?>\n",
        ] {
            let read = Response::read(format!("{declaration}<Response/>")).unwrap();
            assert!(read.response.is_empty() && read.warnings.is_empty(), "{declaration}");
        }
    }
}

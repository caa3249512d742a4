//! How a body is shown on the page.

/// The body as HTML that may go into the page as it is: escaped, lines broken.
pub(super) fn html_of(body: &str) -> String {
    let mut html = String::with_capacity(body.len());
    for character in body.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\n' => html.push_str("<br>"),
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_of_html_is_text() {
        assert_eq!(html_of("<b>\"a\" & b</b>\nc"), "&lt;b&gt;&quot;a&quot; &amp; b&lt;/b&gt;<br>c");
    }
}

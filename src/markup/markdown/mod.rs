//! Reads Markdown, as language models and content systems write it, and makes of it what a phone
//! can show.

mod inline;
mod page;
mod table;
mod tag;

use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

use self::{inline::Inline, page::Page, table::Table};
use super::{Kind, Rich, builder::encoded};

impl Rich {
    /// Reads Markdown (`CommonMark` with GitHub's tables, task lists, strike-through and footnotes).
    ///
    /// | Markdown | becomes |
    /// | --- | --- |
    /// | a heading | a bold line |
    /// | a nested list | an indented one |
    /// | a task | ☑ or ☐ |
    /// | a table | a line `*Header:* value` for each cell |
    /// | a link, an image | `text (address)` |
    /// | a quote in a quote | one quote |
    /// | a rule | ——— |
    /// | a footnote | `[1]`, and `[1] text` at the end |
    /// | HTML | the style it means, or nothing; unknown tags are text |
    ///
    /// ```
    /// use chinwag::markup::Rich;
    ///
    /// let text = Rich::from_markdown("# Hi\n\n**2*3*4** is [24](https://a.example)\n* a\n  * b");
    /// assert_eq!(text.to_string(), "*Hi*\n\n*2∗3∗4* is 24 (https://a.example)\n\n- a\n  - b");
    /// ```
    #[must_use]
    pub fn from_markdown(markdown: &str) -> Self {
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS;
        let mut reader = Reader::new(markdown);
        for (event, range) in Parser::new_ext(markdown, options).into_offset_iter() {
            reader.event(event, range);
        }
        reader.page.finish()
    }
}

/// Follows the events of the parser.
struct Reader<'a> {
    inline: Inline<'a>,
    page: Page,
    table: Option<Table>,
    /// The code block or block of HTML that is being read.
    raw: Option<String>,
}

impl<'a> Reader<'a> {
    fn new(source: &'a str) -> Self {
        Self { inline: Inline::new(source), page: Page::new(source.len()), table: None, raw: None }
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.raw {
                Some(raw) => raw.push_str(&text),
                None => self.inline.text(&text, range),
            },
            Event::Code(code) => self.inline.code(&code),
            Event::Html(html) => match &mut self.raw {
                Some(raw) => raw.push_str(&html),
                None => self.inline.html(&html),
            },
            Event::InlineHtml(html) => self.inline.html(&html),
            Event::FootnoteReference(label) => self.inline.plain(&format!("[{label}]")),
            Event::SoftBreak if self.page.in_list() => self.inline.plain(" "),
            Event::SoftBreak | Event::HardBreak => self.inline.line_end(),
            Event::Rule => {
                self.flush();
                self.page.write(&mut Rich::from("———"));
            }
            Event::TaskListMarker(done) => self.inline.plain(if done { "☑ " } else { "☐ " }),
            Event::InlineMath(text) | Event::DisplayMath(text) => self.inline.plain(&text),
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Emphasis => self.inline.emphasis(range),
            Tag::Strong => self.inline.strong(range),
            Tag::Strikethrough => self.inline.strike(range),
            Tag::Link { link_type, dest_url, .. } => {
                let mut to = encoded(&dest_url);
                if link_type == LinkType::Email {
                    to.insert_str(0, "mailto:");
                }
                self.inline.link(range, to);
            }
            Tag::Image { dest_url, .. } => self.inline.image(range, encoded(&dest_url)),
            Tag::Heading { .. } => {
                self.flush();
                self.inline.open(Kind::Bold);
            }
            Tag::List(first) => {
                self.flush();
                self.page.open_list(first);
            }
            Tag::Item => self.page.open_item(),
            Tag::BlockQuote(_) => {
                self.flush();
                self.page.open_quote();
            }
            Tag::CodeBlock(_) | Tag::HtmlBlock => {
                self.flush();
                self.raw = Some(String::new());
            }
            Tag::Table(_) => {
                self.flush();
                self.table = Some(Table::default());
            }
            Tag::FootnoteDefinition(label) => {
                self.flush();
                self.page.open_footnote();
                self.inline.plain(&format!("[{label}] "));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Link
            | TagEnd::Image => {
                self.inline.close();
            }
            TagEnd::Heading(_) | TagEnd::Paragraph => self.flush(),
            TagEnd::Item => {
                self.flush();
                self.page.close_item();
            }
            TagEnd::List(_) => self.page.close_list(),
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.page.close_quote();
            }
            TagEnd::CodeBlock => {
                let code = self.raw.take().unwrap_or_default();
                self.page.write_code(code.strip_suffix('\n').unwrap_or(&code));
            }
            TagEnd::HtmlBlock => {
                let html = self.raw.take().unwrap_or_default();
                self.inline.html(&html);
                self.flush();
            }
            TagEnd::TableCell => {
                let cell = self.inline.take();
                if let Some(table) = &mut self.table {
                    table.cell(cell);
                }
            }
            TagEnd::TableHead | TagEnd::TableRow => {
                if let Some(table) = &mut self.table {
                    table.end_row(tag == TagEnd::TableHead);
                }
            }
            TagEnd::Table => {
                for mut row in self.table.take().into_iter().flat_map(Table::into_rows) {
                    self.page.write(&mut row);
                    self.page.part();
                }
            }
            TagEnd::FootnoteDefinition => {
                self.flush();
                self.page.close_footnote();
            }
            _ => {}
        }
    }

    /// Ends the paragraph, heading or first part of an item, if there is any.
    fn flush(&mut self) {
        if self.inline.is_untouched() {
            return;
        }
        let mut text = self.inline.take();
        if !text.is_empty() {
            self.page.write(&mut text);
            self.inline.give(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select};

    use super::super::{Mark, marks, sample, write::is_style};
    use super::*;

    fn check(markdown: &str, expected: &str) {
        assert_eq!(Rich::from_markdown(markdown).to_string(), expected, "{markdown}");
    }

    #[test]
    fn styles_are_kept_where_a_phone_shows_them() {
        check("***a** b*", "_*a* b_");
        check("**a_b_c**", "*a_b_c*");
        check("a**b**c *d*e **f**", "abc ∗d*e *f*");
        check("# `a*b` c", "`a*b` *c*");
        check("**注意：**正文", "注意：正文");
        check("**注意：**，正文**好**", "*注意：*，正文好");
        check("**a **b and **c **d", "*a* b and *c* d");
        check("a **b \\*\\* c", "a **b ** c");
        check("~a~ ~~b~~ ~5 to ~10", "∼a∼ ~b~ ~5 to ~10");
        check("a ** b ** c", "a ** b ** c");
    }

    #[test]
    fn names_and_addresses_stay_whole() {
        check(
            "__init__.py and __call__(x) and self.__x__",
            "＿＿init＿＿.py and ＿＿call＿＿(x) and self.＿＿x＿＿",
        );
        check("_see https://a.example/_b_c_ d_", "_see_ https://a.example/_b_c_ _d_");
        check("**https://a.example/x**", "https://a.example/x");
        check("https://a.example/*b* *c*", "https://a.example/*b∗ _c_");
        check("<mail@a.example> [x](mailto:y@a.example)", "mail@a.example x (y@a.example)");
        check("[a *b*](https://a.example/c_d \"title\")", "a _b_ (https://a.example/c_d)");
        check("[![a](b.png)](https://a.example)", "a (https://a.example)");
    }

    #[test]
    fn blocks_are_set_on_lines() {
        check("- a\n\n  b\n\n  ```\n  c\n  ```\n- d  \n  e", "- a\n  b\n```\nc\n```\n- d\n  e");
        check("1. a\n   - b\n   - c\n2. d\n\ne", "1. a\n  - b\n  - c\n2. d\n\ne");
        check("> # a\n> - b\n>\n> c\n\nd", "> *a*\n> - b\n> c\n\nd");
        check("> a\n> ```\n> b\n> ```\n> c", "> a\n```\nb\n```\n> c");
        check("-\n- a", "-\n- a");
        check("|a|b|\n|-|-|\n||1|\n|2|", "*b:* 1\n\n*a:* 2");
        check("|a|b|\n|-|-|", "*a*\n*b*");
        check("a[^x]\n\n[^x]: b\n\nc", "a[x]\n\nc\n\n[x] b");
        check("a\r\n\r\n- [x] b\r\n", "a\n\n- ☑ b");
        check("", "");
    }

    #[test]
    fn html_means_a_style_or_nothing() {
        check(
            "a <i>b</i> <u>c</u> <your-name> a<b and c>d <!-- e --> f",
            "a _b_ c <your-name> a<b and c>d  f",
        );
        check("<div>\n<b>a</b> &amp; b\n<p>c</p>\n</div>\n\nd", "*a* & b\nc\n\nd");
        check(
            "<a href=\"https://a.example\">b</a> <img src=\"c\" alt=\"d\">",
            "b (https://a.example) d (c)",
        );
        check("<b>a **b</b> c** d", "*a b c* d");
        check("<code>**a** b</code>", "`a b`");
        check("<script>alert(1)</script>\n\na", "a");
    }

    #[test]
    fn hostile_sizes_are_only_long() {
        for (markdown, times) in [
            ("**a", 10_000),
            ("> ", 2000),
            ("*", 100_000),
            ("<b>", 20_000),
            ("- ", 500),
            ("[", 20_000),
        ] {
            let rich = Rich::from_markdown(&markdown.repeat(times));
            let (written, meant) = rich.written();
            let found: Vec<Mark> =
                marks(&written).into_iter().filter(|mark| is_style(mark.sign)).collect();
            assert_eq!(found, meant, "{markdown}");
        }
    }

    const PIECES: [&str; 49] = [
        "a",
        "b ",
        " ",
        "  ",
        "\n",
        "\n\n",
        "*",
        "**",
        "***",
        "_",
        "__",
        "~~",
        "~",
        "`",
        "``",
        "```\n",
        "    ",
        "# ",
        "> ",
        "- ",
        "1. ",
        "- [x] ",
        "|",
        "|a|b|\n|-|-|\n",
        "[a](https://b.example/_c_)",
        "![d](e)",
        "<b>",
        "</b>",
        "<br>",
        "<i>",
        "<code>",
        "</code>",
        "<!--",
        "-->",
        "\\",
        "&amp;",
        "https://f.example/*g*",
        "www.h.example/_",
        "[^1]",
        "\n[^1]: ",
        "---\n",
        "é",
        "你",
        "：",
        "😀",
        "(",
        ")",
        "2",
        "<pre>",
    ];

    proptest! {
        #[test]
        fn any_markdown_shows_the_styles_that_were_meant(pieces in prop::collection::vec(select(&PIECES[..]), 0..24)) {
            let rich = Rich::from_markdown(&pieces.concat());
            let (written, meant) = rich.written();
            let found: Vec<Mark> = marks(&written).into_iter().filter(|mark| is_style(mark.sign)).collect();
            prop_assert_eq!(&found, &meant, "{}", written);
            let said = |text: &str| sample::seen(text).replace('>', "");
            prop_assert_eq!(said(&Rich::parse(&written).to_plain()), said(&rich.to_plain()));
            for (at, span) in rich.spans().iter().enumerate() {
                prop_assert!(!rich.text()[span.range.clone()].is_empty());
                let before = rich.spans()[..at].iter().filter(|other| other.range.end > span.range.start);
                prop_assert!(before.clone().all(|other| other.range.end >= span.range.end), "{:?}", rich);
            }
        }
    }
}

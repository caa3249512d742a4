//! Rust code without what is only said or tested: its paths, and how many lines it has.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The tokens of a file without comments, documentation and `#[cfg(test)]` items.
pub(crate) struct Code(Vec<Token>);

/// A path in code, such as `crate::message::Address`.
#[derive(Debug)]
pub(crate) struct CodePath {
    /// On which it begins.
    pub(crate) line: usize,
    pub(crate) names: Vec<String>,
    /// Whether it stands in a `use`.
    pub(crate) is_import: bool,
}

#[derive(Debug)]
struct Token {
    text: String,
    line: usize,
    last_line: usize,
}

impl Code {
    /// Reads a file.
    pub(crate) fn read(text: &str) -> Self {
        let mut tokens = Vec::new();
        flatten(text.parse().expect("the compiler has read it too"), &mut tokens);
        Self(tokens)
    }

    /// On how many lines something stands.
    pub(crate) fn lines(&self) -> usize {
        let lines = self.0.iter().flat_map(|token| token.line..=token.last_line);
        lines.collect::<BTreeSet<_>>().len()
    }

    /// All paths of two names or more, and all that is imported; trees of imports as single paths.
    pub(crate) fn paths(&self) -> Vec<CodePath> {
        let mut paths = Vec::new();
        let mut at = 0;
        while at < self.0.len() {
            let is_import = self.is(at, "use");
            let begins = is_import
                || (self.is_name(at)
                    && self.is(at + 1, "::")
                    && !(at > 0 && (self.is(at - 1, "::") || self.is(at - 1, "."))));
            if begins {
                let first = paths.len();
                at = self.tree(at + usize::from(is_import), &[], &mut paths);
                paths[first..].iter_mut().for_each(|path| path.is_import = is_import);
            } else {
                at += 1;
            }
        }
        paths
    }

    /// Reads a tree of paths; says where it ends.
    fn tree(&self, mut at: usize, before: &[String], paths: &mut Vec<CodePath>) -> usize {
        let mut names = before.to_vec();
        at += usize::from(self.is(at, "::"));
        let line = self.0.get(at).map_or(0, |token| token.line);
        while self.is_name(at) {
            names.push(self.0[at].text.clone());
            at += 1;
            if !self.is(at, "::") || !(self.is_name(at + 1) || self.is(at + 1, "{")) {
                names.pop_if(|name| name == "self");
                paths.push(CodePath { line, names, is_import: false });
                return at;
            }
            at += 1;
        }
        if self.is(at, "{") {
            while !self.is(at, "}") && at < self.0.len() {
                at = self.tree(at + 1, &names, paths);
                while !self.is(at, ",") && !self.is(at, "}") && at < self.0.len() {
                    at += 1;
                }
            }
        }
        at + 1
    }

    fn is(&self, at: usize, text: &str) -> bool {
        self.0.get(at).is_some_and(|token| token.text == text)
    }

    fn is_name(&self, at: usize) -> bool {
        let first = self.0.get(at).and_then(|token| token.text.chars().next());
        first.is_some_and(|first| first == '_' || first.is_alphabetic())
    }
}

/// Groups as their brackets and what stands between them.
fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    let trees: Vec<_> = stream.into_iter().collect();
    let mut at = 0;
    while let Some(tree) = trees.get(at) {
        if let Some((attribute, next)) = attribute(&trees, at) {
            let words = attribute.stream().to_string().replace(' ', "");
            if words.starts_with("doc=") {
                at = next;
                continue;
            }
            if words == "cfg(test)" {
                at = behind_the_item(&trees, next);
                continue;
            }
        }
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = brackets(group);
                token(open, group.span_open(), tokens);
                flatten(group.stream(), tokens);
                token(close, group.span_close(), tokens);
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => {
                let is_second = tokens.last().is_some_and(|token| token.text == ":");
                if is_second {
                    tokens.pop();
                }
                token(if is_second { "::" } else { ":" }, punct.span(), tokens);
            }
            // Literals are no names, whatever stands in them.
            TokenTree::Literal(literal) => token("\"\"", literal.span(), tokens),
            other => token(&other.to_string(), other.span(), tokens),
        }
        at += 1;
    }
}

/// The brackets of the attribute that begins here, and where it ends.
fn attribute(trees: &[TokenTree], at: usize) -> Option<(&Group, usize)> {
    let is =
        |at: usize, sign| matches!(trees.get(at), Some(TokenTree::Punct(p)) if p.as_char() == sign);
    if !is(at, '#') {
        return None;
    }
    let at = at + 1 + usize::from(is(at + 1, '!'));
    match trees.get(at)? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => Some((group, at + 1)),
        _ => None,
    }
}

/// Where the item that begins here ends: behind its braces or, as imports do, its semicolon.
fn behind_the_item(trees: &[TokenTree], from: usize) -> usize {
    let is_import = matches!(&trees.get(from), Some(TokenTree::Ident(word)) if *word == "use");
    let ends = trees[from..].iter().position(|tree| match tree {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace && !is_import,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        _ => false,
    });
    ends.map_or(trees.len(), |ends| from + ends + 1)
}

fn brackets(group: &Group) -> (&'static str, &'static str) {
    match group.delimiter() {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

fn token(text: &str, span: proc_macro2::Span, tokens: &mut Vec<Token>) {
    let (line, last_line) = (span.start().line, span.end().line);
    tokens.push(Token { text: text.to_owned(), line, last_line });
}

#[test]
fn paths_are_read_out_of_trees() {
    let paths = |code: &str| {
        let paths = Code::read(code).paths();
        paths.into_iter().map(|path| path.names.join("::")).collect::<Vec<_>>()
    };
    for (code, expected) in [
        ("use a;", vec!["a"]),
        ("use a as b;", vec!["a"]),
        ("use a::b::c; use d;", vec!["a::b::c", "d"]),
        (
            "use a::{b, c::{d, e as f, self}, g::*};",
            vec!["a::b", "a::c::d", "a::c::e", "a::c", "a::g"],
        ),
        ("pub(in a::b) use {a::b, c};", vec!["a::b", "a::b", "c"]),
        ("let x: a::B<c::D> = e::f::<G>(h);", vec!["a::B", "c::D", "e::f"]),
        ("x.y::<z::W>()", vec!["z::W"]),
        ("<A as b::C>::D::e()", vec!["b::C"]),
        ("fn a() -> b { c }", vec![]),
        ("'a: loop { break 'a; } match x { y => {} }", vec![]),
    ] {
        assert_eq!(paths(code), expected, "{code}");
    }
}

#[test]
fn lines_without_code_do_not_count() {
    for (code, lines) in [
        ("", 0),
        ("\n\n// a\n/* b\n c */\n", 0),
        ("//! a\n\n/// b\nstruct C;\n", 1),
        ("fn a() {\n\n    b(); // c\n}\n", 3),
        ("const A: &str = \"b\n\nc\";", 3),
        ("#[doc(hidden)]\nfn a() {}", 2),
        ("fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() {}\n}\n", 1),
        ("fn a() {}\n#[cfg(test)]\n#[path = \"x.rs\"]\nmod tests;\nfn b() {}\n", 2),
    ] {
        assert_eq!(Code::read(code).lines(), lines, "{code}");
    }
}

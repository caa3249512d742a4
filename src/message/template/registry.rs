//! Many templates, by their names and by what they match.

use std::{
    collections::{HashMap, HashSet},
    sync::OnceLock,
};

use aho_corasick::AhoCorasick;

use super::{ContentSid, InvalidTemplate, Template};

/// Templates by their names; no two have the same name or the same words.
///
/// ```
/// use chinwag::message::{Template, Templates};
///
/// let templates = Templates::of([
///     Template::new("ready", "Your order {{1}} is ready.")?,
///     Template::new("late", "Your order {{1}} is late by {{2}} minutes.")?,
/// ])?;
/// let (template, values) = templates.matches("Your order 17 is ready.").expect("it is one");
/// assert_eq!((template.name(), values), ("ready", vec!["17"]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Templates {
    all: Vec<Template>,
    by_name: HashMap<Box<str>, usize>,
    /// The fixed words of each.
    skeletons: HashMap<Vec<Box<str>>, usize>,
    finder: OnceLock<Finder>,
}

/// Why templates cannot stand together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTemplates {
    /// One is none.
    #[error(transparent)]
    Template(#[from] InvalidTemplate),
    /// Two have this name.
    #[error("two templates have the name {0:?}; rename one")]
    SameName(String),
    /// Two have the same words around their places, so that nothing tells them apart.
    #[error("the templates {0:?} and {1:?} have the same words; remove one")]
    SameBody(String, String),
    /// A file of templates cannot be read, at this line, counted from 1.
    #[error("line {line} of the templates: {reason}")]
    File {
        /// The line.
        line: usize,
        /// Why, in one line.
        reason: String,
    },
}

/// Finds the few templates that a text may be of: those whose longest words are in it.
///
/// One pass over the text looks for the words of all templates at once. A set of regular expressions
/// would have to follow all templates at once instead, as each of them takes anything in its places.
#[derive(Debug, Clone)]
struct Finder {
    words: AhoCorasick,
    /// The templates with these longest words.
    templates: Vec<Vec<usize>>,
}

impl Templates {
    /// No templates.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// These templates.
    ///
    /// # Errors
    /// If two have the same name or the same words.
    pub fn of(templates: impl IntoIterator<Item = Template>) -> Result<Self, InvalidTemplates> {
        templates.into_iter().try_fold(Self::new(), Self::with)
    }

    /// These and one more.
    ///
    /// # Errors
    /// If one of the same name or the same words is there.
    pub fn with(mut self, template: Template) -> Result<Self, InvalidTemplates> {
        let number = self.all.len();
        let name = template.name().to_owned();
        if self.by_name.contains_key(&*template.name) {
            return Err(InvalidTemplates::SameName(name));
        }
        if let Some(other) = self.skeletons.get(&template.words) {
            return Err(InvalidTemplates::SameBody(self.all[*other].name().to_owned(), name));
        }
        self.by_name.insert(template.name.clone(), number);
        self.skeletons.insert(template.words.clone(), number);
        self.all.push(template);
        self.finder = OnceLock::new();
        Ok(self)
    }

    /// The template of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Template> {
        self.by_name.get(name).map(|number| &self.all[*number])
    }

    /// The template of this id.
    #[must_use]
    pub fn by_content(&self, content_sid: ContentSid) -> Option<&Template> {
        self.all.iter().find(|template| template.content_sid() == Some(content_sid))
    }

    /// All of them, in the order in which they were given.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Template> {
        self.all.iter()
    }

    /// The first template that this text is of, and its values: see [`Template::matches`].
    ///
    /// One pass over the text finds the templates whose words are in it, and only these are looked
    /// at.
    #[must_use]
    pub fn matches<'a>(&self, text: &'a str) -> Option<(&Template, Vec<&'a str>)> {
        let finder = self.finder.get_or_init(|| Finder::new(&self.all));
        let mut candidates = finder.find(text);
        candidates.sort_unstable();
        candidates.into_iter().find_map(|number| {
            let template = &self.all[number];
            Some((template, template.matches(text)?))
        })
    }
}

impl Finder {
    fn new(templates: &[Template]) -> Self {
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        let (mut words, mut by_words) = (Vec::new(), Vec::new());
        for (number, template) in templates.iter().enumerate() {
            let longest = template.words.iter().max_by_key(|words| words.len());
            let longest = longest.map(|words| &**words).unwrap_or_default();
            let place = *numbers.entry(longest).or_insert_with(|| {
                words.push(longest);
                by_words.push(Vec::new());
                words.len() - 1
            });
            by_words[place].push(number);
        }
        let words = AhoCorasick::new(words).expect("all templates together have less than 2 GB");
        Self { words, templates: by_words }
    }

    fn find(&self, text: &str) -> Vec<usize> {
        let found: HashSet<_> = self
            .words
            .find_overlapping_iter(text)
            .map(|found| found.pattern().as_usize())
            .collect();
        found.into_iter().flat_map(|place| &self.templates[place]).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn template(name: &str, body: &str) -> Template {
        Template::new(name, body).unwrap()
    }

    #[test]
    fn no_two_have_the_same_name_or_words() {
        let error = |more: &str, body| {
            let all = Templates::of([template("a", "Hi {{1}}!"), template(more, body)]);
            all.unwrap_err().to_string()
        };
        assert_eq!(error("a", "Ho"), "two templates have the name \"a\"; rename one");
        let same = "the templates \"a\" and \"b\" have the same words; remove one";
        assert_eq!(error("b", "Hi {{ 1 }}!"), same);
        assert!(Templates::of([template("a", "Hi {{1}}!"), template("b", "Hi {{1}}")]).is_ok());
    }

    #[test]
    fn one_of_ten_thousand_is_found() {
        let body = |number| format!("Your {{{{1}}}} number {number} is {{{{2}}}}");
        let all = (0..10_000).map(|number| template(&format!("t{number}"), &body(number)));
        let templates = Templates::of(all).unwrap();
        let (found, values) = templates.matches("Your lucky number 4711 is 7").unwrap();
        assert_eq!((found.name(), values), ("t4711", vec!["lucky", "7"]));
        assert!(templates.matches(&"Your number is ".repeat(100)).is_none());
    }

    proptest! {
        #[test]
        fn many_match_as_each_alone(
            bodies in prop::collection::vec("[ab]{0,2}\\{\\{1\\}\\}[ab]{1,2}|[ab]{1,4}", 1..9),
            text in "[ab]{0,6}",
        ) {
            let mut templates = Templates::new();
            for (number, body) in bodies.iter().enumerate() {
                let one = template(&format!("t{number}"), body);
                templates = templates.clone().with(one).unwrap_or(templates);
            }
            let alone = templates.iter().find_map(|one| Some((one, one.matches(&text)?)));
            prop_assert_eq!(templates.matches(&text), alone);
        }
    }
}

//! Templates in a file: `templates.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{InvalidTemplates, Template, Templates};

/// One template of the file, under its name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    body: Spanned<String>,
    content_sid: Option<Spanned<String>>,
}

impl Templates {
    /// Reads templates from TOML, one table for each, in the file's order; with the feature `toml`.
    ///
    /// ```
    /// use chinwag::message::Templates;
    ///
    /// let templates = Templates::from_toml(
    ///     r#"
    ///     [code]
    ///     body = "{{1}} is your verification code."
    ///     content_sid = "HX229f5a04fd0510ce1b071852155d3e75"
    ///
    ///     [ready]
    ///     body = "Your order {{1}} is ready."
    ///     "#,
    /// )?;
    /// assert_eq!(templates.iter().len(), 2);
    /// # Ok::<(), chinwag::message::InvalidTemplates>(())
    /// ```
    ///
    /// # Errors
    /// With the line: if it is no TOML, a template breaks a rule, or two have the same name or words.
    pub fn from_toml(text: &str) -> Result<Self, InvalidTemplates> {
        let read = toml::from_str::<BTreeMap<Spanned<String>, Entry>>(text);
        let entries = read.map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            invalid(text, at, error.message().lines().collect::<Vec<_>>().join("; "))
        })?;
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        let mut templates = Self::new();
        for (name, entry) in entries {
            let at = entry.body.span().start;
            let template = Template::new(name.get_ref(), entry.body.get_ref());
            let mut template = template.map_err(|error| invalid(text, at, error.to_string()))?;
            if let Some(sid) = entry.content_sid {
                let read = sid.get_ref().parse();
                let in_line = |error| invalid(text, sid.span().start, format!("{error}"));
                template = template.with_content(read.map_err(in_line)?);
            }
            let more = templates.with(template);
            templates = more.map_err(|error| invalid(text, at, error.to_string()))?;
        }
        Ok(templates)
    }
}

fn invalid(text: &str, at: usize, reason: String) -> InvalidTemplates {
    let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
    InvalidTemplates::File { line, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_told_with_its_line() {
        for (text, expected) in [
            ("[a]\nbody = \"{{1}}\"", "line 2 of the templates: the template \"a\" has no fixed"),
            ("\n[A]\nbody = \"x\"", "line 3 of the templates: the template \"A\" has a name"),
            ("[a]\nbody = \"x\"\ncontent_sid = \"HX1\"", "line 3 of the templates: a content sid"),
            (
                "[a]\nbody = \"x\"\n[b]\nbody = \"x\"",
                "line 4 of the templates: the templates \"a\"",
            ),
            ("[a]\nbody = \"x\"\n[a]\nbody = \"y\"", "line 3 of the templates: duplicate key"),
            ("[a]\nbdy = \"x\"", "line 2 of the templates: unknown field `bdy`"),
            ("[a]\n", "line 1 of the templates: missing field `body`"),
            ("[a]\nbody = 1", "line 2 of the templates: invalid type"),
            ("[a", "line 1 of the templates: "),
        ] {
            let said = Templates::from_toml(text).unwrap_err().to_string();
            assert!(said.starts_with(expected) && !said.contains('\n'), "{text:?}: {said}");
        }
    }

    #[test]
    fn the_files_order_stays() {
        let templates = Templates::from_toml("[z]\nbody = \"x\"\n[a]\nbody = \"y\"").unwrap();
        assert_eq!(templates.iter().map(Template::name).collect::<Vec<_>>(), ["z", "a"]);
        assert_eq!(Templates::from_toml("").unwrap().iter().len(), 0);
    }
}

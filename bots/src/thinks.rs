//! What the assistant thinks with, by the environment.

use bots::assistant::{Endpoint, InvalidEndpoint, KEY, MODEL, URL};

/// What the environment says wrong.
#[derive(Debug, thiserror::Error)]
#[error("{URL}: {0}")]
pub(crate) struct CannotThink(#[from] InvalidEndpoint);

/// The endpoint that is set, if one is.
pub(crate) fn endpoint(
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Endpoint>, CannotThink> {
    let filled = |name| variable(name).filter(|value| !value.trim().is_empty());
    let Some(url) = filled(URL) else { return Ok(None) };
    Ok(Some(Endpoint::new(&url, filled(MODEL), filled(KEY))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_address_is_refused_in_one_line_and_none_is_none() {
        let with = |url: &str| endpoint(|name| (name == URL).then(|| url.to_owned()));
        assert!(with("").unwrap().is_none());
        assert!(with("http://127.0.0.1:11434/v1").unwrap().is_some());
        let refused = with("llama").unwrap_err().to_string();
        assert!(refused.starts_with("CHINWAG_ASSISTANT_URL: the address \"llama\" is none;"));
        assert!(!refused.contains('\n'));
    }
}

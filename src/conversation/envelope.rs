//! The envelope that says which version wrote a value: `{"v":2,"is":…}`.
//!
//! There are many records, so version 1 needs none, unless its JSON looks like one itself.

/// The version that needs no envelope.
const FIRST: u32 = 1;
const VERSION: &str = "{\"v\":";
const VALUE: &str = ",\"is\":";

/// Puts JSON of this version into its envelope, if it needs one.
pub(super) fn seal(version: u32, json: String) -> String {
    if version == FIRST && !json.starts_with(VERSION) {
        return json;
    }
    [VERSION, &version.to_string(), VALUE, &json, "}"].concat()
}

/// The version that wrote this and its JSON. What is in no envelope is of version 1.
pub(super) fn open(note: &str) -> (u32, &str) {
    let sealed = || {
        let (version, json) = note.strip_prefix(VERSION)?.split_once(VALUE)?;
        let is_number = version.bytes().all(|byte| byte.is_ascii_digit());
        Some((version.parse().ok().filter(|_| is_number)?, json.strip_suffix('}')?))
    };
    sealed().unwrap_or((FIRST, note))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_needs_an_envelope_has_one() {
        for (version, json, note) in [
            (1, "[1]", "[1]"),
            (1, r#"{"is":1}"#, r#"{"is":1}"#),
            (1, r#"{"v":2,"is":3}"#, r#"{"v":1,"is":{"v":2,"is":3}}"#),
            (1, r#"{"v":null}"#, r#"{"v":1,"is":{"v":null}}"#),
            (2, "null", r#"{"v":2,"is":null}"#),
            (u32::MAX, r#"{"v":1,"is":1}"#, r#"{"v":4294967295,"is":{"v":1,"is":1}}"#),
        ] {
            assert_eq!(seal(version, json.to_owned()), note);
            assert_eq!(open(note), (version, json));
        }
    }

    #[test]
    fn what_is_no_envelope_is_version_one() {
        for note in
            ["", "{", r#"{"v":2}"#, r#"{"v":+2,"is":1}"#, r#"{"v":,"is":1}"#, r#"{"v":2,"is":1"#]
        {
            assert_eq!(open(note), (1, note));
        }
        assert_eq!(open(r#"{"v":4294967296,"is":1}"#).0, 1);
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_as_it_was(
            version in prop_oneof![1_u32..4, any::<u32>()],
            json in r#"(\{"v":)?[0-9]{0,2}(,"is":)?.{0,9}\}?"#,
        ) {
            let note = seal(version, json.clone());
            prop_assert_eq!(open(&note), (version, &*json));
        }
    }
}

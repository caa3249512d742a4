//! The names and values of a form, in order, in one buffer.

use std::fmt;

/// The names and values of a form as they arrived: ordered, repeated names kept, nothing trimmed.
///
/// Twilio adds parameters without notice and signs over all of them, so all are kept. `Debug`
/// shows names and lengths only, because values are what people wrote.
///
/// ```
/// use chinwag::message::Parameters;
///
/// let form = Parameters::decode(b"Body=a+%26+b&NumMedia=0")?;
/// assert_eq!(form.get("Body"), Some("a & b"));
/// assert_eq!(form.encode(), "Body=a+%26+b&NumMedia=0");
/// # Ok::<(), chinwag::message::InvalidForm>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    text: String,
    pairs: Vec<Pair>,
}

/// Where a name and its value stand in the buffer, one behind the other.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Pair {
    name: u32,
    value: u32,
    end: u32,
}

/// Why bytes are not a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidForm {
    /// A name or a value is not UTF-8 once it is decoded.
    #[error("parameter {0} is not UTF-8")]
    NotUtf8(usize),
    /// More than 4 GiB.
    #[error("the form is too large")]
    TooLarge,
}

impl Parameters {
    /// No parameters.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads `application/x-www-form-urlencoded`: `+` is a space, `%XX` a byte, the rest itself.
    ///
    /// A `%` that two hexadecimal digits do not follow stays as it is
    /// (<https://url.spec.whatwg.org/#urlencoded-parsing>); unlike there, bytes that are not UTF-8
    /// are refused, because no signature over replaced characters could be right.
    ///
    /// # Errors
    /// If a decoded name or value is not UTF-8; the error counts parameters from 1.
    pub fn decode(form: &[u8]) -> Result<Self, InvalidForm> {
        if u32::try_from(form.len()).is_err() {
            return Err(InvalidForm::TooLarge);
        }
        // Decoding never makes a text longer, so the buffer is made once and only written to.
        let mut text = vec![0; form.len()];
        let mut pairs = Vec::with_capacity(24);
        let (mut name, mut value) = (0, None);
        let (mut at, mut end) = (0, 0);
        while at < form.len() {
            let byte = form[at];
            at += 1;
            text[end] = match byte {
                b'&' => {
                    push_pair(&mut pairs, name, value.take(), end);
                    name = end;
                    continue;
                }
                b'=' if value.is_none() => {
                    value = Some(end);
                    continue;
                }
                b'+' => b' ',
                b'%' => match (hex(form.get(at)), hex(form.get(at + 1))) {
                    (Some(high), Some(low)) => {
                        at += 2;
                        high << 4 | low
                    }
                    _ => b'%',
                },
                _ => byte,
            };
            end += 1;
        }
        text.truncate(end);
        push_pair(&mut pairs, name, value, end);
        into_text(text, &pairs).map(|text| Self { text, pairs })
    }

    /// Writes the form as `application/x-www-form-urlencoded`; [`decode`](Self::decode) reads it.
    #[must_use]
    pub fn encode(&self) -> String {
        form_urlencoded::Serializer::new(String::with_capacity(self.text.len() * 2))
            .extend_pairs(self.iter())
            .finish()
    }

    /// Adds a parameter behind the others.
    ///
    /// # Panics
    /// If all parameters together exceed 4 GiB.
    pub fn push(&mut self, name: &str, value: &str) {
        let start = self.text.len();
        self.text.push_str(name);
        let middle = self.text.len();
        self.text.push_str(value);
        push_pair(&mut self.pairs, start, Some(middle), self.text.len());
    }

    /// The first value of this name; a present but empty one is `Some("")`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The first value of this name, unless it is empty: Twilio sends both for "none".
    #[must_use]
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// All names and values in the order of their arrival.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> + Clone {
        self.pairs.iter().map(|pair| {
            let [name, value, end] = [pair.name, pair.value, pair.end].map(|at| at as usize);
            (&self.text[name..value], &self.text[value..end])
        })
    }

    /// How many parameters there are, repeated names counted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }
}

/// Nothing at all, as between two `&`, is no parameter.
fn push_pair(pairs: &mut Vec<Pair>, name: usize, value: Option<usize>, end: usize) {
    if value.is_none() && name == end {
        return;
    }
    let short = |at| u32::try_from(at).expect("the caller checked that the form is below 4 GiB");
    pairs.push(Pair { name: short(name), value: short(value.unwrap_or(end)), end: short(end) });
}

/// The buffer as text, if each name and each value is UTF-8 of its own.
fn into_text(bytes: Vec<u8>, pairs: &[Pair]) -> Result<String, InvalidForm> {
    let after = |at: usize| pairs.partition_point(|pair| (pair.end as usize) <= at) + 1;
    let text = String::from_utf8(bytes)
        .map_err(|error| InvalidForm::NotUtf8(after(error.utf8_error().valid_up_to())))?;
    let whole = |at: u32| text.is_char_boundary(at as usize);
    match pairs.iter().position(|pair| !(whole(pair.value) && whole(pair.end))) {
        Some(broken) => Err(InvalidForm::NotUtf8(broken + 1)),
        None => Ok(text),
    }
}

fn hex(digit: Option<&u8>) -> Option<u8> {
    match digit? {
        digit @ b'0'..=b'9' => Some(digit - b'0'),
        digit @ b'a'..=b'f' => Some(digit - b'a' + 10),
        digit @ b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Parameters {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let mut form = Self::new();
        for (name, value) in pairs {
            form.push(name.as_ref(), value.as_ref());
        }
        form
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(name, value)| (name, value.len()))).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pairs(form: &Parameters) -> Vec<(&str, &str)> {
        form.iter().collect()
    }

    #[test]
    fn repeated_empty_and_bare_names_are_kept() {
        let form = Parameters::decode(b"a+b%26=x&A=1&A=2&Empty=&Bare&&bad=%zz%2&=v&x==").unwrap();
        assert_eq!(
            pairs(&form),
            [
                ("a b&", "x"),
                ("A", "1"),
                ("A", "2"),
                ("Empty", ""),
                ("Bare", ""),
                ("bad", "%zz%2"),
                ("", "v"),
                ("x", "="),
            ]
        );
        assert_eq!(
            (form.get("A"), form.filled("Empty"), form.get("Nope")),
            (Some("1"), None, None)
        );
    }

    #[test]
    fn bytes_that_are_not_utf8_are_refused_by_number() {
        for (form, number) in
            [(&b"a=1&b=%ff"[..], 2), (b"a=\xC3&b=1", 1), (b"a%C3=%A9", 1), (b"a=%C3&%A9=1", 1)]
        {
            assert_eq!(Parameters::decode(form), Err(InvalidForm::NotUtf8(number)), "{form:?}");
        }
    }

    #[test]
    fn debug_shows_no_values() {
        let form = Parameters::decode(b"Body=secret").unwrap();
        assert_eq!(format!("{form:?}"), r#"{"Body": 6}"#);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn decoding_agrees_with_the_url_standard(form in "[a-c=&+%0-9A-Fé]{0,60}") {
            let standard: Vec<_> = form_urlencoded::parse(form.as_bytes()).collect();
            if let Ok(read) = Parameters::decode(form.as_bytes()) {
                let ours: Vec<_> = read.iter().map(|(n, v)| (n.into(), v.into())).collect();
                prop_assert_eq!(ours, standard);
            } else {
                let replaced = |text: &str| text.contains(char::REPLACEMENT_CHARACTER);
                let is_lossy = standard.iter().any(|(n, v)| replaced(n) || replaced(v));
                prop_assert!(is_lossy);
            }
        }

        #[test]
        fn what_is_encoded_is_read_back(given in prop::collection::vec(("\\PC{1,9}", ".{0,20}"), 0..9)) {
            let form: Parameters = given.iter().map(|(n, v)| (n, v)).collect();
            let read = Parameters::decode(form.encode().as_bytes()).unwrap();
            prop_assert_eq!(pairs(&read), pairs(&form));
        }

        #[test]
        fn any_bytes_are_read_or_refused_without_a_panic(form: Vec<u8>) {
            let _read = Parameters::decode(&form);
        }
    }
}

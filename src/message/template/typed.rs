//! Templates as types: a struct whose fields are the values, checked by the compiler.

use super::{ContentSid, Filled, Flaw, InvalidValues, Template, body};

/// A template as a struct whose fields are its values; made by [`template!`](crate::template).
pub trait Typed: Sized {
    /// The template.
    fn template() -> Template;

    /// The values, the first for `{{1}}`.
    fn values(self) -> Vec<String>;
}

/// What is a filled template, or becomes one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no filled template",
    label = "needs a template with its values",
    note = "outside of the session WhatsApp takes nothing but templates: write template! {{ … }} for a struct, or template.fill([..])?"
)]
pub trait IntoFilled {
    /// The template with its values.
    ///
    /// # Errors
    /// If WhatsApp would refuse a value.
    fn into_filled(self) -> Result<Filled, InvalidValues>;
}

impl IntoFilled for Filled {
    fn into_filled(self) -> Result<Filled, InvalidValues> {
        Ok(self)
    }
}

impl IntoFilled for Result<Filled, InvalidValues> {
    fn into_filled(self) -> Result<Filled, InvalidValues> {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T: Typed> IntoFilled for T {
    fn into_filled(self) -> Result<Filled, InvalidValues> {
        T::template().fill(self.values())
    }
}

/// A template as a struct: its fields are the values of `{{1}}`, `{{2}}` and so on, in their order.
///
/// A value that is missing does not compile, and neither does a struct that has more or fewer fields
/// than the body has places, or a body that is no template's.
///
/// ```
/// use chinwag::{message::IntoFilled, template};
///
/// template! {
///     /// Reminds of an appointment.
///     pub struct Reminder { what, when }
///     name: "appointment",
///     body: "Your {{1}} appointment is coming up on {{2}}.",
/// }
///
/// let reminder = Reminder { what: "dental".into(), when: "12/1".into() };
/// let text = "Your dental appointment is coming up on 12/1.";
/// assert_eq!(reminder.into_filled()?.text(), text);
/// # Ok::<(), chinwag::message::InvalidValues>(())
/// ```
///
/// Twilio's id of the template may stand behind the body:
///
/// ```
/// chinwag::template! {
///     /// A one-time code.
///     pub struct Code { code }
///     name: "code",
///     body: "{{1}} is your verification code. For your security, do not share this code.",
///     content_sid: "HX229f5a04fd0510ce1b071852155d3e75",
/// }
/// ```
#[macro_export]
macro_rules! template {
    (
        $(#[$doc:meta])*
        $visible:vis struct $name:ident { $($(#[$field_doc:meta])* $field:ident),* $(,)? }
        name: $called:literal,
        body: $body:literal
        $(, content_sid: $sid:literal)?
        $(,)?
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        $visible struct $name {
            $(
                $(#[$field_doc])*
                #[doc = concat!("The value `", stringify!($field), "` of the template.")]
                pub $field: ::std::string::String,
            )*
        }

        const _: () = {
            let fields: &[&str] = &[$(stringify!($field)),*];
            assert!(
                $crate::message::template::is_name($called),
                "a template's name has lower-case letters, digits and underscores"
            );
            assert!(
                $crate::message::template::places($body) == fields.len(),
                "the struct of a template has one field for each place {{{{1}}}}, {{{{2}}}}, … of \
                 its body"
            );
            $(let _ = $crate::message::template::content_sid($sid);)?
        };

        impl $crate::message::Typed for $name {
            fn template() -> $crate::message::Template {
                let template = $crate::message::Template::new($called, $body);
                let template = template.expect("the compiler has checked it");
                $(let template =
                    template.with_content($crate::message::template::content_sid($sid));)?
                template
            }

            fn values(self) -> ::std::vec::Vec<::std::string::String> {
                ::std::vec![$(self.$field),*]
            }
        }
    };
}

/// Whether this is the name of a template: lower-case letters, digits and underscores.
#[doc(hidden)]
#[must_use]
pub const fn is_name(name: &str) -> bool {
    let (name, mut at) = (name.as_bytes(), 0);
    while at < name.len() {
        if !matches!(name[at], b'a'..=b'z' | b'0'..=b'9' | b'_') {
            return false;
        }
        at += 1;
    }
    !name.is_empty() && name.len() <= 512
}

/// How many places the body of a template has.
///
/// # Panics
/// If it is no template's; in a constant this is an error of the compiler.
#[doc(hidden)]
#[must_use]
#[expect(clippy::panic, reason = "a panic in a constant is how the compiler is told")]
pub const fn places(body: &str) -> usize {
    match body::count(body) {
        Ok(places) => places,
        Err(Flaw::Name | Flaw::NoWords) => panic!("a template's body has words around its places"),
        Err(Flaw::TooLong) => panic!("a template's body has at most 1,024 characters"),
        Err(Flaw::Unreadable) => {
            panic!("a template's places are written as {{{{1}}}}, up to {{{{100}}}}")
        }
        Err(Flaw::Twice(_)) => panic!("each place of a template has a number of its own"),
        Err(Flaw::Gap(_)) => {
            panic!("a template's places are numbered from {{{{1}}}} without a gap")
        }
        Err(Flaw::Touching) => panic!("two places of a template do not touch"),
    }
}

/// Reads Twilio's id of a template.
///
/// # Panics
/// If it is none; in a constant this is an error of the compiler.
#[doc(hidden)]
#[must_use]
#[expect(clippy::panic, reason = "a panic in a constant is how the compiler is told")]
pub const fn content_sid(text: &str) -> ContentSid {
    let Some((b"HX", digits)) = text.as_bytes().split_at_checked(2) else {
        panic!("a content sid is HX and 32 hexadecimal digits")
    };
    assert!(digits.len() == 32, "a content sid is HX and 32 hexadecimal digits");
    let (mut number, mut at) = (0, 0);
    while at < digits.len() {
        let digit = match digits[at] {
            digit @ b'0'..=b'9' => digit - b'0',
            digit @ b'a'..=b'f' => digit - b'a' + 10,
            digit @ b'A'..=b'F' => digit - b'A' + 10,
            _ => panic!("a content sid is HX and 32 hexadecimal digits"),
        };
        number = number << 4 | digit as u128;
        at += 1;
    }
    ContentSid::new(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    template! {
        /// Says when.
        struct When { what, when }
        name: "when",
        body: "The {{1}} is at {{ 2 }}.",
        content_sid: "HXb5b62575e6e4ff6129ad7c8efe1f983E",
    }

    template! {
        struct Plain {}
        name: "plain",
        body: "We are open.",
    }

    #[test]
    fn a_struct_fills_its_template() {
        let filled = When { what: "bus".into(), when: "9:00".into() }.into_filled().unwrap();
        assert_eq!(filled.text(), "The bus is at 9:00.");
        let sid = filled.content_sid().unwrap().to_string();
        assert_eq!(sid, "HXb5b62575e6e4ff6129ad7c8efe1f983e");
        assert_eq!(Plain {}.into_filled().unwrap().text(), "We are open.");
        let wrong = When { what: "bus".into(), when: String::new() }.into_filled().unwrap_err();
        assert!(wrong.to_string().contains("{{2}} in the template `when` is empty"));
    }
}

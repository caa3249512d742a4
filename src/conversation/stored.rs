//! What is kept from turn to turn and from deploy to deploy: its name, its version, its way up.

use std::{
    error::Error,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::envelope;

/// A type whose values are kept as JSON, under a name and a version.
///
/// The version rises with each change of the type's form; [`upgrade`](Self::upgrade) reads what
/// older versions wrote. `testkit::assert_shape` fails a test when the form has changed and the
/// version has not.
///
/// ```
/// use chinwag::Stored;
///
/// #[derive(Default, serde::Serialize, serde::Deserialize)]
/// struct Cart {
///     cents: u32,
///     currency: String,
/// }
///
/// impl Stored for Cart {
///     const NAME: &'static str = "cart";
///     const VERSION: u32 = 2;
///
///     fn upgrade(version: u32, mut old: serde_json::Value) -> chinwag::Result<Self> {
///         if version < 2 {
///             old["currency"] = "EUR".into();
///         }
///         Ok(serde_json::from_value(old)?)
///     }
/// }
/// ```
///
/// A step for each version, from the oldest on, leads from any version to the present one. Where a
/// step is more than a field or two, the old type stays in the code, `Stored` under the same name
/// with its own version, and each knows only the one before it:
/// `CartV2::from_version(version, old).map(Self::from)`.
///
/// **Rolling back.** A program reads and replaces what its own version and older ones wrote. What
/// a newer version wrote stays in the store, whatever this program does, until a program of that
/// version is back and finds it as it was. A version of a deploy that was given up is not used a
/// second time.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be remembered, because it has no name to be kept under",
    label = "needs `impl Stored`",
    note = "derive Default, Serialize and Deserialize, then write: impl Stored for {Self} {{ const NAME: &'static str = \"…\"; }}"
)]
pub trait Stored: Json + Send + 'static {
    /// The name under which it is kept: unique in the bot, the same for ever, without line breaks.
    const NAME: &'static str;

    /// Rises with each change of the type's form; the first is 1.
    const VERSION: u32 = 1;

    /// What becomes of a value that cannot be read.
    const IF_UNREADABLE: End = End::Restart;

    /// Reads what an older version wrote.
    ///
    /// # Errors
    /// If there is no way from that version to this one; what it returns and how it panics comes
    /// to the same end, [`IF_UNREADABLE`](Self::IF_UNREADABLE).
    fn upgrade(version: u32, old: Value) -> Result<Self, Box<dyn Error + Send + Sync>> {
        drop(old);
        Err(format!("there is no upgrade of `{}` from version {version}", Self::NAME).into())
    }

    /// Reads what this version or an older one wrote; for an [`upgrade`](Self::upgrade) that goes
    /// by way of the type of the version before.
    ///
    /// # Errors
    /// If it cannot be read.
    fn from_version(version: u32, json: Value) -> Result<Self, Box<dyn Error + Send + Sync>> {
        if version == Self::VERSION {
            return Ok(Self::from_value(json)?);
        }
        Self::upgrade(version, json)
    }
}

/// What handlers remember: what is stored and has a beginning.
pub trait Remember: Stored + Default {}

impl<T: Stored + Default> Remember for T {}

/// What becomes of a stored value that cannot be read: it is damaged, a newer program wrote it, or
/// there is no way up from its version.
///
/// The message is answered and the turn committed in each case; only what is left to a
/// [`Handler`](Self::Handler) that the bot has not goes to its error hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum End {
    /// It starts again from its default, and a dialogue is over; the log says so.
    #[default]
    Restart,
    /// It stays as it is, and this text is the answer.
    Answer(&'static str),
    /// It stays as it is, and what the bot has for it, `Bot::on_unreadable`, answers.
    Handler,
}

/// What was stored cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unreadable {
    /// The [name](Stored::NAME) under which it is kept.
    pub name: &'static str,
    /// The version that wrote it.
    pub version: u32,
    /// Why it cannot be read.
    pub why: Why,
    /// What becomes of it.
    pub end: End,
}

/// Why a stored value cannot be read. It never tells what was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// It is no JSON, or not that of its type.
    Damaged,
    /// A newer version wrote it: the deploy was rolled back.
    Newer,
    /// An older version wrote it, and the upgrade failed or panicked.
    NotUpgraded,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, version, .. } = self;
        write!(f, "what version {version} stored as `{name}` cannot be read, because ")?;
        f.write_str(match self.why {
            Why::Damaged => "it is damaged or of another form",
            Why::Newer => "this program is older",
            Why::NotUpgraded => "its upgrade failed",
        })
    }
}

impl Error for Unreadable {}

/// What has a form in JSON: every type with serde's `Serialize` and `Deserialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be kept as JSON",
    label = "needs serde's `Serialize` and `Deserialize`",
    note = "write: #[derive(Default, serde::Serialize, serde::Deserialize)]"
)]
pub trait Json: Sized {
    /// Writes it.
    ///
    /// # Errors
    /// If the value has no form in JSON, as a map whose keys are no texts.
    fn to_json(&self) -> Result<String, serde_json::Error>;

    /// Reads it.
    ///
    /// # Errors
    /// If it is no JSON, or that of another type.
    fn from_json(json: &str) -> Result<Self, serde_json::Error>;

    /// Reads it from JSON that was read already.
    ///
    /// # Errors
    /// If it is that of another type.
    fn from_value(json: Value) -> Result<Self, serde_json::Error>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> Json for T {
    fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    fn from_value(json: Value) -> Result<Self, serde_json::Error> {
        serde_json::from_value(json)
    }
}

/// The value as a [`Record`](super::Record) keeps it: its JSON, in an envelope with its version.
///
/// # Errors
/// If the value has no form in JSON.
pub fn to_note<T: Stored>(value: &T) -> Result<String, serde_json::Error> {
    const { assert!(T::VERSION > 0, "the first version of what is stored is 1") };
    Ok(envelope::seal(T::VERSION, value.to_json()?))
}

/// Reads what [`to_note`] wrote in this version or an older one. A panic on the way is caught.
///
/// # Errors
/// If it cannot be read.
pub fn from_note<T: Stored>(note: &str) -> Result<T, Unreadable> {
    let (version, json) = envelope::open(note);
    let unreadable = |why| Unreadable { name: T::NAME, version, why, end: T::IF_UNREADABLE };
    if version > T::VERSION {
        return Err(unreadable(Why::Newer));
    }
    if version == T::VERSION {
        let read = catch_unwind(AssertUnwindSafe(|| T::from_json(json).ok()));
        return read.ok().flatten().ok_or_else(|| unreadable(Why::Damaged));
    }
    let old = serde_json::from_str(json).map_err(|_| unreadable(Why::Damaged))?;
    let read = catch_unwind(AssertUnwindSafe(|| T::upgrade(version, old).ok()));
    read.ok().flatten().ok_or_else(|| unreadable(Why::NotUpgraded))
}

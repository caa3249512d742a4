//! The recorded shapes of stored types: a change without a new version fails a test.

mod explore;
mod infer;
mod probe;
mod recorded;

use std::{collections::BTreeMap, path::Path};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use self::recorded::Recorded;
use crate::conversation::Stored;

/// What stands at each place of a type's JSON, in words: `.items[].count` is `u32`.
type Form = BTreeMap<String, String>;

/// The shape of a stored type is the one that was recorded for its version.
///
/// The shape is what serde asks for: the fields, which of them may be missing, the variants, the
/// types within. It is kept in this folder of the package as `NAME.vVERSION.json`, with samples,
/// and goes into version control. Where it is missing it is written, and the test fails once, so
/// that somebody looks at it. Files of older versions stay: each of their samples must be readable
/// still, by way of [`upgrade`](Stored::upgrade).
///
/// ```no_run
/// # use chinwag::Stored;
/// # #[derive(Default, serde::Serialize, serde::Deserialize)]
/// # struct Cart(u32);
/// # impl Stored for Cart { const NAME: &'static str = "cart"; }
/// #[test]
/// fn a_cart_survives_deploys() {
///     chinwag::testkit::assert_shape::<Cart>("tests/shapes");
/// }
/// ```
///
/// # Panics
/// If the shape differs, is not recorded yet, or is of a version that was recorded and given up;
/// if a sample cannot be read; if the shape cannot be found out, as that of types with serde's
/// `flatten`, `tag` and `untagged` or of texts with rules: see [`assert_shape_of`].
#[track_caller]
#[expect(clippy::panic, reason = "a check ends the test")]
pub fn assert_shape<T: Stored + Serialize + DeserializeOwned>(folder: impl AsRef<Path>) {
    match explore::explore::<T>() {
        Ok((form, samples)) => check::<T>(folder.as_ref(), form, samples),
        Err(why) => panic!(
            "the shape of `{}` cannot be found out: {why}\n\
             call assert_shape_of with samples of it instead",
            T::NAME
        ),
    }
}

/// As [`assert_shape`], with the shape of these samples. What they do not show is not recorded:
/// give one of each variant, and one with every field.
///
/// # Panics
/// As [`assert_shape`].
#[track_caller]
#[expect(clippy::panic, reason = "a check ends the test")]
pub fn assert_shape_of<T: Stored>(folder: impl AsRef<Path>, samples: &[T]) {
    assert!(!samples.is_empty(), "assert_shape_of needs a sample of `{}`", T::NAME);
    let samples = samples.iter().map(|sample| serde_json::from_str(&sample.to_json()?));
    match samples.collect::<Result<Vec<Value>, serde_json::Error>>() {
        Ok(samples) => check::<T>(folder.as_ref(), infer::form(&samples), samples),
        Err(error) => panic!("a sample of `{}` has no form in JSON: {error}", T::NAME),
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "a check ends the test")]
fn check<T: Stored>(folder: &Path, form: Form, samples: Vec<Value>) {
    let now = Recorded::new(T::NAME, T::VERSION, form, samples);
    if let Err(complaint) = now.check::<T>(folder) {
        panic!("{complaint}");
    }
}

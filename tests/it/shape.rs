//! The recorded shapes of stored types fail a test when a type changes without a new version.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
};

use chinwag::{
    Result, Stored,
    testkit::{assert_shape, assert_shape_of},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

/// A folder of one test, gone at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("chinwag-{}-{test}", std::process::id()));
        drop(fs::remove_dir_all(&folder));
        Self(folder)
    }

    fn shape(&self, file: &str) -> Value {
        serde_json::from_slice(&fs::read(self.0.join(file)).unwrap()).unwrap()
    }

    /// What the check complains about; nothing if it passes.
    fn complains<T: Stored + Serialize + DeserializeOwned>(&self) -> String {
        said(|| assert_shape::<T>(&self.0))
    }

    /// Records the shape, which fails once.
    fn records<T: Stored + Serialize + DeserializeOwned>(&self) {
        assert!(self.complains::<T>().contains("was not recorded"));
        assert_eq!(self.complains::<T>(), "");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn said(check: impl FnOnce()) -> String {
    match catch_unwind(AssertUnwindSafe(check)) {
        Ok(()) => String::new(),
        Err(panic) => panic.downcast_ref::<String>().unwrap().clone(),
    }
}

/// Stored types in a module of their own, so that each version may have the same name.
macro_rules! stored {
    ($module:ident, $name:literal, $version:literal, $($code:tt)*) => {
        mod $module {
            use super::*;

            #[derive(Debug, Serialize, Deserialize)]
            $($code)*

            impl Stored for It {
                const NAME: &'static str = $name;
                const VERSION: u32 = $version;
            }
        }
    };
}

stored! { cart, "shop/cart", 1, pub(super) struct It { items: Vec<(String, u32)>, note: Option<String> } }
stored! { wider, "shop/cart", 1, pub(super) struct It { items: Vec<(String, u64)>, note: Option<String>, #[serde(default)] paid: bool } }
stored! { renewed, "shop/cart", 2, pub(super) struct It { items: Vec<(String, u64)> } }

#[test]
fn a_shape_is_recorded_once_and_then_holds() {
    let folder = Folder::new("recorded");
    folder.records::<cart::It>();
    let recorded = folder.shape("shop_cart.v1.json");
    let shape = serde_json::json!({
        "": "record",
        ".items": "list",
        ".items[]": "tuple of 2",
        ".items[].0": "text",
        ".items[].1": "u32",
        ".note": "optional text, may be missing",
    });
    assert_eq!(recorded["shape"], shape);
    let samples =
        serde_json::json!([{"items": [["a", 0]], "note": "a"}, {"items": [], "note": null}]);
    assert_eq!(recorded["samples"], samples);
}

#[test]
fn a_change_without_a_new_version_is_shown_place_by_place() {
    let folder = Folder::new("changed");
    folder.records::<cart::It>();
    let complaint = folder.complains::<wider::It>();
    for line in [
        "the shape of `shop/cart` has changed, and its version is 1 still:",
        "  - .items[].1: u32",
        "  + .items[].1: u64",
        "  + .paid: bool, may be missing",
        "raise VERSION to 2 and write an upgrade from 1",
    ] {
        assert!(complaint.contains(line), "{line:?} is not in:\n{complaint}");
    }
    assert!(!complaint.contains(".note"), "{complaint}");
    // It is no record of the change: the next run fails too.
    assert_eq!(folder.complains::<wider::It>(), complaint);
}

mod upgraded {
    use super::*;

    #[derive(Debug, Serialize, Deserialize)]
    pub(super) struct It {
        lines: Vec<(String, u64)>,
    }

    impl Stored for It {
        const NAME: &'static str = "shop/cart";
        const VERSION: u32 = 2;

        fn upgrade(_version: u32, mut old: Value) -> Result<Self> {
            Ok(serde_json::from_value(serde_json::json!({ "lines": old["items"].take() }))?)
        }
    }
}

#[test]
fn a_new_version_reads_the_samples_of_the_old_ones() {
    let folder = Folder::new("upgraded");
    folder.records::<cart::It>();
    let complaint = folder.complains::<renewed::It>();
    assert!(complaint.contains("a sample of version 1 cannot be read by version 2"), "{complaint}");
    assert!(complaint.contains(r#"{"items":[["a",0]],"note":"a"}"#), "{complaint}");
    folder.records::<upgraded::It>();
    assert!(folder.0.join("shop_cart.v1.json").exists());
    let complaint = folder.complains::<cart::It>();
    assert!(complaint.contains("a version that was given up is not used"), "{complaint}");
}

stored! { kinds, "kinds", 1, pub(super) enum It {
    Nothing,
    One(Inner),
    Two(u8, i64),
    #[serde(rename = "three")]
    Named { map: BTreeMap<u16, Inner>, set: HashSet<char>, any: Value },
    Unit(()),
} }

#[derive(Debug, Serialize, Deserialize)]
enum Inner {
    Yes { sure: bool },
    No,
    Float(f32, Option<f64>),
}

#[test]
fn each_variant_is_seen_within_each_variant() {
    let folder = Folder::new("variants");
    folder.records::<kinds::It>();
    let recorded = folder.shape("kinds.v1.json");
    let shape = serde_json::json!({
        "": "one of Nothing, One, Two, Unit, three",
        "<One>": "one of Float, No, Yes",
        "<One><Yes>": "record",
        "<One><Yes>.sure": "bool",
        "<One><Float>": "tuple of 2",
        "<One><Float>.0": "f32",
        "<One><Float>.1": "optional f64",
        "<Two>": "tuple of 2",
        "<Two>.0": "u8",
        "<Two>.1": "i64",
        "<three>": "record",
        "<three>.map": "map",
        "<three>.map{key}": "u16",
        "<three>.map{}": "one of Float, No, Yes",
        "<three>.map{}<Yes>": "record",
        "<three>.map{}<Yes>.sure": "bool",
        "<three>.map{}<Float>": "tuple of 2",
        "<three>.map{}<Float>.0": "f32",
        "<three>.map{}<Float>.1": "optional f64",
        "<three>.set": "list",
        "<three>.set[]": "char",
        "<three>.any": "anything",
        "<Unit>": "nothing",
    });
    assert_eq!(recorded["shape"], shape, "{recorded:#}");
    let samples: Vec<kinds::It> = serde_json::from_value(recorded["samples"].clone()).unwrap();
    assert!(samples.len() >= 9, "{samples:?}");
}

stored! { tree, "tree", 1, pub(super) struct It { name: Named, left: Option<Box<It>>, more: Vec<It>, rest: List } }

#[derive(Debug, Serialize, Deserialize)]
enum List {
    Cons(u8, Box<List>),
    End,
}

#[derive(Debug, Serialize, Deserialize)]
struct Named(#[serde(alias = "old")] String);

stored! { aliased, "aliased", 1, pub(super) struct It { #[serde(alias = "before", alias = "last", alias = "old")] new: u8, #[serde(skip)] _skipped: u8 } }

#[test]
fn a_type_within_itself_comes_to_an_end() {
    let folder = Folder::new("tree");
    let complaint = folder.complains::<tree::It>();
    assert!(complaint.contains("it contains itself without an end"), "{complaint}");
}

stored! { forest, "forest", 1, pub(super) struct It { left: Option<Box<It>>, more: Vec<It>, all: BTreeMap<String, It> } }

#[test]
fn containers_that_lead_back_stay_empty() {
    let folder = Folder::new("forest");
    folder.records::<forest::It>();
    let shape = &folder.shape("forest.v1.json")["shape"];
    assert_eq!(shape[".left"], "optional It again, may be missing");
    assert_eq!((&shape[".more"], &shape[".more[]"]), (&"list".into(), &"It again".into()));
    assert_eq!(shape[".all{}"], "It again");
}

#[test]
fn other_names_of_a_field_are_no_fields() {
    let folder = Folder::new("aliased");
    folder.records::<aliased::It>();
    let shape = &folder.shape("aliased.v1.json")["shape"];
    assert_eq!(*shape, serde_json::json!({ "": "record", ".new": "u8" }));
}

mod strict {
    use super::*;

    #[derive(Debug, Serialize, Deserialize)]
    #[serde(try_from = "u8")]
    struct Even(u8);

    impl TryFrom<u8> for Even {
        type Error = String;

        fn try_from(number: u8) -> std::result::Result<Self, String> {
            let is_even = number > 0 && number.is_multiple_of(2);
            is_even.then_some(Self(number)).ok_or("odd".to_owned())
        }
    }

    #[derive(Debug, Serialize, Deserialize)]
    pub(super) struct It {
        place: std::net::Ipv4Addr,
        even: Even,
    }

    impl Stored for It {
        const NAME: &'static str = "strict";
    }
}

#[test]
fn types_with_rules_get_what_they_accept() {
    let folder = Folder::new("strict");
    folder.records::<strict::It>();
    assert_eq!(folder.shape("strict.v1.json")["samples"][0]["even"], 2);
}

stored! { tagged, "tagged", 1, #[serde(tag = "kind")] pub(super) enum It { Card { digits: String }, Cash } }

#[test]
fn what_serde_hides_is_seen_in_samples() {
    let folder = Folder::new("tagged");
    let complaint = folder.complains::<tagged::It>();
    assert!(complaint.contains("call assert_shape_of with samples"), "{complaint}");
    let all = [tagged::It::Card { digits: "1".to_owned() }, tagged::It::Cash];
    let check = || said(|| assert_shape_of(&folder.0, &all));
    assert!(check().contains("was not recorded"));
    assert_eq!(check(), "");
    let shape = &folder.shape("tagged.v1.json")["shape"];
    let expected = serde_json::json!({ "": "record", ".kind": "text", ".digits": "text" });
    assert_eq!(*shape, expected);
    assert!(said(|| assert_shape_of::<tagged::It>(&folder.0, &[])).contains("needs a sample"));
}

//! The files in which shapes are recorded, and what is held against them.

use std::{fmt::Write, fs, io, path::Path};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Form;
use crate::conversation::{Stored, from_note};

/// What is recorded of one version of a stored type.
#[derive(Serialize, Deserialize)]
pub(super) struct Recorded {
    name: String,
    version: u32,
    shape: Form,
    samples: Vec<Value>,
}

impl Recorded {
    pub(super) fn new(name: &str, version: u32, shape: Form, samples: Vec<Value>) -> Self {
        Self { name: name.to_owned(), version, shape, samples }
    }

    /// Holds this shape against the files, and the samples of the files against the type.
    pub(super) fn check<T: Stored>(&self, folder: &Path) -> Result<(), String> {
        let all = self.all_in(folder)?;
        if let Some(newer) = all.iter().find(|other| other.version > self.version) {
            return Err(format!(
                "version {} of `{}` is recorded in {} already; raise VERSION above it, because \
                 a version that was given up is not used a second time",
                newer.version,
                self.name,
                folder.display()
            ));
        }
        for recorded in &all {
            recorded.is_read_by::<T>()?;
        }
        match all.iter().find(|other| other.version == self.version) {
            Some(recorded) if recorded.shape == self.shape => Ok(()),
            Some(recorded) => Err(self.complaint(&recorded.shape, folder)),
            None => {
                let file = folder.join(self.file());
                let written = self.write(folder);
                written
                    .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
                Err(format!(
                    "the shape of version {} of `{}` was not recorded; it is now, in {}: look at \
                     it, add it to version control and run the test again",
                    self.version,
                    self.name,
                    file.display()
                ))
            }
        }
    }

    fn is_read_by<T: Stored>(&self) -> Result<(), String> {
        for sample in &self.samples {
            let note = format!(r#"{{"v":{},"is":{sample}}}"#, self.version);
            if let Err(error) = from_note::<T>(&note) {
                return Err(format!(
                    "a sample of version {} cannot be read by version {}: {error}\n  {sample}\n\
                     write an upgrade that reads it",
                    self.version,
                    T::VERSION
                ));
            }
        }
        Ok(())
    }

    fn complaint(&self, recorded: &Form, folder: &Path) -> String {
        let Self { name, version, shape, .. } = self;
        let mut text =
            format!("the shape of `{name}` has changed, and its version is {version} still:\n");
        let mut places: Vec<_> = recorded.keys().chain(shape.keys()).collect();
        places.sort_unstable();
        places.dedup();
        for place in places {
            let (before, after) = (recorded.get(place), shape.get(place));
            let place = if place.is_empty() { "the whole" } else { place };
            for (mark, kind) in [('-', before), ('+', after)] {
                if let Some(kind) = kind.filter(|_| before != after) {
                    writeln!(text, "  {mark} {place}: {kind}").expect("a text takes all");
                }
            }
        }
        let file = folder.join(self.file());
        write!(
            text,
            "raise VERSION to {} and write an upgrade from {version}; or, if no bot with this \
             version has ever run, remove {} and run the test again",
            version + 1,
            file.display()
        )
        .expect("a text takes all");
        text
    }

    /// All versions of the type that are recorded in this folder, the oldest first.
    fn all_in(&self, folder: &Path) -> Result<Vec<Self>, String> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(format!("{} cannot be read: {error}", folder.display())),
        };
        let mut all = Vec::new();
        for entry in entries.filter_map(Result::ok) {
            let (file, path) = (entry.file_name(), entry.path());
            if !file.to_str().is_some_and(|file| self.is_version(file)) {
                continue;
            }
            let read = fs::read(&path).map_err(|error| error.to_string());
            let read = read.and_then(|read| {
                serde_json::from_slice::<Self>(&read).map_err(|error| error.to_string())
            });
            match read {
                Ok(recorded) if recorded.name == self.name => all.push(recorded),
                Ok(_) => {}
                Err(error) => return Err(format!("{} is no shape: {error}", path.display())),
            }
        }
        all.sort_by_key(|recorded| recorded.version);
        Ok(all)
    }

    fn write(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(folder.join(self.file()), text)
    }

    fn file(&self) -> String {
        format!("{}{}.json", self.stem(), self.version)
    }

    /// Whether the file is that of a version of this type.
    fn is_version(&self, file: &str) -> bool {
        let version = file.strip_prefix(&self.stem()).and_then(|rest| rest.strip_suffix(".json"));
        version.is_some_and(|version| version.parse::<u32>().is_ok())
    }

    /// The beginning of the files' names.
    fn stem(&self) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let name = self.name.chars().map(|c| if is_plain(c) { c } else { '_' });
        name.chain(".v".chars()).collect()
    }
}

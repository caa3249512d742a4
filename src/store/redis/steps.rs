//! The scripts that the server runs, one for each step.
//!
//! Each runs as a whole and alone on the server. The server refuses one before it begins when its
//! memory is full, unless it makes room (`allow-oom`); a script reads all that it will change
//! before it writes, so that nothing stops it half way.

use ::redis::Script;

/// All steps of the store that change something.
#[derive(Debug)]
pub(super) struct Steps {
    pub(super) begin: Script,
    pub(super) commit: Script,
    pub(super) extend: Script,
    pub(super) release: Script,
    pub(super) leave: Script,
    pub(super) due: Script,
    pub(super) post: Script,
    pub(super) claim: Script,
    pub(super) settle: Script,
    pub(super) sent: Script,
    pub(super) report: Script,
    pub(super) replace: Script,
    pub(super) unreported: Script,
    pub(super) forget: Script,
    pub(super) sweep: Script,
}

/// A script of these files. The first line is what Redis 7 asks for:
/// <https://redis.io/docs/latest/develop/programmability/lua-api/#script_flags>.
macro_rules! script {
    ($($file:literal)+) => {
        script!(@ "#!lua\n", $($file)+)
    };
    (makes room: $($file:literal)+) => {
        script!(@ "#!lua flags=allow-oom\n", $($file)+)
    };
    (@ $flags:literal, $($file:literal)+) => {
        Script::new(concat!($flags, $(include_str!(concat!("scripts/", $file, ".lua"))),+))
    };
}

impl Steps {
    pub(super) fn new() -> Self {
        Self {
            begin: script!("begin"),
            commit: script!("parcels" "commit"),
            extend: script!(makes room: "extend"),
            release: script!(makes room: "release"),
            leave: script!(makes room: "leave"),
            due: script!("due"),
            post: script!("parcels" "post"),
            claim: script!("claim"),
            settle: script!(makes room: "parcels" "settle"),
            sent: script!(makes room: "words" "sent"),
            report: script!(makes room: "words" "report"),
            replace: script!("parcels" "replace"),
            unreported: script!(makes room: "unreported"),
            forget: script!(makes room: "forget"),
            sweep: script!(makes room: "sweep"),
        }
    }

    /// All of them, to be loaded at once.
    pub(super) fn all(&self) -> [&Script; 15] {
        let Self { begin, commit, extend, release, leave, due, post, claim, settle, .. } = self;
        let Self { sent, report, replace, unreported, forget, sweep, .. } = self;
        [
            begin, commit, extend, release, leave, due, post, claim, settle, sent, report, replace,
            unreported, forget, sweep,
        ]
    }
}

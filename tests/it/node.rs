//! Twilio's own library for Node on the other side of the wire.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use super::simulated::simulated;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// The folder with the library, or `None`, aloud. Where nothing may be skipped, it must be there.
#[expect(
    clippy::disallowed_methods,
    reason = "the gate says where the library is, and that it must be there"
)]
fn modules() -> Option<String> {
    let modules = std::env::var("CHINWAG_NODE_MODULES").unwrap_or_else(|_| "node_modules".into());
    let node = Command::new("node").arg("--version").stdout(Stdio::null()).status();
    let has_node = node.is_ok_and(|status| status.success());
    if has_node && Path::new(&modules).join("twilio/package.json").exists() {
        let modules = std::fs::canonicalize(modules).ok()?;
        return Some(modules.to_str()?.to_owned());
    }
    assert!(
        std::env::var("CHINWAG_NO_SKIP").is_err(),
        "there is no node, or no twilio in {modules}"
    );
    // Not by `eprintln`, which the test runner keeps to itself.
    let advice = "npm install twilio, and name its node_modules in CHINWAG_NODE_MODULES";
    drop(writeln!(
        std::io::stderr(),
        "SKIPPED: there is no node, or no twilio in {modules}; {advice}"
    ));
    None
}

#[tokio::test]
async fn twilios_library_sends_lists_deletes_and_makes_templates_on_the_simulator() {
    let Some(modules) = modules() else { return };
    let (url, account) = simulated(TOKEN).await;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/node/messages.mjs");
    let run = move || {
        Command::new("node").args([script, &modules, &url, &account.to_string(), TOKEN]).output()
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "accepted\n", "{error}");
}

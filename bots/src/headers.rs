//! The conversation at the head of each bot's file is what really happens.

use chinwag::testkit::Transcript;

use crate::{ROSTER, passcode};

/// What stands between the first two fences of the file's own doc comment.
fn conversation(code: &str) -> String {
    let lines = code.lines().map_while(|line| line.strip_prefix("//!"));
    let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
    let inside = lines.skip_while(|line| *line != "```text").skip(1);
    inside.take_while(|line| *line != "```").fold(String::new(), |all, line| all + line + "\n")
}

#[tokio::test]
async fn every_bot_holds_the_conversation_at_the_head_of_its_file() {
    for entry in ROSTER {
        let path = format!("{}/src/{}.rs", env!("CARGO_MANIFEST_DIR"), entry.name);
        let talk = conversation(&std::fs::read_to_string(&path).unwrap());
        assert!(talk.lines().count() > 5, "{path} begins with a conversation");
        // A transcript cannot guess a code.
        let bot = if entry.name == "passcode" { passcode::rehearsal } else { entry.bot };
        let played = Transcript::parse(&talk).unwrap().check(bot).await;
        assert!(played.is_ok(), "{path}: {}", played.unwrap_err());
    }
}

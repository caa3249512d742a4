//! Free-form text outside of a turn, without a proof that the session is open.

use chinwag::{conversation::Key, outbound::Notifier};

async fn tell(notifier: Notifier, key: Key) {
    let _said = notifier.say(&key, "news", "Fresh bread!").await;
}

fn main() {}

//! A notification to somebody who has not opted in.

use chinwag::{
    conversation::OpenSession,
    outbound::{Notification, Notifier},
};

async fn tell(notifier: Notifier, session: OpenSession, notification: Notification) {
    let _said = notifier.notify(&session, notification).await;
}

fn main() {}

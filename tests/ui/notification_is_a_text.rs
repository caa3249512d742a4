//! A notification that is no template.

use chinwag::outbound::Notification;

fn main() {
    let _news = Notification::new("news", "Fresh bread!");
}

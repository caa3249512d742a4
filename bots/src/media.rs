//! Pictures and documents that the bots send, served beside their webhooks.

use axum::{Router, http::header::CONTENT_TYPE, routing::get};

/// Each file's path, content type and bytes.
const FILES: [(&str, &str, &[u8]); 2] = [
    ("/media/menu.png", "image/png", include_bytes!("../media/menu.png")),
    ("/media/menu.pdf", "application/pdf", include_bytes!("../media/menu.pdf")),
];

/// The files below `/media`, for anyone: Twilio fetches them without a password.
pub fn routes() -> Router {
    FILES.into_iter().fold(Router::new(), |router, (path, content_type, bytes)| {
        router.route(path, get(async move || ([(CONTENT_TYPE, content_type)], bytes)))
    })
}

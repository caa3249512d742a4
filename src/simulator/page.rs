//! The chat page: its files, inside the binary.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha1::{Digest, Sha1};

use super::refusal::Refusal;

/// What the page may load and where it may be shown: everything of its own, pictures and sounds
/// from anywhere, no inline script.
const POLICY: &str = "default-src 'self'; img-src * data:; media-src *; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

macro_rules! files {
    ($($name:literal)*) => {
        &[$(($name, include_bytes!(concat!("page/", $name)))),*]
    };
}

/// Name and content of each file.
const FILES: &[(&str, &[u8])] = files! {
    "index.html" "style.css" "icon.svg"
    "api.js" "app.js" "attach.js" "avatar.js" "bubble-acts.js" "bubble.js" "chat-list.js"
    "composer.js" "curl.js" "dom.js" "drawer.js" "errors.js" "header.js" "media.js" "person.js"
    "route.js" "swipe.js" "thread.js" "ticks.js" "twiml.js" "unsent.js" "wording.js" "world.js"
    "sample.jpg" "sample.mp4" "sample.ogg" "sample.pdf" "sample.vcf"
};

/// A hash of each file, in their order.
static TAGS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let hash = |bytes: &[u8]| {
        let hash = Sha1::digest(bytes);
        hash.iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte))
    };
    FILES.iter().map(|(_, bytes)| format!("\"{:016x}\"", hash(bytes))).collect()
});

/// `/`.
pub(super) async fn index(headers: HeaderMap) -> Response {
    let page = file("index.html", &headers);
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], page).into_response()
}

/// `/sim/page/{name}`.
pub(super) async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    file(&name, &headers)
}

fn file(name: &str, headers: &HeaderMap) -> Response {
    let Some(at) = FILES.iter().position(|(known, _)| *known == name) else {
        return Refusal::missing(format!("the page has no file {name}")).into_response();
    };
    let (tag, bytes) = (TAGS[at].as_str(), FILES[at].1);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_known = known.is_some_and(|tags| tags.split(',').any(|one| one.trim() == tag));
    let about = [
        (header::CONTENT_TYPE, content_type(name)),
        (header::ETAG, tag),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    if is_known {
        (StatusCode::NOT_MODIFIED, about).into_response()
    } else {
        (about, bytes).into_response()
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "jpg" => "image/jpeg",
        "mp4" => "video/mp4",
        "ogg" => "audio/ogg",
        "pdf" => "application/pdf",
        "vcf" => "text/vcard",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_served_with_its_type() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/simulator/page");
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let mut served: Vec<_> = FILES.iter().map(|(name, _)| *name).collect();
        served.sort_unstable();
        assert_eq!(served, names);
        for name in served {
            assert_ne!(content_type(name), "application/octet-stream", "{name}");
        }
    }

    #[test]
    fn a_file_that_the_browser_has_is_not_sent_again() {
        let first = file("app.js", &HeaderMap::new());
        assert_eq!(first.status(), StatusCode::OK);
        let tag = first.headers()[header::ETAG].clone();
        let again = file("app.js", &[(header::IF_NONE_MATCH, tag)].into_iter().collect());
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(file("nope.js", &HeaderMap::new()).status(), StatusCode::NOT_FOUND);
    }
}

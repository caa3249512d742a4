//! Attachments of our own: served to whoever has a good address, and to nobody else.

use std::time::Duration;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode},
};
use chinwag::{
    Bot, Webhook,
    conversation::clock::ManualClock,
    webhook::{InvalidMedia, Shelf},
};
use tempfile::TempDir;
use tower::ServiceExt;

/// A folder with a file, its shelf, and the door.
struct House {
    folder: TempDir,
    clock: std::sync::Arc<ManualClock>,
    shelf: Shelf,
    door: Router,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("menu.pdf"), "0123456789").unwrap();
        let clock = std::sync::Arc::new(ManualClock::default());
        let shelf = Shelf::new(folder.path(), "https://bot.example.com/", "a secret");
        let shelf = shelf.lifetime(Duration::from_hours(1)).clock(std::sync::Arc::clone(&clock));
        let webhook = Webhook::new(Bot::new(()).otherwise(async || "hi"));
        let door = webhook.auth_token("token").serves_media(&shelf).router().unwrap();
        Self { folder, clock, shelf, door }
    }

    /// Status, headers and body of an answer.
    async fn ask(
        &self,
        method: Method,
        url: &str,
        range: &str,
    ) -> (StatusCode, Vec<String>, String) {
        let path = url.strip_prefix("https://bot.example.com").unwrap();
        let request = Request::builder().method(method).uri(path).header("range", range);
        let answer = self.door.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let header = |name| {
            answer
                .headers()
                .get(name)
                .map_or("", |value: &axum::http::HeaderValue| value.to_str().unwrap())
                .to_owned()
        };
        let names = ["content-type", "x-content-type-options", "content-range", "content-length"];
        let (status, headers) = (answer.status(), names.map(header).to_vec());
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, headers, String::from_utf8(body.into()).unwrap())
    }

    async fn get(&self, url: &str) -> StatusCode {
        self.ask(Method::GET, url, "").await.0
    }
}

#[tokio::test]
async fn a_file_is_served_with_its_type_whole_in_parts_and_by_its_head() {
    let house = House::new();
    let url = house.shelf.lend("menu.pdf").await.unwrap();
    assert!(url.starts_with("https://bot.example.com/media/") && url.ends_with("/menu.pdf"));
    let headers = |range: &str, length: &str| {
        ["application/pdf", "nosniff", range, length].map(str::to_owned).to_vec()
    };
    let whole = house.ask(Method::GET, &url, "").await;
    assert_eq!(whole, (StatusCode::OK, headers("", "10"), "0123456789".to_owned()));
    let head = house.ask(Method::HEAD, &url, "").await;
    assert_eq!(head, (StatusCode::OK, headers("", "10"), String::new()));
    let part = house.ask(Method::GET, &url, "bytes=2-4").await;
    let told = headers("bytes 2-4/10", "3");
    assert_eq!(part, (StatusCode::PARTIAL_CONTENT, told, "234".to_owned()));
    assert_eq!(
        house.ask(Method::GET, &url, "bytes=10-").await.0,
        StatusCode::RANGE_NOT_SATISFIABLE
    );
    assert_eq!(house.ask(Method::POST, &url, "").await.0, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn an_address_is_good_for_its_file_and_its_time_only() {
    let house = House::new();
    std::fs::write(house.folder.path().join("secret.pdf"), "x").unwrap();
    let url = house.shelf.lend("menu.pdf").await.unwrap();
    assert_eq!(house.get(&url).await, StatusCode::OK);
    let ticket = url.rsplit('/').nth(1).unwrap();
    let other = format!("{}{}", &ticket[..ticket.len() - 1], u8::from(ticket.ends_with('0')));
    let (expires, signature) = ticket.split_once('-').unwrap();
    let later = format!("{:x}-{signature}", i64::from_str_radix(expires, 16).unwrap() + 9);
    for forged in [
        url.replace("menu.pdf", "secret.pdf"),
        url.replace(ticket, &other),
        url.replace(ticket, &later),
        url.replace(ticket, &ticket[..ticket.len() - 2]),
        url.replace(ticket, &format!("{expires}-")),
        url.replace(ticket, expires),
        url.replace("menu.pdf", "..%2Fmenu.pdf"),
    ] {
        assert_eq!(house.get(&forged).await, StatusCode::NOT_FOUND, "{forged}");
    }
    let stranger = Shelf::new(house.folder.path(), "https://bot.example.com", "another secret");
    let foreign = stranger.lend("menu.pdf").await.unwrap();
    assert_eq!(house.get(&foreign).await, StatusCode::NOT_FOUND);
    house.clock.advance(Duration::from_hours(1));
    assert_eq!(house.get(&url).await, StatusCode::OK);
    house.clock.advance(Duration::from_secs(1));
    assert_eq!(house.get(&url).await, StatusCode::NOT_FOUND, "it has expired");
}

#[tokio::test]
async fn bytes_are_kept_until_their_address_expires() {
    let house = House::new();
    let url = house.shelf.keep(b"png".to_vec(), "image/png").await.unwrap();
    let (status, headers, body) = house.ask(Method::GET, &url, "").await;
    assert_eq!((status, &*headers[0], &*body), (StatusCode::OK, "image/png", "png"));
    let files = || std::fs::read_dir(house.folder.path()).unwrap().count();
    assert_eq!(files(), 2);
    house.clock.advance(Duration::from_hours(2));
    house.shelf.keep(b"other".to_vec(), "image/png").await.unwrap();
    assert_eq!((files(), house.get(&url).await), (2, StatusCode::NOT_FOUND), "the first is gone");
}

#[tokio::test]
async fn what_whatsapp_does_not_take_is_an_error_before_anything_is_sent() {
    let house = House::new();
    let keep = async |bytes: usize, content_type: &str| {
        house.shelf.keep(vec![0; bytes], content_type).await.unwrap_err()
    };
    let large = keep(5 * 1024 * 1024 + 1, "image/png").await;
    assert!(matches!(large, InvalidMedia::TooLarge { largest: 5_242_880, .. }), "{large}");
    assert!(matches!(keep(0, "image/png").await, InvalidMedia::Empty));
    assert!(matches!(keep(1, "image/gif").await, InvalidMedia::Unsupported(_)));
    assert!(matches!(keep(1, "").await, InvalidMedia::Unsupported(_)));
    let lend = async |name: &str| house.shelf.lend(name).await.unwrap_err();
    for name in ["../menu.pdf", "/etc/passwd", ".hidden.pdf", "a/b.pdf", "", "a?.pdf"] {
        assert!(matches!(lend(name).await, InvalidMedia::Name(_)), "{name}");
    }
    assert!(matches!(lend("missing.pdf").await, InvalidMedia::File(_)));
}

//! Attachments are fetched as Twilio serves them: behind credentials, and from another host.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use chinwag::{
    message::{AccountSid, Media, MediaKind},
    rest::{Account, DownloadError, Downloads},
};
use tokio::net::TcpListener;

/// The API and its file server, each at its own address.
struct Twilio {
    api: String,
    files: String,
    asked: Arc<AtomicUsize>,
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// Refuses whoever brings credentials that are not for it.
async fn file(headers: HeaderMap) -> Response {
    if headers.contains_key(header::AUTHORIZATION) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    ([(header::CONTENT_TYPE, "image/png")], vec![7_u8; 1_000]).into_response()
}

impl Twilio {
    async fn new() -> Self {
        let files = serve(Router::new().route("/file", get(file))).await;
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = (Arc::clone(&asked), format!("{files}/file"));
        let redirect = async |State((asked, file)): State<(Arc<AtomicUsize>, String)>,
                              headers: HeaderMap| {
            let number = asked.fetch_add(1, Ordering::SeqCst);
            if headers.get(header::AUTHORIZATION).is_none() {
                return StatusCode::UNAUTHORIZED.into_response();
            }
            if number == 0 {
                return StatusCode::NOT_FOUND.into_response();
            }
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, file)]).into_response()
        };
        let endless = async || (StatusCode::FOUND, [(header::LOCATION, "/endless")]);
        let api = Router::new().route("/media", get(redirect)).with_state(counted);
        let api = serve(api.route("/endless", get(endless))).await;
        Self { api, files, asked }
    }

    fn downloads(&self) -> Downloads {
        let account = Account::new(AccountSid::new(1), "token").at(&*self.api);
        Downloads::new(account).unwrap()
    }

    fn media(&self, path: &str, content_type: &str) -> Media {
        Media::new(format!("{}{path}", self.api), content_type)
    }
}

#[tokio::test]
async fn an_attachment_comes_once_it_is_there_and_the_file_server_sees_no_credentials() {
    let twilio = Twilio::new().await;
    let bytes = twilio.downloads().fetch(&twilio.media("/media", "image/png")).await.unwrap();
    assert_eq!(bytes, [7_u8; 1_000]);
    assert_eq!(twilio.asked.load(Ordering::SeqCst), 2, "at first it was not there yet");
}

#[tokio::test]
async fn what_is_not_wanted_is_not_fetched() {
    let twilio = Twilio::new().await;
    let downloads = twilio.downloads();
    let fetch = async |downloads: &Downloads, media: Media| {
        downloads.fetch(&media).await.map_err(|error| error.to_string()).unwrap_err()
    };
    let photo = || twilio.media("/media", "image/png");
    let said = fetch(&downloads.clone().largest(999), photo()).await;
    assert_eq!(said, "the attachment is larger than 999 bytes");
    let said = fetch(&downloads, twilio.media("/media", "application/pdf")).await;
    assert_eq!(said, "the attachment is image/png, not application/pdf");
    let said = fetch(&downloads.clone().only([MediaKind::Audio]), photo()).await;
    assert_eq!(said, "the attachment is image/png, not one of [Audio]");
    let said = fetch(&downloads, twilio.media("/endless", "image/png")).await;
    assert!(said.contains("redirects too often"), "{said}");
    let said = fetch(&downloads, Media::new(format!("{}/file", twilio.files), "image/png")).await;
    assert!(said.contains("nothing is fetched from"), "{said}");
    let asked = twilio.asked.load(Ordering::SeqCst);
    let gone = downloads.fetch(&twilio.media("/gone", "image/png")).await;
    assert!(matches!(gone, Err(DownloadError::Missing)), "{gone:?}");
    assert_eq!(twilio.asked.load(Ordering::SeqCst), asked);
}

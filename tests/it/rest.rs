//! The client: what it asks Twilio, what it makes of the answers, and how it serves a courier.

use std::time::Duration;

use chinwag::{
    conversation::{
        Key,
        clock::{ManualClock, SystemClock, Timestamp},
    },
    message::{ContentSid, ErrorCode, MediaSid, MessageSid, MessagingServiceSid, Outbound, Status},
    outbound::{Fault, Gateway, Letter},
    rest::{
        Account, ApprovalStatus, Category, Client, ContentDraft, Direction, Draft, Form,
        InvalidDraft, Lost, Method, Recorder, Response, Search, Submission,
    },
};
use serde_json::{Value, json};

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const MESSAGES: &str =
    "https://api.twilio.com/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages";
/// `Thu, 01 Jan 2026 12:00:00 +0000`.
const NOON: Timestamp = Timestamp::from_millis(1_767_268_800_000);

fn client() -> (Client, Recorder) {
    let recorder = Recorder::new();
    let account = Account::new(ACCOUNT.parse().unwrap(), "geheim");
    (Client::over(account, recorder.clone()), recorder)
}

/// A message as Twilio writes it, this many seconds after noon.
fn written(number: u128, direction: &str, body: &str, seconds: u64) -> Value {
    json!({
        "sid": MessageSid::new(number).to_string(), "status": "sent", "direction": direction,
        "from": "whatsapp:+14155238886", "to": "whatsapp:+15005550006", "body": body,
        "num_media": "0", "error_code": null, "date_sent": null, "price": "-0.005",
        "date_created": NOON.after(Duration::from_secs(seconds)).to_rfc_2822(),
    })
}

#[tokio::test]
async fn each_request_is_the_one_that_twilio_documents() {
    let (client, recorder) = client();
    let (sid, one) = (MessageSid::new(1), || written(1, "outbound-api", "hi", 0).to_string());
    let draft = Draft::to("whatsapp:+15005550006".parse().unwrap());
    let draft = draft.from("whatsapp:+14155238886".parse().unwrap()).body("hi");
    for body in [one(), one(), one(), one(), String::new()] {
        recorder.answer(200, body);
    }
    let sent = client.send(&draft).await.unwrap();
    assert_eq!((sent.sid, &sent.status, sent.error), (sid, &Status::Sent, None));
    assert_eq!((sent.direction, sent.created), (Direction::OutboundApi, Some(NOON)));
    client.fetch(sid).await.unwrap();
    client.redact(sid).await.unwrap();
    client.cancel(sid).await.unwrap();
    client.delete(sid).await.unwrap();
    let list =
        json!({"messages": [written(2, "inbound", "a", 0)], "next_page_uri": "/next?Page=1"});
    recorder.answer(200, list.to_string());
    recorder.answer(200, json!({"messages": [], "next_page_uri": null}).to_string());
    let search = Search {
        to: Some("whatsapp:+15005550006".parse().unwrap()),
        sent_since: Some(NOON),
        page_size: Some(20),
        ..Search::default()
    };
    let first = client.list(&search).await.unwrap();
    let second = client.next(&first).await.unwrap().unwrap();
    assert_eq!((first.messages.len(), second.messages.len()), (1, 0));
    assert_eq!(client.next(&second).await.unwrap(), None);

    let one = format!("{MESSAGES}/{sid}.json");
    let list = format!(
        "{MESSAGES}.json?To=whatsapp%3A%2B15005550006&DateSent%3E=2026-01-01T12%3A00%3A00.000Z&PageSize=20"
    );
    let asked: Vec<_> = recorder
        .requests()
        .into_iter()
        .map(|request| (request.method, request.url, request.payload.encode().1))
        .collect();
    let made = "To=whatsapp%3A%2B15005550006&From=whatsapp%3A%2B14155238886&Body=hi";
    let expected = [
        (Method::Post, format!("{MESSAGES}.json"), made),
        (Method::Get, one.clone(), ""),
        (Method::Post, one.clone(), "Body="),
        (Method::Post, one.clone(), "Status=canceled"),
        (Method::Delete, one, ""),
        (Method::Get, list, ""),
        (Method::Get, "https://api.twilio.com/next?Page=1".to_owned(), ""),
    ];
    assert_eq!(asked, expected.map(|(method, url, form)| (method, url, form.to_owned())));
    assert!(!format!("{:?} {:?}", client, recorder.requests()).contains("geheim"));
}

/// What was asked: method, address and body.
fn asked(recorder: &Recorder) -> Vec<(Method, String, String)> {
    let requests = recorder.requests().into_iter();
    requests.map(|one| (one.method, one.url, one.payload.encode().1)).collect()
}

#[tokio::test]
async fn templates_are_made_and_approved_at_the_content_api() {
    let (client, recorder) = client();
    let sid = ContentSid::new(1);
    let made = json!({
        "sid": sid.to_string(), "friendly_name": "shipped", "language": "en",
        "variables": {"1": "A-17"}, "types": {"twilio/text": {"body": "{{1}} has shipped."}},
    });
    let draft = ContentDraft::new("shipped", "en", Form::text("{{1}} has shipped."));
    let draft = draft.sample("1", "A-17");
    let next = "https://content.twilio.com/v1/Content?Page=1";
    let page = |next: Value| json!({"contents": [made], "meta": {"next_page_url": next}});
    let whatsapp = json!({"name": "shipped", "category": "UTILITY", "status": "approved"});
    for answer in [
        made.clone(),
        made.clone(),
        page(json!(next)),
        page(Value::Null),
        json!({"name": "shipped", "category": "UTILITY", "status": "received"}),
        json!({"whatsapp": whatsapp}),
        Value::Null,
    ] {
        recorder.answer(200, answer.to_string());
    }
    let template = client.create_content(&draft).await.unwrap();
    assert_eq!((template.sid, &template.forms), (sid, &draft.forms));
    assert_eq!(client.fetch_content(sid).await.unwrap(), template);
    let first = client.list_contents(1).await.unwrap();
    let second = client.next_contents(&first).await.unwrap().unwrap();
    assert_eq!((first.contents.len(), second.has_next()), (1, false));
    let submission = Submission { name: "shipped".to_owned(), category: Category::Utility };
    let approval = client.submit_content(sid, &submission).await.unwrap();
    assert_eq!(approval.status, ApprovalStatus::Received);
    assert!(client.approval(sid).await.unwrap().unwrap().status.is_approved());
    client.delete_content(sid).await.unwrap();

    let one = format!("https://content.twilio.com/v1/Content/{sid}");
    let all = "https://content.twilio.com/v1/Content".to_owned();
    let written = json!({
        "friendly_name": "shipped", "language": "en", "variables": {"1": "A-17"},
        "types": {"twilio/text": {"body": "{{1}} has shipped."}},
    });
    let submitted = json!({"name": "shipped", "category": "UTILITY"});
    let nothing = String::new;
    let expected = [
        (Method::Post, all.clone(), written.to_string()),
        (Method::Get, one.clone(), nothing()),
        (Method::Get, format!("{all}?PageSize=1"), nothing()),
        (Method::Get, next.to_owned(), nothing()),
        (Method::Post, format!("{one}/ApprovalRequests/whatsapp"), submitted.to_string()),
        (Method::Get, format!("{one}/ApprovalRequests"), nothing()),
        (Method::Delete, one, nothing()),
    ];
    assert_eq!(asked(&recorder), expected);

    let refused = client.create_content(&ContentDraft::new("a", "", Form::text("b"))).await;
    let error = refused.unwrap_err();
    assert_eq!((error.code(), error.fault()), (Some(ErrorCode(92003)), Fault::Refused));
    recorder.answer(200, page(json!("https://evil.example/v1/Content?Page=1")).to_string());
    let page = client.list_contents(1).await.unwrap();
    assert_eq!(client.next_contents(&page).await.unwrap_err().fault(), Fault::Unknown);
    assert_eq!(recorder.requests().len(), 8, "neither was asked for");
}

#[tokio::test]
async fn attachments_and_typing_have_their_own_paths() {
    let (client, recorder) = client();
    let (message, media) = (MessageSid::with_media(1), MediaSid::new(2));
    let one = json!({"sid": media.to_string(), "content_type": "image/png", "date_created": null});
    for answer in [json!({"media_list": [one]}), one.clone(), Value::Null, json!({"success": true})]
    {
        recorder.answer(200, answer.to_string());
    }
    let [listed] = client.media(message).await.unwrap().try_into().unwrap();
    assert_eq!(client.fetch_media(message, media).await.unwrap(), listed);
    assert_eq!((listed.sid, listed.content_type.as_str()), (media, "image/png"));
    client.delete_media(message, media).await.unwrap();
    client.typing(message).await.unwrap();
    let path = format!("{MESSAGES}/{message}/Media/{media}.json");
    let typing = "https://messaging.twilio.com/v2/Indicators/Typing.json".to_owned();
    let expected = [
        (Method::Get, format!("{MESSAGES}/{message}/Media.json"), String::new()),
        (Method::Get, path.clone(), String::new()),
        (Method::Delete, path, String::new()),
        (Method::Post, typing, format!("messageId={message}&channel=whatsapp")),
    ];
    assert_eq!(asked(&recorder), expected);
}

#[tokio::test]
async fn what_cannot_arrive_whole_is_not_even_asked_for() {
    let (client, recorder) = client();
    let draft = Draft::to("whatsapp:+15005550006".parse().unwrap());
    let draft = draft.from("whatsapp:+14155238886".parse().unwrap());
    let voice = draft.clone().media("https://h/a.ogg").body("Listen!");
    let error = client.send(&voice).await.unwrap_err();
    assert!(matches!(error.invalid_draft(), Some(InvalidDraft::BodyDropped(_))), "{error}");
    assert_eq!((error.fault(), error.code()), (Fault::Refused, None));
    let soon = Draft { messaging_service: Some(MessagingServiceSid::new(1)), ..draft.body("hi") };
    let client = client.clock(ManualClock::at(NOON));
    let soon = soon.send_at(NOON.after(Duration::from_mins(14)));
    let error = client.send(&soon).await.unwrap_err();
    assert_eq!(error.invalid_draft(), Some(&InvalidDraft::TooSoon));
    assert_eq!(recorder.requests().len(), 0);
    recorder.answer(201, written(1, "outbound-api", "hi", 0).to_string());
    client.send(&soon.send_at(NOON.after(Duration::from_mins(15)))).await.unwrap();
}

/// All of it against the simulator, over the network.
#[cfg(feature = "simulator")]
#[tokio::test]
async fn the_client_and_the_simulator_understand_each_other() {
    use chinwag::rest::Downloads;

    let (url, account) = super::simulated::simulated("geheim").await;
    let account = Account::new(account, "geheim").at(&*url);
    let client = Client::new(account.clone()).unwrap();
    let [ben, bot] =
        ["whatsapp:+15005550007", "whatsapp:+14155238886"].map(|it| it.parse().unwrap());
    let draft = Draft::to(ben).from(bot);

    let form = Form::quick_reply("Order {{1}} has shipped.", [("Thanks", "thanks")]);
    let template = ContentDraft::new("shipped", "en", form).sample("1", "A-17");
    let template = client.create_content(&template).await.unwrap();
    let mut page = client.list_contents(2).await.unwrap();
    let mut count = page.contents.len();
    while let Some(next) = client.next_contents(&page).await.unwrap() {
        (count, page) = (count + next.contents.len(), next);
    }
    assert_eq!(count, 4, "with the three of the sandbox");
    let submission = Submission { name: "shipped".to_owned(), category: Category::Utility };
    assert_eq!(client.approval(template.sid).await.unwrap(), None);
    client.submit_content(template.sid, &submission).await.unwrap();
    assert!(client.approval(template.sid).await.unwrap().unwrap().status.is_approved());
    let sent = client.send(&draft.clone().content(template.sid, [("1", "B-2")])).await.unwrap();
    let now = client.fetch(sent.sid).await.unwrap();
    assert_eq!((now.status, now.body.as_str()), (Status::Delivered, "Order B-2 has shipped."));
    client.delete_content(template.sid).await.unwrap();
    assert!(client.fetch_content(template.sid).await.unwrap_err().is_missing());

    let late = draft.body("later").by(chinwag::simulator::Simulator::SERVICE);
    let late = late.send_at(chinwag::conversation::clock::Clock::now(&SystemClock).after(SOON));
    let late = client.send(&late).await.unwrap();
    assert_eq!(late.status, Status::Scheduled);
    assert_eq!(client.cancel(late.sid).await.unwrap().status, Status::Canceled);

    let http = super::simulated::post;
    let photo = format!("{url}/sim/page/sample.jpg");
    let said = json!({"to": "+14155238886", "media": [{"url": photo}]});
    let said = http(&format!("{url}/sim/phones/+15005550007/messages"), &said).await;
    let inbound: MessageSid = said["sid"].as_str().unwrap().parse().unwrap();
    client.typing(inbound).await.unwrap();
    let [kept] = client.media(inbound).await.unwrap().try_into().unwrap();
    assert_eq!(client.fetch_media(inbound, kept.sid).await.unwrap(), kept);
    let at = format!(
        "{}/2010-04-01/Accounts/{}/Messages/{inbound}/Media/{}",
        url, "AC00000000000000000000000000000007", kept.sid
    );
    let media = chinwag::message::Media::new(at, "image/jpeg");
    let bytes = Downloads::new(account).unwrap().fetch(&media).await.unwrap();
    assert!(bytes.starts_with(&[0xff, 0xd8]), "a JPEG");
    client.delete_media(inbound, kept.sid).await.unwrap();
    assert_eq!(client.media(inbound).await.unwrap(), []);
}

/// Far enough ahead to be scheduled.
#[cfg(feature = "simulator")]
const SOON: Duration = Duration::from_mins(20);

#[tokio::test]
async fn credentials_go_nowhere_else() {
    let (client, recorder) = client();
    let list = json!({"messages": [], "next_page_uri": "https://evil.example/next"});
    recorder.answer(200, list.to_string());
    let page = client.list(&Search::default()).await.unwrap();
    assert!(page.has_next());
    assert_eq!(client.next(&page).await.unwrap_err().fault(), Fault::Unknown);
    assert_eq!(recorder.requests().len(), 1);
}

#[tokio::test]
async fn a_courier_is_told_what_is_known() {
    let (client, recorder) = client();
    let [us, ana] =
        ["whatsapp:+14155238886", "whatsapp:+15005550006"].map(|it| it.parse().unwrap());
    let (key, message) = (Key::new(&us, &ana), Outbound::text("It is ready."));
    let letter = Letter { key: &key, message: &message };
    let refused = json!({"code": 63007, "message": "no channel", "status": 400}).to_string();
    let slow = Response { status: 429, retry_after: Some(Duration::from_secs(9)), body: vec![] };
    for (answer, fault, code, after) in [
        (Ok(answer(400, &refused)), Fault::Refused, Some(63007), None),
        (Ok(slow), Fault::NotSent, None, Some(9)),
        (Ok(answer(201, "<html>")), Fault::Unknown, None, None),
        (Ok(answer(500, "")), Fault::Unknown, None, None),
        (Err(Lost::NotSent("refused".into())), Fault::NotSent, None, None),
        (Err(Lost::Unknown("closed".into())), Fault::Unknown, None, None),
    ] {
        recorder.push(answer);
        let unsent = Gateway::send(&client, &letter).await.unwrap_err();
        assert_eq!((unsent.fault, unsent.code), (fault, code.map(ErrorCode)), "{unsent}");
        assert_eq!(unsent.after, after.map(Duration::from_secs), "{unsent}");
    }
    recorder.answer(201, written(1, "outbound-api", "It is ready.", 0).to_string());
    assert_eq!(Gateway::send(&client, &letter).await.unwrap(), MessageSid::new(1));
}

fn answer(status: u16, body: &str) -> Response {
    Response { status, retry_after: None, body: body.into() }
}

#[tokio::test]
async fn an_earlier_try_is_found_by_its_words_and_its_time() {
    let (client, recorder) = client();
    let [us, ana] =
        ["whatsapp:+14155238886", "whatsapp:+15005550006"].map(|it| it.parse().unwrap());
    let (key, message) = (Key::new(&us, &ana), Outbound::text("It is ready."));
    let letter = Letter { key: &key, message: &message };
    let page = |messages: &[Value], next: Value| {
        recorder.answer(200, json!({"messages": messages, "next_page_uri": next}).to_string());
    };
    page(
        &[
            written(9, "outbound-api", "It is ready.", 30),
            written(8, "outbound-api", "Something else.", 20),
            written(7, "outbound-reply", "It is ready.", 15),
        ],
        json!("/2"),
    );
    page(
        &[written(6, "outbound-api", "It is ready.", 10), written(5, "inbound", "It is ready.", 9)],
        json!("/3"),
    );
    page(&[written(4, "outbound-api", "It is ready.", 3)], json!("/4"));
    let since = NOON.after(Duration::from_millis(10_900));
    let found = client.find(&letter, since).await.unwrap();
    assert_eq!(found, [6, 9].map(MessageSid::new), "oldest first, and none before that second");
    assert_eq!(recorder.requests().len(), 3, "nothing older is asked for");
    recorder.push(Err(Lost::Unknown("closed".into())));
    assert_eq!(client.find(&letter, since).await.unwrap_err().fault, Fault::Unknown);
}

//! Writer and reader against each other, and the reader against anything at all.

use proptest::{prelude::*, string::string_regex};

use super::{
    Message, Method, Redirect, Response, Verb,
    characters::{is_allowed, trim},
};

fn text(pattern: &str) -> BoxedStrategy<String> {
    string_regex(pattern).unwrap().boxed()
}

fn response() -> impl Strategy<Value = Response> {
    let body = text("[a-zé🎈 <>&\"'\r\n\t\\]\u{0}-\u{1f}\u{fffd}-\u{ffff}]{0,40}|\\PC{0,40}");
    let url = text("(https?://[a-z]{1,5}|/)[a-z&\"'<>%=?#\u{1}-\u{8}\u{fffe}]{1,20}");
    let address = text("whatsapp:\\+[1-9][0-9]{7,14}|[a-z]{1,4}:[!-~é\"&<]{1,9}");
    let address =
        prop::option::of(address.prop_filter_map("no address", |a| a.parse().ok()).boxed());
    let method = prop::option::of(prop_oneof![Just(Method::Get), Just(Method::Post)]);
    let callback = prop::option::of(url.clone());
    let message = (
        (body, prop::collection::vec(url.clone(), 0..4)),
        (address.clone(), address),
        (callback.clone(), method.clone(), callback),
    );
    let message = message.prop_map(|((body, media), (to, from), (action, method, callback))| {
        Message { body, media, to, from, action, method, status_callback: callback }
    });
    let redirect = (url, method).prop_map(|(url, method)| Redirect { url, method });
    let verb =
        prop_oneof![4 => message.prop_map(Verb::Message), 1 => redirect.prop_map(Verb::Redirect)];
    prop::collection::vec(verb, 0..6).prop_map(|verbs| Response { verbs })
}

/// What reading leaves of a text.
fn clean(text: &str) -> String {
    let kept: String = text.chars().filter(|c| is_allowed(*c)).collect();
    trim(&kept).to_owned()
}

fn cleaned(mut response: Response) -> Response {
    for verb in &mut response.verbs {
        match verb {
            Verb::Message(message) => {
                message.body = clean(&message.body);
                let urls = message.media.iter_mut().chain(&mut message.action);
                urls.chain(&mut message.status_callback).for_each(|url| *url = clean(url));
            }
            Verb::Redirect(redirect) => redirect.url = clean(&redirect.url),
        }
    }
    response
}

/// Mistakes lie within the document, and what was read can be written and read again.
fn check(xml: &[u8]) {
    let lines = 1..=xml.split(|byte| *byte == b'\n').count();
    match Response::read(xml) {
        Ok(read) => {
            assert!(read.warnings.iter().all(|warning| lines.contains(&warning.place.line)));
            assert!(read.warnings.is_sorted_by_key(|warning| warning.place));
            let again = Response::read(read.response.to_xml().unwrap()).unwrap();
            assert_eq!((again.response, again.warnings), (read.response, Vec::new()));
        }
        Err(error) => {
            assert!(lines.contains(&error.place.line), "{error}");
            assert!(error.to_string().len() < 300, "{error}");
        }
    }
}

/// Where, how many bytes are taken away, and what is put there.
fn damage() -> impl Strategy<Value = (usize, usize, String)> {
    (any::<usize>(), 0_usize..4, text("\\PC|[<>&;'\"/!?=\\[\\]#-]|]]>|<!--|&#|\\?>"))
}

/// A valid document with everything in it, to be damaged.
const WHOLE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<!-- é --><Response>\n\
    <Message to='whatsapp:+15005550006' action=\"/a?b=1&amp;c\" method=\"POST\">Hi &#x1F388;\
    <![CDATA[<b>]]><Body>text</Body><Media>https://example.com/1.jpg</Media></Message>\n\
    <?pi x?><Say>no</Say><Redirect method=\"GET\">/next</Redirect></Response>\n";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn damaged_documents_never_panic(damages in prop::collection::vec(damage(), 1..6)) {
        let mut xml = WHOLE.as_bytes().to_vec();
        for (at, removed, inserted) in damages {
            let at = at % xml.len();
            let end = (at + removed).min(xml.len());
            xml.splice(at..end, inserted.into_bytes());
        }
        check(&xml);
    }

    #[test]
    fn random_bytes_never_panic(xml in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&xml);
        check(&[b"<Response>", &*xml, b"</Response>"].concat());
    }

    #[test]
    fn random_markup_never_panics(parts in prop::collection::vec(
        prop::sample::select(vec![
            "<", ">", "/", "</", "/>", "<!", "<!--", "-->", "--", "<![CDATA[", "]]>", "<?", "?>",
            "xml", "&", "#", ";", "amp", "x41", "=", "'", "\"", " ", "\n", "a", "é", "[", "]",
            "Response", "<Response>", "</Response>", "<Message>", "</Message>", "Body", "Media",
            "to", "version='1.0'", "<!DOCTYPE", "\u{0}", "\u{fffe}",
        ]), 0..30,
    )) {
        check(parts.concat().as_bytes());
        check(format!("<Response>{}</Response>", parts.concat()).as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_is_written_is_read_back(response in response()) {
        match response.to_xml() {
            Ok(xml) => {
                let read = Response::read(&xml).unwrap();
                prop_assert_eq!(read.warnings, Vec::new(), "{}", xml);
                prop_assert_eq!(read.response, cleaned(response));
            }
            Err(error) => prop_assert_eq!(error.code(), 14103),
        }
    }
}

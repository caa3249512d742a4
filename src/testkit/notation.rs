//! How what is said stands in talks and transcripts: written and read back.
//!
//! Text stands as it is; what is not text stands in brackets before it. A text that would be
//! misread stands in quotes, as JSON.

use std::borrow::Cow;

use crate::message::{Button, Content, Flow, ListChoice, Location, Media, Outbound};

/// Where a picture is that is only told by its type.
const SOMEWHERE: &str = "https://example.com/media";

/// What the person sent.
pub(super) fn said(content: &Content) -> String {
    let thing = match content {
        Content::Text(text) => return plain(text).into_owned(),
        Content::Location(place) => format!("[{}]", located(place)),
        Content::Button(Button { text, payload }) => {
            format!("[taps {text}{}]", id(payload.as_ref()))
        }
        Content::ListChoice(ListChoice { id, title, description }) => {
            format!("[chooses {title} = {id}{}]", behind(description.as_ref()))
        }
        Content::Flow(Flow { fields, .. }) => {
            fields.as_ref().map_or("[flow]".to_owned(), |fields| format!("[flow {fields}]"))
        }
        Content::Other { kind, .. } => format!("[{kind}]"),
        _ => bracketed(content.media().iter().map(attached)),
    };
    let is_in_brackets = matches!(content, Content::Button(_) | Content::ListChoice(_));
    let text = if is_in_brackets { "" } else { content.text() };
    if text.is_empty() { thing } else { format!("{thing} {}", plain(text)) }
}

/// Reads what [`said`] wrote.
pub(super) fn understood(text: &str) -> Result<Content, String> {
    let Some((inside, behind)) = in_brackets(text)? else { return Ok(quoted(text)?.into()) };
    let (word, rest) = inside.split_once(' ').unwrap_or((inside, ""));
    match word {
        "location" => return place(rest).map(Content::from),
        "taps" => {
            let (text, payload) =
                rest.rsplit_once(" = ").map_or((rest, None), |(t, p)| (t, Some(p)));
            return Ok(Button { text: text.into(), payload: payload.map(Into::into) }.into());
        }
        "chooses" => {
            let (rest, description) = both(rest, " | ");
            let (title, id) = both(rest, " = ");
            let id = id.unwrap_or(title).into();
            let description = description.map(Into::into);
            return Ok(ListChoice { id, title: title.into(), description }.into());
        }
        "flow" => {
            // The fields are JSON, which has brackets of its own.
            let fields = text.strip_prefix("[flow").and_then(|text| text.strip_suffix(']'));
            let fields = fields.map(str::trim_start).filter(|fields| !fields.is_empty());
            return Ok(Flow { fields: fields.map(Into::into), ..Flow::default() }.into());
        }
        _ => {}
    }
    if !inside.contains(['/', '.']) {
        let body = quoted(behind)?;
        return Ok(Content::Other { kind: inside.into(), body });
    }
    let (media, caption) = attachments(text)?;
    Ok(Content::with_media(media.into_iter().map(attachment).collect(), quoted(caption)?))
}

/// One message of the bot: its attachments in brackets, then its text.
pub(super) fn written(message: &Outbound) -> String {
    let media = bracketed(message.media.iter().map(Clone::clone));
    match (media.is_empty(), message.body.is_empty()) {
        (true, _) => plain(&message.body).into_owned(),
        (false, true) => media,
        (false, false) => format!("{media} {}", plain(&message.body)),
    }
}

/// Reads what [`written`] wrote.
pub(super) fn expected(text: &str) -> Result<Outbound, String> {
    let (media, body) = attachments(text)?;
    let media = media.into_iter().map(Into::into).collect();
    Ok(Outbound { body: quoted(body)?, media, ..Outbound::default() })
}

/// The text, in quotes if it would be misread.
fn plain(text: &str) -> Cow<'_, str> {
    let is_odd = text.is_empty()
        || text.starts_with(['[', '('])
        || text.starts_with('"') && text.ends_with('"')
        || text.trim() != text
        || text.chars().any(|c| c.is_control() && c != '\n');
    if !is_odd {
        return text.into();
    }
    serde_json::to_string(text).expect("a text is always JSON").into()
}

/// The text without its quotes, if it has them.
fn quoted(text: &str) -> Result<String, String> {
    if text.len() < 2 || !text.starts_with('"') || !text.ends_with('"') {
        return Ok(text.to_owned());
    }
    serde_json::from_str(text).map_err(|error| {
        format!("a text in quotes is JSON, and this is not: {error}; write \\\" for a quote in it")
    })
}

/// What stands in the first brackets, and what stands behind them.
fn in_brackets(text: &str) -> Result<Option<(&str, &str)>, String> {
    let Some(inside) = text.strip_prefix('[') else { return Ok(None) };
    let Some((inside, behind)) = inside.split_once(']') else {
        return Err(
            "the bracket [ is not closed; a text that begins with one stands in quotes".into()
        );
    };
    Ok(Some((inside, behind.strip_prefix(' ').unwrap_or(behind))))
}

/// What stands in brackets in front, and the text behind.
fn attachments(mut text: &str) -> Result<(Vec<&str>, &str), String> {
    let mut all = Vec::new();
    while let Some((inside, behind)) = in_brackets(text)? {
        all.push(inside);
        text = behind;
    }
    Ok((all, text))
}

fn bracketed(all: impl Iterator<Item = String>) -> String {
    all.map(|one| format!("[{one}]")).collect::<Vec<_>>().join(" ")
}

/// The URL, after the content type if that is not the one of the name's ending.
fn attached(media: &Media) -> String {
    if Media::at(media.url.as_str()) == *media {
        return media.url.clone();
    }
    format!("{} {}", media.content_type.as_str(), media.url)
}

fn attachment(inside: &str) -> Media {
    const TYPES: [&str; 5] = ["image/", "audio/", "video/", "application/", "text/"];
    match inside.rsplit_once(' ') {
        Some((content_type, url)) if url.contains(['/', '.']) => Media::new(url, content_type),
        _ if TYPES.iter().any(|kind| inside.starts_with(kind)) => Media::new(SOMEWHERE, inside),
        _ => Media::at(inside),
    }
}

fn located(place: &Location) -> String {
    let label = place.label.as_ref().map_or_else(String::new, |label| format!(" {label}"));
    let address = behind(place.address.as_ref());
    format!("location {}, {}{label}{address}", place.latitude, place.longitude)
}

fn place(text: &str) -> Result<Location, String> {
    let advice = || format!("{text:?} is no place; write it as [location 52.52, 13.405 Town hall]");
    let (rest, address) = both(text, " | ");
    let (latitude, rest) = rest.split_once(',').ok_or_else(advice)?;
    let (longitude, label) = both(rest.trim_start(), " ");
    let degrees = |text: &str| text.trim().parse().map_err(|_| advice());
    Ok(Location {
        latitude: degrees(latitude)?,
        longitude: degrees(longitude)?,
        label: label.map(Into::into),
        address: address.map(Into::into),
    })
}

fn id(id: Option<&String>) -> String {
    id.map_or_else(String::new, |id| format!(" = {id}"))
}

fn behind(text: Option<&String>) -> String {
    text.map_or_else(String::new, |text| format!(" | {text}"))
}

/// What stands before this mark, and what stands behind it, if it is there.
fn both<'a>(text: &'a str, mark: &str) -> (&'a str, Option<&'a str>) {
    text.split_once(mark).map_or((text, None), |(before, behind)| (before, Some(behind)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_kind_of_content_has_its_line_and_is_read_from_it() {
        let cat = Media::at("https://example.com/cat.jpg");
        let voice = Media::new("https://example.com/ME1", "audio/ogg; codecs=opus");
        let untyped = Media::new("https://example.com/x", "");
        let place = Location { latitude: 1.5, longitude: -2.0, ..Location::default() };
        let hall = Location {
            label: Some("Town hall".into()),
            address: Some("Main street 1".into()),
            ..place.clone()
        };
        let row = ListChoice { id: "r1".into(), title: "Green tea".into(), description: None };
        let hot = ListChoice { description: Some("hot".into()), ..row.clone() };
        let tap =
            |payload: Option<&str>| Button { text: "Yes".into(), payload: payload.map(Into::into) };
        let form = Flow { fields: Some(r#"{"a":[1]}"#.into()), ..Flow::default() };
        for (content, line) in [
            (Content::from("hi"), "hi"),
            (Content::from("one\n\n  two"), "one\n\n  two"),
            (Content::from(""), r#""""#),
            (Content::from(" \n"), r#"" \n""#),
            (Content::from("[hi]"), r#""[hi]""#),
            (Content::from("\"hi\""), r#""\"hi\"""#),
            (Content::from("\"hi\" she said"), "\"hi\" she said"),
            (Content::from(cat.clone()), "[https://example.com/cat.jpg]"),
            (Content::from(voice), "[audio/ogg; codecs=opus https://example.com/ME1]"),
            (Content::from(untyped), "[ https://example.com/x]"),
            (Content::from(Media::at("a.webp")), "[a.webp]"),
            (
                Content::with_media(vec![cat.clone()], "my cat".into()),
                "[https://example.com/cat.jpg] my cat",
            ),
            (
                Content::with_media(vec![cat, Media::at("a.png")], "[two]".into()),
                "[https://example.com/cat.jpg] [a.png] \"[two]\"",
            ),
            (Content::from(place), "[location 1.5, -2]"),
            (Content::from(hall), "[location 1.5, -2 Town hall | Main street 1]"),
            (Content::from(row), "[chooses Green tea = r1]"),
            (Content::from(hot), "[chooses Green tea = r1 | hot]"),
            (Content::from(tap(None)), "[taps Yes]"),
            (Content::from(tap(Some("yes-1"))), "[taps Yes = yes-1]"),
            (Content::from(Flow::default()), "[flow]"),
            (Content::from(form), r#"[flow {"a":[1]}]"#),
            (Content::Other { kind: "reaction".into(), body: "👍".into() }, "[reaction] 👍"),
        ] {
            assert_eq!(said(&content), line);
            assert_eq!(understood(line), Ok(content), "{line}");
        }
    }

    #[test]
    fn a_photo_may_be_told_by_its_type_alone() {
        let photo = understood("[image/jpeg] our shop").unwrap();
        assert_eq!((photo.kind(), photo.text()), ("media", "our shop"));
        assert_eq!(photo.media()[0].content_type.as_str(), "image/jpeg");
    }

    #[test]
    fn what_cannot_be_read_says_how_to_write_it() {
        for (line, advice) in [
            ("[taps Yes", "the bracket [ is not closed"),
            ("[location here]", "write it as [location 52.52, 13.405 Town hall]"),
            ("\"a\" and \"b\"", "a text in quotes is JSON, and this is not"),
        ] {
            let error = understood(line).unwrap_err();
            assert!(error.contains(advice), "{error}");
        }
    }

    proptest! {
        #[test]
        fn every_text_is_read_as_it_was_written(text in "(?s).{0,20}", caption in "[\\[\\]\" a\\n(]{0,9}") {
            let content = Content::from(text.as_str());
            prop_assert_eq!(understood(&said(&content)), Ok(content));
            let captioned = Content::with_media(vec![Media::at("a.png")], caption.clone());
            prop_assert_eq!(understood(&said(&captioned)), Ok(captioned));
            let message = Outbound::text(text);
            prop_assert_eq!(expected(&written(&message)), Ok(message));
            let media = Outbound::media("https://a.example/b?c=d").with_body(caption);
            prop_assert_eq!(expected(&written(&media)), Ok(media));
        }
    }
}

//! How much of the published vectors for WhatsApp's markup is exact, by kind.

use std::{borrow::Cow, collections::BTreeMap};

use chinwag::markup::{Limit, Mark, Rich, Sign, marks, neutralise, neutralise_inline};
use serde_json::{Value, json};

const VECTORS: &str = include_str!("cases/markup.json");
/// What a vector's HTML leaves out.
const NEW_PAGE: &str = " target=\"_blank\" rel=\"noopener noreferrer\"";
/// The kinds of vectors, and what checks them.
const KINDS: [(&str, Check); 4] =
    [("markdown", markdown), ("neutralise", neutralised), ("parse", parse), ("split", split)];

/// Says what differs from what a vector expects.
type Check = fn(&Value) -> Result<(), String>;

#[test]
fn vectors_of_high_confidence_are_exact_and_of_all_nineteen_in_twenty() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let mut score: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    let mut missed_high = Vec::new();
    let (mut met, mut all) = (0, 0);
    for case in vectors["cases"].as_array().unwrap() {
        let kind = case["kind"].as_str().unwrap();
        let Some((kind, check)) = KINDS.iter().find(|(name, _)| *name == kind) else { continue };
        let confidence = case["confidence"].as_str().unwrap();
        let row = score.entry((*kind, confidence)).or_default();
        row.1 += 1;
        all += 1;
        match check(case) {
            Ok(()) => {
                row.0 += 1;
                met += 1;
            }
            Err(why) => {
                let line = format!("{} ({confidence}): {why}", case["id"]);
                println!("{line}");
                if confidence == "high" {
                    missed_high.push(line);
                }
            }
        }
    }
    for ((kind, confidence), (met, all)) in &score {
        println!("{kind:10} {confidence:6} {met:3} of {all:3}");
    }
    assert!(missed_high.is_empty(), "{missed_high:#?}");
    assert!(met * 100 >= all * 95, "{met} of {all}");
}

fn input(case: &Value) -> String {
    let part = |part: &Value| {
        let times = usize::try_from(part[1].as_u64().expect("a number")).expect("a small number");
        part[0].as_str().expect("text").repeat(times)
    };
    match &case["input_gen"] {
        Value::Array(parts) => parts.iter().map(part).collect(),
        _ => case["input"].as_str().expect("text").to_owned(),
    }
}

fn same(what: &str, seen: &Value, expected: &Value) -> Result<(), String> {
    if expected.is_null() || seen == expected {
        Ok(())
    } else {
        Err(format!("{what}: {seen} instead of {expected}"))
    }
}

fn spans(text: &str) -> Value {
    let span = |mark: &Mark| {
        let mut span = json!({
            "kind": mark.sign.name(),
            "outer": [mark.outer.start, mark.outer.end],
            "inner": [mark.inner.start, mark.inner.end],
        });
        if let Sign::Number(n) = mark.sign {
            span["n"] = json!(n);
        }
        span
    };
    marks(text).iter().map(span).collect()
}

fn parse(case: &Value) -> Result<(), String> {
    let (text, expect) = (input(case), &case["expect"]);
    let rich = Rich::parse(&text);
    same("spans", &spans(&text), &expect["spans"])?;
    same("plain", &json!(rich.to_plain()), &expect["plain"])?;
    same("html", &json!(rich.to_html().replace(NEW_PAGE, "")), &expect["html"])?;
    same("plain bytes", &json!(rich.to_plain().len()), &expect["plain_bytes"])?;
    if let Value::Object(counts) = &expect["span_counts"] {
        let mut seen = serde_json::Map::new();
        for mark in marks(&text) {
            let count = seen.get(mark.sign.name()).and_then(Value::as_u64).unwrap_or(0);
            seen.insert(mark.sign.name().to_owned(), json!(count + 1));
        }
        same("span counts", &json!(seen), &json!(counts))?;
    }
    Ok(())
}

fn neutralised(case: &Value) -> Result<(), String> {
    let (text, expect) = (input(case), &case["expect"]);
    let is_inline = case["mode"] == "inline";
    let out = if is_inline { neutralise_inline(&text) } else { neutralise(&text) };
    same("output", &json!(out), &expect["output"])?;
    same("borrowed", &json!(matches!(out, Cow::Borrowed(_))), &expect["borrowed"])?;
    if let (Some(left), Some(right)) = (case["template"][0].as_str(), case["template"][1].as_str())
    {
        let rendered = format!("{left}{out}{right}");
        same("rendered", &json!(rendered), &expect["rendered"])?;
        same("spans", &spans(&rendered), &expect["spans"])?;
    }
    Ok(())
}

fn split(case: &Value) -> Result<(), String> {
    let (text, expect) = (input(case), &case["expect"]);
    let limit = usize::try_from(case["limit"].as_u64().unwrap_or_default()).unwrap_or(usize::MAX);
    let chunks: Vec<String> =
        Rich::parse(&text).split(Limit::utf16(limit)).iter().map(Rich::to_string).collect();
    same("chunks", &json!(chunks), &expect["chunks"])?;
    for chunk in &chunks {
        let length = chunk.encode_utf16().count();
        same("within the limit", &json!(length <= limit), &json!(true))?;
    }
    let at_least = expect["min_chunks"].as_u64().is_none_or(|least| chunks.len() as u64 >= least);
    let at_most = expect["max_chunks"].as_u64().is_none_or(|most| chunks.len() as u64 <= most);
    same("a number of chunks", &json!(at_least && at_most), &json!(true))?;
    let whole = styled(&text);
    let parts: Vec<_> = chunks.iter().flat_map(|chunk| styled(chunk)).collect();
    same("styled text", &json!(parts == whole), &json!(true))
}

/// The visible characters, each with the styles over it.
fn styled(text: &str) -> Vec<(char, Vec<&'static str>)> {
    let found = marks(text);
    let mut hidden = vec![false; text.len()];
    let mut styles = vec![Vec::new(); text.len()];
    for mark in &found {
        for at in (mark.outer.start..mark.inner.start).chain(mark.inner.end..mark.outer.end) {
            hidden[at] = true;
        }
        for over in &mut styles[mark.inner.clone()] {
            over.push(mark.sign.name());
        }
    }
    let shown = |(at, c): &(usize, char)| !hidden[*at] && !c.is_whitespace();
    text.char_indices().filter(shown).map(|(at, c)| (c, styles[at].clone())).collect()
}

fn markdown(case: &Value) -> Result<(), String> {
    let (text, expect) = (input(case), &case["expect"]);
    let output = Rich::from_markdown(&text).to_string();
    let also_ok =
        expect["also_ok"].as_array().is_some_and(|others| others.contains(&json!(output)));
    if !also_ok {
        same("output", &json!(output), &expect["output"])?;
    }
    // Markup that shows all styles it holds is written again as it is.
    same("written again", &json!(Rich::parse(&output).to_string()), &json!(output))
}

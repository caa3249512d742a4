//! Mistakes of authors that must not compile, and what the compiler says to them.
//!
//! After a change of wording, record anew with `TRYBUILD=overwrite cargo test --test ui` and read
//! the difference.

use std::{env, fs, process::Command};

/// The compiler whose messages are recorded; others say the same in other words.
const COMPILER: &str = "rustc 1.95.";

/// Each mistake, and the words of the first line that name it.
const FIRST_LINE: &[(&str, &str)] = &[
    ("app_is_missing", "takes 1 argument but 0 arguments were supplied"),
    ("argument_by_reference", "`&str` cannot be an argument of a handler"),
    ("argument_in_an_option", "`String` cannot be an argument of a handler"),
    ("argument_is_a_string", "`String` cannot be an argument of a handler"),
    ("argument_of_a_router", "`String` cannot be an argument of a handler"),
    ("captures_by_reference", "`&'static str` cannot be captured"),
    ("captures_of_seven", "does not hold a tuple of one to six"),
    ("captures_without_from_str", "`Item` cannot be captured, because it does not implement"),
    ("captures_without_tuple", "`Captures<u32>` does not hold a tuple"),
    ("closure_argument_is_a_string", "`String` cannot be an argument of a handler"),
    ("closure_argument_without_type", "type annotations needed"),
    ("closure_borrows", "`shop` does not live long enough"),
    ("closure_changes", "this closure only implements `FnMut`"),
    ("closure_gives_away", "this closure only implements `FnOnce`"),
    ("closure_is_not_async", "a handler that returns `String` is not async"),
    ("closure_lends", "it captures state from its environment"),
    ("closure_takes_the_turn", "`&mut chinwag::Turn` cannot be an argument of a handler"),
    ("dialogue_forgets_a_state", "non-exhaustive patterns: `Order::Count { .. }` not covered"),
    ("consent_is_forged", "field `key` of struct `Consent` is private"),
    (
        "dialogue_of_another_state",
        "`Order` is not a dialogue of a bot with the application state `Shop`",
    ),
    ("dialogue_without_a_beginning", "`Order: Default` is not satisfied"),
    ("dialogue_without_a_name", "`Order` cannot be remembered, because it has no name"),
    ("dialogue_without_a_step", "`Order` is not a dialogue of a bot"),
    ("dialogue_without_serialize", "`Order` cannot be kept as JSON"),
    ("done_with_another_type", "type mismatch resolving `<Count as Gives>::Given == String`"),
    ("done_with_without_gives", "`Count` gives nothing to the dialogue that calls it"),
    ("error_hook_is_not_async", "a handler that returns `&str` is not async"),
    ("error_hook_returns_a_number", "`{integer}` cannot be a reply"),
    ("error_hook_without_argument", "expected to take 1 argument, but it takes 0 arguments"),
    ("error_is_no_error", "`SoldOut` cannot be the error of a handler"),
    ("error_is_not_send", "`Box<(dyn std::error::Error + 'static)>` cannot be the error"),
    ("extractor_by_reference", "`&chinwag::Text` cannot be an argument of a handler"),
    ("filter_is_a_text", "`&str` is not a filter"),
    ("filter_is_not_called", "{image}` is not a filter"),
    ("free_form_without_a_session", "`&Key` does not prove that the session is open"),
    ("function_is_not_async", "a handler that returns `&'static str` is not async"),
    ("function_takes_the_turn", "`&mut chinwag::Turn` cannot be an argument of a handler"),
    ("handler_is_called", "`impl Future<Output = &'static str>` cannot handle a `Turn<()>`"),
    ("handler_is_missing", "takes 2 arguments but 1 argument was supplied"),
    ("handler_of_another_state", "`Greeter` cannot handle a `Turn<Shop>`"),
    ("joined_filter_is_a_text", "`&str` is not a filter"),
    ("lock_across_await", "future cannot be sent between threads"),
    ("nested_filter_is_a_text", "`&str` is not a filter"),
    ("nine_arguments", "are too many arguments for a handler"),
    ("rc_across_await", "future cannot be sent between threads"),
    ("remember_without_default", "`Cart: Default` is not satisfied"),
    ("remember_without_serialize", "`Cart` cannot be kept as JSON"),
    ("remembered_before_reply", "`(Remembered<Cart>, &'static str)` cannot be a reply"),
    ("remembered_in_reply_without_a_name", "`Cart` cannot be remembered, because it has no name"),
    ("remembered_without_a_name", "`Cart` cannot be remembered, because it has no name"),
    ("notification_is_a_text", "`&str` is no filled template"),
    ("notification_without_consent", "`&OpenSession` does not prove that the contact has opted in"),
    ("reply_for_a_handler", "`&str` cannot handle a `Turn<()>`"),
    ("reply_in_a_result_is_a_number", "`u32` cannot be a reply"),
    ("reply_is_a_number", "`u32` cannot be a reply"),
    ("reply_is_borrowed", "cannot return value referencing local variable `words`"),
    ("reply_is_not_returned", "unused `chinwag::Reply` that must be used"),
    ("reply_of_a_closure_is_a_number", "`{integer}` cannot be a reply"),
    ("second_argument_is_a_number", "`u32` cannot be an argument of a handler"),
    ("state_is_not_sync", "`Cell<u32>` cannot be shared between threads"),
    (
        "state_of_another_type",
        "`State<Settings>` cannot be an argument of a handler, because it \
     cannot be read from a `Turn<Shop>`",
    ),
    ("state_without_clone", "`Shop: Clone` is not satisfied"),
    ("step_is_a_text", "resolves to `Result<Step<Order>"),
    ("template_with_a_gap", "a template's places are numbered from {{1}} without a gap"),
    (
        "template_with_too_few_fields",
        "the struct of a template has one field for each place {{1}}, {{2}}, … of its body",
    ),
    ("template_without_a_value", "missing field `when` in initializer of `Reminder`"),
    ("upgrade_of_another_type", "method `upgrade` has an incompatible type"),
    ("version_is_a_text", "const `VERSION` has an incompatible type"),
    ("type_without_handler", "`Greeter` cannot handle a `Turn<()>`"),
];

/// The mistakes whose first line is the compiler's own and says little; a line below names them.
const BELOW: &[(&str, &str)] = &[
    ("given_is_of_another_type", "expected `Option<u32>`, found `Option<String>`"),
    ("handler_without_async_trait", "impls need #[async_trait]"),
    ("router_of_another_state", "expected `Router`, found `Router<Shop>`"),
    ("step_of_another_dialogue", "expected `Order`, found `Address`"),
];

/// The mistakes that the compiler tells twice: for `Stored`, and for the dialogue that is stored.
const TWICE: &[&str] = &["dialogue_without_serialize"];

#[test]
fn mistakes_do_not_compile() {
    let rustc = env::var_os("RUSTC").unwrap_or("rustc".into());
    let version = Command::new(rustc).arg("--version").output().unwrap().stdout;
    if !version.starts_with(COMPILER.as_bytes()) {
        assert!(env::var_os("CHINWAG_NO_SKIP").is_none(), "the gate runs with {COMPILER}");
        eprintln!("skipped: the messages are those of {COMPILER}, and this is another compiler");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

/// Prints the score: each mistake with the first line that its author reads.
#[test]
fn each_mistake_is_one_error_that_names_it() {
    let mut unnamed = Vec::new();
    for (mistake, words) in FIRST_LINE.iter().chain(BELOW) {
        let said = fs::read_to_string(format!("tests/ui/{mistake}.stderr")).unwrap();
        let errors = said.lines().filter(|line| line.starts_with("error")).count();
        let first = said.lines().next().unwrap_or_default();
        let is_below = BELOW.iter().any(|(below, _)| below == mistake);
        let heard = if is_below { &said } else { first };
        if errors != 1 + usize::from(TWICE.contains(mistake)) || !heard.contains(words) {
            unnamed.push(format!("{mistake}: {errors} errors, {words:?} is not in: {heard}"));
        }
        println!("{mistake:36} {first}");
    }
    println!("{} named in the first line, {} below it", FIRST_LINE.len(), BELOW.len());
    assert!(unnamed.is_empty(), "{}", unnamed.join("\n"));
}

#[test]
fn each_mistake_stands_in_the_table() {
    let mut files: Vec<_> = fs::read_dir("tests/ui")
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    files.sort();
    let mut rows: Vec<_> = FIRST_LINE.iter().chain(BELOW).map(|(mistake, _)| *mistake).collect();
    rows.sort_unstable();
    assert_eq!(files, rows);
}

//! Real processes: what is listed, what is said when it fails, that it ends in time, and that nothing is left behind.
//! The server is `fixtures/servers/server.rs` in one of its modes.

#![cfg(unix)]

#[path = "support/reading.rs"]
mod reading;
mod support;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mcp_scan::model::{Listing, ReportedError, Transport};
use mcp_scan::source::{Options, Progress, Target, read, wait_for_ends};

use reading::options;

/// A server in one of its modes, with a mark by which its processes are found.
struct Started {
    target: Target,
    mark: String,
}

fn server(mode: &str) -> Started {
    let mark = format!("mark-{}-{mode}", std::process::id());
    let words = [support::example("fixture-server").to_str().unwrap(), mode, &mark].map(str::to_owned);
    let target = Target::parse(&words, true).remove(0).unwrap();
    Started { target, mark }
}

fn limits(start: f64, request: f64) -> Options {
    Options {
        start_timeout: Duration::from_secs_f64(start),
        request_timeout: Duration::from_secs_f64(request),
        ..options()
    }
}

/// Lists `server` within `bound` and checks that no process of it is left.
async fn listed(server: &Started, options: &Options, bound: f64) -> Result<Listing, ReportedError> {
    let reading = tokio::time::timeout(Duration::from_secs_f64(bound), read(&server.target, options));
    let mut reading = reading.await.expect("the reading ends in time");
    wait_for_ends();
    support::assert_nothing_left(&server.mark);
    match reading.listings.pop() {
        Some(listing) => Ok(listing),
        None => Err(reading.errors.remove(0).into()),
    }
}

fn names(listing: &Listing) -> Vec<&str> {
    listing.tools.iter().map(|tool| tool.name.as_str()).collect()
}

#[tokio::test]
async fn a_normal_server_is_listed() {
    let server = server("normal");
    let states = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&states);
    let progress: Progress = Arc::new(move |state| seen.lock().unwrap().push(state.to_owned()));
    let options = Options { progress: Some(progress), ..options() };
    let listing = listed(&server, &options, 30.0).await.unwrap();
    assert_eq!(names(&listing), ["first", "second"]);
    assert_eq!((listing.server.name.as_str(), listing.server.transport), ("fixture-normal", Transport::Stdio));
    assert_eq!(listing.deviations, []);
    assert_eq!(*states.lock().unwrap(), ["starting fixture-server", "waiting for the handshake", "listing the tools"]);
}

#[tokio::test]
async fn noise_on_both_streams_does_not_matter() {
    let listing = listed(&server("noisy"), &options(), 30.0).await.unwrap();
    assert_eq!(names(&listing), ["first", "second"]);
    let ids: Vec<&str> = listing.deviations.iter().map(|d| d.id.as_str()).collect();
    assert_eq!(ids, ["glued-output", "stdout-noise"]);
    assert!(listing.deviations[1].text.contains("3 lines") && listing.deviations[1].text.contains("Welcome!"));
}

#[tokio::test]
async fn the_environment_is_given_to_the_server() {
    let options = Options { env: vec![("MARK".into(), "FromTheUser".into())], ..options() };
    assert_eq!(names(&listed(&server("env"), &options, 30.0).await.unwrap()), ["FromTheUser"]);
}

#[tokio::test]
async fn a_silent_server_ends_at_the_start_limit() {
    let error = listed(&server("silent"), &limits(0.7, 9.0), 8.0).await.unwrap_err();
    assert_eq!(error.what, "could not connect to the server");
    assert!(error.why.contains("did not answer the handshake within 0.7 s"), "{}", error.why);
    assert!(error.hint.unwrap().contains("--start-timeout"));
}

#[tokio::test]
async fn a_slow_start_is_waited_for() {
    let listing = listed(&server("slow-start"), &limits(30.0, 9.0), 30.0).await.unwrap();
    assert_eq!(names(&listing), ["first", "second"]);
}

#[tokio::test]
async fn an_early_end_is_told_with_its_code_and_last_words() {
    let error = listed(&server("dies"), &options(), 20.0).await.unwrap_err();
    assert_eq!(
        error.why,
        "the server ended before it answered the handshake: exit code 3\nstandard error ends with:\n  loading\n  \
         cannot read the settings"
    );
    let error = listed(&server("dies-listing"), &options(), 20.0).await.unwrap_err();
    assert_eq!(error.what, "could not list the tools");
    assert!(
        error.why.contains("answered tools/list: exit code 7") && error.why.contains("out of luck"),
        "{}",
        error.why
    );
}

#[tokio::test]
async fn a_missing_credential_is_named_and_a_given_one_is_hidden() {
    let options = Options { env: vec![("SHOP_TOKEN".into(), "planted-value-1".into())], ..options() };
    let error = listed(&server("credential"), &options, 20.0).await.unwrap_err();
    assert!(error.hint.as_deref().unwrap().contains("--env SHOP_API_KEY=..."), "{:?}", error.hint);
    assert!(error.why.contains("Got token ***"), "{}", error.why);
    assert!(!format!("{error:?}").contains("planted-value-1"));
}

#[tokio::test]
async fn an_error_of_the_server_is_shown() {
    let error = listed(&server("fails"), &options(), 20.0).await.unwrap_err();
    assert!(error.why.contains("the backend is away (code -32603)"), "{}", error.why);
}

#[tokio::test]
async fn a_stubborn_server_and_its_children_are_ended() {
    let server = server("stubborn");
    let started = Instant::now();
    let listing = listed(&server, &options(), 30.0).await.unwrap();
    assert_eq!(names(&listing), ["first", "second"]);
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_first_process_that_ends_is_not_waited_for() {
    let error = listed(&server("orphan"), &limits(60.0, 9.0), 20.0).await.unwrap_err();
    assert!(error.why.contains("exit code 0"), "{}", error.why);
}

#[tokio::test]
async fn a_dropped_reading_leaves_nothing() {
    let server = server("stubborn");
    let options = options();
    for moment in [0.05, 0.3, 0.8] {
        let given_up = tokio::time::timeout(Duration::from_secs_f64(moment), read(&server.target, &options));
        let _ = given_up.await;
        support::assert_nothing_left(&server.mark);
    }
}

#[tokio::test]
async fn a_program_that_cannot_be_run_is_an_error() {
    let words = [env!("CARGO_MANIFEST_DIR").to_owned() + "/Cargo.toml"];
    let error = Target::parse(&words, true).remove(0).unwrap_err();
    assert_eq!(error.to_string(), "could not start the server");
}

/// A server of an older era costs at most a second more than one that is asked for its protocol at once.
#[tokio::test]
async fn servers_of_every_era_are_listed_soon() {
    let bounds = [
        ("silent-before", 3.0),
        ("exits-before", 4.0),
        ("closes-before", 5.0),
        ("settles-late", 9.0),
        // It is started again after three seconds of silence.
        ("hangs-before", 9.0),
        ("modern", 3.0),
        ("refuses-before", 5.0),
        ("names-older", 5.0),
        ("names-none", 5.0),
        ("half-modern", 5.0),
        ("wants-more", 5.0),
    ];
    for (mode, bound) in bounds {
        let server = server(mode);
        let begin = Instant::now();
        let listing =
            listed(&server, &limits(20.0, 5.0), 20.0).await.unwrap_or_else(|error| panic!("{mode}: {error:?}"));
        assert_eq!(names(&listing), ["first", "second"], "{mode}");
        assert!(begin.elapsed() < Duration::from_secs_f64(bound), "{mode}: {:?}", begin.elapsed());
    }
}

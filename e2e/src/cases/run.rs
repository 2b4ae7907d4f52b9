//! Running a case where its filter is.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hachure_casefile::{Message, Mismatch, Observed, Step, Strictness, compare};
use hachure_config::UnixTime;

use super::place::Place;
use super::{CaseFile, facts, grpc, observe};
use crate::{Client, Received};

/// Within this a filter that works in the background has ticked, and been answered.
pub(super) const TICK: Duration = Duration::from_millis(1200);
/// Within this one thread has ticked and been answered, and all others have ticked after it and taken
/// over what it shares.
const TWO_TICKS: Duration = Duration::from_millis(2500);
/// How long a stream may take that does not wait for a time.
const PATIENCE: Duration = Duration::from_secs(2);
/// More than any stream waits.
const LONG_ENOUGH: Duration = Duration::from_secs(60);

/// Where a client comes from when a case does not say; as in the native runner.
const SOURCE: &str = "127.0.0.1:50000";

/// Runs a case: a line for everything that came out otherwise.
pub(super) fn case(place: &mut impl Place, file: &CaseFile) -> Result<(), Vec<String>> {
    if let Some(expected) = &file.case.config_error {
        return place.refused(file, expected).map_err(|why| vec![why]);
    }
    let mut now = place.clock().map(|clock| {
        let now = file.case.now.unwrap_or_else(true_time);
        clock.set(now);
        now
    });
    let mut lines = vec![];
    for (i, step) in file.case.steps.iter().enumerate() {
        // Before the time passes: what is fetched then is what the step says.
        place.upstreams().change(file, &step.upstreams);
        pass(place, step, &mut now);
        match self::step(place, file, i, &mut now) {
            Ok(seen) => lines.extend(
                compare(&file.filter, &grpc::heard(step), &seen, Strictness::Named)
                    .iter()
                    .map(|mismatch: &Mismatch| format!("steps[{i}]: {mismatch}")),
            ),
            Err(why) => lines.push(format!("steps[{i}]: {why}")),
        }
    }
    lines.extend(place.complaints());
    if lines.is_empty() { Ok(()) } else { Err(lines) }
}

/// Lets the time between two steps pass, by the clock where the test has it in its hand.
fn pass(place: &impl Place, step: &Step, now: &mut Option<UnixTime>) {
    let Some(time) = step.after else { return };
    let time = Duration::from_millis(time.milliseconds());
    if let (Some(clock), Some(now)) = (place.clock(), now) {
        *now = later(*now, time);
        clock.set(*now);
    } else {
        thread::sleep(time);
    }
}

fn step(
    place: &mut impl Place,
    file: &CaseFile,
    number: usize,
    now: &mut Option<UnixTime>,
) -> Result<Observed, String> {
    let step = &file.case.steps[number];
    let local = step.local.as_ref().map(|local| local.status);
    let source = step.source.as_deref().unwrap_or(SOURCE);
    let source = source
        .parse()
        .map_err(|_| format!("no address and port: {source}"))?;
    let client = place.client(file, local, source)?;
    if place.timers() && (step.after.is_some() || !step.upstreams.is_empty()) {
        // As in the native runner, the background comes before the request.
        thread::sleep(TWO_TICKS);
    }
    place.upstreams().take(file);
    let before = place.counters()?;
    place.upstream().answer([observe::answer(step)]);
    let request = place.request(file, local, facts::request(&file.case, number));
    let mut received = send(place, &client, &request, now)?;
    let told = place.told(&mut received)?;
    let requests = place.upstream().take();
    let mut counters = place.counters()?;
    for (name, count) in &before {
        counters.entry(name.clone()).and_modify(|now| *now -= count);
    }
    counters.retain(|_, gained| *gained > 0);
    if place.timers() {
        leave_out_background(file, step, &mut counters);
    }
    let mut seen = observe::step(step, received, &told, requests, counters);
    seen.calls = place.upstreams().take(file);
    Ok(seen)
}

/// Sends the request of a step. Where a stream waits for a time, the clock of a dated case stands
/// still: it is moved once, as the native runner does.
fn send(
    place: &impl Place,
    client: &Client,
    request: &Message,
    now: &mut Option<UnixTime>,
) -> Result<Received, String> {
    if !place.timers() {
        return client.send(request);
    }
    let clock = place.clock();
    thread::scope(|scope| {
        let sending = scope.spawn(|| client.send(request));
        let patience = Instant::now() + PATIENCE;
        while !sending.is_finished() && Instant::now() < patience {
            thread::sleep(Duration::from_millis(5));
        }
        let waits = !sending.is_finished();
        if let (true, Some(clock), Some(now)) = (waits, clock, now) {
            *now = later(*now, LONG_ENOUGH);
            clock.set(*now);
        }
        sending.join().expect("the client")
    })
}

/// The background of every case's instance counts too, whenever it ticks: a counter that the step
/// does not name may be its, and of those that it names there may be more.
fn leave_out_background(file: &CaseFile, step: &Step, counters: &mut BTreeMap<String, u64>) {
    let prefix = format!("hachure.{}.", file.filter);
    counters.retain(|name, seen| {
        let named = name.strip_prefix(&prefix);
        let expected = named.and_then(|name| step.expect.counters.get(name));
        expected.is_some_and(|expected| {
            *seen = (*seen).min(*expected);
            true
        })
    });
}

/// For a case that does not depend on it.
fn true_time() -> UnixTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    later(UnixTime(0), since.expect("a time after 1970"))
}

fn later(now: UnixTime, time: Duration) -> UnixTime {
    let nanoseconds = u64::try_from(time.as_nanos()).expect("a time of this century");
    UnixTime(now.0 + nanoseconds)
}

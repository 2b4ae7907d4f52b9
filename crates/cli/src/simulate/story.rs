//! A simulation as a person reads it.

use std::fmt::{Result, Write};

use hachure_casefile::Text;
use hachure_exchange::HeaderMap;

use super::trace::{EffectTrace, Passed, PhaseTrace, Trace};

/// Tells what happened.
pub(super) fn tell(trace: &Trace) -> std::result::Result<String, std::fmt::Error> {
    let mut out = String::new();
    for phase in &trace.phases {
        tell_phase(&mut out, phase)?;
    }
    if let Some(upstream) = &trace.upstream {
        tell_message(&mut out, "the upstream gets", upstream)?;
    }
    if let Some(client) = &trace.client {
        tell_message(&mut out, "the client gets", client)?;
    } else {
        out.push_str("\ngive the upstream's answer with --response to see the response phase\n");
    }
    if !trace.counters.is_empty() || !trace.state.is_empty() {
        out.push('\n');
    }
    for (counter, by) in &trace.counters {
        writeln!(out, "counter {counter} +{by}")?;
    }
    for (key, value) in &trace.state {
        writeln!(out, "filter state wasm.{key} = {}", shown(value))?;
    }
    Ok(out)
}

fn tell_phase(out: &mut String, phase: &PhaseTrace) -> Result {
    let (what, onward) = match phase.phase {
        "requestHeaders" => ("request headers", "the request goes on to the upstream"),
        _ => ("response headers", "the response goes on to the client"),
    };
    writeln!(out, "{what}:")?;
    let replied = phase.reply.is_some();
    for (i, effect) in phase.effects.iter().enumerate() {
        let number = i.saturating_add(1);
        writeln!(out, "  {number}. {}", told(effect, replied))?;
    }
    match &phase.reply {
        Some(reply) => writeln!(
            out,
            "  => the filter answers {} itself ({})",
            reply.status, reply.details
        ),
        None if phase.waits => writeln!(out, "  => it waits for what it has asked for"),
        None if phase.effects.is_empty() => writeln!(out, "  => nothing to do: {onward}"),
        None => writeln!(out, "  => {onward}"),
    }
}

fn told(effect: &EffectTrace, replied: bool) -> String {
    let dropped = if replied {
        " (dropped: the filter answers)"
    } else {
        ""
    };
    match effect {
        EffectTrace::SetHeader(header) => {
            format!(
                "set header {}: {}{dropped}",
                header.name,
                shown(&header.value)
            )
        }
        EffectTrace::AddHeader(header) => {
            format!(
                "add header {}: {}{dropped}",
                header.name,
                shown(&header.value)
            )
        }
        EffectTrace::RemoveHeader { name } => format!("remove header {name}{dropped}"),
        EffectTrace::SetState { key, value } => {
            format!("set filter state wasm.{key} = {}", shown(value))
        }
        EffectTrace::Count { counter, by } => format!("count {counter} +{by}"),
        EffectTrace::Log { level, text } => format!("log {level}: {text}"),
    }
}

/// The message as it goes on, `+` before what is new in it and `-` before what is gone.
fn tell_message(out: &mut String, title: &str, message: &Passed) -> Result {
    writeln!(out, "\n{title}:")?;
    let all_new = message.before.is_empty();
    for (name, value) in message.headers.iter() {
        let is_new = !all_new && !has(&message.before, name, value);
        line(out, if is_new { '+' } else { ' ' }, name, value)?;
    }
    for (name, value) in message.before.iter() {
        if !has(&message.headers, name, value) {
            line(out, '-', name, value)?;
        }
    }
    if !message.body.0.is_empty() {
        writeln!(out, "\n{}", shown(&message.body).trim_end())?;
    }
    Ok(())
}

fn line(out: &mut String, mark: char, name: &[u8], value: &[u8]) -> Result {
    writeln!(
        out,
        "{mark} {}: {}",
        String::from_utf8_lossy(name),
        shown(&Text(value.to_vec()))
    )
}

fn has(headers: &HeaderMap, name: &[u8], value: &[u8]) -> bool {
    headers
        .iter()
        .any(|(n, v)| n.eq_ignore_ascii_case(name) && v == value)
}

/// Text as it is, other bytes escaped.
fn shown(text: &Text) -> String {
    let as_text = str::from_utf8(&text.0).map(str::to_owned);
    as_text.unwrap_or_else(|_| text.0.escape_ascii().to_string())
}

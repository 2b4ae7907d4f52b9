//! Steps in order: each is a name and a function. Shows which one runs and how long it took,
//! stops at the first that fails, and counts the tests that ran.

mod counts;
mod session;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::progress::seconds;
use crate::repository::Repository;
pub(crate) use crate::steps::session::Session;

/// One line of `check` or `test`.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    name: &'static str,
    run: fn(&mut Session<'_>) -> Result<()>,
}

impl Step {
    pub(crate) const fn new(name: &'static str, run: fn(&mut Session<'_>) -> Result<()>) -> Self {
        Self { name, run }
    }
}

#[derive(clap::Args)]
pub(crate) struct Selection {
    /// Begin with this step
    #[arg(long, value_name = "STEP", conflicts_with = "only")]
    from: Option<String>,
    /// Run this step alone
    #[arg(long, value_name = "STEP")]
    only: Option<String>,
    /// Print the names of the steps
    #[arg(long)]
    list: bool,
}

/// Runs the chosen ones of `steps`, which are those of the command `command`. The last line is
/// the count of tests; the answer is whether all is well.
pub(crate) fn run(
    command: &str,
    steps: &[Step],
    selection: &Selection,
    repository: &Repository,
) -> Result<bool> {
    if selection.list {
        steps.iter().for_each(|step| println!("{}", step.name));
        return Ok(true);
    }
    let mut session = Session::new(repository);
    let mut times = Vec::new();
    let mut failure = None;
    for (number, step) in selected(steps, selection)? {
        println!("[{number}/{}] {} ...", steps.len(), step.name);
        let start = Instant::now();
        let result = (step.run)(&mut session);
        times.push((step.name, start.elapsed()));
        println!(
            "[{number}/{}] {}: {}",
            steps.len(),
            step.name,
            seconds(start.elapsed())
        );
        if let Err(error) = result {
            failure = Some((step.name, error));
            break;
        }
    }
    summary(&times);
    if let Some((name, error)) = &failure {
        session.counts.fail_at_least_one();
        println!("failed at `{name}`: {error:#}");
        println!("again from there: cargo xtask {command} --from {name} (--only {name}: it alone)");
    }
    println!("{}", session.counts);
    Ok(failure.is_none())
}

/// The chosen steps with their numbers among all.
fn selected(steps: &[Step], selection: &Selection) -> Result<Vec<(usize, Step)>> {
    let numbered = (1..).zip(steps.iter().copied());
    let Some(name) = selection.from.as_ref().or(selection.only.as_ref()) else {
        return Ok(numbered.collect());
    };
    let chosen: Vec<_> = numbered.skip_while(|(_, step)| step.name != name).collect();
    if chosen.is_empty() {
        let names: Vec<_> = steps.iter().map(|step| step.name).collect();
        bail!("there is no step `{name}`; there are: {}", names.join(", "));
    }
    let count = if selection.only.is_some() {
        1
    } else {
        chosen.len()
    };
    Ok(chosen.into_iter().take(count).collect())
}

fn summary(times: &[(&str, Duration)]) {
    println!();
    for (name, time) in times {
        println!("{name:16} {:>12}", seconds(*time));
    }
    println!(
        "{:16} {:>12}",
        "together",
        seconds(times.iter().map(|(_, time)| *time).sum())
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: [Step; 3] = [
        Step::new("a", |_| Ok(())),
        Step::new("b", |_| Ok(())),
        Step::new("c", |_| Ok(())),
    ];

    fn chosen(from: Option<&str>, only: Option<&str>) -> Result<Vec<(usize, &'static str)>> {
        let selection = Selection {
            from: from.map(str::to_owned),
            only: only.map(str::to_owned),
            list: false,
        };
        let chosen = selected(&STEPS, &selection)?;
        Ok(chosen
            .into_iter()
            .map(|(number, step)| (number, step.name))
            .collect())
    }

    #[test]
    fn steps_keep_their_numbers() -> Result<()> {
        assert_eq!(chosen(None, None)?, [(1, "a"), (2, "b"), (3, "c")]);
        assert_eq!(chosen(Some("b"), None)?, [(2, "b"), (3, "c")]);
        assert_eq!(chosen(None, Some("b"))?, [(2, "b")]);
        Ok(())
    }

    #[test]
    fn an_unknown_step_is_answered_with_the_known_ones() {
        let error = chosen(Some("d"), None).unwrap_err().to_string();
        assert_eq!(error, "there is no step `d`; there are: a, b, c");
    }
}

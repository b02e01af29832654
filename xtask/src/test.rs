//! `cargo xtask test`: runs parts one after the other and ends with a table.

use core::time::Duration;
use std::time::Instant;

use crate::parts::{PARTS, Part};
use crate::project::{Failure, Outcome, Project};
use crate::setup;

/// `cargo xtask test [PART...]`, or `--list`.
pub(crate) fn command(project: &Project, words: &[String]) -> Outcome {
    if words.iter().any(|word| word == "--list") {
        for part in PARTS {
            println!("{:<10} {}", part.name, part.about);
        }
        return Ok(());
    }
    let parts = chosen(words)?;
    let mut results = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        println!("\n=== {} ({} of {}): {} ===", part.name, index + 1, parts.len(), part.about);
        let started = Instant::now();
        let outcome = setup::meet(project, part.needs).and_then(|()| (part.run)(project));
        let taken = started.elapsed();
        match &outcome {
            Ok(()) => println!("=== {}: passed in {} ===", part.name, seconds(taken)),
            Err(failure) => println!("=== {}: FAILED after {}: {failure} ===", part.name, seconds(taken)),
        }
        results.push((part, taken, outcome));
    }
    table(&results)
}

/// The parts named, in the table's own order; all of them when none is named.
fn chosen(words: &[String]) -> Outcome<Vec<&'static Part>> {
    if let Some(unknown) = words.iter().find(|word| !PARTS.iter().any(|part| part.name == **word)) {
        let names: Vec<_> = PARTS.iter().map(|part| part.name).collect();
        return Err(Failure(format!("no part called {unknown}; there are: {}", names.join(", "))));
    }
    Ok(PARTS.iter().filter(|part| words.is_empty() || words.iter().any(|word| word == part.name)).collect())
}

fn table(results: &[(&&Part, Duration, Outcome)]) -> Outcome {
    println!("\n{:<10} {:>8}  result", "part", "time");
    let mut total = Duration::ZERO;
    for (part, taken, outcome) in results {
        let result = match outcome {
            Ok(()) => String::from("passed"),
            Err(failure) => format!("FAILED: {failure}"),
        };
        println!("{:<10} {:>8}  {result}", part.name, seconds(*taken));
        total += *taken;
    }
    let failed: Vec<_> =
        results.iter().filter(|(_, _, outcome)| outcome.is_err()).map(|(part, _, _)| part.name).collect();
    println!("{:<10} {:>8}  {} passed, {} failed", "all", seconds(total), results.len() - failed.len(), failed.len());
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure(format!(
        "failed: {}; to run only these again: cargo xtask test {}",
        failed.join(", "),
        failed.join(" ")
    )))
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

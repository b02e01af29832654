//! What the tests and the demonstration run: each built once, in the profile for development.

use std::path::PathBuf;

use crate::project::{Outcome, Project};

/// The broker's program.
pub(crate) fn broker(project: &Project) -> Outcome<PathBuf> {
    project.cargo(["build", "-p", "polymqtt-broker", "--bin", "polymqtt"]).run()?;
    Ok(project.target.join("debug/polymqtt"))
}

//! Whole clients and a broker on an imaginary network, on a virtual clock, from one seed.
//!
//! Everything that can happen at a moment (bytes arrive, a connection breaks, a deadline passes, an application publishes or
//! acknowledges) is one step, and the seed chooses among the possible ones. The same seed gives the same run.

mod disk;
mod link;
mod model;
mod random;
mod world;

pub(crate) use world::{Settings, World};

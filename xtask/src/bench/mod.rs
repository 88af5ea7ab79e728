//! `cargo xtask bench`: figures of the release binary beside the bars they must clear, as ratios or bytes, so
//! that a run on one machine can be compared with a run on another.

mod baselines;
mod bundle;
mod doctor;
mod documents;
mod http;
mod logs;
mod process;
mod serve;
mod server;
mod stack;

use tars::failure::{Failure, Result};

use crate::{setup, work};

/// What can be measured.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// The server: ingestion, memory, search, start
    Serve,
    /// The doctor: a usual run, and one with everything hung
    Doctor,
    /// The support archive: redaction, compression, memory
    Bundle,
    /// The container stack, beside Docker Compose
    Stack,
}

/// Measures. The baselines are Rust too and must be as optimised as what they are compared with, so a debug
/// build of this tool only starts a release build of itself.
pub fn run(command: &Command) -> Result<()> {
    if cfg!(debug_assertions) {
        let name = match command {
            Command::Serve => "serve",
            Command::Doctor => "doctor",
            Command::Bundle => "bundle",
            Command::Stack => "stack",
        };
        work::run(&mut work::cargo(&["build", "--release", "--bin", "tars"]))?;
        let again = ["run", "--quiet", "--release", "--package", "xtask", "--", "bench", name];
        return work::run(&mut work::cargo(&again)).map_err(|_| Failure::no("a figure misses its bar"));
    }
    let figures = match command {
        Command::Serve => {
            println!("set-up: corpora: {}", setup::corpus::fetch()?);
            serve::measure()?
        }
        Command::Doctor => doctor::measure()?,
        Command::Bundle => bundle::measure()?,
        Command::Stack => stack::measure()?,
    };
    println!("\n{}", table(&figures));
    let missed = figures.iter().filter(|figure| !figure.ok()).count();
    if missed == 0 { Ok(()) } else { Err(Failure::no(format!("{missed} figures miss their bars"))) }
}

/// One measured figure and the bar it must clear.
pub struct Figure {
    name: &'static str,
    value: f64,
    unit: &'static str,
    bar: Bar,
}

/// On which side of the bar a figure must be.
#[derive(Clone, Copy)]
pub enum Bar {
    AtLeast(f64),
    Below(f64),
}

impl Figure {
    /// A figure.
    pub fn new(name: &'static str, value: f64, unit: &'static str, bar: Bar) -> Self {
        Self { name, value, unit, bar }
    }

    fn ok(&self) -> bool {
        match self.bar {
            Bar::AtLeast(bar) => self.value >= bar,
            Bar::Below(bar) => self.value < bar,
        }
    }
}

fn table(figures: &[Figure]) -> String {
    let width = figures.iter().map(|figure| figure.name.chars().count()).max().unwrap_or(0);
    let mut lines = vec![format!("{:width$} | {:>22} | {:>8} | ok", "figure", "value", "bar")];
    for figure in figures {
        let bar = match figure.bar {
            Bar::AtLeast(bar) => format!("≥ {bar}"),
            Bar::Below(bar) => format!("< {bar}"),
        };
        let value = format!("{:.2} {}", figure.value, figure.unit);
        let ok = if figure.ok() { "yes" } else { "NO" };
        lines.push(format!("{:width$} | {value:>22} | {bar:>8} | {ok}", figure.name));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_on_the_wrong_side_of_its_bar_is_not_ok() {
        assert!(Figure::new("a", 10.0, "MB", Bar::AtLeast(10.0)).ok());
        assert!(!Figure::new("a", 9.9, "MB", Bar::AtLeast(10.0)).ok());
        assert!(!Figure::new("a", 10.0, "ms", Bar::Below(10.0)).ok());
        assert!(!Figure::new("a", f64::NAN, "ms", Bar::Below(10.0)).ok());
        assert!(table(&[Figure::new("a", 1.0, "ms", Bar::Below(0.5))]).ends_with("| NO"));
    }
}

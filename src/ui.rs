//! Talking with the person: results on standard output, progress and questions on standard error. Colours
//! obey `NO_COLOR`, `CLICOLOR_FORCE` and the terminal; bars appear only on a terminal, and a question is
//! never asked where nobody can answer. It decides how things look, never what they say.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use console::Style;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::failure::{Failure, IoContext, Kind, Result};
use crate::report::{self, Report};

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON document.
    Json,
    /// JUnit XML, where checks are reported.
    Junit,
    /// SARIF 2.1.0, where checks are reported.
    Sarif,
    /// YAML, where compose files are resolved.
    Yaml,
}

impl Format {
    /// Whether any result can be written in it, and not only reports of checks.
    #[must_use]
    pub fn is_general(self) -> bool {
        matches!(self, Self::Text | Self::Json)
    }
}

/// A result as one JSON object.
#[derive(Serialize)]
struct Versioned<'a, T: Serialize> {
    schema: u32,
    #[serde(flatten)]
    value: &'a T,
}

/// One of the two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// The two streams and what they can show.
#[derive(Debug, Clone)]
pub struct Ui {
    /// How results are written.
    pub format: Format,
    color: bool,
    interactive: bool,
    progress: bool,
}

impl Ui {
    /// The streams of this process.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self {
            format,
            color: console::colors_enabled(),
            interactive: std::io::stdin().is_terminal() && std::io::stderr().is_terminal(),
            progress: std::io::stderr().is_terminal(),
        }
    }

    /// Writes a report in the chosen format.
    pub fn report(&self, report: &Report) -> Result<()> {
        match self.format {
            // No report is asked for in YAML.
            Format::Text | Format::Yaml => self.print(&report::text::render(report, self.color)),
            Format::Json => self.print(&report::json::render(report)),
            Format::Junit => self.print(&report::junit::render(report)),
            Format::Sarif => self.print(&report::sarif::render(report)),
        }
    }

    /// Writes a result: `text` for people; `value`, an object, for programs, with the number of its schema.
    pub fn result(&self, text: impl FnOnce(&Paint) -> String, value: &impl Serialize) -> Result<()> {
        match self.format {
            Format::Text => self.print(&text(&Paint { color: self.color })),
            Format::Json | Format::Junit | Format::Sarif | Format::Yaml => {
                self.print(&report::json::render(&Versioned { schema: report::SCHEMA, value }))
            }
        }
    }

    /// Writes to standard output. A reader that has gone away ends the command quietly.
    pub fn print(&self, text: &str) -> Result<()> {
        let mut out = std::io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                Err(Failure::new(Kind::BrokenPipe, "the reader of the output has gone away"))
            }
            other => other.trying("write to standard output"),
        }
    }

    /// Writes bytes of any kind as they are, which somebody else's program wrote to that stream. A reader that has gone
    /// away ends the command quietly.
    pub fn pass(&self, bytes: &[u8], to: Stream) -> Result<()> {
        let write = |out: &mut dyn Write| out.write_all(bytes).and_then(|()| out.flush());
        let (written, name) = match to {
            Stream::Out => (write(&mut std::io::stdout().lock()), "standard output"),
            Stream::Err => (write(&mut std::io::stderr().lock()), "standard error"),
        };
        match written {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                Err(Failure::new(Kind::BrokenPipe, "the reader of the output has gone away"))
            }
            other => other.trying(format_args!("write to {name}")),
        }
    }

    /// Emphasis for what is written piece by piece.
    #[must_use]
    pub fn paint(&self) -> Paint {
        Paint { color: self.color }
    }

    /// A line for the person on standard error: what is happening, never the result.
    pub fn note(&self, text: &str) {
        // Nobody can be told that standard error is closed.
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// Shows work that takes a while: a bar or spinner on a terminal, one line otherwise.
    pub fn progress(&self, what: &str) -> Progress {
        if !self.progress {
            self.note(what);
            return Progress { bar: ProgressBar::hidden() };
        }
        let bar = ProgressBar::no_length().with_message(what.to_string());
        bar.set_style(spinner());
        bar.enable_steady_tick(Duration::from_millis(120));
        Progress { bar }
    }

    /// Shows a wait on a terminal and nothing anywhere else: for what usually takes a moment.
    pub fn waiting(&self, what: &str) -> Progress {
        if self.progress { self.progress(what) } else { Progress { bar: ProgressBar::hidden() } }
    }

    /// Several pieces of work side by side, a line each that is updated in place; none where there is no terminal.
    #[must_use]
    pub fn lines(&self) -> Option<Lines> {
        self.progress.then(|| Lines { all: MultiProgress::new(), paint: self.paint_notes() })
    }

    /// The emphasis of what is written to standard error.
    #[must_use]
    pub fn paint_notes(&self) -> Paint {
        Paint { color: console::colors_enabled_stderr() }
    }

    /// Asks for a yes. Where nobody can answer, it is an error that names the option to give.
    pub fn confirm(&self, question: &str, option: &str) -> Result<bool> {
        self.must_be_interactive(question, option)?;
        dialoguer::Confirm::new().with_prompt(question).default(true).interact().map_err(prompt_failure)
    }

    /// Asks for a line of text with a default.
    pub fn ask(&self, question: &str, default: &str, option: &str) -> Result<String> {
        self.must_be_interactive(question, option)?;
        dialoguer::Input::new()
            .with_prompt(question)
            .default(default.to_string())
            .allow_empty(true)
            .interact_text()
            .map_err(prompt_failure)
    }

    fn must_be_interactive(&self, question: &str, option: &str) -> Result<()> {
        if self.interactive {
            return Ok(());
        }
        Err(Failure::usage(format!("nobody can answer here: {question}"))
            .hint(format!("give the answer with {option}")))
    }
}

fn prompt_failure(error: dialoguer::Error) -> Failure {
    match error {
        dialoguer::Error::IO(error) if error.kind() == std::io::ErrorKind::Interrupted => {
            Failure::new(Kind::Interrupted, "interrupted")
        }
        error => Failure::environment("cannot ask on this terminal").because(&error),
    }
}

/// Emphasis for the text form of results.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    color: bool,
}

impl Paint {
    /// Headings and names.
    #[must_use]
    pub fn bold(&self, text: &str) -> String {
        console::Style::new().bold().force_styling(self.color).apply_to(text).to_string()
    }

    /// A name beside others, in a colour by which it is told from its neighbours.
    #[must_use]
    pub fn name(&self, text: &str, number: usize) -> String {
        use console::Color::{Blue, Cyan, Green, Magenta, Red, Yellow};
        let colors = [Cyan, Yellow, Green, Magenta, Blue, Red];
        let style = console::Style::new().fg(colors[number % colors.len()]);
        style.force_styling(self.color).apply_to(text).to_string()
    }

    /// A report as part of a result.
    #[must_use]
    pub fn report(&self, report: &Report) -> String {
        report::text::render(report, self.color)
    }

    /// What matters less.
    #[must_use]
    pub fn dim(&self, text: &str) -> String {
        console::Style::new().dim().force_styling(self.color).apply_to(text).to_string()
    }
}

/// Work under way.
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Sets how much there is and how much is done; an estimate follows from both.
    pub fn set(&self, done: u64, total: u64) {
        if self.bar.length() != Some(total) {
            self.bar.set_style(counting());
            self.bar.set_length(total);
        }
        self.bar.set_position(done);
    }

    /// Says what is being done now.
    pub fn message(&self, text: &str) {
        self.bar.set_message(text.to_string());
    }

    /// Takes the bar away.
    pub fn done(self) {
        self.bar.finish_and_clear();
    }
}

/// Several pieces of work side by side on a terminal.
pub struct Lines {
    all: MultiProgress,
    paint: Paint,
}

impl Lines {
    /// Adds a line below the others, for a piece of work of this name.
    #[must_use]
    pub fn add(&self, name: &str) -> Line {
        let bar = self.all.add(ProgressBar::no_length());
        bar.set_style(waiting_line());
        bar.set_prefix(name.to_string());
        bar.tick();
        Line { bar, paint: self.paint }
    }

    /// Writes a line above them, which stays.
    pub fn note(&self, text: &str) {
        // Nobody can be told that standard error is closed.
        let _ = self.all.println(text);
    }
}

/// One of several pieces of work.
pub struct Line {
    bar: ProgressBar,
    paint: Paint,
}

/// How a piece of work stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is being done.
    Active,
    /// It is done.
    Done,
    /// It failed.
    Failed,
}

impl Line {
    /// Says how the work stands; the line of active work moves, and shows for how long it has been going on.
    pub fn set(&self, standing: Standing, text: &str) {
        match standing {
            Standing::Active => {
                self.bar.set_style(active_line());
                self.bar.set_message(text.to_string());
                self.bar.enable_steady_tick(Duration::from_millis(120));
            }
            Standing::Done | Standing::Failed => {
                let color =
                    if standing == Standing::Done { Style::new().green() } else { Style::new().red() };
                let style = color.force_styling(self.paint.color);
                self.bar.disable_steady_tick();
                self.bar.set_style(waiting_line());
                self.bar.set_message(style.apply_to(text).to_string());
                self.bar.tick();
            }
        }
    }

    /// Leaves the line as it is.
    pub fn leave(&self) {
        self.bar.abandon();
    }
}

fn waiting_line() -> ProgressStyle {
    ProgressStyle::with_template("  {prefix}  {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn active_line() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {prefix}  {wide_msg} {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn spinner() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {wide_msg} {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn counting() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {msg} {wide_bar} {pos}/{len} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

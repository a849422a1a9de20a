//! How far a run has come, on a terminal.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::observer::{Notice, Observer};

/// A bar on stderr, or nothing where nobody would see it. It is gone when this is dropped.
#[derive(Debug)]
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// A bar, if it is wanted and stderr is a terminal that can redraw a line.
    pub(super) fn new(is_wanted: bool) -> Self {
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if !is_wanted || is_dumb || !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let template = "{bar:24} {human_pos}/{human_len} {prefix}  {rate}  {eta} left  {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            let rate = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                let _ = write!(out, "{:.0}/s", state.per_sec());
            };
            bar.set_style(style.with_key("rate", rate));
        }
        Self(bar)
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }

    fn show(&self, what: &'static str, position: usize, length: usize) {
        self.0.set_prefix(what);
        self.0.set_message("");
        self.0.set_length(length as u64);
        self.0.set_position(position as u64);
    }
}

impl Observer for Bar {
    fn notice(&self, event: Notice) {
        match event {
            Notice::Read { read, of } => self.show("read from Zoom", read, of),
            Notice::Planned { users, .. } => {
                // Another thing is counted from here on: the rate begins anew.
                self.0.reset();
                self.show("users", 0, users);
            }
            Notice::Done { done, of } => self.show("users", done, of),
            Notice::Waiting { time } => {
                let seconds = time.as_secs_f32().ceil();
                self.0.set_message(format!("waiting {seconds} s for Zoom"));
            }
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.clear();
    }
}

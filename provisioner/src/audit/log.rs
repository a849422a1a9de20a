//! Adding lines to a chain.

use std::fs::File;
use std::io::{self, Write};

use super::chain;
use super::entry::Entry;

/// Where lines go.
pub(super) trait Sink: Write + Send {
    /// Returns when what was written would survive a crash.
    fn sync(&mut self) -> io::Result<()>;
}

impl Sink for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// A chain that is added to. Once a line could not be written there are no more: a second one would look as if
/// the first had been taken out.
pub(super) struct Log<S> {
    sink: S,
    /// The hash that the next line carries.
    previous: String,
    /// Begin on a new line: the last one was cut.
    after_cut: bool,
    broken: bool,
}

impl<S: Sink> Log<S> {
    pub(super) fn new(sink: S, previous: String, after_cut: bool) -> Self {
        Self {
            sink,
            previous,
            after_cut,
            broken: false,
        }
    }

    pub(super) fn append(&mut self, entry: &Entry) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other("an earlier line could not be written"));
        }
        let line = chain::line(&self.previous, entry)?;
        if line.len() > super::MAX_LINE_BYTES {
            return Err(io::Error::other("a line of it would be too long"));
        }
        let begin = if self.after_cut { "\n" } else { "" };
        self.broken = true;
        self.sink.write_all(format!("{begin}{line}\n").as_bytes())?;
        self.sink.sync()?;
        self.broken = false;
        self.after_cut = false;
        self.previous = chain::hash(line.as_bytes());
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn sink(&self) -> &S {
        &self.sink
    }
}

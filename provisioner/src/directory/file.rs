//! A directory in a file.

use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use super::gather::Gather;
use super::limits::MAX_FILE_BYTES;
use super::{Directory, DirectoryError, Source, csv, json, ndjson};

/// Stands before a text that says itself to be Unicode.
pub(super) const BYTE_ORDER_MARK: &str = "\u{feff}";

/// How a directory file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// An array of users.
    Json,
    /// One user a line, and a line `{"count": N}`.
    Ndjson,
    /// A header, one user a line, and a line `# count: N`.
    Csv,
}

impl Format {
    /// What the ending of a file's name says.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "json" => Some(Self::Json),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

/// A directory in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryFile {
    /// Where it is.
    pub path: PathBuf,
    /// How it is written.
    pub format: Format,
    /// How many users are in it, told from elsewhere. Another number of them is a gap.
    pub count: Option<u64>,
}

impl DirectoryFile {
    /// A file whose name says how it is written.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self, DirectoryError> {
        let path = path.into();
        match Format::of(&path) {
            Some(format) => Ok(Self {
                path,
                format,
                count: None,
            }),
            None => Err(DirectoryError::UnknownFormat { path }),
        }
    }

    fn read_now(&self) -> Result<Directory, DirectoryError> {
        let failed = |error| DirectoryError::File {
            path: self.path.clone(),
            error,
        };
        let file = std::fs::File::open(&self.path).map_err(failed)?;
        if file.metadata().map_err(failed)?.len() > MAX_FILE_BYTES {
            return Err(self.too_large());
        }
        // A file may grow, and a pipe has no size.
        self.read_from(file.take(MAX_FILE_BYTES + 1))
    }

    /// Reads what has been opened.
    pub(super) fn read_from(&self, input: impl io::Read) -> Result<Directory, DirectoryError> {
        let mut reading = Reading {
            file: self,
            told: Told::default(),
            gather: Gather::new(
                self.path.display().to_string(),
                match self.format {
                    Format::Json => "user number",
                    Format::Ndjson | Format::Csv => "line",
                },
            ),
        };
        let input = BufReader::new(input);
        match self.format {
            Format::Json => json::read(&mut reading, input)?,
            Format::Ndjson => ndjson::read(&mut reading, input)?,
            Format::Csv => csv::read(&mut reading, input)?,
        }
        reading.finish()
    }

    pub(super) fn too_large(&self) -> DirectoryError {
        DirectoryError::TooLarge {
            path: self.path.clone(),
        }
    }

    pub(super) fn failed(&self, error: io::Error) -> DirectoryError {
        DirectoryError::File {
            path: self.path.clone(),
            error,
        }
    }
}

#[async_trait]
impl Source for DirectoryFile {
    async fn read(&self) -> Result<Directory, DirectoryError> {
        let file = self.clone();
        tokio::task::spawn_blocking(move || file.read_now())
            .await
            .unwrap_or_else(|error| Err(self.failed(io::Error::other(error))))
    }
}

/// What a file says about how many users are in it.
#[derive(Default)]
struct Told {
    count: Option<u64>,
    /// The format shows its own end, as a closing bracket does.
    end: bool,
}

/// A file that is being read.
pub(super) struct Reading<'a> {
    pub(super) file: &'a DirectoryFile,
    pub(super) gather: Gather,
    told: Told,
}

impl Reading<'_> {
    /// The end was seen: nothing can have been cut off.
    pub(super) fn saw_the_end(&mut self) {
        self.told.end = true;
    }

    /// The file says how many users are in it.
    pub(super) fn counted(&mut self, at: usize, count: Option<u64>) {
        let place = self.gather.place(at);
        match (count, self.told.count) {
            (None, _) => self.gather.gap(format!("{place}: the count is no number")),
            (Some(count), Some(before)) if count != before => self.gather.gap(format!(
                "{place}: the count is {count}, and was {before} before"
            )),
            (Some(count), _) => self.told.count = Some(count),
        }
    }

    /// A file that nothing says the end of is not complete: whether it was cut off between two lines, nobody
    /// can tell (F62).
    fn finish(mut self) -> Result<Directory, DirectoryError> {
        let path = || self.file.path.clone();
        let found = self.gather.records() as u64;
        let counts: Vec<u64> = self.told.count.into_iter().chain(self.file.count).collect();
        if found == 0 && counts.is_empty() && !self.told.end {
            return Err(DirectoryError::Empty { path: path() });
        }
        if found > 0
            && self.gather.people() == 0
            && let Some(gap) = self.gather.first_gap()
        {
            let gap = gap.to_owned();
            return Err(DirectoryError::Nobody { path: path(), gap });
        }
        let name = self.file.path.display();
        for count in counts.iter().filter(|count| **count != found) {
            self.gather.gap(format!(
                "{name}: {found} users were found where the count is {count}"
            ));
        }
        if counts.is_empty() && !self.told.end {
            let line = match self.file.format {
                Format::Csv => format!("# count: {found}"),
                Format::Json | Format::Ndjson => format!("{{\"count\": {found}}}"),
            };
            self.gather.gap(format!(
                "{name}: nothing says how many users are in it, so it may have been cut off between two lines; end it \
                 with a line such as `{line}`, or say --directory-count"
            ));
        }
        Ok(self.gather.finish())
    }
}

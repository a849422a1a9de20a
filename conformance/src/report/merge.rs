//! The results of all shards of one run, put together: the same as of the run in one piece, but for times.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::Summary;
use super::faults;
use super::json::{FORMAT, LayerSummary};
use super::told::MAX_TOLD;
use crate::run::{Layer, Shard};

/// How large a result may be.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// Results could not be put together.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what each is")]
pub enum MergeError {
    #[error("{path}: {error}")]
    File {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("{path}: more than {MAX_BYTES} bytes, which no result has")]
    TooLarge { path: PathBuf },
    #[error("{path}: not a result of `run --json`: at {at}: {error}")]
    Format {
        path: PathBuf,
        at: String,
        error: serde_json::Error,
    },
    #[error(
        "{path}: format version {found}, but this program reads version {FORMAT}: run that shard again with \
         this program"
    )]
    Version { path: PathBuf, found: u64 },
    #[error(
        "{path}: the result of a whole run, not of a shard: `run --shard 2/8 --json FILE` makes those"
    )]
    NotAShard { path: PathBuf },
    #[error(
        "{path}: of another run than {first}: {what} differs ({found} there, {expected} in {first})"
    )]
    Different {
        path: PathBuf,
        first: PathBuf,
        what: &'static str,
        found: String,
        expected: String,
    },
    #[error("{path}: shard {shard}, which {first} is already: give each shard once")]
    Doubled {
        path: PathBuf,
        first: PathBuf,
        shard: Shard,
    },
    #[error(
        "missing: shard {}: give the results of all {of} shards",
        list(missing)
    )]
    Missing { missing: Vec<String>, of: u32 },
    #[error("no result was given")]
    None,
}

/// The names, the first of them where there are many.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 10;
    let shown: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    let more = names.len().saturating_sub(SHOWN);
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

impl Summary {
    /// Reads a result that `run --json` wrote.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is no result, or of another version.
    pub fn read(path: &Path) -> Result<Self, MergeError> {
        let failed = |error| MergeError::File {
            path: path.to_owned(),
            error,
        };
        if std::fs::metadata(path).map_err(failed)?.len() > MAX_BYTES {
            return Err(MergeError::TooLarge {
                path: path.to_owned(),
            });
        }
        let text = std::fs::read_to_string(path).map_err(failed)?;
        let version = serde_json::from_str::<serde_json::Value>(&text)
            .ok()
            .and_then(|json| json.get("format")?.as_u64());
        if let Some(found) = version.filter(|found| *found != u64::from(FORMAT)) {
            return Err(MergeError::Version {
                path: path.to_owned(),
                found,
            });
        }
        let mut json = serde_json::Deserializer::from_str(&text);
        serde_path_to_error::deserialize(&mut json).map_err(|error| MergeError::Format {
            path: path.to_owned(),
            at: error.path().to_string(),
            error: error.into_inner(),
        })
    }

    /// Puts the shards of one run together, in whatever order they come; each with the file it was read from.
    ///
    /// # Errors
    ///
    /// When they are not all shards of one run, each once.
    pub fn merged(shards: Vec<(PathBuf, Self)>) -> Result<Self, MergeError> {
        let by_index = checked(shards)?;
        let mut parts = by_index.into_values().map(|(_, summary)| summary);
        let mut whole = parts.next().ok_or(MergeError::None)?;
        for part in parts {
            whole.take(part);
        }
        whole.shard = None;
        whole.failures.sort_by_key(|one| (one.layer, one.place));
        whole.not_run.sort_by_key(|one| (one.layer, one.place));
        for failure in whole.failures.iter_mut().skip(MAX_TOLD) {
            failure.told.clear();
        }
        Ok(whole.settled())
    }

    fn take(&mut self, part: Self) {
        for (layer, of) in part.layers {
            self.layers.entry(layer).or_default().take(of);
        }
        for (invariant, count) in part.invariants {
            let total = self.invariants.entry(invariant).or_default();
            total.checked += count.checked;
            total.violated += count.violated;
        }
        for (what, times) in part.sometimes {
            *self.sometimes.entry(what).or_default() += times;
        }
        self.faults = faults::added(std::mem::take(&mut self.faults), part.faults);
        self.rows.extend(part.rows);
        self.failures.extend(part.failures);
        self.not_run.extend(part.not_run);
        self.seconds = self.seconds.max(part.seconds);
    }
}

impl LayerSummary {
    fn take(&mut self, part: Self) {
        self.total += part.total;
        self.passed += part.passed;
        self.failed += part.failed;
        for (square, of) in part.squares {
            self.squares.entry(square).or_default().add(of);
        }
    }
}

/// The shards by their number, after every reason to refuse them was looked for.
fn checked(
    shards: Vec<(PathBuf, Summary)>,
) -> Result<BTreeMap<u32, (PathBuf, Summary)>, MergeError> {
    let mut by_index: BTreeMap<u32, (PathBuf, Summary)> = BTreeMap::new();
    let mut first: Option<(PathBuf, Identity)> = None;
    for (path, summary) in shards {
        let Some(shard) = summary.shard else {
            return Err(MergeError::NotAShard { path });
        };
        let identity = Identity::of(&summary, shard);
        match &first {
            Some((first, expected)) => identity.same(expected, &path, first)?,
            None => first = Some((path.clone(), identity)),
        }
        if let Some((first, _)) = by_index.get(&shard.index) {
            let first = first.clone();
            return Err(MergeError::Doubled { path, first, shard });
        }
        by_index.insert(shard.index, (path, summary));
    }
    let of = first.map_or(0, |(_, identity)| identity.of);
    let given: BTreeSet<u32> = by_index.keys().copied().collect();
    let missing: Vec<String> = (1..=of)
        .filter(|index| !given.contains(index))
        .map(|index| format!("{index}/{of}"))
        .collect();
    if !missing.is_empty() {
        return Err(MergeError::Missing { missing, of });
    }
    Ok(by_index)
}

/// What all shards of one run have in common.
struct Identity {
    of: u32,
    common: Vec<(&'static str, String)>,
}

impl Identity {
    fn of(summary: &Summary, shard: Shard) -> Self {
        let size = |(layer, of): (&Layer, &LayerSummary)| {
            let skipped: usize = of.skipped.values().sum();
            format!("{} {} and {skipped} skipped", of.size, layer.name())
        };
        let sizes: Vec<String> = summary.layers.iter().map(size).collect();
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
        let run = &summary.run;
        Self {
            of: shard.of,
            common: vec![
                ("the number of shards", shard.of.to_string()),
                ("the suite's version", run.suite.clone()),
                ("the seed", summary.seed.to_string()),
                ("the provisioner", run.provisioner.clone()),
                ("the driver", or_none(&run.driver)),
                ("`--only`", or_none(&run.only)),
                ("`--policy`", format!("{:?}", run.policies)),
                ("the size of the layers", sizes.join(", ")),
            ],
        }
    }

    fn same(&self, expected: &Self, path: &Path, first: &Path) -> Result<(), MergeError> {
        let pairs = self.common.iter().zip(&expected.common);
        for ((what, found), (_, expected)) in pairs {
            if found != expected {
                return Err(MergeError::Different {
                    path: path.to_owned(),
                    first: first.to_owned(),
                    what,
                    found: found.clone(),
                    expected: expected.clone(),
                });
            }
        }
        Ok(())
    }
}

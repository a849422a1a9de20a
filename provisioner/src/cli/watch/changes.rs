//! Whether files have changed: looked at again and again. That works where notices of the system do not come: on
//! network drives, through the links that Kubernetes swaps, and when an editor puts another file in the place of one.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How often files are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// What tells two states of a file apart. Links are followed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Print {
    len: u64,
    modified: Option<SystemTime>,
    /// Device, number, and when anything of it changed: another file in its place shows even with the same times.
    #[cfg(unix)]
    identity: (u64, u64, i64, i64),
}

type Prints = Vec<Option<Print>>;

/// Files, and how they were when a run read them.
#[derive(Debug)]
pub(super) struct Files {
    paths: Vec<PathBuf>,
    known: Prints,
}

impl Files {
    /// Nothing is known of them yet.
    pub(super) fn new(paths: Vec<PathBuf>) -> Self {
        Self {
            paths,
            known: Vec::new(),
        }
    }

    /// Takes note of how they are. What changes from here on is a change, even if a run that begins now sees it.
    pub(super) async fn note(&mut self) {
        self.known = self.look().await;
    }

    /// Returns which have changed, once they have been the same for two looks: a file that is being written is left
    /// to be written.
    pub(super) async fn changed(&self) -> Vec<PathBuf> {
        let mut before = self.known.clone();
        loop {
            tokio::time::sleep(LOOK).await;
            let now = self.look().await;
            if now == before && now != self.known {
                return self.differing(&now);
            }
            before = now;
        }
    }

    fn differing(&self, now: &Prints) -> Vec<PathBuf> {
        let known = self.known.iter().chain(std::iter::repeat(&None));
        let pairs = self.paths.iter().zip(now).zip(known);
        let changed = pairs.filter(|((_, now), known)| now != known);
        changed.map(|((path, _), _)| path.clone()).collect()
    }

    /// A drive that does not answer holds up nothing else.
    async fn look(&self) -> Prints {
        let paths = self.paths.clone();
        let look = move || paths.iter().map(|path| print(path)).collect();
        let looked = tokio::task::spawn_blocking(look).await;
        looked.unwrap_or_default()
    }
}

/// `None` for a file that is not there.
fn print(path: &Path) -> Option<Print> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(Print {
        len: metadata.len(),
        modified: metadata.modified().ok(),
        #[cfg(unix)]
        identity: {
            use std::os::unix::fs::MetadataExt as _;
            (
                metadata.dev(),
                metadata.ino(),
                metadata.ctime(),
                metadata.ctime_nsec(),
            )
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[tokio::test]
    async fn a_file_that_is_replaced_linked_elsewhere_or_gone_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("one"), "same").unwrap();
        std::fs::write(at("two"), "same").unwrap();
        std::os::unix::fs::symlink(at("one"), at("link")).unwrap();
        let mut files = Files::new(vec![at("link"), at("two")]);
        files.note().await;
        // As Kubernetes swaps the files of a mounted map.
        std::os::unix::fs::symlink(at("two"), at("new")).unwrap();
        std::fs::rename(at("new"), at("link")).unwrap();
        assert_eq!(files.changed().await, [at("link")]);
        files.note().await;
        // As an editor saves.
        std::fs::write(at("three"), "same").unwrap();
        std::fs::rename(at("three"), at("two")).unwrap();
        assert_eq!(files.changed().await, [at("link"), at("two")]);
        files.note().await;
        std::fs::remove_file(at("two")).unwrap();
        assert_eq!(files.changed().await, [at("link"), at("two")]);
    }
}

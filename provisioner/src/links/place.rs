//! Opens the state that `--state` names: a file, or a database.

use std::path::Path;
use std::sync::Arc;

use super::address::is_url;
use super::{Links, LinksError, PostgresLinks, SqliteLinks};

/// Opens a state, and makes it if there is none.
///
/// # Errors
///
/// When it cannot be used, is not ours, or another run works on it.
pub(crate) async fn open(state: &Path) -> Result<Arc<dyn Links>, LinksError> {
    Ok(match url(state) {
        Some(url) => Arc::new(PostgresLinks::open(url).await?),
        None => Arc::new(SqliteLinks::open(state).await?),
    })
}

/// Opens a state; `None` if there is none, and nothing is made.
///
/// # Errors
///
/// As [`open`].
pub(crate) async fn open_existing(state: &Path) -> Result<Option<Arc<dyn Links>>, LinksError> {
    if let Some(url) = url(state) {
        let links = PostgresLinks::open_existing(url).await?;
        return Ok(links.map(|links| Arc::new(links) as Arc<dyn Links>));
    }
    let exists = state.try_exists().map_err(|error| LinksError::File {
        place: state.display().to_string(),
        error,
    })?;
    if exists {
        return open(state).await.map(Some);
    }
    Ok(None)
}

fn url(state: &Path) -> Option<&str> {
    state.to_str().filter(|text| is_url(text))
}

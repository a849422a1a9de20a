//! What has to be read from Zoom to decide about those who are evaluated.

use std::collections::HashSet;

use compact_str::CompactString;
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::evaluate::Evaluation;
use crate::connection::Connection;
use crate::links::Remembered;
use crate::plan::{Account, Desired, ZoomView};
use crate::zoom::{ErrorKind, Reader, ZoomError};

/// Up to so many users are read singly; for more a list costs less.
const MAX_SINGLE: usize = 10;
/// How many reads are under way at once.
pub(super) const CONCURRENT_READS: usize = 8;

/// Reads what is needed: nothing where nobody is evaluated, single users where they are few, else the list.
pub(super) async fn view(
    reader: &Reader,
    connection: &Connection,
    evaluation: &Evaluation,
    remembered: &Remembered,
    deep: bool,
) -> Result<ZoomView, ZoomError> {
    let mut view = ZoomView::default();
    let evaluated = &evaluation.evaluated;
    if evaluated.is_empty() {
        return Ok(view);
    }
    let listed = evaluation.full || evaluated.len() > MAX_SINGLE;
    if listed {
        reader.list_into(|account| view.insert(account)).await?;
    }
    let unlinked: Vec<&Desired> = evaluation
        .desired
        .iter()
        .filter(|desired| {
            evaluated.contains(&desired.user) && !remembered.links.contains_key(&desired.user)
        })
        .collect();
    let links = remembered
        .links
        .values()
        .filter(|link| evaluated.contains(&link.user));
    // A list may have missed somebody while others were removed: who seems gone is asked for singly.
    let singly = links
        .map(|link| link.zoom_id.as_str())
        .filter(|id| !listed || deep || view.by_id(id).is_none());
    read_singly(reader, singly.map(CompactString::from).collect(), &mut view).await?;
    if !listed {
        let addresses: Vec<CompactString> = unlinked
            .iter()
            .map(|desired| desired.address.clone())
            .collect();
        let found: Vec<_> = stream::iter(
            addresses
                .into_iter()
                .map(|address| async move { found(reader, &address).await }),
        )
        .buffered(CONCURRENT_READS)
        .try_collect()
        .await?;
        found
            .into_iter()
            .flatten()
            .for_each(|account| view.insert(account));
    }
    if connection.policies.adopt_existing {
        // Who is linked for the first time is read whole, so that all mapped attributes are compared.
        let links = remembered.links.values();
        let linked: HashSet<&str> = links.map(|link| link.zoom_id.as_str()).collect();
        let adopted = unlinked
            .iter()
            .filter_map(|desired| view.by_name(&desired.address));
        let adopted = adopted
            .map(|account| account.id.clone())
            .filter(|id| !linked.contains(id.as_str()))
            .collect();
        read_singly(reader, adopted, &mut view).await?;
    }
    Ok(view)
}

/// Of two who have one address none is taken; the create of that address says why.
async fn found(reader: &Reader, address: &str) -> Result<Option<Account>, ZoomError> {
    match reader.find(address).await {
        Err(error) if error.kind == ErrorKind::User => Ok(None),
        found => found,
    }
}

pub(super) async fn read_singly(
    reader: &Reader,
    ids: Vec<CompactString>,
    view: &mut ZoomView,
) -> Result<(), ZoomError> {
    let mut reads = stream::iter(ids.into_iter().map(|id| async move {
        let account = reader.get(&id).await?;
        Ok::<_, ZoomError>((id, account))
    }))
    .buffer_unordered(CONCURRENT_READS);
    while let Some((id, account)) = reads.try_next().await? {
        match account {
            Some(account) => view.insert_whole(account),
            None => view.remove(&id),
        }
    }
    Ok(())
}

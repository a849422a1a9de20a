//! What has to be read from Zoom to decide about those who are evaluated.

use std::collections::HashSet;

use compact_str::CompactString;
use futures::{StreamExt as _, stream};

use super::apply::is_everybodys;
use super::evaluate::Evaluation;
use crate::connection::Connection;
use crate::links::Remembered;
use crate::plan::{Account, Desired, ZoomView, fold};
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
    let mut tried = Tried::default();
    let evaluated = &evaluation.evaluated;
    if evaluated.is_empty() {
        return Ok(view);
    }
    let listed = evaluation.full || evaluated.len() > MAX_SINGLE;
    if listed {
        reader.list_into(|account| view.insert(account)).await?;
        tried.has_read = true;
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
    let singly = singly.map(CompactString::from).collect();
    read_singly(reader, singly, &mut view, &mut tried).await?;
    if !listed {
        // Several people may have one address, which is looked up once.
        let mut addresses: Vec<CompactString> = unlinked
            .iter()
            .map(|desired| desired.address.clone())
            .collect();
        let mut looked_up = HashSet::new();
        addresses.retain(|address| looked_up.insert(fold(address)));
        let mut looks = stream::iter(addresses.into_iter().map(|address| async move {
            let account = found(reader, &address).await;
            (address, account)
        }))
        .buffered(CONCURRENT_READS);
        while let Some((address, account)) = looks.next().await {
            if let Some(account) = tried.of(&mut view, &address, account)? {
                view.insert(account);
            }
        }
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
        read_singly(reader, adopted, &mut view, &mut tried).await?;
    }
    tried.end()?;
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
    tried: &mut Tried,
) -> Result<(), ZoomError> {
    let mut reads = stream::iter(ids.into_iter().map(|id| async move {
        let account = reader.get(&id).await;
        (id, account)
    }))
    .buffer_unordered(CONCURRENT_READS);
    while let Some((id, account)) = reads.next().await {
        match tried.of(view, &id, account)? {
            Some(account) => view.insert_whole(account),
            None if view.unread(&id).is_some() => {}
            None => view.remove(&id),
        }
    }
    Ok(())
}

/// How reading goes: who cannot be read fails alone, as long as anything can be read at all.
#[derive(Debug, Default)]
pub(super) struct Tried {
    has_read: bool,
    failed: Option<ZoomError>,
}

impl Tried {
    /// What a read of somebody found. One that failed for them alone is noted.
    fn of(
        &mut self,
        view: &mut ZoomView,
        id_or_address: &str,
        read: Result<Option<Account>, ZoomError>,
    ) -> Result<Option<Account>, ZoomError> {
        match read {
            Ok(found) => {
                self.has_read = true;
                Ok(found)
            }
            Err(error) if is_everybodys(&error) => Err(error),
            Err(error) => {
                view.insert_unread(id_or_address, error.message.clone());
                self.failed.get_or_insert(error);
                Ok(None)
            }
        }
    }

    /// Where nothing could be read, that is no one user's failure.
    fn end(self) -> Result<(), ZoomError> {
        match self.failed {
            Some(error) if !self.has_read => Err(error),
            _ => Ok(()),
        }
    }
}

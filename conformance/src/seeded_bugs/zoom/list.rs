//! Reading all users, page by page.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::bug::Bug;
use super::{Request, Trouble, Zoom, id};

/// How many pages are read at the most.
const MAX_PAGES: usize = 1_000;
/// After so many pages without anybody on them the wrong variant stops that would never.
const HOT_PAGES: usize = 40;

/// Zoom's users as they were listed.
#[derive(Default)]
pub(in crate::seeded_bugs) struct Listing {
    pub(in crate::seeded_bugs) users: Vec<Value>,
    /// Whether everybody is on it: who is not has no account.
    pub(in crate::seeded_bugs) complete: bool,
}

struct Page {
    users: Vec<Value>,
    total: usize,
}

impl Zoom {
    /// All users, by what each page returned.
    pub(in crate::seeded_bugs) async fn list(&self) -> Result<Listing, Trouble> {
        let asked = self.variant.page();
        let mut users: Vec<Value> = Vec::new();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut next = 1;
        let mut empty_pages = 0;
        let mut moved = false;
        for _ in 0..MAX_PAGES {
            let page = match self.page(next, asked).await {
                Err(Trouble::Lost(_)) if self.has(Bug::B78) && next > 1 => break,
                page => page?,
            };
            let returned = page.users.len();
            let known = users.len();
            for user in page.users {
                if seen.insert(id(&user)) || self.has(Bug::B80) {
                    users.push(user);
                }
            }
            moved |= users.len() < known + returned && !self.has(Bug::B79);
            if returned == 0 && !(self.has(Bug::B77) && empty_pages < HOT_PAGES) {
                // A total that speaks of more than there are is not believed.
                moved |= next <= page.total && !self.has(Bug::B79);
                break;
            }
            empty_pages += usize::from(returned == 0);
            if returned < asked && self.has(Bug::B76) {
                break;
            }
            next += if self.has(Bug::B74) {
                returned + 1
            } else if self.has(Bug::B75) {
                asked
            } else {
                returned
            };
            // A total that speaks of fewer than were shown is not believed either.
            if next > page.total && users.len() <= page.total {
                break;
            }
        }
        Ok(Listing {
            users,
            complete: !moved,
        })
    }

    async fn page(&self, start: usize, count: usize) -> Result<Page, Trouble> {
        let path = format!("/Users?startIndex={start}&count={count}");
        let reply = self.send(&Request::get(path)).await?;
        let total = reply.body.get("totalResults").and_then(Value::as_u64);
        let (200, Some(total)) = (reply.status, total) else {
            let status = reply.status;
            return Err(Trouble::Lost(format!("a page was answered with {status}")));
        };
        let users = reply.body.get("Resources").and_then(Value::as_array);
        Ok(Page {
            users: users.cloned().unwrap_or_default(),
            total: usize::try_from(total).unwrap_or(usize::MAX),
        })
    }
}

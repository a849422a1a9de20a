//! The users of a PingOne environment, read through its platform API.
//!
//! A worker application's credentials give a token, and the pages of the list are followed by their own links.
//! Nothing but that token request and those reads is ever sent, to nobody but the two servers of the settings.

mod page;
mod session;
mod settings;

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use async_trait::async_trait;
use secrecy::SecretString;
use url::Url;

use self::page::Page;
use self::session::Session;
pub use self::settings::PingOneFile;
pub(crate) use self::settings::SECRET_VARIABLE;
use super::gather::Gather;
use super::limits::MAX_USERS;
use super::{Directory, DirectoryError, Source};
use crate::digest;
use crate::rule::Source as Key;
use crate::zoom::TrustedRoots;

/// How many pages are read; a list that has more does not end.
const MAX_PAGES: usize = 20_000;
/// How many pages in a row may bring nobody new.
const MAX_IDLE_PAGES: usize = 3;
/// How long a link to the next page may be.
const MAX_LINK_BYTES: usize = 8 * 1024;

/// The users of a PingOne environment. [`PingOneFile`] reads one from TOML.
#[derive(Clone)]
pub struct PingOne {
    /// Where the API is, without `/v1` and without a slash at the end.
    pub(super) api_url: Url,
    /// Where tokens are issued, without a slash at the end.
    pub(super) auth_url: Url,
    pub(super) environment_id: String,
    pub(super) client_id: String,
    pub(super) client_secret: SecretString,
    pub(super) trusted_roots: TrustedRoots,
    /// The populations whose users are read; none means all.
    pub(super) populations: Vec<String>,
    /// A filter in PingOne's own words, beside the populations.
    pub(super) filter: Option<String>,
    pub(super) page_size: u16,
    /// Lifecycle statuses that count as disabled.
    pub(super) disabled_statuses: Vec<String>,
    /// Which attribute of PingOne fills which key, a dot before each deeper name.
    pub(super) attributes: BTreeMap<Key, String>,
}

impl fmt::Debug for PingOne {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PingOne")
            .field("api_url", &self.api_url.as_str())
            .field("auth_url", &self.auth_url.as_str())
            .field("environment_id", &self.environment_id)
            .field("client_id", &self.client_id)
            .field("populations", &self.populations)
            .field("filter", &self.filter)
            .finish_non_exhaustive()
    }
}

impl PingOne {
    fn users_url(&self) -> Url {
        let mut url = self.api_url.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!(
            "{base}/v1/environments/{}/users",
            self.environment_id
        ));
        url
    }

    fn token_url(&self) -> Url {
        let mut url = self.auth_url.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{}/as/token", self.environment_id));
        url
    }

    /// The first page.
    fn first_page(&self) -> Url {
        let mut url = self.users_url();
        let mut query = url.query_pairs_mut();
        query.append_pair("limit", &self.page_size.to_string());
        if let Some(filter) = self.whole_filter() {
            query.append_pair("filter", &filter);
        }
        drop(query);
        url
    }

    fn whole_filter(&self) -> Option<String> {
        let one = |id: &String| format!("population.id eq \"{id}\"");
        let populations: Vec<String> = self.populations.iter().map(one).collect();
        let populations = (!populations.is_empty()).then(|| populations.join(" or "));
        match (populations, &self.filter) {
            (Some(populations), Some(filter)) => Some(format!("({populations}) and ({filter})")),
            (populations, filter) => populations.or_else(|| filter.clone()),
        }
    }

    /// Where a link leads, if it may be followed: the token goes nowhere else than to the list of users.
    fn linked(&self, from: &Url, href: &str) -> Result<Url, String> {
        if href.len() > MAX_LINK_BYTES {
            return Err(format!("is longer than {MAX_LINK_BYTES} bytes"));
        }
        let url = from
            .join(href)
            .map_err(|error| format!("is no URL: {error}"))?;
        let users = self.users_url();
        if url.origin() != users.origin() {
            return Err("leads to another server".to_owned());
        }
        if url.path() != users.path() || !url.username().is_empty() || url.password().is_some() {
            return Err("leads elsewhere than to the users of this environment".to_owned());
        }
        Ok(url)
    }
}

#[async_trait]
impl Source for PingOne {
    async fn read(&self) -> Result<Directory, DirectoryError> {
        let mut walk = Walk {
            pingone: self,
            session: Session::new(self).map_err(DirectoryError::PingOne)?,
            gather: Gather::new("PingOne".to_owned(), "page"),
            walked: HashSet::new(),
            idle: 0,
            elsewhere: HashSet::new(),
        };
        walk.all().await?;
        Ok(walk.gather.finish())
    }
}

/// A list that is being walked through.
struct Walk<'a> {
    pingone: &'a PingOne,
    session: Session<'a>,
    gather: Gather,
    /// Stands for the links that were followed, which may be long.
    walked: HashSet<String>,
    /// How many of the last pages brought nobody new.
    idle: usize,
    /// Who was returned though their population was not asked for.
    elsewhere: HashSet<String>,
}

impl Walk<'_> {
    /// Walks to the end, or to what keeps it from going on.
    async fn all(&mut self) -> Result<(), DirectoryError> {
        let mut url = self.pingone.first_page();
        for number in 1..=MAX_PAGES {
            self.walked.insert(digest::of(&url.as_str()));
            let page = match self.session.page(&url).await {
                Ok(page) => page,
                Err(why) if number == 1 => return Err(DirectoryError::PingOne(why)),
                Err(why) => {
                    self.gather.gap(format!("PingOne, page {number}: {why}"));
                    return Ok(());
                }
            };
            self.take(number, &page)?;
            let Some(href) = &page.next else {
                self.end(&page);
                return Ok(());
            };
            match self.next(&url, href) {
                Ok(next) => url = next,
                Err(why) => {
                    self.gather.gap(format!(
                        "PingOne, page {number}: the link to the next page {why}; it was not followed"
                    ));
                    return Ok(());
                }
            }
        }
        self.gather
            .gap(format!("PingOne: the list has more than {MAX_PAGES} pages"));
        Ok(())
    }

    fn take(&mut self, number: usize, page: &Page) -> Result<(), DirectoryError> {
        let mut is_idle = true;
        for user in &page.users {
            if let Some(id) = page::elsewhere(self.pingone, user) {
                is_idle &= !self.elsewhere.insert(id.to_owned());
                if self.elsewhere.len() > MAX_USERS {
                    let name = "PingOne".to_owned();
                    return Err(DirectoryError::TooManyUsers { name });
                }
                continue;
            }
            let place = self.gather.place(number);
            let record = page::record(self.pingone, &place, user);
            is_idle &= !self.gather.renew(number, record)?;
        }
        self.idle = if is_idle { self.idle + 1 } else { 0 };
        Ok(())
    }

    fn next(&self, from: &Url, href: &str) -> Result<Url, String> {
        if self.idle >= MAX_IDLE_PAGES {
            return Err(format!(
                "follows {MAX_IDLE_PAGES} pages that brought nobody new"
            ));
        }
        let next = self.pingone.linked(from, href)?;
        if self.walked.contains(&digest::of(&next.as_str())) {
            return Err("leads back to a page that was read before".to_owned());
        }
        Ok(next)
    }

    /// The last page: whether all were seen that it counts.
    fn end(&mut self, last: &Page) {
        let others = self.elsewhere.len();
        let seen = self.gather.people() + others;
        if let Some(count) = last.count.filter(|count| *count > seen as u64) {
            self.gather.gap(format!(
                "PingOne counts {count} users, and {seen} were read; they may have changed meanwhile"
            ));
        }
        if self.gather.people() == 0 {
            // F59: a population or a filter that was mistyped looks the same.
            self.gather
                .gap("PingOne: nobody is in these populations and this filter");
        }
        if others > 0 {
            self.gather.notice(format!(
                "PingOne: {others} users of other populations were returned, and left out"
            ));
        }
    }
}

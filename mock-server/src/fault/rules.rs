//! A list of rules, and which of them fires.
//!
//! Precedence: rules are tried in the order in which their ids were first set. A rule whose conditions do not
//! fit is passed over. One whose conditions fit counts the request, and fires or not by its `after`, `nth`,
//! `times` and `probability`. The first that fires wins; those after it are not tried and count nothing.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::effect::{Effect, Phase};
use super::facts::{Facts, Subject};
use super::rule::{FaultRule, InvalidRule};
use crate::operation::Operation;

/// How many rules a list holds at the most.
pub(crate) const MAX_RULES: usize = 1_000;

/// What happens to a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fired {
    pub(crate) rule: Arc<str>,
    pub(crate) effect: Arc<Effect>,
    pub(crate) phase: Phase,
    /// How often the rule has fired, with this one.
    pub(crate) count: u64,
}

/// Why a rule that was tried did not fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PassedOver {
    /// Other requests than this operation's.
    Operation,
    /// Another account.
    Account,
    /// Another client id.
    ClientId,
    /// Another user.
    User,
    /// The header is not there, or says something else.
    Header,
    /// Another run, or none.
    Run,
    /// Outside the window on the virtual clock.
    Window,
    /// The rule's time to live is over.
    Ttl,
    /// `after` lets it pass.
    After,
    /// It is not the n-th.
    Nth,
    /// The rule has fired as often as it may.
    Times,
    /// The draw went the other way.
    Probability,
    /// A rule before it has fired.
    Earlier,
}

/// A rule with what was counted of it.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) rule: FaultRule,
    id: Arc<str>,
    effect: Arc<Effect>,
    /// By the number of the operation: whether the rule can act on it.
    acts_on: u32,
    set_at: Timestamp,
    /// How many requests its conditions fitted.
    pub(crate) fitted: u64,
    /// How often it fired.
    pub(crate) fired: u64,
}

impl Held {
    fn new(rule: FaultRule, now: Timestamp) -> Self {
        let acts_on = Operation::ALL
            .into_iter()
            .filter(|operation| rule.acts_on(*operation))
            .fold(0, |mask, operation| mask | bit(operation));
        Self {
            id: rule.id.as_str().into(),
            effect: Arc::new(rule.then.clone()),
            acts_on,
            set_at: now,
            fitted: 0,
            fired: 0,
            rule,
        }
    }

    /// A rule with what was counted of it before.
    pub(super) fn counted(rule: FaultRule, set_at: Timestamp, fitted: u64, fired: u64) -> Self {
        Self {
            fitted,
            fired,
            ..Self::new(rule, set_at)
        }
    }

    pub(super) fn set_at(&self) -> Timestamp {
        self.set_at
    }

    /// Whether its time to live is over.
    pub(crate) fn is_over(&self, server_now: Timestamp) -> bool {
        self.rule.when.ttl_s.is_some_and(|ttl| {
            let until = self
                .set_at
                .checked_add(SignedDuration::from_secs(i64::from(ttl)));
            until.is_ok_and(|until| server_now >= until)
        })
    }

    /// Which condition does not fit, if any.
    pub(crate) fn misfit(&self, facts: &Facts<'_>) -> Option<PassedOver> {
        let when = &self.rule.when;
        let differs = |wanted: &Option<String>, is: &str| {
            wanted.as_deref().is_some_and(|wanted| wanted != is)
        };
        if self.acts_on & bit(facts.operation) == 0 {
            return Some(PassedOver::Operation);
        }
        if differs(&when.account, facts.account) {
            return Some(PassedOver::Account);
        }
        if self.is_over(facts.server_now) {
            return Some(PassedOver::Ttl);
        }
        if differs(&when.client_id, facts.client_id) {
            return Some(PassedOver::ClientId);
        }
        if when.run.is_some() && when.run.as_deref() != facts.run {
            return Some(PassedOver::Run);
        }
        if when.from.is_some_and(|from| facts.now < from)
            || when.until.is_some_and(|until| facts.now >= until)
        {
            return Some(PassedOver::Window);
        }
        if let Some(header) = &when.header {
            let mut values = facts.headers.get_all(header.name.as_str()).iter();
            let is = |value: &http::HeaderValue| {
                header
                    .value
                    .as_ref()
                    .is_none_or(|wanted| wanted.as_bytes() == value.as_bytes())
            };
            if !values.any(is) {
                return Some(PassedOver::Header);
            }
        }
        if when
            .user
            .as_ref()
            .is_some_and(|user| !facts.subject().is(user))
        {
            return Some(PassedOver::User);
        }
        None
    }

    /// Counts a request that fits, and says whether the rule fires.
    fn count(&mut self) -> Result<(), PassedOver> {
        let when = &self.rule.when;
        self.fitted += 1;
        let Some(number) = self
            .fitted
            .checked_sub(when.after.unwrap_or(0))
            .filter(|number| *number > 0)
        else {
            return Err(PassedOver::After);
        };
        if when.nth.is_some_and(|nth| nth != number) {
            return Err(PassedOver::Nth);
        }
        let most = match (&when.times, &self.rule.then) {
            (Some(times), _) => Some(*times),
            (None, Effect::StatusSequence { codes }) => u64::try_from(codes.len()).ok(),
            (None, _) => None,
        };
        if most.is_some_and(|most| self.fired >= most) {
            return Err(PassedOver::Times);
        }
        if let Some(chance) = when.probability
            && draw(when.seed.unwrap_or(0), &self.rule.id, self.fitted) >= chance
        {
            return Err(PassedOver::Probability);
        }
        self.fired += 1;
        Ok(())
    }
}

fn bit(operation: Operation) -> u32 {
    1 << (operation as u32)
}

/// A number from 0 to less than 1 that depends on nothing but these three.
pub(crate) fn draw(seed: u64, id: &str, counter: u64) -> f64 {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    hash.update(counter.to_be_bytes());
    hash.update(id.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let first = digest.first_chunk::<8>().copied().unwrap_or_default();
    // The 53 bits that a double holds exactly.
    (u64::from_be_bytes(first) >> 11) as f64 / (1u64 << 53) as f64
}

/// What tells most rules that do not fit from the others, in a few bytes: a server with many rules has to pass
/// over them quickly.
#[derive(Debug, Clone, Copy)]
struct Key {
    acts_on: u32,
    user: Option<UserKey>,
}

/// A user as a rule names them: either an address, in any case, or an id.
#[derive(Debug, Clone, Copy)]
struct UserKey {
    name: u64,
    id: u64,
}

fn hash_of(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

impl Key {
    fn of(held: &Held) -> Self {
        let user = held.rule.when.user.as_deref();
        Self {
            acts_on: held.acts_on,
            user: user.map(|user| UserKey {
                name: hash_of(&user.to_ascii_lowercase()),
                id: hash_of(user),
            }),
        }
    }
}

/// The subject of a request in the same bytes; made when the first rule asks for it.
fn subject_keys(facts: &Facts<'_>) -> (Option<u64>, Option<u64>) {
    let Subject { user_name, id } = facts.subject();
    let name = user_name.as_ref();
    (
        name.map(|name| hash_of(&name.to_ascii_lowercase())),
        id.as_deref().map(hash_of),
    )
}

/// A list of rules.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rules {
    held: Vec<Held>,
    /// One for each rule.
    keys: Vec<Key>,
}

/// What was decided of a request.
#[derive(Debug, Default)]
pub(crate) struct Decision {
    pub(crate) fired: Option<Fired>,
    /// The rules whose conditions fitted, or of which but a header did not, and that did not fire.
    pub(crate) passed_over: Vec<(Arc<str>, PassedOver)>,
}

impl Rules {
    pub(crate) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    pub(crate) fn all(&self) -> &[Held] {
        &self.held
    }

    /// A list as it was; `None` where an id is there twice, or there are too many.
    pub(super) fn restored(held: Vec<Held>) -> Option<Self> {
        let ids: BTreeSet<&str> = held.iter().map(|held| &*held.id).collect();
        if ids.len() != held.len() || held.len() > MAX_RULES {
            return None;
        }
        let mut rules = Self {
            held,
            keys: Vec::new(),
        };
        rules.index();
        Some(rules)
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Held> {
        self.held.iter().find(|held| held.rule.id == id)
    }

    /// Sets a rule, in the place of the one of the same id or at the end. Its counters start anew.
    pub(crate) fn set(&mut self, rule: FaultRule, now: Timestamp) -> Result<(), InvalidRule> {
        let held = Held::new(rule, now);
        match self.held.iter().position(|old| old.rule.id == held.rule.id) {
            Some(at) => {
                if let Some(old) = self.held.get_mut(at) {
                    *old = held;
                }
            }
            None if self.held.len() >= MAX_RULES => {
                return Err(InvalidRule {
                    field: "id".to_owned(),
                    message: format!("would be one rule more than {MAX_RULES}; delete some"),
                });
            }
            None => self.held.push(held),
        }
        self.index();
        Ok(())
    }

    /// Takes a rule away, with what was counted of it.
    pub(crate) fn remove(&mut self, id: &str) -> Option<Held> {
        let at = self.held.iter().position(|held| held.rule.id == id)?;
        let removed = self.held.remove(at);
        self.index();
        Some(removed)
    }

    pub(crate) fn retain(&mut self, keep: impl FnMut(&Held) -> bool) {
        self.held.retain(keep);
        self.index();
    }

    fn index(&mut self) {
        self.keys = self.held.iter().map(Key::of).collect();
    }

    /// Decides what happens to a request, and counts it.
    pub(crate) fn decide(&mut self, facts: &Facts<'_>) -> Decision {
        let mut decision = Decision::default();
        let wanted = bit(facts.operation);
        let mut subject = None;
        for (index, key) in self.keys.iter().enumerate() {
            if key.acts_on & wanted == 0 {
                continue;
            }
            if let Some(user) = key.user {
                let (name, id) = *subject.get_or_insert_with(|| subject_keys(facts));
                if name != Some(user.name) && id != Some(user.id) {
                    continue;
                }
            }
            let Some(held) = self.held.get_mut(index) else {
                continue;
            };
            match held.misfit(facts) {
                None => {}
                // Headers are not kept: that one was looked at cannot be told later.
                Some(why @ PassedOver::Header) => {
                    decision.passed_over.push((Arc::clone(&held.id), why));
                    continue;
                }
                Some(_) => continue,
            }
            match held.count() {
                Ok(()) => {
                    decision.fired = Some(Fired {
                        rule: Arc::clone(&held.id),
                        effect: Arc::clone(&held.effect),
                        phase: held.rule.phase,
                        count: held.fired,
                    });
                    break;
                }
                Err(why) => decision.passed_over.push((Arc::clone(&held.id), why)),
            }
        }
        decision
    }
}

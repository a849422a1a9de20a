//! The actions of a run: sent, several at once where the variant has workers, and settled one by one.

use serde_json::{Map, Value};

use super::super::bug::Bug;
use super::super::variant::Control;
use super::super::zoom::{Answer, Request, Trouble, id, same_user, user_name};
use super::Running;
use super::kept::{Link, Outcome, Values};
use crate::run::attributes;
use crate::scenario::{DirectoryUser, DisabledAtCreation, Listed, Rule};

/// What is done to Zoom.
#[derive(Debug, Clone)]
pub(super) enum Act {
    Create,
    Update(Map<String, Value>),
    Enable(Map<String, Value>),
    Disable,
    Delete,
}

impl Act {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update(_) => "update",
            Self::Enable(_) => "enable",
            Self::Disable => "disable",
            Self::Delete => "delete",
        }
    }
}

/// One write, for one user.
#[derive(Debug, Clone)]
pub(super) struct Action {
    /// What the user's link is filed under.
    pub(super) key: String,
    /// The user, where they are in scope.
    pub(super) user: Option<(DirectoryUser, Rule)>,
    /// Zoom's id of the account; empty for a create.
    pub(super) id: String,
    /// The user's name, for the audit.
    pub(super) name: String,
    pub(super) act: Act,
    /// How the user is counted once it is done.
    pub(super) then: Outcome,
    /// It removes somebody, so that the limit counts it.
    pub(super) removes: bool,
}

/// What becomes of a user after an action.
pub(super) enum Settled {
    /// They are counted so.
    Is(Outcome),
    /// They are evaluated once more in this run.
    Again,
    /// Nobody is counted: they were removed, or could not be.
    Gone,
}

impl Running {
    /// Sends the actions, and says who is to be evaluated once more.
    pub(super) async fn carry_out(&mut self, actions: Vec<Action>) -> Result<Vec<String>, Trouble> {
        let mut again = Vec::new();
        for batch in actions.chunks(self.zoom.variant.workers()) {
            for action in batch {
                if let (Act::Create, Some((user, rule))) = (&action.act, &action.user)
                    && !self.has(Bug::B95)
                {
                    let values = self.wanted(user, rule);
                    self.kept.intents.insert(action.key.clone(), values);
                }
            }
            self.write_down()?;
            let sent = batch.iter().map(|action| self.transmit(action));
            let answers = futures::future::join_all(sent).await;
            for (action, answer) in batch.iter().zip(answers) {
                let done = matches!(answer, Ok(Answer::Done(_)));
                self.audit(action, done);
                if self.is(Control::G04) && matches!(action.act, Act::Enable(_)) {
                    // That took two writes; an address in use refuses the second alone.
                    self.audit(action, done || matches!(answer, Ok(Answer::Duplicate)));
                }
                match self.settle(action, answer).await? {
                    Settled::Is(outcome) => self.count(&action.key, outcome),
                    Settled::Again => again.push(action.key.clone()),
                    Settled::Gone => {}
                }
                self.write_down()?;
            }
        }
        Ok(again)
    }

    pub(super) fn count(&mut self, key: &str, outcome: Outcome) {
        self.kept.outcomes.insert(key.to_owned(), outcome);
        if outcome != Outcome::Failed {
            self.kept.due.remove(key);
        }
    }

    async fn transmit(&self, action: &Action) -> Result<Answer, Trouble> {
        let id = action.id.as_str();
        let request = match (&action.act, &action.user) {
            (Act::Create, Some((user, rule))) => {
                let mut body = self.body(&self.wanted(user, rule));
                body.insert("userName".to_owned(), Value::from(user.username.as_str()));
                let request = Request::create(body);
                let first = self.zoom.write(&request).await;
                // The wrong variants send it again, whatever has become of the first.
                let again = match &first {
                    Ok(Answer::Duplicate) => self.has(Bug::B39),
                    Err(Trouble::Lost(_)) => self.has(Bug::B46),
                    _ => false,
                };
                return if again {
                    self.zoom.write(&request).await
                } else {
                    first
                };
            }
            (Act::Update(change), _) => {
                let change = self.kept.outbox.get(&action.key).unwrap_or(change);
                let change = self.whole(id, change.clone()).await?;
                self.zoom.put(id, change)
            }
            (Act::Enable(change), _) => {
                let mut change = change.clone();
                if self.is(Control::G04) {
                    let answer = self.zoom.write(&self.zoom.activation(id, true)).await?;
                    if !matches!(answer, Answer::Done(_)) {
                        return Ok(answer);
                    }
                } else {
                    change.insert("active".to_owned(), Value::from(true));
                }
                self.zoom.put(id, change)
            }
            (Act::Disable, Some((user, rule))) if self.has(Bug::B08) => {
                let mut all = self.body(&self.wanted(user, rule));
                all.insert("active".to_owned(), Value::from(false));
                self.zoom.put(id, all)
            }
            (Act::Disable, _) => self.zoom.activation(id, false),
            (Act::Delete, _) => self.zoom.delete(id),
            (Act::Create, None) => return Ok(Answer::NotFound),
        };
        self.zoom.write(&request).await
    }

    /// G03: a change within the whole account, as it was read just before.
    async fn whole(
        &self,
        id: &str,
        change: Map<String, Value>,
    ) -> Result<Map<String, Value>, Trouble> {
        if !self.is(Control::G03) {
            return Ok(change);
        }
        let Some(Value::Object(mut all)) = self.zoom.get(id).await? else {
            return Ok(change);
        };
        for server_side in ["meta", "schemas", "id", "displayName", "groups"] {
            all.remove(server_side);
        }
        for (key, value) in change {
            match (all.get_mut(&key), value) {
                (Some(Value::Object(held)), Value::Object(new)) => held.extend(new),
                (_, value) => drop(all.insert(key, value)),
            }
        }
        Ok(all)
    }

    async fn settle(
        &mut self,
        action: &Action,
        answer: Result<Answer, Trouble>,
    ) -> Result<Settled, Trouble> {
        let answer = match answer {
            Ok(answer) => answer,
            Err(Trouble::Lost(why)) if self.has(Bug::B91) => return Err(Trouble::Ends(why)),
            Err(Trouble::Lost(_)) => return self.settle_lost(action).await,
            Err(trouble) => return Err(trouble),
        };
        match (&action.act, &action.user) {
            (Act::Create, Some((user, rule))) => {
                self.settle_create(action, user, rule, answer).await
            }
            (Act::Update(change) | Act::Enable(change), Some((user, rule))) => match answer {
                Answer::Done(_) => {
                    self.kept.outbox.remove(&action.key);
                    self.remember(&action.key, user, rule, change);
                    Ok(Settled::Is(action.then))
                }
                Answer::Duplicate => {
                    self.send_the_rest(action, user, rule, change).await?;
                    Ok(Settled::Is(Outcome::Failed))
                }
                Answer::NotFound if self.has(Bug::B69) => {
                    self.remember(&action.key, user, rule, change);
                    Ok(Settled::Is(action.then))
                }
                Answer::NotFound => {
                    self.denied.insert(action.id.clone());
                    self.view.users.retain(|user| id(user) != action.id);
                    self.view.complete = true;
                    let link = self.kept.links.remove(&action.key);
                    if let Some(link) = link.filter(|link| link.created) {
                        self.kept.ours.insert(action.key.clone(), link.written);
                    }
                    if self.has(Bug::B70) {
                        let anew = Action {
                            act: Act::Create,
                            ..action.clone()
                        };
                        self.transmit(&anew).await?;
                    }
                    Ok(Settled::Again)
                }
                Answer::Refused => Ok(Settled::Is(Outcome::Failed)),
            },
            (Act::Disable | Act::Delete, _) if action.removes => {
                self.settle_removal(action, &answer)?;
                Ok(Settled::Gone)
            }
            _ => Ok(Settled::Is(match answer {
                Answer::Done(_) => action.then,
                Answer::NotFound | Answer::Duplicate | Answer::Refused => Outcome::Failed,
            })),
        }
    }

    fn settle_removal(&mut self, action: &Action, answer: &Answer) -> Result<(), Trouble> {
        match answer {
            Answer::NotFound if self.has(Bug::B68) => {
                return Err(Trouble::Ends(format!("{} is not there", action.name)));
            }
            Answer::Done(_) | Answer::NotFound => {}
            // They are tried again in the next run.
            Answer::Duplicate | Answer::Refused => return Ok(()),
        }
        self.kept.due.remove(&action.key);
        self.kept.leaving.retain(|id| *id != action.id);
        let gone = matches!(action.act, Act::Delete) || matches!(answer, Answer::NotFound);
        if gone {
            self.kept.links.remove(&action.key);
        } else if let Some(link) = self.kept.links.get_mut(&action.key) {
            link.removed = true;
        }
        Ok(())
    }

    /// A write of which nobody knows whether it was applied.
    async fn settle_lost(&mut self, action: &Action) -> Result<Settled, Trouble> {
        if action.removes {
            return Ok(Settled::Gone);
        }
        if let (Act::Update(change), true) = (&action.act, self.has(Bug::B121)) {
            self.kept.outbox.insert(action.key.clone(), change.clone());
        }
        if matches!(action.act, Act::Create) && self.has(Bug::B48) || self.has(Bug::B73) {
            self.kept.given_up.insert(action.key.clone());
        }
        let (Act::Create, Some((user, _))) = (&action.act, &action.user) else {
            return Ok(Settled::Is(Outcome::Failed));
        };
        if self.kept.given_up.contains(&action.key) {
            return Ok(Settled::Is(Outcome::Failed));
        }
        match self.zoom.look_up(&user.username).await {
            Ok(found) => self.view.users.extend(found),
            Err(Trouble::Lost(_)) => return Ok(Settled::Is(Outcome::Failed)),
            Err(trouble) => return Err(trouble),
        }
        Ok(Settled::Again)
    }

    async fn settle_create(
        &mut self,
        action: &Action,
        user: &DirectoryUser,
        rule: &Rule,
        answer: Answer,
    ) -> Result<Settled, Trouble> {
        match answer {
            Answer::Done(account) => {
                let id = id(&account);
                if id.is_empty() && !self.has(Bug::B42) {
                    return self.settle_lost(action).await;
                }
                let mut link = Link::new(id, true, &rule.id);
                link.written = self.wanted(user, rule);
                let id = link.id.clone();
                self.kept.links.insert(action.key.clone(), link);
                self.kept.ours.remove(&action.key);
                self.kept.intents.remove(&action.key);
                self.view.users.push(account);
                // Zoom creates active users alone.
                if !user.enabled
                    && self.policies.disabled_at_creation == DisabledAtCreation::CreateInactive
                    && !self.has(Bug::B20)
                {
                    self.deactivate(action, &id).await?;
                }
                Ok(Settled::Is(Outcome::Success))
            }
            Answer::Duplicate if self.has(Bug::B38) => Ok(Settled::Is(Outcome::Success)),
            Answer::Duplicate if self.has(Bug::B46) => {
                self.kept.given_up.insert(action.key.clone());
                Ok(Settled::Is(Outcome::Failed))
            }
            Answer::Duplicate => {
                self.kept.intents.remove(&action.key);
                let found = match self.zoom.look_up(&user.username).await {
                    Ok(found) => found,
                    Err(Trouble::Lost(_)) => None,
                    Err(trouble) => return Err(trouble),
                };
                let found = found.or_else(|| self.similar(user));
                let linked = self.linked_ids();
                // Who is not there and is found is another run's business.
                let is_free = |account: &Value| {
                    let id = id(account);
                    !linked.contains(&id) && !self.denied.contains(&id)
                };
                match found.filter(is_free) {
                    Some(account) if self.policies.adopt_existing => {
                        let ours = self.kept.ours.remove(&action.key);
                        self.adopt(user, rule, &account, ours).await?;
                        self.view.users.push(account);
                        Ok(Settled::Again)
                    }
                    _ => Ok(Settled::Is(Outcome::Failed)),
                }
            }
            Answer::NotFound | Answer::Refused => {
                self.kept.intents.remove(&action.key);
                Ok(Settled::Is(Outcome::Failed))
            }
        }
    }

    /// Deactivates an account that was created for somebody who is disabled.
    async fn deactivate(&mut self, action: &Action, id: &str) -> Result<(), Trouble> {
        let action = Action {
            id: id.to_owned(),
            act: Act::Disable,
            ..action.clone()
        };
        let answer = self.transmit(&action).await;
        self.audit(&action, matches!(answer, Ok(Answer::Done(_))));
        match answer {
            Ok(_) | Err(Trouble::Lost(_)) => Ok(()),
            Err(trouble) => Err(trouble),
        }
    }

    /// B40: somebody of the same domain.
    fn similar(&self, user: &DirectoryUser) -> Option<Value> {
        if !self.has(Bug::B40) {
            return None;
        }
        let domain = |address: &str| address.split('@').nth(1).map(str::to_owned);
        let linked = self.linked_ids();
        let users = self.view.users.iter();
        users
            .filter(|account| !linked.contains(&id(account)))
            .find(|account| domain(user_name(account)) == domain(&user.username))
            .cloned()
    }

    /// Links an account that was there before; or one that is ours, of which we know what it was given.
    pub(super) async fn adopt(
        &mut self,
        user: &DirectoryUser,
        rule: &Rule,
        account: &Value,
        ours: Option<Values>,
    ) -> Result<(), Trouble> {
        let mut link = Link::new(id(account), ours.is_some(), &rule.id);
        let read = self.zoom.get(&link.id).await?;
        link.written = attributes(read.as_ref().unwrap_or(account));
        // What no read shows is believed to be as it should be, unless we know better.
        let mut unseen = ours.unwrap_or_else(|| self.wanted(user, rule));
        unseen.retain(|attribute, _| attribute.listed() == Listed::Nowhere);
        link.written.extend(unseen);
        self.kept.links.insert(self.key(user), link);
        Ok(())
    }

    fn remember(
        &mut self,
        key: &str,
        user: &DirectoryUser,
        rule: &Rule,
        change: &Map<String, Value>,
    ) {
        let (wanted, emptied) = (self.wanted(user, rule), self.emptied(user, rule));
        if let Some(link) = self.kept.links.get_mut(key) {
            link.written.extend(wanted);
            link.written
                .retain(|attribute, _| !emptied.contains(attribute));
            link.removed = false;
            let sent = Value::Object(change.clone()).to_string();
            let times = if link.in_vain.0 == sent {
                link.in_vain.1 + 1
            } else {
                1
            };
            link.in_vain = (sent, times);
        }
    }

    /// Where the address is refused, the rest goes out without it.
    async fn send_the_rest(
        &mut self,
        action: &Action,
        user: &DirectoryUser,
        rule: &Rule,
        change: &Map<String, Value>,
    ) -> Result<(), Trouble> {
        let mut rest = change.clone();
        if rest.remove("emails").is_none() || rest.is_empty() || self.has(Bug::B108) {
            return Ok(());
        }
        let retry = Action {
            act: match action.act {
                // There the account was activated by itself.
                Act::Enable(_) if !self.is(Control::G04) => Act::Enable(rest.clone()),
                _ => Act::Update(rest.clone()),
            },
            ..action.clone()
        };
        let answer = self.transmit(&retry).await;
        let done = matches!(answer, Ok(Answer::Done(_)));
        self.audit(&retry, done);
        match answer {
            Ok(Answer::Done(_)) => self.remember(&action.key, user, rule, &rest),
            Ok(_) | Err(Trouble::Lost(_)) => {}
            Err(trouble) => return Err(trouble),
        }
        Ok(())
    }

    /// Whether an account is a user's, by its address.
    pub(super) fn is_of(&self, account: &Value, user: &DirectoryUser) -> bool {
        same_user(self.zoom.variant, account, &user.username)
    }
}

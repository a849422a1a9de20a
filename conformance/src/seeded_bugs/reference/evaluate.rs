//! What a user needs: at most one action, from what the directory, the flags and Zoom say now.

use serde_json::{Map, Value};

use super::super::bug::Bug;
use super::super::variant::Control;
use super::super::zoom::{Trouble, id};
use super::Running;
use super::attributes::is_active;
use super::kept::Outcome;
use super::send::{Act, Action};
use crate::oracle::fold;
use crate::scenario::{DirectoryUser, DisabledAtCreation, Rule};

/// How often the same update is sent that Zoom takes and does not do.
const MAX_IN_VAIN: u32 = 3;

/// What a user needs.
pub(super) enum Need {
    /// Nothing; they are counted so.
    Nothing(Outcome),
    /// This.
    Act(Box<Action>),
}

impl Running {
    pub(super) async fn evaluate(
        &mut self,
        user: &DirectoryUser,
        rule: &Rule,
        deep: bool,
    ) -> Result<Need, Trouble> {
        let key = self.key(user);
        if self.kept.given_up.contains(&key) {
            return Ok(Need::Nothing(Outcome::Failed));
        }
        let mut lost = false;
        if let Some(link) = self.kept.links.get_mut(&key) {
            link.rule.clone_from(&rule.id);
            let linked = link.id.clone();
            if let Some(account) = self.linked(&linked, deep).await? {
                return Ok(self.compare(user, rule, &account, deep));
            }
            self.kept.links.remove(&key);
            lost = true;
        }
        let adopts = self.policies.adopt_existing || self.kept.intents.contains_key(&key);
        if !lost
            && adopts
            && let Some(account) = self.unlinked(user).await?
        {
            if self.has(Bug::B02) && !self.flags().create {
                return Ok(Need::Nothing(Outcome::Unsynced));
            }
            let known = self.kept.ours.remove(&key);
            let ours = self.kept.intents.remove(&key).or(known);
            self.adopt(user, rule, &account, ours).await?;
            return Ok(self.compare(user, rule, &account, deep));
        }
        Ok(self.need_of_nobody(user, rule, lost))
    }

    /// What a user without an account needs.
    fn need_of_nobody(&self, user: &DirectoryUser, rule: &Rule, lost: bool) -> Need {
        let creates_inactive =
            self.policies.disabled_at_creation == DisabledAtCreation::CreateInactive;
        if !user.enabled && !creates_inactive && !self.has(Bug::B21) {
            return Need::Nothing(Outcome::Unsynced);
        }
        let allowed = self.flags().create || self.has(Bug::B01);
        if !allowed || (lost && !self.policies.recreate_missing) {
            return Need::Nothing(if self.has(Bug::B109) {
                Outcome::Success
            } else {
                Outcome::Unsynced
            });
        }
        self.act(user, rule, String::new(), Act::Create, Outcome::Success)
    }

    /// The account that has the user's address and that nobody is linked to.
    async fn unlinked(&self, user: &DirectoryUser) -> Result<Option<Value>, Trouble> {
        let linked = self.linked_ids();
        let free = |account: &Value| !linked.contains(&id(account)) || self.has(Bug::B37);
        let listed = self.view.users.iter();
        let found = listed
            .filter(|account| self.is_of(account, user))
            .find(|account| free(account));
        // G02 learns of it by the duplicate that its create is.
        if self.is(Control::G02) && self.flags().create && user.enabled && !self.open(user) {
            return Ok(None);
        }
        let known = self.view.complete && !self.is(Control::G01);
        if found.is_some() || known || self.looked_up.contains(&fold(&user.username)) {
            return Ok(found.cloned());
        }
        let found = self.zoom.look_up(&user.username).await?;
        Ok(found.filter(free))
    }

    /// Whether a create of the user was sent, and nothing is known of it.
    fn open(&self, user: &DirectoryUser) -> bool {
        self.kept.intents.contains_key(&self.key(user))
    }

    /// What a user needs whose account is known.
    fn compare(&self, user: &DirectoryUser, rule: &Rule, account: &Value, deep: bool) -> Need {
        let flags = self.flags();
        let change = self.change(user, rule, account, deep);
        let waiting = flags.update && !change.is_empty();
        let settled = if waiting {
            Outcome::Partial
        } else {
            Outcome::Success
        };
        let act = |act, then| self.act(user, rule, id(account), act, then);
        match (user.enabled, is_active(account)) {
            (true, true) if change.is_empty() => Need::Nothing(Outcome::Success),
            (true, true) if flags.update || self.has(Bug::B03) => {
                if self.is_in_vain(user, &change) {
                    return Need::Nothing(Outcome::Partial);
                }
                act(Act::Update(change), Outcome::Success)
            }
            (true, true) if self.has(Bug::B110) => Need::Nothing(Outcome::Success),
            (true, false) if self.has(Bug::B27) && self.was_removed(user) => {
                self.act(user, rule, String::new(), Act::Create, Outcome::Success)
            }
            (true, false) if flags.update || self.has(Bug::B05) => {
                let mut all = change;
                all.extend(self.body(&self.wanted(user, rule)));
                act(Act::Enable(all), Outcome::Success)
            }
            (true, _) => Need::Nothing(Outcome::Partial),
            (false, true) => {
                let disable = if self.has(Bug::B04) {
                    flags.update
                } else {
                    self.may_disable()
                };
                if disable || self.has(Bug::B06) {
                    act(Act::Disable, settled)
                } else if waiting {
                    act(Act::Update(change), Outcome::Partial)
                } else {
                    Need::Nothing(Outcome::Partial)
                }
            }
            (false, false) => Need::Nothing(settled),
        }
    }

    /// Whether Zoom has taken this update so often and not done it that it is of no use.
    fn is_in_vain(&self, user: &DirectoryUser, change: &Map<String, Value>) -> bool {
        let sent = Value::Object(change.clone()).to_string();
        let link = self.kept.links.get(&self.key(user));
        link.is_some_and(|link| link.in_vain.0 == sent && link.in_vain.1 >= MAX_IN_VAIN)
            && !self.has(Bug::B107)
    }

    fn was_removed(&self, user: &DirectoryUser) -> bool {
        let link = self.kept.links.get(&self.key(user));
        link.is_some_and(|link| link.removed)
    }

    fn act(&self, user: &DirectoryUser, rule: &Rule, id: String, act: Act, then: Outcome) -> Need {
        let names = [user.given_name.as_deref(), user.family_name.as_deref()];
        let names: Vec<&str> = names.into_iter().flatten().collect();
        Need::Act(Box::new(Action {
            key: self.key(user),
            user: Some((user.clone(), rule.clone())),
            id,
            name: names.join(" "),
            act,
            then,
            removes: false,
        }))
    }
}

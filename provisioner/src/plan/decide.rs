//! The decision for one user.

use compact_str::CompactString;

use super::account::{Account, fold};
use super::row::{Flag, Row, Status};
use super::{Action, Change, Desired, LinkChange, PlanInput, Removed, Write, unlisted};
use crate::connection::{Connection, DisabledAtCreation, RemoveAction, RuleDeletionRemoves};
use crate::links::{Link, Origin};
use crate::rule::{Attribute, Shown};

/// An action that does nothing yet.
fn nothing(user: &str, username: &str, row: Row, status: Status) -> Action {
    Action {
        user: user.into(),
        username: username.into(),
        row,
        via: None,
        write: None,
        link: LinkChange::Keep,
        status,
        refused_by: None,
        note: None,
        held: None,
    }
}

/// Decides about a user in scope.
pub(crate) fn decide(input: &PlanInput<'_>, desired: &Desired, link: Option<Link>) -> Action {
    if !is_address(&desired.address) {
        let mut action = nothing(&desired.user, &desired.address, Row::O1, Status::Failed);
        action.note = Some("the username is no e-mail address, and Zoom takes no other".to_owned());
        return action;
    }
    let mut via = None;
    let link = match link {
        Some(mut link) => {
            if link.rule != desired.rule {
                via = Some(Row::O14);
                link.rule.clone_from(&desired.rule);
            }
            Some(link)
        }
        None => adopted(input, desired).inspect(|_| via = Some(Row::O3)),
    };
    let why = {
        let id = link.as_ref().map(|link| link.zoom_id.as_str());
        let asked = [desired.user.as_str(), &desired.address];
        let mut asked = asked.into_iter().chain(id);
        asked.find_map(|one| input.zoom.unread(one))
    };
    if let Some(why) = why {
        let row = if link.is_some() { Row::O4 } else { Row::O1 };
        return unread(&desired.user, &desired.address, row, why);
    }
    let mut action = match link {
        None => create(input.connection, desired, Row::O1),
        Some(link) => match input.zoom.by_id(&link.zoom_id) {
            None => missing(input.connection, desired),
            Some(account) => {
                if link.removed && desired.enabled && !account.active {
                    via = via.or(Some(Row::O22));
                }
                linked(input, desired, link, account)
            }
        },
    };
    action.via = via;
    action
}

/// What Zoom holds of a user could not be read, so that nothing is done about them; the others go on.
fn unread(user: &str, username: &str, row: Row, why: &str) -> Action {
    let mut action = nothing(user, username, row, Status::Failed);
    action.note = Some(why.to_owned());
    action
}

/// O3: an account of the same userName that nobody is linked to.
fn adopted(input: &PlanInput<'_>, desired: &Desired) -> Option<Link> {
    if !input.connection.policies.adopt_existing {
        return None;
    }
    let account = input.zoom.by_name(&desired.address)?;
    let is_linked = input.links.values().any(|link| link.zoom_id == account.id);
    (!is_linked).then(|| adopted_link(desired, account))
}

/// The link of an account that was there before. What a get shows is known from Zoom. What no read shows
/// counts as equal until it changes at the source: it is no reason to write by itself.
pub(crate) fn adopted_link(desired: &Desired, account: &Account) -> Link {
    let known =
        desired
            .attributes
            .iter()
            .filter_map(|(attribute, value)| match attribute.shown() {
                Shown::ByList => None,
                Shown::ByGet => Some((*attribute, account.attributes.get(attribute)?.clone())),
                Shown::ByNone => Some((*attribute, value.clone())),
            });
    Link {
        user: desired.user.clone(),
        zoom_id: account.id.clone(),
        origin: Origin::Adopted,
        rule: desired.rule.clone(),
        known: known.collect(),
        removed: false,
    }
}

/// O1 and O2: nobody is linked and nobody is there.
fn create(connection: &Connection, desired: &Desired, row: Row) -> Action {
    let inactive = !desired.enabled;
    if inactive && connection.policies.disabled_at_creation == DisabledAtCreation::Skip {
        return nothing(&desired.user, &desired.address, Row::O2, Status::Unsynced);
    }
    let row = if inactive { Row::O2 } else { row };
    let mut action = nothing(&desired.user, &desired.address, row, Status::Unsynced);
    if connection.flags.create {
        action.write = Some(Write::Create {
            desired: Box::new(desired.clone()),
            then_deactivate: inactive,
        });
        action.link = LinkChange::Create;
        action.status = Status::Success;
    } else {
        action.refused_by = Some(Flag::CreateUsers);
    }
    action
}

/// O15: the linked account is gone.
pub(crate) fn missing(connection: &Connection, desired: &Desired) -> Action {
    let mut action = if connection.policies.recreate_missing {
        create(connection, desired, Row::O15)
    } else {
        nothing(&desired.user, &desired.address, Row::O15, Status::Unsynced)
    };
    if action.write.is_none() {
        action.link = LinkChange::Drop;
    }
    action
}

/// O4 to O8, O16 and O22: the account is there.
fn linked(input: &PlanInput<'_>, desired: &Desired, link: Link, account: &Account) -> Action {
    let connection = input.connection;
    let change = change(input, desired, &link, account);
    let row = match (desired.enabled, account.active) {
        (true, true) if change.is_empty() => Row::O5,
        (true, true) if change.email.is_some() => Row::O16,
        (true, true) => Row::O4,
        (true, false) => Row::O6,
        (false, true) => Row::O7,
        (false, false) => Row::O8,
    };
    let mut action = nothing(&desired.user, &desired.address, row, Status::Success);
    let update = connection.flags.update;
    let written = match (desired.enabled, account.active) {
        (true, true) if change.is_empty() => None,
        (true, true) if update => Some(change),
        (true, false) if update => Some(Change {
            activate: true,
            ..change
        }),
        (true, _) => {
            action.status = Status::Partial;
            action.refused_by = Some(Flag::UpdateUsers);
            None
        }
        (false, true) if connection.may_disable() => {
            action.write = Some(Write::Deactivate {
                zoom_id: account.id.clone(),
            });
            action.status = waiting(update, &change);
            None
        }
        (false, true) => {
            action.status = Status::Partial;
            action.refused_by = Some(Flag::DisableUsers);
            (update && !change.is_empty()).then_some(change)
        }
        (false, false) => {
            action.status = waiting(update, &change);
            None
        }
    };
    let mut link = link;
    if let Some(change) = written {
        link.known.extend(unlisted(desired));
        link.removed = false;
        action.write = Some(Write::Update {
            zoom_id: account.id.clone(),
            change: Box::new(change),
        });
    }
    if input.links.get(&desired.user) != Some(&link) {
        action.link = LinkChange::Set(Box::new(link));
    }
    action
}

/// Attributes that differ, and that update would send, wait for the re-enable: Zoom takes no update of an
/// inactive user.
fn waiting(update: bool, change: &Change) -> Status {
    if update && !change.is_empty() {
        Status::Partial
    } else {
        Status::Success
    }
}

/// What an update has to carry.
fn change(input: &PlanInput<'_>, desired: &Desired, link: &Link, account: &Account) -> Change {
    // The deactivation took the licence; it comes back with the re-enable, which a disabled user waits for.
    let waits = !desired.enabled && !account.active;
    let differs = |attribute: Attribute, value: &str| {
        if waits && attribute == Attribute::UserType {
            return false;
        }
        let held = match attribute.shown() {
            Shown::ByList => account.attributes.get(&attribute),
            Shown::ByGet if input.deep => account.attributes.get(&attribute),
            Shown::ByGet | Shown::ByNone => link.known.get(&attribute),
        };
        held.map_or("", CompactString::as_str) != value
    };
    let email = desired
        .email
        .as_ref()
        .filter(|email| fold(email) != fold(&account.user_name));
    let attributes = desired
        .attributes
        .iter()
        .filter(|(attribute, value)| differs(**attribute, value));
    Change {
        activate: false,
        email: email.cloned(),
        attributes: attributes
            .map(|(attribute, value)| (*attribute, value.clone()))
            .collect(),
    }
}

/// O9, O10, O11 and O21: linked, and not in scope any more.
pub(crate) fn decide_removed(input: &PlanInput<'_>, removed: &Removed, link: &Link) -> Action {
    let connection = input.connection;
    let asked = [&removed.user, &link.zoom_id];
    if let Some(why) = asked.into_iter().find_map(|one| input.zoom.unread(one)) {
        return unread(&removed.user, &removed.user, Row::O9, why);
    }
    let Some(account) = input.zoom.by_id(&link.zoom_id) else {
        let mut action = nothing(&removed.user, &removed.user, Row::O11, Status::Removed);
        action.link = LinkChange::Drop;
        return action;
    };
    let row = match (account.active, removed.disabled) {
        (true, false) => Row::O9,
        (true, true) => Row::O21,
        (false, _) => Row::O10,
    };
    let mut action = nothing(&removed.user, &account.user_name, row, Status::Removed);
    if connection.flags.deprovision {
        remove(connection, account, link, &mut action);
    } else if removed.disabled && account.active && connection.may_disable() {
        deactivate(account, link, &mut action);
    } else if account.active || connection.remove_action == RemoveAction::Delete {
        action.refused_by = Some(Flag::DeprovisionUsers);
    }
    action
}

/// O13: the rule that cared for the user is gone. `None` for an account stands for one that need not be read.
pub(crate) fn decide_rule_deleted(
    connection: &Connection,
    link: &Link,
    account: Option<&Account>,
) -> Action {
    let username = account.map_or(link.user.as_str(), |account| account.user_name.as_str());
    let mut action = nothing(&link.user, username, Row::O13, Status::Removed);
    if !removes_on_rule_deletion(connection, link) {
        let switch = connection.deprovision_on_rule_deletion;
        action.refused_by = match switch {
            false => Some(Flag::DeprovisionOnRuleDeletion),
            true if link.origin == Origin::Created => Some(Flag::DeprovisionUsers),
            true => None,
        };
    } else if let Some(account) = account {
        remove(connection, account, link, &mut action);
    }
    action.link = LinkChange::Drop;
    action
}

/// Whether a rule's deletion does anything to the account of a link in its care.
pub(crate) fn removes_on_rule_deletion(connection: &Connection, link: &Link) -> bool {
    let policies = connection.policies;
    let allowed = connection.flags.deprovision || !policies.rule_deletion_needs_deprovision;
    let meant = link.origin == Origin::Created
        || policies.rule_deletion_removes == RuleDeletionRemoves::Linked;
    connection.deprovision_on_rule_deletion && allowed && meant
}

fn remove(connection: &Connection, account: &Account, link: &Link, action: &mut Action) {
    match connection.remove_action {
        RemoveAction::Delete => {
            action.write = Some(Write::Delete {
                zoom_id: account.id.clone(),
            });
            action.link = LinkChange::Drop;
        }
        RemoveAction::Disable if account.active => deactivate(account, link, action),
        RemoveAction::Disable => {}
    }
}

fn deactivate(account: &Account, link: &Link, action: &mut Action) {
    action.write = Some(Write::Deactivate {
        zoom_id: account.id.clone(),
    });
    action.link = LinkChange::Set(Box::new(Link {
        removed: true,
        ..link.clone()
    }));
}

/// Something before and after one `@`, without spaces.
fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        let clean = |part: &str| {
            !part.is_empty()
                && !part.contains(|c: char| c == '@' || c.is_whitespace() || c.is_control())
        };
        clean(local) && clean(domain)
    })
}

//! What an administrator does: in Zoom's own pages, and to the connection.

use std::collections::BTreeMap;

use super::chance::Chance;
use super::people::{new_address, stranger};
use super::state::State;
use crate::configuration::{Configuration, RemoveAction};
use crate::scenario::{Attribute, Change, Step, ZoomEdit};

/// How far the clock jumps, in seconds.
const JUMPS_S: [u64; 3] = [60, 3_600, 24 * 3_600];

/// Something is done in Zoom's own pages.
pub(super) fn edit(state: &mut State, chance: &mut Chance) -> bool {
    match chance.below(8) {
        0 => stranger(state, chance),
        1 => {
            let address = new_address(state, chance);
            let foreign = address.map(|user_name| ZoomEdit::Foreign { user_name });
            foreign.is_some_and(|edit| state.takes(vec![Step::Zoom { edit }]))
        }
        _ => of_an_account(state, chance),
    }
}

fn of_an_account(state: &mut State, chance: &mut Chance) -> bool {
    let accounts: Vec<(String, bool)> = state
        .tracked
        .walk
        .accounts()
        .map(|account| (account.user_name.clone(), account.active))
        .collect();
    let Some((user_name, active)) = chance.of(&accounts).cloned() else {
        return false;
    };
    let set = |attribute, value: &str| Change {
        attributes: BTreeMap::from([(attribute, value.to_owned())]),
        ..Change::default()
    };
    let change = match chance.below(5) {
        0 => {
            let edit = ZoomEdit::Remove { user_name };
            return state.takes(vec![Step::Zoom { edit }]);
        }
        1 => Change {
            active: Some(!active),
            ..Change::default()
        },
        2 => set(Attribute::Department, "By hand"),
        3 => set(Attribute::Title, "By hand"),
        _ => Change {
            cost_center: Some("CC-7".to_owned()),
            ..Change::default()
        },
    };
    let edit = ZoomEdit::Change { user_name, change };
    state.takes(vec![Step::Zoom { edit }])
}

/// A switch is flipped, the connection goes off or comes on, time passes, or the provisioner is started again.
pub(super) fn switch(state: &mut State, chance: &mut Chance) -> bool {
    let now = state.tracked.configuration;
    let is_on = state.is_on();
    let configure = |configuration, enabled| Step::Configure {
        configuration,
        enabled,
    };
    let steps = match chance.below(12) {
        // A run sees that it is off.
        0 if is_on => vec![configure(now, false), Step::CHANGED],
        0..=5 if !is_on => vec![configure(now, true)],
        9 | 10 => {
            let seconds = chance.of(&JUMPS_S).copied().unwrap_or_default();
            vec![Step::Advance { seconds }]
        }
        11 => vec![Step::Restart],
        _ => vec![configure(flipped(now, chance), is_on)],
    };
    state.trouble.is_none() && state.takes(steps)
}

fn flipped(now: Configuration, chance: &mut Chance) -> Configuration {
    let mut flipped = now;
    match chance.below(6) {
        0 => flipped.create = !now.create,
        1 => flipped.update = !now.update,
        2 => flipped.disable = !now.disable,
        3 => flipped.deprovision = !now.deprovision,
        4 => {
            flipped.remove_action = match now.remove_action {
                RemoveAction::Disable => RemoveAction::Delete,
                RemoveAction::Delete => RemoveAction::Disable,
            }
        }
        _ => flipped.deprovision_on_rule_deletion = !now.deprovision_on_rule_deletion,
    }
    flipped
}

/// A rule is deleted. Who deletes it is not told what else happened, and may look at everybody afterwards.
pub(super) fn rule_deletion(state: &mut State, chance: &mut Chance) -> bool {
    let Some(rule) = chance.of(&state.rules).cloned() else {
        return false;
    };
    state.trouble.is_none() && state.takes(vec![Step::FULL, Step::DeleteRule { rule }, Step::FULL])
}

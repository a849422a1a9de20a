//! The decision table: who stands where, what Zoom holds, which switches are on, hence what happens.

use serde::{Deserialize, Serialize};

use super::Row;
use crate::configuration::{Configuration, RemoveAction};
use crate::scenario::{ActiveGate, DisabledAtCreation, Policies};

/// How a user stands to the rules of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Matched by a rule and enabled.
    Enabled,
    /// Matched by a rule and disabled.
    Disabled,
    /// Linked, and now deleted at the source or out of scope.
    Removed,
    /// Linked, still in the directory, disabled there and out of scope.
    RemovedAndDisabled,
    /// Linked by a rule that has been deleted.
    RuleDeleted,
}

/// What Zoom holds for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoomSide {
    /// No account, and the address is free.
    Nothing,
    /// No account to be seen, and a create is refused as a duplicate.
    Refused,
    /// A linked account that may be used.
    Active,
    /// A linked account that is deactivated.
    Inactive,
    /// The linked id is gone.
    Gone,
}

/// How the linked account differs from the directory, by the mapped attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// Not at all.
    Equal,
    /// In attributes.
    Attributes,
    /// In the address, and perhaps in attributes.
    Address,
    /// In the address, which somebody else has.
    TakenAddress,
}

/// Everything that a decision depends on beside the switches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    /// How the user stands.
    pub standing: Standing,
    /// What Zoom holds.
    pub zoom: ZoomSide,
    /// How the two differ.
    pub difference: Difference,
}

/// A switch or policy that a line needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Create is allowed.
    C,
    /// Update is allowed.
    U,
    /// Disable is allowed; under the policy `active_gate = update`, update is.
    D,
    /// Deprovision is allowed.
    P,
    /// The remove action is disable.
    RemoveByDisable,
    /// The remove action is delete.
    RemoveByDelete,
    /// Deprovision on rule deletion is on, and deprovision allowed where the policy asks for it.
    X,
    /// The policy `disabled_at_creation` is `create_inactive`.
    CreateInactive,
    /// The policy `recreate_missing` is on.
    RecreateMissing,
}

/// What is done to Zoom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// No write.
    Nothing,
    /// An account with the mapped attributes.
    Create,
    /// The same, deactivated.
    CreateInactive,
    /// A create that Zoom refuses.
    RefusedCreate,
    /// The mapped attributes that differ, `active` not among them.
    Update,
    /// An update that Zoom refuses, because somebody has the address.
    RefusedUpdate,
    /// `active` true, and the mapped attributes.
    Enable,
    /// `active` false and nothing else.
    Disable,
    /// The account is deleted.
    Delete,
}

impl Effect {
    /// Whether Zoom holds something else afterwards.
    #[must_use]
    pub fn is_write(self) -> bool {
        !matches!(
            self,
            Self::Nothing | Self::RefusedCreate | Self::RefusedUpdate
        )
    }
}

/// How a user is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Zoom matches the source.
    Success,
    /// No account at Zoom.
    Unsynced,
    /// An account that may be out of date because a flag kept it so.
    Partial,
    /// Success or Partial: the semantics give both readings.
    SuccessOrPartial,
    /// An error.
    Failed,
    /// No longer impacted.
    Gone,
}

/// One line of the table. It fits when standing and Zoom side are equal, the difference is one of
/// `differences`, and every gate holds.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// The row that the line belongs to.
    pub row: Row,
    /// How the user stands.
    pub standing: Standing,
    /// What Zoom holds.
    pub zoom: ZoomSide,
    /// How the two may differ.
    pub differences: &'static [Difference],
    /// What has to be on.
    pub gates: &'static [Gate],
    /// What then happens.
    pub effect: Effect,
    /// How the user is then counted.
    pub status: Status,
}

const ANY: &[Difference] = &[
    Difference::Equal,
    Difference::Attributes,
    Difference::Address,
    Difference::TakenAddress,
];
const EQUAL: &[Difference] = &[Difference::Equal];
const ATTRIBUTES: &[Difference] = &[Difference::Attributes];
const ADDRESS: &[Difference] = &[Difference::Address];
const TAKEN: &[Difference] = &[Difference::TakenAddress];
const SOME: &[Difference] = &[
    Difference::Attributes,
    Difference::Address,
    Difference::TakenAddress,
];

const fn line(
    row: Row,
    (standing, zoom, differences): (Standing, ZoomSide, &'static [Difference]),
    gates: &'static [Gate],
    effect: Effect,
    status: Status,
) -> Line {
    Line {
        row,
        standing,
        zoom,
        differences,
        gates,
        effect,
        status,
    }
}

/// The table. Lines of one situation stand together, the one with the most gates first; the last of
/// them has no gate, so that every situation has a line.
pub static LINES: &[Line] = {
    use Effect as E;
    use Gate::{C, CreateInactive, D, P, RecreateMissing, RemoveByDelete, RemoveByDisable, U, X};
    use Row::{O1, O2, O4, O5, O6, O7, O8, O9, O10, O11, O13, O15, O16, O18, O21};
    use Standing::{Disabled, Enabled, Removed, RemovedAndDisabled, RuleDeleted};
    use Status as S;
    use ZoomSide::{Active, Gone, Inactive, Nothing, Refused};
    &[
        line(O1, (Enabled, Nothing, ANY), &[C], E::Create, S::Success),
        line(O1, (Enabled, Nothing, ANY), &[], E::Nothing, S::Unsynced),
        line(
            O18,
            (Enabled, Refused, ANY),
            &[C],
            E::RefusedCreate,
            S::Failed,
        ),
        line(O1, (Enabled, Refused, ANY), &[], E::Nothing, S::Unsynced),
        line(O5, (Enabled, Active, EQUAL), &[], E::Nothing, S::Success),
        line(
            O4,
            (Enabled, Active, ATTRIBUTES),
            &[U],
            E::Update,
            S::Success,
        ),
        line(
            O4,
            (Enabled, Active, ATTRIBUTES),
            &[],
            E::Nothing,
            S::Partial,
        ),
        line(O16, (Enabled, Active, ADDRESS), &[U], E::Update, S::Success),
        line(O16, (Enabled, Active, ADDRESS), &[], E::Nothing, S::Partial),
        line(
            O16,
            (Enabled, Active, TAKEN),
            &[U],
            E::RefusedUpdate,
            S::Failed,
        ),
        line(O16, (Enabled, Active, TAKEN), &[], E::Nothing, S::Partial),
        line(
            O16,
            (Enabled, Inactive, TAKEN),
            &[U],
            E::RefusedUpdate,
            S::Failed,
        ),
        line(O6, (Enabled, Inactive, ANY), &[U], E::Enable, S::Success),
        line(O6, (Enabled, Inactive, ANY), &[], E::Nothing, S::Partial),
        line(
            O15,
            (Enabled, Gone, ANY),
            &[C, RecreateMissing],
            E::Create,
            S::Success,
        ),
        line(O15, (Enabled, Gone, ANY), &[], E::Nothing, S::Unsynced),
        line(
            O2,
            (Disabled, Nothing, ANY),
            &[C, CreateInactive],
            E::CreateInactive,
            S::Success,
        ),
        line(O2, (Disabled, Nothing, ANY), &[], E::Nothing, S::Unsynced),
        line(
            O18,
            (Disabled, Refused, ANY),
            &[C, CreateInactive],
            E::RefusedCreate,
            S::Failed,
        ),
        line(O2, (Disabled, Refused, ANY), &[], E::Nothing, S::Unsynced),
        line(O7, (Disabled, Active, EQUAL), &[D], E::Disable, S::Success),
        line(O7, (Disabled, Active, EQUAL), &[], E::Nothing, S::Partial),
        line(
            O7,
            (Disabled, Active, SOME),
            &[D, U],
            E::Disable,
            S::Partial,
        ),
        // Nothing waits, since update would not send it; yet Zoom does not match the source either.
        line(
            O7,
            (Disabled, Active, SOME),
            &[D],
            E::Disable,
            S::SuccessOrPartial,
        ),
        line(
            O16,
            (Disabled, Active, TAKEN),
            &[U],
            E::RefusedUpdate,
            S::Failed,
        ),
        line(O7, (Disabled, Active, SOME), &[U], E::Update, S::Partial),
        line(O7, (Disabled, Active, SOME), &[], E::Nothing, S::Partial),
        line(O8, (Disabled, Inactive, EQUAL), &[], E::Nothing, S::Success),
        line(O8, (Disabled, Inactive, SOME), &[U], E::Nothing, S::Partial),
        line(
            O8,
            (Disabled, Inactive, SOME),
            &[],
            E::Nothing,
            S::SuccessOrPartial,
        ),
        line(
            O15,
            (Disabled, Gone, ANY),
            &[C, RecreateMissing, CreateInactive],
            E::CreateInactive,
            S::Success,
        ),
        line(O2, (Disabled, Gone, ANY), &[], E::Nothing, S::Unsynced),
        line(
            O9,
            (Removed, Active, ANY),
            &[P, RemoveByDisable],
            E::Disable,
            S::Gone,
        ),
        line(
            O9,
            (Removed, Active, ANY),
            &[P, RemoveByDelete],
            E::Delete,
            S::Gone,
        ),
        line(O9, (Removed, Active, ANY), &[], E::Nothing, S::Gone),
        line(
            O21,
            (RemovedAndDisabled, Active, ANY),
            &[P, RemoveByDisable],
            E::Disable,
            S::Gone,
        ),
        line(
            O21,
            (RemovedAndDisabled, Active, ANY),
            &[P, RemoveByDelete],
            E::Delete,
            S::Gone,
        ),
        line(
            O21,
            (RemovedAndDisabled, Active, ANY),
            &[D],
            E::Disable,
            S::Gone,
        ),
        line(
            O21,
            (RemovedAndDisabled, Active, ANY),
            &[],
            E::Nothing,
            S::Gone,
        ),
        line(
            O10,
            (Removed, Inactive, ANY),
            &[P, RemoveByDelete],
            E::Delete,
            S::Gone,
        ),
        line(O10, (Removed, Inactive, ANY), &[], E::Nothing, S::Gone),
        line(
            O10,
            (RemovedAndDisabled, Inactive, ANY),
            &[P, RemoveByDelete],
            E::Delete,
            S::Gone,
        ),
        line(
            O10,
            (RemovedAndDisabled, Inactive, ANY),
            &[],
            E::Nothing,
            S::Gone,
        ),
        line(O11, (Removed, Gone, ANY), &[], E::Nothing, S::Gone),
        line(
            O11,
            (RemovedAndDisabled, Gone, ANY),
            &[],
            E::Nothing,
            S::Gone,
        ),
        line(
            O13,
            (RuleDeleted, Active, ANY),
            &[X, RemoveByDisable],
            E::Disable,
            S::Gone,
        ),
        line(
            O13,
            (RuleDeleted, Active, ANY),
            &[X, RemoveByDelete],
            E::Delete,
            S::Gone,
        ),
        line(O13, (RuleDeleted, Active, ANY), &[], E::Nothing, S::Gone),
        line(
            O13,
            (RuleDeleted, Inactive, ANY),
            &[X, RemoveByDelete],
            E::Delete,
            S::Gone,
        ),
        line(O13, (RuleDeleted, Inactive, ANY), &[], E::Nothing, S::Gone),
        line(O13, (RuleDeleted, Gone, ANY), &[], E::Nothing, S::Gone),
    ]
};

/// Whether a gate holds under a configuration and policies.
#[must_use]
pub fn holds(gate: Gate, configuration: Configuration, policies: Policies) -> bool {
    match gate {
        Gate::C => configuration.create,
        Gate::U => configuration.update,
        Gate::D => match policies.active_gate {
            ActiveGate::Disable => configuration.disable,
            ActiveGate::Update => configuration.update,
        },
        Gate::P => configuration.deprovision,
        Gate::RemoveByDisable => configuration.remove_action == RemoveAction::Disable,
        Gate::RemoveByDelete => configuration.remove_action == RemoveAction::Delete,
        Gate::X => {
            configuration.deprovision_on_rule_deletion
                && (configuration.deprovision || !policies.rule_deletion_needs_deprovision)
        }
        Gate::CreateInactive => policies.disabled_at_creation == DisabledAtCreation::CreateInactive,
        Gate::RecreateMissing => policies.recreate_missing,
    }
}

/// The opposite of what a line says: nothing where it writes, a write where it does nothing; where there is
/// nothing to write to, another status.
#[must_use]
pub fn flipped(line: &Line) -> (Effect, Status) {
    let effect = match (line.effect, line.standing, line.zoom) {
        (Effect::Nothing, Standing::Enabled, ZoomSide::Nothing) => Effect::Create,
        (Effect::Nothing, Standing::Enabled | Standing::Disabled, ZoomSide::Active) => {
            Effect::Disable
        }
        (Effect::Nothing, Standing::Enabled, ZoomSide::Inactive) => Effect::Enable,
        (
            Effect::Nothing,
            Standing::Removed | Standing::RemovedAndDisabled | Standing::RuleDeleted,
            ZoomSide::Active | ZoomSide::Inactive,
        ) => Effect::Delete,
        _ => Effect::Nothing,
    };
    let status = match line.status {
        _ if effect != line.effect => line.status,
        Status::Failed => Status::Success,
        Status::Gone => Status::Gone,
        Status::Success | Status::Unsynced | Status::Partial | Status::SuccessOrPartial => {
            Status::Failed
        }
    };
    (effect, status)
}

/// The line that decides a situation: the first that fits.
///
/// `None` only for a situation that cannot be: a removed user without a link.
#[must_use]
pub fn decide(
    situation: Situation,
    configuration: Configuration,
    policies: Policies,
) -> Option<&'static Line> {
    LINES.iter().find(|line| {
        line.standing == situation.standing
            && line.zoom == situation.zoom
            && line.differences.contains(&situation.difference)
            && line
                .gates
                .iter()
                .all(|gate| holds(*gate, configuration, policies))
    })
}

//! The attributes of Zoom's own extension of a user: licences, and what else it holds
//! (Zoom's SCIM2 reference).

use serde_json::{Map, Value};

use crate::scim::MAX_TEXT_BYTES;

/// How many attributes of an account's own a user may have (Zoom's SCIM2 reference).
const MAX_CUSTOM: usize = 5;
/// How many subscriptions a user may have: about as many as there are licences. Zoom names no limit.
const MAX_SUBSCRIPTIONS: usize = 40;
/// The longest name of an attribute that is not known. Zoom names no limit.
const MAX_NAME_BYTES: usize = 128;

/// What an attribute takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A text.
    Text,
    /// A licence: one of these numbers, as a text.
    Licence(&'static [u64]),
    /// A licence that is on or off.
    Switch,
}

/// Which answers show an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// All but a list's.
    Everywhere,
    /// Not the one to an update.
    NotOnUpdate,
    /// Not the one to a get.
    NotOnGet,
    /// Those to a create and an update.
    CreateAndUpdate,
    /// None.
    Nowhere,
}

struct Attribute {
    name: &'static str,
    kind: Kind,
    shown: Shown,
}

const fn text(name: &'static str, shown: Shown) -> Attribute {
    Attribute {
        name,
        kind: Kind::Text,
        shown,
    }
}

const fn licence(name: &'static str, values: &'static [u64]) -> Attribute {
    Attribute {
        name,
        kind: Kind::Licence(values),
        shown: Shown::Everywhere,
    }
}

const fn switch(name: &'static str, shown: Shown) -> Attribute {
    Attribute {
        name,
        kind: Kind::Switch,
        shown,
    }
}

const ATTRIBUTES: &[Attribute] = &[
    text("personalLinkName", Shown::Everywhere),
    text("pronouns", Shown::Everywhere),
    text("transferee", Shown::Everywhere),
    text("zoomRevenueAcceleratorRole", Shown::CreateAndUpdate),
    text("zoomPhoneExtNumber", Shown::Nowhere),
    text("zoomPhoneNumber", Shown::Nowhere),
    text("zoomPhoneSite", Shown::Nowhere),
    text("zoomPhoneCallingPlan", Shown::Nowhere),
    text("zoomPhoneCallingPlanSubscription", Shown::Nowhere),
    text("zoomContactCenterPackage", Shown::Nowhere),
    text("zoomContactCenterAddonsPlan", Shown::Nowhere),
    text("zoomContactCenterRole", Shown::Nowhere),
    text("zoomContactCenterRegion", Shown::Nowhere),
    text("zoomContactCenterUserTemplate", Shown::Nowhere),
    licence(
        "zoomUnited",
        &[
            1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536,
            131_072,
        ],
    ),
    licence("zoomOneBizPlus", &[16, 32, 64, 128, 33_554_432]),
    licence(
        "zoomOneEntPremier",
        &[
            134_217_728,
            268_435_456,
            536_870_912,
            1_073_741_824,
            2_147_483_648,
        ],
    ),
    licence(
        "zoomOneEduEntPremier",
        &[
            4_294_967_296,
            8_589_934_592,
            17_179_869_184,
            34_359_738_368,
            68_719_476_736,
        ],
    ),
    licence(
        "zoomOneSchoolCampusPlus",
        &[
            137_438_953_472,
            274_877_906_944,
            549_755_813_888,
            1_099_511_627_776,
            2_199_023_255_552,
        ],
    ),
    licence("zoomOneEdu", &[576_460_752_303_423_488]),
    licence("zoomAutoDialer", &[1_073_741_824]),
    licence("zoomFrontline", &[2048]),
    licence("cxInsights", &[1_099_511_627_776]),
    licence("zoomEnhancedMedia", &[4_503_599_627_370_496]),
    switch("zoomIQ", Shown::Everywhere),
    switch("zoomRevenueAccelerator", Shown::Everywhere),
    switch("zoomCustomerManagedKey", Shown::Everywhere),
    switch("zoomWhiteboard", Shown::Everywhere),
    switch("zoomWhiteboardPlus", Shown::Everywhere),
    switch("zoomTranslatedCaptions", Shown::Everywhere),
    switch("zoomHuddles", Shown::Everywhere),
    switch("zoomWorkforceManagement", Shown::Everywhere),
    switch("zoomQualityManagement", Shown::Everywhere),
    switch("zoomScheduler", Shown::Everywhere),
    switch("zoomClipsPlus", Shown::Everywhere),
    switch("zoomMailAndCalendar", Shown::NotOnUpdate),
    switch("visitorManagement", Shown::NotOnUpdate),
    switch("zoomComplianceManagement", Shown::Everywhere),
    switch("zoomDocs", Shown::Everywhere),
    switch("clinicalNotes", Shown::Everywhere),
    switch("zoomClinicians", Shown::Everywhere),
    switch("zoomCustomAICompanion", Shown::Everywhere),
    switch("zoomAICompanion", Shown::NotOnUpdate),
];

/// A plan that has seats of its own, and an error of its own when they run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LicencePlan {
    /// The attribute that assigns it.
    pub(super) attribute: &'static str,
    /// The name in Zoom's errors.
    pub(super) name: &'static str,
}

/// The plan for which Zoom documents an error where its value does not exist.
pub(super) const UNITED: LicencePlan = LicencePlan {
    attribute: "zoomUnited",
    name: "Zoom United Plan",
};

/// The plans with seats.
pub(super) const PLANS: [LicencePlan; 6] = [
    UNITED,
    LicencePlan {
        attribute: "zoomOneBizPlus",
        name: "Zoom Workplace Business Plus",
    },
    LicencePlan {
        attribute: "zoomOneEntPremier",
        name: "Zoom Workplace Enterprise Premier",
    },
    LicencePlan {
        attribute: "zoomOneSchoolCampusPlus",
        name: "Zoom Workplace for Education School and Campus Plus",
    },
    LicencePlan {
        attribute: "zoomOneEduEntPremier",
        name: "Zoom Workplace for Education Enterprise Premier",
    },
    LicencePlan {
        attribute: "zoomOneEdu",
        name: "Zoom Workplace for Education Enterprise Student",
    },
];

fn known(name: &str) -> Option<&'static Attribute> {
    ATTRIBUTES.iter().find(|attribute| attribute.name == name)
}

/// Subscriptions are accepted for every licence that an account has more than one of.
fn is_subscription(name: &str) -> bool {
    name.ends_with("Subscription")
}

/// Whether a deactivation takes the attribute's value.
pub(crate) fn is_licence(name: &str) -> bool {
    match known(name) {
        Some(attribute) => {
            !matches!(attribute.kind, Kind::Text) || matches!(attribute.shown, Shown::Nowhere)
        }
        None => is_subscription(name),
    }
}

/// The answers in which an attribute can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// To a create.
    Create,
    /// To an update.
    Update,
    /// To a patch.
    Patch,
    /// To a get.
    Get,
}

/// Whether an answer shows an attribute.
pub(crate) fn is_shown(name: &str, answer: Answer) -> bool {
    let shown = match known(name) {
        Some(attribute) => attribute.shown,
        None if is_subscription(name) => Shown::Everywhere,
        None => Shown::NotOnGet,
    };
    match shown {
        Shown::Everywhere => true,
        Shown::NotOnUpdate => answer != Answer::Update,
        Shown::NotOnGet => answer != Answer::Get,
        Shown::CreateAndUpdate => matches!(answer, Answer::Create | Answer::Update),
        Shown::Nowhere => false,
    }
}

/// What is wrong with an attribute of the extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// A value of another type, or one that is too long.
    Type(&'static str),
    /// A licence that its enumeration does not have.
    Licence(&'static str),
    /// An attribute of the account's own whose name or value is too long, or one more than there may be.
    Custom,
    /// The same of a subscription.
    Subscription,
}

impl Wrong {
    /// What Zoom would call the attribute.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Type(name) | Self::Licence(name) => name,
            Self::Custom => "customAttribute",
            Self::Subscription => "Subscription",
        }
    }
}

/// Keeps what the extension may hold: known attributes with values of their types, and texts under any other
/// name. Everything else is dropped. With `any_licence` a licence may be a number that its enumeration does
/// not have, unless Zoom documents an error for it.
pub(crate) fn read(
    extension: &Map<String, Value>,
    any_licence: bool,
) -> Result<Map<String, Value>, Wrong> {
    let mut kept = Map::new();
    for (name, value) in extension {
        match (known(name), value) {
            (_, Value::Null) => {}
            (Some(attribute), value) => {
                check(attribute, value, any_licence)?;
                kept.insert(name.clone(), value.clone());
            }
            (None, Value::String(text)) => {
                if name.len() > MAX_NAME_BYTES || text.len() > MAX_TEXT_BYTES {
                    return Err(too_much(name));
                }
                kept.insert(name.clone(), value.clone());
            }
            (None, _) => {}
        }
    }
    Ok(kept)
}

/// Whether a user may hold so many attributes that are not known.
pub(crate) fn check_number(held: &Map<String, Value>) -> Result<(), Wrong> {
    let (mut custom, mut subscriptions) = (0, 0);
    for name in held.keys().filter(|name| known(name).is_none()) {
        let (number, most) = match is_subscription(name) {
            true => (&mut subscriptions, MAX_SUBSCRIPTIONS),
            false => (&mut custom, MAX_CUSTOM),
        };
        *number += 1;
        if *number > most {
            return Err(too_much(name));
        }
    }
    Ok(())
}

fn too_much(name: &str) -> Wrong {
    match is_subscription(name) {
        true => Wrong::Subscription,
        false => Wrong::Custom,
    }
}

fn check(attribute: &Attribute, value: &Value, any_licence: bool) -> Result<(), Wrong> {
    match (attribute.kind, value) {
        (Kind::Switch, Value::Bool(_)) => Ok(()),
        (Kind::Text | Kind::Licence(_), Value::String(text)) if text.len() > MAX_TEXT_BYTES => {
            Err(Wrong::Type(attribute.name))
        }
        (Kind::Text, Value::String(_)) => Ok(()),
        (Kind::Licence(values), Value::String(text)) => {
            let is_any = any_licence && attribute.name != UNITED.attribute;
            if is_any || is_licence_of(values, text) {
                Ok(())
            } else {
                Err(Wrong::Licence(attribute.name))
            }
        }
        _ => Err(Wrong::Type(attribute.name)),
    }
}

/// Whether a text is one of the numbers, written as Zoom writes them; the empty one takes the licence away.
fn is_licence_of(values: &[u64], text: &str) -> bool {
    let is_plain = text.starts_with(|first: char| first.is_ascii_digit() && first != '0');
    text.is_empty() || is_plain && text.parse().is_ok_and(|number| values.contains(&number))
}

/// Whether a value assigns something.
pub(crate) fn assigns(value: Option<&Value>) -> bool {
    match value {
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Bool(on)) => *on,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kept(extension: Value) -> Result<Value, Wrong> {
        let Value::Object(map) = extension else {
            unreachable!()
        };
        let kept = read(&map, false)?;
        check_number(&kept)?;
        Ok(Value::Object(kept))
    }

    #[test]
    fn licences_are_numbers_of_their_enumeration_as_texts() {
        for good in [
            json!({"zoomUnited": "32"}),
            json!({"zoomUnited": ""}),
            json!({"zoomOneEdu": "576460752303423488"}),
            json!({"zoomWhiteboard": true}),
        ] {
            assert_eq!(kept(good.clone()), Ok(good));
        }
        for other in ["3", "+32", "032", " 32", "32.0", "0", "0x20"] {
            assert_eq!(
                kept(json!({ "zoomUnited": other })),
                Err(Wrong::Licence("zoomUnited")),
                "{other}"
            );
        }
        assert_eq!(
            kept(json!({"zoomUnited": 32})),
            Err(Wrong::Type("zoomUnited"))
        );
        assert_eq!(
            kept(json!({"zoomDocs": "true"})),
            Err(Wrong::Type("zoomDocs"))
        );
    }

    #[test]
    fn an_account_may_have_five_attributes_of_its_own() {
        let five = json!({"a": "1", "b": "2", "c": "3", "d": "4", "e": "5"});
        assert_eq!(kept(five.clone()), Ok(five.clone()));
        let mut six = five;
        six["f"] = json!("6");
        assert_eq!(kept(six), Err(Wrong::Custom));
        let long = "x".repeat(MAX_TEXT_BYTES + 1);
        assert_eq!(kept(json!({ "a": long })), Err(Wrong::Custom));
        assert_eq!(kept(json!({ long.as_str(): "a" })), Err(Wrong::Custom));
        assert_eq!(
            kept(json!({ format!("{long}Subscription"): "a" })),
            Err(Wrong::Subscription)
        );
        assert_eq!(
            kept(json!({ "pronouns": long })),
            Err(Wrong::Type("pronouns"))
        );
        let subscriptions = |number: usize| -> Value {
            let names = (0..number).map(|number| (format!("a{number}Subscription"), json!("1")));
            Value::Object(names.collect())
        };
        assert!(kept(subscriptions(MAX_SUBSCRIPTIONS)).is_ok());
        assert_eq!(
            kept(subscriptions(MAX_SUBSCRIPTIONS + 1)),
            Err(Wrong::Subscription)
        );
        let dropped = json!({"a": {"is": "dropped"}, "b": 5, "c": null});
        assert_eq!(kept(dropped), Ok(json!({})));
    }

    #[test]
    fn some_are_shown_by_some_answers_alone() {
        assert!(is_shown("zoomUnited", Answer::Get));
        assert!(!is_shown("zoomAICompanion", Answer::Update));
        assert!(is_shown("zoomAICompanion", Answer::Patch));
        assert!(!is_shown("zoomRevenueAcceleratorRole", Answer::Patch));
        assert!(!is_shown("favouriteColour", Answer::Get));
        assert!(is_shown("favouriteColour", Answer::Update));
        assert!(!is_shown("zoomPhoneNumber", Answer::Create));
        assert!(is_licence("zoomPhoneCallingPlan") && !is_licence("pronouns"));
    }
}

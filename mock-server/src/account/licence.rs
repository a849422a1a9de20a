//! The attributes of Zoom's own extension of a user: licences, and what else it holds
//! (Zoom's SCIM2 reference).

use serde_json::{Map, Value};

/// How many attributes of an account's own a user may have.
const MAX_CUSTOM: usize = 5;
/// The longest value that is kept.
const MAX_VALUE_BYTES: usize = 1024;

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

/// The plans with seats.
pub(super) const PLANS: [LicencePlan; 6] = [
    LicencePlan {
        attribute: "zoomUnited",
        name: "Zoom United Plan",
    },
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
    /// More attributes of the account's own than there may be.
    TooManyCustom,
}

/// Keeps what the extension may hold: known attributes with values of their types, and texts under any other
/// name. Everything else is dropped.
pub(crate) fn read(extension: &Map<String, Value>) -> Result<Map<String, Value>, Wrong> {
    let mut kept = Map::new();
    let mut custom = 0;
    for (name, value) in extension {
        if value.is_null() {
            continue;
        }
        match (known(name), value) {
            (Some(attribute), value) => {
                check(attribute, value)?;
                kept.insert(name.clone(), value.clone());
            }
            (None, Value::String(text)) if text.len() <= MAX_VALUE_BYTES => {
                custom += usize::from(!is_subscription(name));
                kept.insert(name.clone(), value.clone());
            }
            (None, _) => {}
        }
    }
    if custom > MAX_CUSTOM {
        return Err(Wrong::TooManyCustom);
    }
    Ok(kept)
}

fn check(attribute: &Attribute, value: &Value) -> Result<(), Wrong> {
    match (attribute.kind, value) {
        (Kind::Switch, Value::Bool(_)) => Ok(()),
        (Kind::Text, Value::String(text)) if text.len() <= MAX_VALUE_BYTES => Ok(()),
        // An empty text takes the licence away.
        (Kind::Licence(values), Value::String(text)) => {
            let fits = |number: u64| values.contains(&number);
            if text.is_empty() || text.parse().is_ok_and(fits) {
                Ok(())
            } else {
                Err(Wrong::Licence(attribute.name))
            }
        }
        _ => Err(Wrong::Type(attribute.name)),
    }
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
        read(&map).map(Value::Object)
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
        assert_eq!(
            kept(json!({"zoomUnited": "3"})),
            Err(Wrong::Licence("zoomUnited"))
        );
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
        assert_eq!(kept(six), Err(Wrong::TooManyCustom));
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

use std::path::Path;

use compact_str::CompactString;
use proptest::prelude::*;

use super::*;
use crate::links::{Link, Origin};
use crate::plan::{Action, Change, Desired, Flag, LinkChange, Plan, Relink, Row, Status, Write};
use crate::rule::{Attribute, Attributes};
use crate::safety::{Held, Protection};

fn text() -> impl Strategy<Value = CompactString> {
    prop_oneof!["[a-z@.]{0,12}", "\\PC{0,8}", any::<String>()].prop_map(CompactString::from)
}

fn write() -> impl Strategy<Value = Write> {
    let attributes = || {
        prop::collection::btree_map(
            prop::sample::select(vec![Attribute::GivenName, Attribute::Title]),
            text(),
            0..2,
        )
        .prop_map(Attributes::from_iter)
    };
    let desired = (text(), text(), any::<bool>(), attributes()).prop_map(
        |(user, address, enabled, attributes)| Desired {
            email: enabled.then(|| address.clone()),
            user,
            address,
            enabled,
            attributes,
            rule: "r".into(),
        },
    );
    let change = (any::<bool>(), prop::option::of(text()), attributes()).prop_map(
        |(activate, email, attributes)| Change {
            activate,
            email,
            attributes,
        },
    );
    prop_oneof![
        (desired, any::<bool>()).prop_map(|(desired, then_deactivate)| Write::Create {
            desired: Box::new(desired),
            then_deactivate
        }),
        (text(), change).prop_map(|(zoom_id, change)| Write::Update {
            zoom_id,
            change: Box::new(change)
        }),
        text().prop_map(|zoom_id| Write::Deactivate { zoom_id }),
        text().prop_map(|zoom_id| Write::Delete { zoom_id }),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    let link = prop_oneof![
        Just(LinkChange::Keep),
        Just(LinkChange::Create),
        Just(LinkChange::Drop),
        (text(), text(), any::<bool>()).prop_map(|(user, zoom_id, removed)| LinkChange::Set(
            Box::new(Link {
                user,
                zoom_id,
                origin: Origin::Adopted,
                rule: "r".into(),
                known: Attributes::new(),
                removed,
            })
        )),
    ];
    let flag = prop::option::of(Just(Flag::UpdateUsers));
    (
        text(),
        text(),
        prop::option::of(write()),
        link,
        flag,
        prop::option::of(text()),
    )
        .prop_map(|(user, username, write, link, refused_by, note)| Action {
            user,
            username,
            row: Row::O4,
            via: refused_by.map(|_| Row::O3),
            write,
            link,
            status: Status::Partial,
            refused_by,
            note: note.map(String::from),
            held: refused_by.map(|_| Held::Protected(Protection::Role("Owner".to_owned()))),
        })
}

fn planned() -> impl Strategy<Value = PlanFile> {
    (prop::collection::vec(action(), 0..6), any::<bool>()).prop_map(|(actions, full)| PlanFile {
        options: SyncOptions {
            full,
            allow_removals: full.then_some(3),
            ..SyncOptions::default()
        },
        ..PlanFile::for_tests(Plan {
            actions,
            relinked: vec![Relink {
                from: "1".into(),
                to: "2".into(),
            }],
            warnings: vec!["w".to_owned()],
            ..Plan::default()
        })
    })
}

fn parse(bytes: &[u8]) -> Result<PlanFile, PlanFileError> {
    PlanFile::parse(Path::new("x.plan"), bytes)
}

proptest! {
    #[test]
    fn a_plan_survives_its_file(plan in planned()) {
        prop_assert_eq!(parse(&plan.to_json().unwrap()).unwrap(), plan);
    }

    #[test]
    fn a_plan_that_is_cut_is_no_plan(plan in planned(), keep: prop::sample::Index) {
        let json = plan.to_json().unwrap();
        let keep = keep.index(json.len() - 1);
        let cut = parse(&json[..keep]);
        prop_assert!(matches!(cut, Err(PlanFileError::Cut { .. } | PlanFileError::Foreign { .. })), "{cut:?}");
    }

    #[test]
    fn an_edited_plan_is_refused_or_the_same(plan in planned(), at in any::<prop::sample::Index>(), byte: u8) {
        let mut json = plan.to_json().unwrap();
        let at = at.index(json.len());
        json[at] = byte;
        if let Ok(read) = parse(&json) {
            prop_assert_eq!(read, plan, "only white space may change");
        }
    }
}

#[test]
fn a_plan_of_another_kind_or_a_newer_version_is_refused_by_name() {
    let json = String::from_utf8(PlanFile::for_tests(Plan::default()).to_json().unwrap()).unwrap();
    let told = |text: &str| parse(text.as_bytes()).unwrap_err().to_string();
    assert!(told("[]").contains("is no plan"));
    assert!(told("").contains("is no plan"));
    assert!(told("{\"format\":\"zoom-provisioner planets\"}").contains("is no plan"));
    let newer = json.replace("\"version\": 1", "\"version\": 2, \"more\": 1");
    assert!(told(&newer).contains("newer version (plan format 2)"));
    let unknown = json.replace("\"full\"", "\"fuller\"");
    assert!(told(&unknown).contains("fuller"));
    let edited = json.replace("\"full\": false", "\"full\": true");
    assert!(told(&edited).contains("digest"));
}

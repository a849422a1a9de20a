//! What asks for a full evaluation, and what does not.

use provisioner::{
    Connection, Directory, Filter, Mapping, Provisioner, RemoveAction, Report, Rule, Source,
    SyncError, SyncOptions, Target, Value,
};

use super::fake::{Fake, people, rule};

const LIST: &str = "GET /scim2/Users startIndex=1";

/// A provisioner that has done all there is to do.
async fn at_rest() -> (Fake, Provisioner) {
    let zoom = Fake::start().await;
    let mut engine = zoom.engine();
    for _ in 0..2 {
        run(&mut engine).await.unwrap();
    }
    zoom.forget_requests();
    (zoom, engine)
}

async fn run(engine: &mut Provisioner) -> Result<Report, SyncError> {
    engine.sync(&people(0..3), SyncOptions::default()).await
}

/// Whether a run that looks at what changed looks at everybody, and the one after it at nobody.
async fn evaluates_everybody(zoom: &Fake, engine: &mut Provisioner, what: &str) -> bool {
    let looks = async |engine: &mut Provisioner| {
        zoom.forget_requests();
        let report = run(engine).await.unwrap();
        assert_eq!(report.actions.is_empty(), zoom.count(LIST) == 0, "{what}");
        (report.actions.len(), report.warnings)
    };
    let (evaluated, warnings) = looks(engine).await;
    assert!(evaluated == 0 || evaluated == 3, "{what}");
    assert_eq!(looks(engine).await.0, 0, "{what}: once");
    if evaluated == 0 {
        let is_told = warnings.iter().any(|one| one.contains("sync --full"));
        assert_eq!(is_told, what.contains("flag"), "{what}: {warnings:?}");
    }
    evaluated > 0
}

#[tokio::test]
async fn authentication_asks_for_a_full_evaluation_and_flags_and_names_do_not() {
    type Edit = fn(&mut Connection);
    let edits: [(&str, bool, Edit); 11] = [
        ("account id", true, |it| it.account_id = "other".to_owned()),
        ("client id", true, |it| it.client_id = "other".to_owned()),
        ("secret", true, |it| {
            it.client_secret = "other".to_owned().into()
        }),
        ("name", false, |it| it.name = "other".to_owned()),
        ("create flag", false, |it| it.flags.create = false),
        ("update flag", false, |it| it.flags.update = false),
        ("disable flag", false, |it| it.flags.disable = false),
        ("deprovision flag", false, |it| it.flags.deprovision = false),
        ("remove action flag", false, |it| {
            it.remove_action = RemoveAction::Delete
        }),
        ("rule deletion flag", false, |it| {
            it.deprovision_on_rule_deletion = true
        }),
        ("safety", false, |it| it.safety.max_removals = 1),
    ];
    for (what, expected, edit) in edits {
        let (zoom, mut engine) = at_rest().await;
        let mut connection = zoom.connection();
        edit(&mut connection);
        engine.set_connection(connection);
        let everybody = evaluates_everybody(&zoom, &mut engine, what).await;
        assert_eq!(everybody, expected, "{what}");
    }
}

#[tokio::test]
async fn rules_filters_and_mappings_ask_for_a_full_evaluation() {
    let mapping = Mapping::new(
        [
            (Target::Username, Value::Key(Source::Username)),
            (Target::Email, Value::Key(Source::Username)),
            (Target::Title, Value::Constant("Lead".to_owned())),
        ]
        .into(),
    );
    let mapped = Rule {
        mapping: mapping.unwrap(),
        ..rule()
    };
    let filtered = Rule {
        filter: Some(Filter::parse("id pr").unwrap()),
        ..rule()
    };
    let another = Rule {
        id: "r2".to_owned(),
        ..rule()
    };
    for (what, rules) in [
        ("mapping", vec![mapped]),
        ("filter", vec![filtered]),
        ("another rule", vec![another, rule()]),
    ] {
        let (zoom, mut engine) = at_rest().await;
        engine.set_rules(rules);
        assert!(
            evaluates_everybody(&zoom, &mut engine, what).await,
            "{what}"
        );
    }
}

#[tokio::test]
async fn a_rule_or_a_connection_that_is_switched_on_asks_for_a_full_evaluation() {
    let (zoom, mut engine) = at_rest().await;
    let second = |enabled| Rule {
        id: "r2".to_owned(),
        enabled,
        ..rule()
    };
    engine.set_rules(vec![rule(), second(false)]);
    evaluates_everybody(&zoom, &mut engine, "a rule that is off").await;
    engine.set_rules(vec![rule(), second(true)]);
    assert!(evaluates_everybody(&zoom, &mut engine, "a rule that comes on").await);
    let off = Connection {
        enabled: false,
        ..zoom.connection()
    };
    engine.set_connection(off);
    zoom.forget_requests();
    run(&mut engine).await.unwrap_err();
    assert_eq!(zoom.count(""), 0);
    engine.set_connection(zoom.connection());
    assert!(evaluates_everybody(&zoom, &mut engine, "a connection that comes on").await);
}

/// A full evaluation that did not see everybody is none: the next one that does, does.
#[tokio::test]
async fn what_asks_for_a_full_evaluation_stays_open_until_one_has_seen_everybody() {
    for is_off in [false, true] {
        let (zoom, mut engine) = at_rest().await;
        match is_off {
            true => {
                let off = Connection {
                    enabled: false,
                    ..zoom.connection()
                };
                engine.set_connection(off);
                run(&mut engine).await.unwrap_err();
                engine.set_connection(zoom.connection());
            }
            false => engine.set_rules(vec![Rule {
                filter: Some(Filter::parse("id pr").unwrap()),
                ..rule()
            }]),
        }
        for _ in 0..2 {
            let part = Directory {
                complete: false,
                ..people(0..1)
            };
            let report = engine.sync(&part, SyncOptions::default()).await.unwrap();
            assert_eq!(report.actions.len(), 1);
        }
        assert!(evaluates_everybody(&zoom, &mut engine, "after a part").await);
    }
}

//! Each server that is wrong in one way is noticed, by the check that is there for it.

use conformance::server_suite::defects::{Breadth, Proof, defects, prove};
use conformance::server_suite::outcome::Outcome;
use conformance::server_suite::run::all;

/// How many defects there are at least, as the README says.
const DEFECTS: usize = 200;

fn proved() -> Proof {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime
        .block_on(prove(Breadth::Its, 0, &mut || {}))
        .unwrap()
}

#[test]
fn every_defect_is_noticed_and_the_good_server_passes() {
    let proof = proved();
    for one in &proof.good.checks {
        let unseen = one.topic == "rate limits";
        let holds = matches!(one.outcome, Outcome::Holds { .. });
        assert!(holds || unseen, "{}: {:?}", one.check.id, one.outcome);
    }
    assert_eq!(proof.good.left_behind, Vec::<String>::new());
    let missed: Vec<_> = proof.proved.iter().filter(|one| !one.is_caught()).collect();
    assert!(missed.is_empty(), "{missed:#?}");
    assert!(proof.proved.len() >= DEFECTS);
    // Every check has a server that it refuses: none passes whatever it sees.
    assert_eq!(proof.idle(), Vec::<&str>::new());
    assert!(proof.holds());
}

#[test]
fn every_check_has_a_defect_that_only_it_has_to_notice() {
    let broken: Vec<&str> = defects().map(|defect| defect.breaks).collect();
    for (_, check) in all() {
        assert!(broken.contains(&check.id), "{}", check.id);
    }
    let mut names: Vec<&str> = defects().map(|defect| defect.id).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), broken.len());
}

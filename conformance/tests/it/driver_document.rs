//! The driver that `conformance/DRIVER.md` begins with comes to the verdict that it promises.

use conformance::cli::EXIT_VIOLATED;

use super::cli::{assert_code, conformance, text};
use super::fixtures::root;
use super::foreign::python_or_skip;

#[test]
fn the_first_driver_comes_to_a_first_verdict() {
    let Some(python) = python_or_skip("the driver of DRIVER.md") else {
        return;
    };
    let document = std::fs::read_to_string(root().join("conformance/DRIVER.md")).unwrap();
    let (_, driver) = document
        .split_once("<!-- minimal driver -->\n```python\n")
        .unwrap();
    let (driver, _) = driver.split_once("\n```").unwrap();
    assert!(driver.lines().count() <= 40);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("driver.py"), driver).unwrap();
    let command = format!("{python} driver.py");
    let cell = "C1U1D1P1R1X1/create/absent";
    let output = conformance(
        folder.path(),
        &["run", "--driver", &command, "--only", cell],
    );
    assert_code(&output, EXIT_VIOLATED);
    let told = text(&output.stdout);
    for words in [
        "1 violated",
        "expected  bob+zoom@example.com: an account",
        "again: zoom-conformance replay",
    ] {
        assert!(told.contains(words), "{words} is not in {told}");
    }
}

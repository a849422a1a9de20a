//! `zoom-conformance server --prove`.

use std::path::Path;

pub(super) fn run(_json: Option<&Path>) -> anyhow::Result<u8> {
    anyhow::bail!("not yet")
}

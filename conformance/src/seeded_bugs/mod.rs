//! Proof that the suite notices: a small reference provisioner, and wrong variants of it.
//!
//! The reference provisioner is a third reading of the semantics, made of nothing but requests and JSON;
//! it must pass everything. Each [`Bug`] is one precise change that makes it wrong, and the suite must
//! tell; each [`Control`] is another way to be right, and the suite must let it pass. None of this is a
//! switch in the product's own provisioner.

mod bug;
mod reference;
mod serve;
mod stories;
mod variant;
mod zoom;

pub use bug::{Bug, LEFT_OUT, NoBug};
pub use reference::Reference;
pub use serve::serve;
pub use stories::{stories, story};
pub use variant::{Control, NoControl, Variant};

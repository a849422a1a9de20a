//! What an operation leaves: an answer, or what makes one once the account is free for the next request.

use super::answer::Answer;

/// What an operation leaves.
pub(super) enum Reply {
    Now(Answer),
    /// Showing takes longer than finding: it is done without the account's lock.
    Later(Box<dyn FnOnce() -> Answer>),
}

impl Reply {
    pub(super) fn later(answer: impl FnOnce() -> Answer + 'static) -> Self {
        Self::Later(Box::new(answer))
    }

    pub(super) fn answer(self) -> Answer {
        match self {
            Self::Now(answer) => answer,
            Self::Later(answer) => answer(),
        }
    }
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self::Now(answer)
    }
}

//! How many users hold what has seats, and how many are active.

use super::super::licence::{self, PLANS};
use super::super::settings::Seats;
use super::super::user::{User, UserType};
use super::UserError;

/// The seats that are taken, and how many users are not active.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    types: [usize; 4],
    plans: [usize; PLANS.len()],
    inactive: usize,
}

impl Tally {
    pub(crate) fn inactive(&self) -> usize {
        self.inactive
    }

    pub(super) fn add(&mut self, user: &User) {
        self.count(user, |seats| *seats += 1);
    }

    pub(super) fn remove(&mut self, user: &User) {
        self.count(user, |seats| *seats = seats.saturating_sub(1));
    }

    fn count(&mut self, user: &User, change: impl Fn(&mut usize)) {
        if !user.active {
            change(&mut self.inactive);
        }
        if let Some(seats) = self.types.get_mut(user.user_type as usize) {
            change(seats);
        }
        for (plan, seats) in PLANS.iter().zip(&mut self.plans) {
            if licence::assigns(user.zoom.get(plan.attribute)) {
                change(seats);
            }
        }
    }

    /// Whether a user may come to hold what `new` holds and `old` did not.
    pub(super) fn check(
        &self,
        seats: &Seats,
        old: Option<&User>,
        new: &User,
    ) -> Result<(), UserError> {
        let taken = self.types.get(new.user_type as usize).copied().unwrap_or(0);
        let comes = old.is_none_or(|old| old.user_type != new.user_type);
        let full = |limit: Option<usize>| comes && limit.is_some_and(|limit| taken >= limit);
        match new.user_type {
            UserType::Basic if full(seats.basic) => return Err(UserError::NoBasicSeats),
            UserType::Licensed if full(seats.licensed) => return Err(UserError::NoPaidSeats),
            UserType::OnPrem if full(seats.on_prem) => return Err(UserError::NoPaidSeats),
            UserType::Basic | UserType::Licensed | UserType::OnPrem | UserType::Collaboration => {}
        }
        let limits = [
            seats.zoom_united,
            seats.zoom_one_biz_plus,
            seats.zoom_one_ent_premier,
            seats.zoom_one_school_campus_plus,
            seats.zoom_one_edu_ent_premier,
            seats.zoom_one_edu,
        ];
        for ((plan, taken), limit) in PLANS.iter().zip(self.plans).zip(limits) {
            let holds = |user: &User| licence::assigns(user.zoom.get(plan.attribute));
            let comes = holds(new) && !old.is_some_and(holds);
            if comes && limit.is_some_and(|limit| taken >= limit) {
                return Err(UserError::NoPlanSeats(plan.name));
            }
        }
        Ok(())
    }
}

//! When requests may go, by Zoom's categories, for all workers together: pure.
//!
//! Limits are Zoom's to tell: until an answer names one there is none. Within a known limit requests go evenly
//! spaced, and a wait that is told holds the whole category.

use std::time::Duration;

use super::kind::ZoomError;

/// How much of a limit is used: other apps of the account have a share in it.
const USED_SHARE: f64 = 0.95;
/// How much of the time that was missed is made up for.
const CATCH_UP: Duration = Duration::from_millis(20);
/// How many requests are under way at first, and at the most.
const FIRST_CROWD: usize = 8;
pub(crate) const MAX_CROWD: usize = 32;
/// The crowd is made smaller once in so much time.
const CROWD_HOLDS: Duration = Duration::from_secs(1);

/// What Zoom counts together (its rate limit labels), and the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    /// The token endpoint.
    Token,
    /// Single users.
    Light,
    /// Lists.
    Medium,
}

/// When a request may go.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Turn {
    /// At once.
    Now,
    /// At this moment it may ask again. If a place in the order is given, it is kept till then.
    At(Duration, Option<Duration>),
    /// Not in this run.
    Never(Box<ZoomError>),
}

/// One category.
#[derive(Debug, Default)]
struct Lane {
    per_second: Option<u32>,
    held_until: Duration,
    next_place: Duration,
    over: Option<Box<ZoomError>>,
}

/// All categories.
#[derive(Debug, Default)]
pub(super) struct Pace {
    token: Lane,
    light: Lane,
    medium: Lane,
}

impl Pace {
    fn lane(&mut self, category: Category) -> &mut Lane {
        match category {
            Category::Token => &mut self.token,
            Category::Light => &mut self.light,
            Category::Medium => &mut self.medium,
        }
    }

    /// A new run may ask again what the last one could not.
    pub(super) fn begin(&mut self) {
        for lane in [&mut self.token, &mut self.light, &mut self.medium] {
            lane.over = None;
        }
    }

    /// When a request may go that has this place in the order, if it has one.
    pub(super) fn turn(
        &mut self,
        category: Category,
        place: Option<Duration>,
        now: Duration,
    ) -> Turn {
        let lane = self.lane(category);
        if let Some(error) = &lane.over {
            return Turn::Never(error.clone());
        }
        if lane.held_until > now {
            return Turn::At(lane.held_until, None);
        }
        let Some(per_second) = lane.per_second else {
            return Turn::Now;
        };
        let place = place.unwrap_or_else(|| {
            let place = lane.next_place.max(now.saturating_sub(CATCH_UP));
            let gap = Duration::from_secs_f64(1.0 / (f64::from(per_second) * USED_SHARE));
            lane.next_place = place.saturating_add(gap);
            place
        });
        match place <= now {
            true => Turn::Now,
            false => Turn::At(place, Some(place)),
        }
    }

    /// The limit of a category, as Zoom tells it.
    pub(super) fn learn(&mut self, category: Category, per_second: u32) {
        if per_second > 0 {
            self.lane(category).per_second = Some(per_second);
        }
    }

    /// Holds a category.
    pub(super) fn hold(&mut self, category: Category, until: Duration) {
        let lane = self.lane(category);
        lane.held_until = lane.held_until.max(until);
        lane.next_place = lane.next_place.max(until);
    }

    /// Ends a category for this run.
    pub(super) fn end(&mut self, category: Category, error: &ZoomError) {
        self.lane(category).over = Some(Box::new(error.clone()));
    }
}

/// How many requests are under way at once: one more for each round that goes well, half as many where Zoom is
/// overrun.
#[derive(Debug)]
pub(super) struct Crowd {
    size: f64,
    granted: usize,
    /// How many places have to be given up as they come back.
    owed: usize,
    shrunk: Option<Duration>,
}

impl Default for Crowd {
    fn default() -> Self {
        Self {
            size: as_float(FIRST_CROWD),
            granted: FIRST_CROWD,
            owed: 0,
            shrunk: None,
        }
    }
}

impl Crowd {
    /// How many places there are at first.
    pub(super) const FIRST: usize = FIRST_CROWD;

    /// It went well: how many places are to be added.
    pub(super) fn grow(&mut self) -> usize {
        if self.granted >= MAX_CROWD {
            return 0;
        }
        self.size += 1.0 / self.size;
        if self.size < as_float(self.granted + 1) {
            return 0;
        }
        self.granted += 1;
        if self.owed > 0 {
            self.owed -= 1;
            return 0;
        }
        1
    }

    /// It went too fast.
    pub(super) fn shrink(&mut self, now: Duration) {
        let holds = |shrunk: Duration| now < shrunk.saturating_add(CROWD_HOLDS);
        if self.shrunk.is_some_and(holds) {
            return;
        }
        self.shrunk = Some(now);
        let left = (self.granted / 2).max(1);
        self.owed += self.granted - left;
        self.granted = left;
        self.size = as_float(left);
    }

    /// A place comes back: whether it is given up.
    pub(super) fn gives_up(&mut self) -> bool {
        let owed = self.owed > 0;
        self.owed = self.owed.saturating_sub(1);
        owed
    }

    #[cfg(test)]
    fn size(&self) -> usize {
        self.granted
    }
}

fn as_float(places: usize) -> f64 {
    f64::from(u32::try_from(places).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::super::kind::ErrorKind;
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// How many of those who ask all the time go within ten seconds.
    fn sent_in_ten_seconds(pace: &mut Pace, workers: usize) -> Vec<u64> {
        let mut places = vec![None; workers];
        let mut sent = Vec::new();
        for now in 0..10_000 {
            for place in &mut places {
                match pace.turn(Category::Light, *place, ms(now)) {
                    Turn::Now => {
                        sent.push(now);
                        *place = None;
                    }
                    Turn::At(_, kept) => *place = kept,
                    Turn::Never(error) => panic!("{error}"),
                }
            }
        }
        sent
    }

    #[test]
    fn f46_a_known_limit_is_used_well_and_never_overrun() {
        for (limit, workers) in [(80, 32), (60, 8), (30, 8), (4, 8), (1, 1)] {
            let mut pace = Pace::default();
            pace.learn(Category::Light, limit);
            let sent = sent_in_ten_seconds(&mut pace, workers);
            let mut seconds = [0_u32; 10];
            for at in &sent {
                seconds[usize::try_from(at / 1000).unwrap()] += 1;
            }
            assert!(
                seconds.iter().all(|count| *count <= limit),
                "{limit}: {seconds:?}"
            );
            assert!(
                sent.len() >= usize::try_from(limit * 9).unwrap(),
                "{limit}: {}",
                sent.len()
            );
        }
    }

    #[test]
    fn without_a_limit_nobody_waits() {
        assert_eq!(
            Pace::default().turn(Category::Light, None, ms(0)),
            Turn::Now
        );
    }

    #[test]
    fn f44_f03_a_wait_holds_its_category_and_no_other() {
        let mut pace = Pace::default();
        pace.learn(Category::Light, 10);
        pace.hold(Category::Light, ms(3000));
        pace.hold(Category::Light, ms(2000));
        assert_eq!(
            pace.turn(Category::Light, Some(ms(0)), ms(2999)),
            Turn::At(ms(3000), None)
        );
        assert_eq!(pace.turn(Category::Medium, None, ms(0)), Turn::Now);
        assert_eq!(pace.turn(Category::Token, None, ms(0)), Turn::Now);
        // Who waited comes back one after the other.
        assert_eq!(pace.turn(Category::Light, None, ms(3000)), Turn::Now);
        assert!(matches!(
            pace.turn(Category::Light, None, ms(3000)),
            Turn::At(_, Some(_))
        ));
    }

    #[test]
    fn a_category_that_is_over_stays_so_until_the_next_run() {
        let mut pace = Pace::default();
        let error = ZoomError::new(ErrorKind::User, "x");
        pace.end(Category::Light, &error);
        assert_eq!(
            pace.turn(Category::Light, None, ms(9)),
            Turn::Never(Box::new(error))
        );
        pace.begin();
        assert_eq!(pace.turn(Category::Light, None, ms(9)), Turn::Now);
    }

    #[test]
    fn f46_f50_the_crowd_grows_by_one_a_round_and_halves() {
        let mut crowd = Crowd::default();
        let added: usize = (0..10_000).map(|_| crowd.grow()).sum();
        assert_eq!((crowd.size(), added), (MAX_CROWD, MAX_CROWD - FIRST_CROWD));
        crowd.shrink(ms(0));
        crowd.shrink(ms(999));
        assert_eq!(crowd.size(), MAX_CROWD / 2);
        let given_up = (0..MAX_CROWD).filter(|_| crowd.gives_up()).count();
        assert_eq!(given_up, MAX_CROWD / 2);
        for second in 1..20 {
            crowd.shrink(ms(second * 1000));
        }
        assert_eq!(crowd.size(), 1);
        assert_eq!(crowd.grow(), 0, "what is owed comes first");
    }
}

//! A run from its first request to the removal of what it made.

use std::time::Duration;

use tokio::sync::Notify;

use super::check::{Check, Needs, Section, UnknownCheck};
use super::checks::SECTIONS;
use super::client::NoClient;
use super::made::clean_up;
use super::names::Names;
use super::outcome::{Checked, NotReached, Outcome, Outcomes};
use super::session::{Session, Stop};
use super::target::Target;
use super::wire::{Answer, Request};

/// How many requests are left for the removal of what was made, however many were sent.
const CLEAN_UP_REQUESTS: u32 = 1_000;
/// How long that may take.
const CLEAN_UP_LIMIT: Duration = Duration::from_secs(120);

/// How a server is checked.
#[derive(Debug, Clone)]
pub struct Options {
    /// The server.
    pub target: Target,
    /// The ids of the checks that are wanted; empty for all.
    pub selected: Vec<&'static str>,
    /// Whether users and groups may be made.
    pub allow_writes: bool,
    /// What the names of those are drawn from.
    pub seed: u64,
    /// The domain of their addresses.
    pub domain: String,
    /// The most that one answer may take.
    pub timeout: Duration,
    /// The most that all checks together may take.
    pub time_limit: Duration,
    /// The most that is sent for checks; removals come on top.
    pub max_requests: u32,
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The server cannot be used.
    #[error(transparent)]
    NotReached(#[from] NotReached),
    /// The client could not be made.
    #[error(transparent)]
    NoClient(#[from] NoClient),
}

/// All checks, in their order, each with its topic.
pub fn all() -> impl Iterator<Item = (&'static str, &'static Check)> {
    SECTIONS.iter().flat_map(|section| {
        let checks = section.checks.iter();
        checks.map(|check| (section.topic, *check))
    })
}

/// The ids of the checks that fit one of the patterns.
///
/// # Errors
///
/// When a pattern fits none.
pub fn select(
    patterns: &[String],
    fits: impl Fn(&str, &str) -> bool,
) -> Result<Vec<&'static str>, UnknownCheck> {
    let mut selected = Vec::new();
    for pattern in patterns {
        let before = selected.len();
        let fitting = all().filter(|(_, check)| fits(pattern, check.id));
        selected.extend(fitting.map(|(_, check)| check.id));
        if selected.len() == before {
            let checks: Vec<&'static Check> = all().map(|(_, check)| check).collect();
            return Err(UnknownCheck::new(pattern, checks.iter()));
        }
    }
    Ok(selected)
}

/// Checks a server. `stop` ends the checks at once and lets what was made be removed; a second one ends that,
/// too. `progress` is called after each section, with how many checks are through.
///
/// # Errors
///
/// When the server cannot be used at all.
pub async fn run(
    options: &Options,
    stop: &Notify,
    progress: &mut (dyn FnMut(usize) + Send),
) -> Result<Outcomes, RunError> {
    let names = Names::new(options.seed, &options.domain);
    let mut session = Session::new(
        options.target.clone(),
        options.allow_writes,
        names,
        options.max_requests,
        options.timeout,
    )?;
    let stopped = || Some("stopped by a signal".to_owned());
    let reached = tokio::select! {
        reached = reach(&mut session) => { reached?; true }
        () = stop.notified() => false,
    };
    let ended = if reached {
        let work = sections(&mut session, options, progress);
        tokio::select! {
            ended = work => ended,
            () = stop.notified() => stopped(),
            () = tokio::time::sleep(options.time_limit) => Some(format!(
                "the checks took longer than {} s; --time-limit-s allows more", options.time_limit.as_secs()
            )),
        }
    } else {
        stopped()
    };
    session.begin_clean_up(CLEAN_UP_REQUESTS);
    let left_behind = removed(&mut session, stop).await;
    Ok(collected(&session, options, ended, left_behind))
}

/// Removes what was made; where that takes too long, tells what may be left.
async fn removed(session: &mut Session, stop: &Notify) -> Vec<String> {
    let all = format!(
        "all that has `{}` in its name may still be there",
        session.names.run()
    );
    let why = tokio::select! {
        left = clean_up(session) => return left,
        () = stop.notified() => "stopped by a second signal",
        () = tokio::time::sleep(CLEAN_UP_LIMIT) => "the removal took too long",
    };
    vec![format!("{why}: {all}")]
}

/// Whether there is a token to go on with, and something that speaks SCIM.
async fn reach(session: &mut Session) -> Result<(), NotReached> {
    let request = session.good_token_request();
    let what = "token endpoint";
    let answer = session.send(request).await;
    let answer = answer.map_err(|stop| unanswered(what, stop))?;
    is_there(what, "--token-url", &answer)?;
    if !answer.is_good() {
        let remedy =
            "check --account-id, --client-id and the secret, and that the app is activated";
        return Err(refused(session, what, &answer, remedy));
    }
    // Without a token the checks of the token endpoint alone have something to say.
    let Some(token) = answer.text("/access_token").map(str::to_owned) else {
        return Ok(());
    };
    session.use_token(&token);
    let what = "SCIM server";
    let answer = session
        .send(Request::get("/Users?startIndex=1&count=1"))
        .await;
    let answer = answer.map_err(|stop| unanswered(what, stop))?;
    is_there(what, "--scim-url", &answer)?;
    if answer.status == 401 || answer.status == 403 || answer.at("/code") == Some(&4711.into()) {
        let remedy =
            "the app needs the scope scim2 or scim2:admin, and its owner the role to manage users";
        return Err(refused(session, what, &answer, remedy));
    }
    Ok(())
}

fn unanswered(what: &'static str, stop: Stop) -> NotReached {
    match stop {
        Stop::Lost(error) => NotReached::Unanswered { what, error },
        Stop::Needs(seen) | Stop::Limit(seen) => NotReached::Other {
            what,
            seen,
            flag: "the URL",
        },
    }
}

fn refused(
    session: &Session,
    what: &'static str,
    answer: &Answer,
    remedy: &'static str,
) -> NotReached {
    let seen = format!("status {}, {}", answer.status, answer.body.trim());
    NotReached::Refused {
        what,
        seen: session.hider.clean(&seen),
        remedy,
    }
}

/// Whether what answers is what was meant: no redirect, JSON, and a path that exists.
fn is_there(what: &'static str, flag: &'static str, answer: &Answer) -> Result<(), NotReached> {
    let media_type = answer.media_type().unwrap_or_else(|| "nothing".to_owned());
    let seen = if (300..400).contains(&answer.status) {
        let to = answer.header("location").unwrap_or("nowhere");
        format!(
            "status {}, a redirect to {to}, which is not followed",
            answer.status
        )
    } else if answer.json.is_none() {
        format!("status {} and {media_type} instead of JSON", answer.status)
    } else if answer.status == 404 {
        format!("status 404 at {}", answer.url)
    } else {
        return Ok(());
    };
    let seen = seen.chars().filter(|c| !c.is_control()).collect();
    Err(NotReached::Other { what, seen, flag })
}

/// Runs the sections that are wanted; gives why it ended early.
async fn sections(
    session: &mut Session,
    options: &Options,
    progress: &mut (dyn FnMut(usize) + Send),
) -> Option<String> {
    let mut through = 0;
    for section in SECTIONS {
        through += section.checks.len();
        if !wanted(section, options) {
            continue;
        }
        if let Some(reason) = lacking(section, session) {
            skip_all(session, section, &reason);
            continue;
        }
        match (section.run)(session).await {
            Ok(()) => {}
            Err(Stop::Needs(reason)) => skip_all(session, section, &reason),
            Err(Stop::Lost(error)) => lose_all(session, section, &error.to_string()),
            Err(Stop::Limit(reason)) => return Some(reason),
        }
        progress(through);
    }
    None
}

/// Whether a section has a check that is wanted. What every answer has to be is seen wherever anything is asked.
fn wanted(section: &Section, options: &Options) -> bool {
    let mut checks = section.checks.iter();
    checks.any(|check| is_selected(check, options))
}

fn is_selected(check: &Check, options: &Options) -> bool {
    options.selected.is_empty() || options.selected.contains(&check.id)
}

/// What a section cannot do without and does not have.
fn lacking(section: &Section, session: &Session) -> Option<String> {
    let writes = || (!session.writes).then(|| "needs --allow-writes".to_owned());
    let second = || {
        let reason = "needs --read-only-client-id, an app without the scope for SCIM2";
        let absent = session.target.second_client.is_none();
        absent.then(|| reason.to_owned())
    };
    if session.token().is_empty() && section.topic != super::checks::TOKEN_TOPIC {
        return Some("needs a token, and the answer of the token endpoint has none".to_owned());
    }
    match section.needs {
        Needs::Nothing => None,
        Needs::Writes => writes(),
        Needs::ExpiredToken => {
            let reason = "needs a token that has expired, in the variable ZOOM_EXPIRED_TOKEN";
            let absent = session.target.expired_token.is_none();
            absent.then(|| reason.to_owned())
        }
        Needs::SecondClient => second(),
        Needs::SecondClientAndWrites => second().or_else(writes),
    }
}

fn skip_all(session: &mut Session, section: &Section, reason: &str) {
    for check in section.checks {
        session.skip(check, reason);
    }
}

fn lose_all(session: &mut Session, section: &Section, reason: &str) {
    for check in section.checks {
        let reason = reason.to_owned();
        let outcomes = &mut session.outcomes;
        outcomes.entry(check.id).or_insert(Outcome::Lost { reason });
    }
}

fn collected(
    session: &Session,
    options: &Options,
    ended: Option<String>,
    left_behind: Vec<String>,
) -> Outcomes {
    let unjudged = Outcome::Skipped {
        reason: ended
            .clone()
            .unwrap_or_else(|| "nothing that was asked called for it".to_owned()),
    };
    let checks = all()
        .filter(|(_, check)| is_selected(check, options))
        .map(|(topic, check)| Checked {
            check,
            topic,
            outcome: session
                .outcomes
                .get(check.id)
                .cloned()
                .unwrap_or_else(|| unjudged.clone()),
        });
    Outcomes {
        checks: checks.collect(),
        run: session.names.run().to_owned(),
        seed: options.seed,
        requests: session.requests,
        made: session.made.count(),
        left_behind,
        unanswered: session.unanswered.clone(),
        ended,
    }
}

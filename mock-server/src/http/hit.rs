//! What a fault that has fired makes of an exchange.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};

use super::altered::{bomb, http_date, told_to_wait, with_duplicate_key, without};
use super::answer::Answer;
use super::error::ZoomError;
use crate::account::UserError;
use crate::fault::{Chosen, Effect, Fired, MAX_DELAY_MS, Phase, draw};
use crate::journal::FaultNote;
use crate::limit::{Category, Limiter, RateLimits};
use crate::oauth::{BearerError, TokenError};
use crate::operation::Operation;
use crate::scim::filter::Unsupported;
use crate::server::{Ending, Outgoing};

/// The page that proxies and portals send.
const PAGE: &str = "<!doctype html>\n<html><head><title>Sign in to continue</title></head>\
                    <body><h1>Sign in to continue</h1><form action=\"/login\"></form></body></html>\n";

/// A fault that has fired.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    pub(super) fired: Fired,
    pub(super) chosen: Chosen,
}

/// What stands in the place of an answer.
#[derive(Debug)]
pub(super) enum Instead {
    Answer(Answer),
    Error(ZoomError),
    /// Nothing, ever.
    Silence,
    /// Nothing; the connection ends, with RST or with FIN.
    End {
        with_reset: bool,
    },
}

/// How an answer goes out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Delivery {
    #[default]
    Whole,
    /// Not at all, and the connection stays.
    Silence,
    /// Not at all, and the connection ends.
    End { with_reset: bool },
    /// As planned.
    Planned(Outgoing),
}

impl Delivery {
    /// Whether the client does not get the whole answer.
    pub(super) fn loses(self) -> bool {
        match self {
            Self::Whole => false,
            Self::Silence | Self::End { .. } => true,
            Self::Planned(plan) => plan.cuts,
        }
    }
}

impl Hit {
    pub(super) fn effect(&self) -> &Effect {
        &self.fired.effect
    }

    pub(super) fn is(&self, phase: Phase) -> bool {
        self.fired.phase == phase
    }

    /// What the journal says of it.
    pub(super) fn note(&self) -> FaultNote {
        let source = match &self.chosen {
            Chosen::Rule => format!("rule {}", self.fired.rule),
            Chosen::Run => format!("run {}", self.fired.rule),
            Chosen::Scenario(name) => format!("scenario {name}, rule {}", self.fired.rule),
        };
        FaultNote {
            source,
            effect: self.effect().name(),
            phase: self.fired.phase.as_str(),
            count: self.fired.count,
            applied: None,
            lost: false,
        }
    }

    /// How long it waits, in the phase that it has.
    pub(super) fn delay(&self) -> Option<Duration> {
        let drawn = |number: u64| draw(number, &self.fired.rule, self.fired.count);
        let ms = match self.effect() {
            Effect::Delay { ms } => *ms,
            Effect::DelayUniform { min_ms, max_ms } => {
                min_ms + (drawn(0) * (max_ms - min_ms + 1) as f64) as u64
            }
            Effect::DelayLognormal { median_ms, p99_ms } => {
                // The 99th percentile of the standard normal distribution.
                let sigma = (*p99_ms as f64 / *median_ms as f64).ln() / 2.326_347_87;
                // A normal draw from two even ones (Box and Muller).
                let radius = (-2.0 * drawn(1).max(f64::MIN_POSITIVE).ln()).sqrt();
                let normal = radius * (std::f64::consts::TAU * drawn(2)).cos();
                (*median_ms as f64 * (sigma * normal).exp()) as u64
            }
            _ => return None,
        };
        Some(Duration::from_millis(ms.min(MAX_DELAY_MS)))
    }

    /// What stands in the place of the answer, if anything does.
    pub(super) fn instead(&self, about: &About<'_>) -> Option<Instead> {
        let answer = |answer| Some(Instead::Answer(answer));
        let error = |error: ZoomError| Some(Instead::Error(error));
        match self.effect() {
            Effect::NeverAnswer => Some(Instead::Silence),
            Effect::Reset => Some(Instead::End { with_reset: true }),
            Effect::CloseWithoutAnswer => Some(Instead::End { with_reset: false }),
            Effect::Status {
                code,
                headers,
                body,
            } => {
                let mut made = Answer::json(*code, body.clone());
                for (name, value) in headers {
                    made.add(name, value);
                }
                answer(made)
            }
            Effect::StatusSequence { codes } => {
                let number = usize::try_from(self.fired.count - 1).unwrap_or(usize::MAX);
                let code = codes.get(number).or(codes.last()).copied().unwrap_or(503);
                answer(Answer::json(code, Bytes::new()))
            }
            Effect::HtmlErrorPage { code } => {
                answer(Answer::text(*code, PAGE, "text/html; charset=utf-8"))
            }
            Effect::Empty200 => answer(Answer::json(200, Bytes::new())),
            Effect::Redirect { location } => {
                let mut made = Answer::json(307, Bytes::new());
                made.add("location", location);
                answer(made)
            }
            Effect::RetryAfter { code, value } => answer(told_to_wait(*code, value, about.now)),
            Effect::WrongSecret | Effect::UnknownClient => error(TokenError::InvalidClient.into()),
            Effect::WrongAccount => error(TokenError::InvalidAccount.into()),
            Effect::AppDeactivated => error(TokenError::InactiveApp.into()),
            Effect::UnsupportedGrant => error(TokenError::UnsupportedGrant.into()),
            Effect::NotJson => answer(Answer::text(200, "OK\n", "text/plain; charset=utf-8")),
            Effect::TokenExpired => error(BearerError::Expired.into()),
            Effect::TokenRevoked => error(BearerError::Invalid.into()),
            Effect::ScopeRemoved { .. } => error(ZoomError::MissingScope),
            Effect::PermissionRemoved => about
                .operation
                .permission()
                .and_then(|permission| error(ZoomError::Forbidden(permission))),
            Effect::SsoDisabled | Effect::PlanWithoutScim => error(ZoomError::NoSso),
            Effect::DuplicateInvisible => {
                error(UserError::TakenOnCreate(about.user_name.to_owned()).into())
            }
            Effect::NoSeats => error(UserError::NoPaidSeats.into()),
            Effect::DomainNotAssociated => error(UserError::UnassociatedDomain.into()),
            Effect::FilterRefused => error(Unsupported("userName".to_owned()).into()),
            Effect::NotScim => answer(Answer::json(200, "{\"status\":\"ok\"}\n")),
            _ => None,
        }
    }

    /// The limit that is exceeded, if it is; counts the request.
    pub(super) fn limited(
        &self,
        limiter: &mut Limiter,
        category: Category,
        now: Timestamp,
    ) -> Option<ZoomError> {
        let limits = match self.effect() {
            Effect::PerSecond { limit } => RateLimits {
                light_per_second: Some(*limit),
                ..RateLimits::default()
            },
            Effect::Daily { limit } => RateLimits {
                light_per_day: Some(*limit),
                ..RateLimits::default()
            },
            _ => return None,
        };
        let mut standing = limiter.count(&limits, Category::Light, now)?;
        standing.category = category;
        standing
            .exceeded
            .is_some()
            .then_some(ZoomError::RateLimited(standing))
    }

    /// Changes the answer that goes out, and says how it does.
    pub(super) fn deliver(&self, answer: &mut Answer, now: Timestamp) -> Delivery {
        let length = answer.body.len();
        let planned = |body_bytes: usize, ending: Ending| {
            let cuts = body_bytes < length || ending == Ending::Reset;
            Delivery::Planned(Outgoing {
                body_bytes,
                ending,
                pace: None,
                length_lie: 0,
                cuts,
            })
        };
        match self.effect() {
            Effect::Dribble {
                chunk_bytes,
                interval_ms,
            } => {
                let pace = Some((*chunk_bytes, Duration::from_millis(*interval_ms)));
                return Delivery::Planned(Outgoing {
                    body_bytes: length,
                    ending: Ending::Nothing,
                    pace,
                    length_lie: 0,
                    cuts: false,
                });
            }
            Effect::StallAfter { bytes } => return planned((*bytes).min(length), Ending::Stall),
            Effect::ResetAfter { bytes } => return planned((*bytes).min(length), Ending::Reset),
            Effect::Truncate {
                bytes: Some(bytes), ..
            } => return planned((*bytes).min(length), Ending::Close),
            Effect::Truncate { fraction, .. } => {
                let bytes = (length as f64 * fraction.unwrap_or(0.5)) as usize;
                return planned(bytes.min(length), Ending::Close);
            }
            Effect::CloseAfterResponse => return planned(length, Ending::Close),
            Effect::ContentLengthLie { add } => {
                return Delivery::Planned(Outgoing {
                    body_bytes: length,
                    ending: Ending::Close,
                    pace: None,
                    length_lie: *add,
                    cuts: true,
                });
            }
            Effect::DateSkew { s } => {
                let skewed = now
                    .checked_add(SignedDuration::from_secs(*s))
                    .unwrap_or(now);
                answer.add("date", &http_date(skewed));
            }
            // What follows changes a body, and there may be none.
            _ if length == 0 => {}
            Effect::WrongContentType => answer.content_type = Some("text/plain; charset=utf-8"),
            Effect::InvalidJson => {
                answer.body =
                    Bytes::from_static(b"{\"totalResults\": 1, \"Resources\": [{\"id\": }")
            }
            Effect::DuplicateKeys => answer.body = with_duplicate_key(&answer.body),
            Effect::Bom => answer.body = [b"\xef\xbb\xbf", &answer.body[..]].concat().into(),
            Effect::HugeBody { bytes } => {
                let mut body = answer.body.to_vec();
                body.resize((*bytes).max(body.len()), b' ');
                answer.body = body.into();
            }
            Effect::GzipBomb { bytes } => {
                answer.body = bomb(&answer.body, *bytes).into();
                answer.add("content-encoding", "gzip");
            }
            Effect::MissingField { name } => answer.body = without(&answer.body, name),
            _ => {}
        }
        Delivery::Whole
    }
}

/// What an answer in the place of another is about.
pub(super) struct About<'a> {
    pub(super) operation: Operation,
    /// The address in the request, where it has one.
    pub(super) user_name: &'a str,
    pub(super) now: Timestamp,
}

impl Answer {
    /// A text that is no JSON.
    fn text(status: u16, body: &'static str, content_type: &'static str) -> Self {
        Self {
            content_type: Some(content_type),
            ..Self::json(status, body)
        }
    }

    /// Adds a header; a rule's were checked when it was set.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            if name == header::CONTENT_TYPE {
                self.content_type = None;
            }
            self.headers.push((name, value));
        }
    }
}

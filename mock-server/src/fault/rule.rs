//! A fault rule: whom it hits, what happens, when.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::catalog::{self, CATALOG, CatalogEntry};
use super::effect::{Effect, Phase, RetryAfter};
use crate::operation::Operation;

/// The longest time that an effect may take.
pub(crate) const MAX_DELAY_MS: u64 = 10 * 60 * 1000;
/// The largest body that an effect may send.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;
/// The largest size that a compressed body may unpack to.
const MAX_UNPACKED_BYTES: u64 = 256 * 1024 * 1024;
/// How long an id, a name or a text in a rule may be.
const MAX_TEXT_BYTES: usize = 1024;
/// How many headers a status may have, how many statuses a sequence, how many scopes a token.
const MAX_ITEMS: usize = 100;
/// A name is suggested where it is at least so like what was written.
const LIKE: f64 = 0.6;
/// A beginning of so many characters is enough to guess a name by.
const LONG_ENOUGH: usize = 4;

/// A header that a request has to carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeaderMatch {
    /// The name, in any case.
    pub name: String,
    /// The exact value; absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// Whom a rule hits: all that is there has to fit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// An operation, `users.*`, `groups.*`, `rest.*`, or `*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// An account id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The client id that asks for a token, or that the token was issued to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The userName, in any case, or the Zoom id of whom the request is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// A header of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<HeaderMatch>,
    /// The scripted run that the request belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// So many that fit pass first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// The n-th that fits (from 1) after those, and no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// The rule fires so often at the most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// The chance that one that fits is hit, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// What the chance is drawn from: the same seed and rule decide the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// From this instant on, on the account's virtual clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub from: Option<Timestamp>,
    /// Before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub until: Option<Timestamp>,
    /// The rule is over so many seconds after it was set, on the server's virtual clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl_s: Option<u32>,
}

/// A fault rule.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct FaultRule {
    /// What it is called: setting another of the same id replaces it.
    pub id: String,
    /// Whom it hits.
    pub when: When,
    /// What happens.
    #[schema(value_type = Object)]
    pub then: Effect,
    /// When.
    pub phase: Phase,
}

/// A rule that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {message}")]
pub struct InvalidRule {
    /// Where, as a path into the rule.
    pub field: String,
    /// What is wrong with it, and what would be right.
    pub message: String,
}

fn invalid(field: impl Into<String>, message: impl Into<String>) -> InvalidRule {
    InvalidRule {
        field: field.into(),
        message: message.into(),
    }
}

/// The known name that is most like a text, or begins with it, if any does.
pub(crate) fn nearest<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| name.to_ascii_lowercase().replace('-', "_");
    let text = plain(text);
    let rated = known.map(|name| {
        let name_is = plain(name);
        let begins = text.len() >= LONG_ENOUGH && name_is.starts_with(&text);
        let alike = match begins {
            true => 1.0,
            false => strsim::normalized_damerau_levenshtein(&text, &name_is),
        };
        (alike, name)
    });
    let nearest = rated
        .filter(|(alike, _)| *alike >= LIKE)
        .max_by(|one, other| one.0.total_cmp(&other.0));
    nearest.map(|(_, name)| name)
}

/// "; did you mean ...", or what there is.
fn suggestion(text: &str, known: &[&str], where_listed: &str) -> String {
    match nearest(text, known.iter().copied()) {
        Some(name) => format!("`{text}` is none; did you mean `{name}`?"),
        None => format!("`{text}` is none; {where_listed}"),
    }
}

impl FaultRule {
    /// A rule that hits everything, with the effect's own phase.
    #[must_use]
    pub fn new(id: &str, then: Effect) -> Self {
        let phase = catalog::find(&then.name())
            .and_then(|entry| entry.phases.first())
            .copied()
            .unwrap_or(Phase::Before);
        Self {
            id: id.to_owned(),
            when: When::default(),
            then,
            phase,
        }
    }

    /// The rule for this operation only.
    #[must_use]
    pub fn on(mut self, operation: Operation) -> Self {
        self.when.operation = Some(operation.as_str().to_owned());
        self
    }

    /// The rule in this phase.
    #[must_use]
    pub fn phase(mut self, phase: Phase) -> Self {
        self.phase = phase;
        self
    }

    /// The rule, firing so often at the most.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.when.times = Some(times);
        self
    }

    /// Reads a rule from JSON. An id that is given stands for the one in the JSON.
    ///
    /// # Errors
    ///
    /// When a key is unknown, a value is out of its range, or effect, phase and operation do not go together;
    /// the error names the field and, for a name, the nearest that there is.
    pub fn read(json: &Value, id: Option<&str>) -> Result<Self, InvalidRule> {
        let map = json
            .as_object()
            .ok_or_else(|| invalid("", "must be a JSON object with `when` and `then`"))?;
        known_keys(map)?;
        let given = map.get("id").and_then(Value::as_str);
        let id = match (id, given, map.get("id")) {
            (Some(id), Some(given), _) if given != id => {
                return Err(invalid(
                    "id",
                    format!("is `{given}`, and the path says `{id}`"),
                ));
            }
            (Some(id), _, _) | (None, Some(id), _) => id.to_owned(),
            (None, None, None) => return Err(invalid("id", "is missing")),
            (None, None, Some(_)) => return Err(invalid("id", "must be a text")),
        };
        if id.is_empty() || id.len() > MAX_TEXT_BYTES {
            return Err(invalid("id", "must have 1 to 1024 bytes"));
        }
        let when = read_when(map.get("when"))?;
        let (then, entry) = read_effect(map.get("then"))?;
        check_effect(&then)?;
        let phase = match map.get("phase") {
            None => entry.phases.first().copied().unwrap_or(Phase::Before),
            Some(phase) => read_phase(phase, entry)?,
        };
        check_when(&when, entry)?;
        Ok(Self {
            id,
            when,
            then,
            phase,
        })
    }

    /// Reads many rules; those without an id are numbered.
    ///
    /// # Errors
    ///
    /// As [`FaultRule::read`], with the number of the rule in the field; and when two have the same id.
    pub fn read_all(rules: &[Value]) -> Result<Vec<Self>, InvalidRule> {
        let mut read: Vec<Self> = Vec::new();
        for (index, json) in rules.iter().enumerate() {
            let at = |error: InvalidRule| {
                let dot = if error.field.is_empty() { "" } else { "." };
                invalid(
                    format!("faults[{index}]{dot}{}", error.field),
                    error.message,
                )
            };
            let number = (index + 1).to_string();
            let id = json.get("id").is_none().then_some(number.as_str());
            let rule = Self::read(json, id).map_err(at)?;
            if read.iter().any(|other| other.id == rule.id) {
                return Err(at(invalid("id", format!("`{}` is there twice", rule.id))));
            }
            read.push(rule);
        }
        Ok(read)
    }

    /// Checks a rule that was made in code.
    ///
    /// # Errors
    ///
    /// As [`FaultRule::read`].
    pub fn check(&self) -> Result<(), InvalidRule> {
        let json = serde_json::to_value(self)
            .map_err(|error| invalid("", format!("cannot be JSON: {error}")))?;
        Self::read(&json, None).map(drop)
    }

    /// Whether the rule can act on an operation at all.
    pub(crate) fn acts_on(&self, operation: Operation) -> bool {
        let named = self.when.operation.as_deref();
        named.is_none_or(|pattern| fits(pattern, operation))
            && catalog::find(&self.then.name())
                .is_some_and(|entry| entry.acts_on.includes(operation))
    }
}

fn known_keys(map: &Map<String, Value>) -> Result<(), InvalidRule> {
    const KEYS: [&str; 4] = ["id", "when", "then", "phase"];
    match map.keys().find(|key| !KEYS.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => {
            let message = format!(
                "is no key of a rule: {}",
                suggestion(key, &KEYS, "there are id, when, then, phase")
            );
            Err(invalid(key, message))
        }
    }
}

fn read_when(json: Option<&Value>) -> Result<When, InvalidRule> {
    let Some(json) = json else {
        return Ok(When::default());
    };
    if !json.is_object() {
        return Err(invalid("when", "must be a JSON object"));
    }
    serde_path_to_error::deserialize(json).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." {
            "when".to_owned()
        } else {
            format!("when.{path}")
        };
        invalid(field, error.inner().to_string())
    })
}

/// Reads `then`: a name, or an object of one name with its parameters.
fn read_effect(json: Option<&Value>) -> Result<(Effect, &'static CatalogEntry), InvalidRule> {
    let name = match json {
        Some(Value::String(name)) => name,
        Some(Value::Object(map)) if map.len() == 1 => map.keys().next().map_or("", String::as_str),
        Some(_) => {
            return Err(invalid(
                "then",
                "must be the name of an effect, or an object of one name with its parameters",
            ));
        }
        None => return Err(invalid("then", "is missing: say what happens")),
    };
    let Some(entry) = catalog::find(name) else {
        let names: Vec<&str> = CATALOG.iter().map(|entry| entry.name).collect();
        let message = suggestion(name, &names, "GET /_mock/faults/catalog lists the effects");
        return Err(invalid("then", format!("names an effect: {message}")));
    };
    let effect =
        serde_path_to_error::deserialize(json.unwrap_or(&Value::Null)).map_err(|error| {
            let path = error.path().to_string();
            let field = if path == "." {
                format!("then.{name}")
            } else {
                format!("then.{path}")
            };
            invalid(
                field,
                format!("{}; such as {}", error.inner(), entry.example),
            )
        })?;
    Ok((effect, entry))
}

fn read_phase(json: &Value, entry: &CatalogEntry) -> Result<Phase, InvalidRule> {
    let known = [Phase::Before, Phase::After, Phase::Body];
    let text = json.as_str().unwrap_or_default();
    let Some(phase) = known.into_iter().find(|phase| phase.as_str() == text) else {
        let names = known.map(Phase::as_str);
        return Err(invalid(
            "phase",
            suggestion(text, &names, "there are before, after, body"),
        ));
    };
    if entry.phases.contains(&phase) {
        return Ok(phase);
    }
    let can: Vec<&str> = entry.phases.iter().map(|phase| phase.as_str()).collect();
    Err(invalid(
        "phase",
        format!(
            "cannot be `{text}` for `{}`, which acts {}",
            entry.name,
            can.join(" or ")
        ),
    ))
}

/// Whether an operation is one that a pattern names.
pub(crate) fn fits(pattern: &str, operation: Operation) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => operation.as_str().starts_with(start),
        None => operation.as_str() == pattern,
    }
}

fn check_when(when: &When, entry: &CatalogEntry) -> Result<(), InvalidRule> {
    if let Some(pattern) = &when.operation {
        let names = Operation::ALL.map(Operation::as_str);
        let is_pattern =
            ["*", "users.*", "groups.*", "rest.*", "token.*"].contains(&pattern.as_str());
        if !is_pattern && !names.contains(&pattern.as_str()) {
            let message = suggestion(
                pattern,
                &names,
                "there are users.*, groups.*, rest.*, * and the operations of the catalogue",
            );
            return Err(invalid(
                "when.operation",
                format!("names an operation: {message}"),
            ));
        }
        let meets =
            |operation: &Operation| fits(pattern, *operation) && entry.acts_on.includes(*operation);
        if !Operation::ALL.iter().any(meets) {
            return Err(invalid(
                "when.operation",
                format!(
                    "cannot be `{pattern}` for `{}`, which acts on {}",
                    entry.name,
                    entry.acts_on.as_str()
                ),
            ));
        }
    }
    if when
        .probability
        .is_some_and(|chance| !(0.0..=1.0).contains(&chance))
    {
        return Err(invalid("when.probability", "is from 0 to 1"));
    }
    for (field, number) in [("when.nth", when.nth), ("when.times", when.times)] {
        if number == Some(0) {
            return Err(invalid(field, "is at least 1"));
        }
    }
    if when.ttl_s == Some(0) {
        return Err(invalid("when.ttl_s", "is at least 1"));
    }
    if when.seed.is_some() && when.probability.is_none() {
        return Err(invalid("when.seed", "has no meaning without `probability`"));
    }
    if let (Some(from), Some(until)) = (when.from, when.until)
        && from >= until
    {
        return Err(invalid("when.until", "is after `from`"));
    }
    let texts = [
        ("when.account", &when.account),
        ("when.client_id", &when.client_id),
        ("when.user", &when.user),
        ("when.run", &when.run),
    ];
    for (field, text) in texts {
        if text
            .as_ref()
            .is_some_and(|text| text.is_empty() || text.len() > MAX_TEXT_BYTES)
        {
            return Err(invalid(field, "must have 1 to 1024 bytes"));
        }
    }
    match &when.header {
        Some(header) if http::HeaderName::try_from(header.name.as_str()).is_err() => {
            Err(invalid("when.header.name", "must be the name of a header"))
        }
        _ => Ok(()),
    }
}

/// Checks the parameters' ranges.
fn check_effect(effect: &Effect) -> Result<(), InvalidRule> {
    let field = |parameter: &str| format!("then.{}.{parameter}", effect.name());
    let limit = |parameter: &str, value: u64, most: u64| match value > most {
        true => Err(invalid(field(parameter), format!("is at most {most}"))),
        false => Ok(()),
    };
    let status = |parameter: &str, code: u16| match (200..=599).contains(&code) {
        true => Ok(()),
        false => Err(invalid(field(parameter), "is a status from 200 to 599")),
    };
    let size = |parameter: &str, bytes: usize| {
        limit(
            parameter,
            u64::try_from(bytes).unwrap_or(u64::MAX),
            MAX_BODY_BYTES as u64,
        )
    };
    match effect {
        Effect::Delay { ms } => limit("ms", *ms, MAX_DELAY_MS),
        Effect::DelayUniform { min_ms, max_ms } if min_ms > max_ms => {
            Err(invalid(field("max_ms"), "is at least `min_ms`"))
        }
        Effect::DelayUniform { max_ms, .. } => limit("max_ms", *max_ms, MAX_DELAY_MS),
        Effect::DelayLognormal { median_ms, p99_ms } if *median_ms == 0 || median_ms > p99_ms => {
            Err(invalid(
                field("p99_ms"),
                "is at least `median_ms`, and that is at least 1",
            ))
        }
        Effect::DelayLognormal { p99_ms, .. } => limit("p99_ms", *p99_ms, MAX_DELAY_MS),
        Effect::Dribble { chunk_bytes: 0, .. } => {
            Err(invalid(field("chunk_bytes"), "is at least 1"))
        }
        Effect::Dribble { interval_ms, .. } => limit("interval_ms", *interval_ms, MAX_DELAY_MS),
        Effect::Status {
            code,
            headers,
            body,
        } => {
            status("code", *code)?;
            size("body", body.len())?;
            check_headers(headers, &field("headers"))
        }
        Effect::StatusSequence { codes } => {
            if codes.is_empty() || codes.len() > MAX_ITEMS {
                return Err(invalid(field("codes"), "holds 1 to 100 statuses"));
            }
            codes.iter().try_for_each(|code| status("codes", *code))
        }
        Effect::HtmlErrorPage { code } => status("code", *code),
        Effect::Redirect { location } => match http::HeaderValue::try_from(location.as_str()) {
            Ok(_) if !location.is_empty() => Ok(()),
            _ => Err(invalid(field("location"), "must be a URL")),
        },
        Effect::RetryAfter { code, value } => check_retry_after(*code, value, &field("code")),
        Effect::Truncate { bytes, fraction } => match (bytes, fraction) {
            (Some(bytes), None) => size("bytes", *bytes),
            (None, Some(fraction)) if (0.0..1.0).contains(fraction) => Ok(()),
            (None, Some(_)) => Err(invalid(field("fraction"), "is from 0 to less than 1")),
            _ => Err(invalid(
                field("bytes"),
                "is needed, or `fraction` in its place",
            )),
        },
        Effect::HugeBody { bytes } => size("bytes", *bytes),
        Effect::GzipBomb { bytes } => limit("bytes", *bytes, MAX_UNPACKED_BYTES),
        Effect::ContentLengthLie { add: 0 } => Err(invalid(field("add"), "is not 0")),
        Effect::ContentLengthLie { add } => limit("add", add.unsigned_abs(), MAX_BODY_BYTES as u64),
        Effect::StallAfter { bytes } | Effect::ResetAfter { bytes } => size("bytes", *bytes),
        Effect::WithoutScope { scopes } if scopes.is_empty() || scopes.len() > MAX_ITEMS => {
            Err(invalid(field("scopes"), "holds 1 to 100 scopes"))
        }
        Effect::StaleReads { reads, ms } => match (reads, ms) {
            (Some(_), None) => Ok(()),
            (None, Some(ms)) => limit("ms", *ms, MAX_DELAY_MS),
            _ => Err(invalid(field("reads"), "is needed, or `ms` in its place")),
        },
        Effect::PageDrift { by: 0 } => Err(invalid(field("by"), "is not 0")),
        Effect::OddTokenType { value } | Effect::MissingField { name: value } => limit(
            "value",
            u64::try_from(value.len()).unwrap_or(u64::MAX),
            MAX_TEXT_BYTES as u64,
        ),
        Effect::DateSkew { s } => limit("s", s.unsigned_abs(), 10 * 366 * 24 * 3600),
        _ => Ok(()),
    }
}

fn check_headers(
    headers: &std::collections::BTreeMap<String, String>,
    field: &str,
) -> Result<(), InvalidRule> {
    if headers.len() > MAX_ITEMS {
        return Err(invalid(field, "holds at most 100 headers"));
    }
    for (name, value) in headers {
        let is_header = http::HeaderName::try_from(name.as_str()).is_ok()
            && http::HeaderValue::try_from(value.as_str()).is_ok();
        if !is_header {
            return Err(invalid(format!("{field}.{name}"), "cannot be a header"));
        }
    }
    Ok(())
}

fn check_retry_after(code: u16, value: &RetryAfter, field: &str) -> Result<(), InvalidRule> {
    if code != 429 && code != 503 {
        return Err(invalid(field, "is 429 or 503"));
    }
    let most = 100 * 366 * 24 * 3600;
    match value {
        RetryAfter::HttpDateInS(s) | RetryAfter::IsoDateInS(s) if s.abs() > most => {
            Err(invalid("then.retry_after.value", "is within 100 years"))
        }
        _ => Ok(()),
    }
}

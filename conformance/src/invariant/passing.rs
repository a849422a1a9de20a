//! Faults that pass by themselves while a run is under way, and that a good client does not let show.
//!
//! A run that met one such fault and no other is judged as a run without faults is, but for needless writes:
//! a single 503, reset or refused token is tried again, a lost create is looked up, and whoever is told to
//! wait for a few seconds waits.

use crate::run::{Exchange, Record};

/// How often a run may be told to wait.
const MAX_TOLD: usize = 3;
/// A longer wait ends a run, in seconds.
const LONGEST_S: u64 = 30;

/// Whether a run was faulty, and all that it met passed.
pub(super) fn is_all(record: &Record) -> bool {
    if !record.faulty || record.still_faulty || record.killed || !record.unread.is_empty() {
        return false;
    }
    let met: Vec<&Exchange> = record
        .exchanges
        .iter()
        .filter(|exchange| exchange.fault.is_some())
        .collect();
    // A token may have expired as well, and who asks for two in a row may give up.
    let mut refused = record.exchanges.iter();
    if refused.any(|exchange| exchange.fault.is_none() && exchange.status == 401) {
        return false;
    }
    let told = met.iter().filter(|exchange| is_short_wait(exchange));
    match met.as_slice() {
        [one] => is_short_wait(one) || is_passing(one),
        many => (1..=MAX_TOLD).contains(&many.len()) && told.count() == many.len(),
    }
}

fn is_short_wait(exchange: &Exchange) -> bool {
    let told = exchange.retry_after.as_deref();
    let seconds = told.and_then(|told| told.parse::<u64>().ok());
    exchange.status == 429 && seconds.is_some_and(|seconds| seconds <= LONGEST_S)
}

fn is_passing(exchange: &Exchange) -> bool {
    let Some(met) = &exchange.fault else {
        return false;
    };
    match met.effect.as_str() {
        "reset" | "close_without_answer" => met.lost,
        "token_expired" | "token_revoked" => true,
        "status" if exchange.status == 204 => {
            // A refusal that is answered so is a lie.
            let is_done = met
                .applied
                .is_some_and(|status| (200..300).contains(&status));
            is_done && exchange.method != "POST"
        }
        "status" | "html_error_page" => {
            met.phase == "before" && (502..=504).contains(&exchange.status)
        }
        _ => false,
    }
}

//! Credentials in texts: found wherever they stand, and replaced by what stands for them.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use memchr::memmem::Finder;
use percent_encoding::percent_decode_str;

use super::fingerprint;

/// How every token of Zoom's starts: with the `sv` of its header.
pub(super) const TOKEN_START: &str = "eyJzdiI6";

static TOKEN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(TOKEN_START));

/// What must not be seen in a text: these secrets, and tokens, which are known by their look. Clones share
/// it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Secrets(Arc<[Finder<'static>]>);

impl Secrets {
    pub(crate) fn new<'a>(secrets: impl Iterator<Item = &'a str>) -> Self {
        let secrets = secrets.filter(|secret| !secret.is_empty());
        Self(
            secrets
                .map(|secret| Finder::new(secret).into_owned())
                .collect(),
        )
    }

    /// Where credentials stand, in order and apart from each other. Every secret goes over the text once.
    fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for start in TOKEN.find_iter(text) {
            if found.last().is_none_or(|token| token.end <= start) {
                found.push(start..start + token_bytes(text.get(start..).unwrap_or_default()));
            }
        }
        for secret in self.0.iter() {
            let starts = secret.find_iter(text);
            found.extend(starts.map(|start| start..start + secret.needle().len()));
        }
        found.sort_by_key(|range| range.start);
        let mut end = 0;
        found.retain(|range| {
            let is_apart = range.start >= end;
            end = end.max(range.end);
            is_apart
        });
        found
    }

    /// The text with fingerprints in their place; `None` where there are none.
    pub(crate) fn removed(&self, text: &[u8]) -> Option<Vec<u8>> {
        let found = self.find(text);
        if found.is_empty() {
            return None;
        }
        let (mut clean, mut done) = (Vec::with_capacity(text.len()), 0);
        for range in found {
            clean.extend_from_slice(text.get(done..range.start).unwrap_or_default());
            let credential = text.get(range.clone()).unwrap_or_default();
            clean.extend_from_slice(fingerprint(&String::from_utf8_lossy(credential)).as_bytes());
            done = range.end;
        }
        clean.extend_from_slice(text.get(done..).unwrap_or_default());
        Some(clean)
    }

    /// As [`Secrets::removed`], of a text in which they may be percent-encoded.
    pub(crate) fn removed_encoded(&self, text: &str) -> Option<String> {
        let decoded: Cow<'_, [u8]> = percent_decode_str(text).into();
        let clean = self.removed(&decoded)?;
        Some(String::from_utf8_lossy(&clean).into_owned())
    }

    /// As [`Secrets::removed_encoded`], pair by pair of a query or a form.
    pub(crate) fn removed_from_pairs(&self, text: &str) -> Option<String> {
        let decoded: Cow<'_, [u8]> = percent_decode_str(text).into();
        if self.find(&decoded).is_empty() {
            return None;
        }
        let pairs = text.split('&').map(|pair| {
            let clean = self.removed_encoded(pair);
            clean.unwrap_or_else(|| pair.to_owned())
        });
        Some(pairs.collect::<Vec<_>>().join("&"))
    }
}

/// How long the token is with which a text starts.
fn token_bytes(text: &[u8]) -> usize {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let end = text.iter().position(|byte| !is_part(byte));
    end.unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_replaced_wherever_they_stand() {
        let secrets = Secrets::new(["s3cret", "", "other"].into_iter());
        let clean = |text: &str| {
            secrets
                .removed(text.as_bytes())
                .map(|clean| String::from_utf8(clean).unwrap())
        };
        let (one, other) = (fingerprint("s3cret"), fingerprint("other"));
        assert_eq!(
            clean("a s3cret, another, s3cret"),
            Some(format!("a {one}, an{other}, {one}"))
        );
        let token = format!("{TOKEN_START}a-b_c.d.e");
        assert_eq!(
            clean(&format!("\"{token}\"")),
            Some(format!("\"{}\"", fingerprint(&token)))
        );
        assert_eq!(clean("nothing"), None);
        assert_eq!(
            secrets.removed_encoded("/x/s%33cret"),
            Some(format!("/x/{one}"))
        );
        assert_eq!(secrets.removed_encoded("/x/%20"), None);
        let pairs = secrets.removed_from_pairs("a=%26&b=%73%33cret&c=%3D");
        assert_eq!(pairs, Some(format!("a=%26&b={one}&c=%3D")));
    }

    /// Where every credential were looked for anew after the one before, this would take minutes.
    #[test]
    fn a_text_full_of_credentials_costs_its_length() {
        let secrets = Secrets::new(["s3cret", "other"].into_iter());
        let shown = |credential: &str| fingerprint(credential).len();
        for (credential, separator, number) in [
            ("s3cret", " ", 50_000),
            ("eyJzdiI6x", "\"", 50_000),
            ("eyJzdiI6", "", 100_000),
        ] {
            let text = [credential, separator].concat().repeat(number);
            let clean = secrets.removed(text.as_bytes()).unwrap();
            let expected = match separator {
                // Without an end it is one token.
                "" => shown(&text),
                _ => number * (shown(credential) + separator.len()),
            };
            assert_eq!(clean.len(), expected, "{credential}");
        }
    }
}

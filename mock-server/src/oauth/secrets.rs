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

    /// Where the first credential stands.
    fn find(&self, text: &[u8]) -> Option<Range<usize>> {
        let secrets = self.0.iter().filter_map(|secret| {
            let start = secret.find(text)?;
            Some(start..start + secret.needle().len())
        });
        let token = TOKEN.find(text).map(|start| {
            let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
            let rest = text.get(start..).unwrap_or_default();
            let end = rest.iter().position(|byte| !is_part(byte));
            start..start + end.unwrap_or(rest.len())
        });
        secrets.chain(token).min_by_key(|found| found.start)
    }

    /// The text with fingerprints in their place; `None` where there are none.
    pub(crate) fn removed(&self, text: &[u8]) -> Option<Vec<u8>> {
        let mut found = self.find(text)?;
        let (mut clean, mut rest) = (Vec::with_capacity(text.len()), text);
        loop {
            let credential = rest.get(found.clone()).unwrap_or_default();
            clean.extend_from_slice(rest.get(..found.start).unwrap_or_default());
            clean.extend_from_slice(fingerprint(&String::from_utf8_lossy(credential)).as_bytes());
            rest = rest.get(found.end..).unwrap_or_default();
            match self.find(rest) {
                Some(next) => found = next,
                None => break,
            }
        }
        clean.extend_from_slice(rest);
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
        self.find(&decoded)?;
        let pairs = text.split('&').map(|pair| {
            let clean = self.removed_encoded(pair);
            clean.unwrap_or_else(|| pair.to_owned())
        });
        Some(pairs.collect::<Vec<_>>().join("&"))
    }
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
}

//! Credentials in texts that are known by the name before them, whoever they belong to.

use std::borrow::Cow;

use percent_encoding::percent_decode;
use serde::de::IgnoredAny;

use super::fingerprint;

/// What names a credential in a query, a form or a JSON object, in any case.
const NAMES: [&str; 5] = [
    "client_secret",
    "access_token",
    "refresh_token",
    "assertion",
    "password",
];

/// The text with fingerprints in the place of what is named a credential; `None` where nothing is. A text
/// that begins as JSON does is read as JSON, any other as the pairs of a form.
pub(crate) fn removed_from_body(text: &[u8]) -> Option<Vec<u8>> {
    match text.trim_ascii_start().first() {
        Some(b'{' | b'[') => removed_from_json(text),
        _ => removed_from_pairs(text),
    }
}

/// As [`removed_from_body`], of a query or a form.
pub(crate) fn removed_from_pairs(text: &[u8]) -> Option<Vec<u8>> {
    let pairs = || text.split(|byte| *byte == b'&');
    if !pairs().any(|pair| credential_of_pair(pair).is_some()) {
        return None;
    }
    let clean = pairs().map(|pair| match credential_of_pair(pair) {
        Some((name, value)) => {
            let mut clean = name.to_vec();
            clean.push(b'=');
            clean.extend_from_slice(fingerprint(&value).as_bytes());
            Cow::Owned(clean)
        }
        None => Cow::Borrowed(pair),
    });
    Some(clean.collect::<Vec<_>>().join(&b'&'))
}

/// The name of a pair as it was sent, and the value that it calls a credential.
fn credential_of_pair(pair: &[u8]) -> Option<(&[u8], String)> {
    let end = pair.iter().position(|byte| *byte == b'=')?;
    let (name, value) = (pair.get(..end)?, pair.get(end + 1..)?);
    let is_named = match name.contains(&b'%') {
        true => is_name(&Cow::from(percent_decode(name))),
        false => is_name(name),
    };
    if !is_named || value.is_empty() {
        return None;
    }
    let decoded = form_urlencoded::parse(pair).next();
    Some((name, decoded.map(|(_, value)| value.into_owned())?))
}

fn is_name(text: &[u8]) -> bool {
    let mut names = NAMES.iter();
    names.any(|name| text.eq_ignore_ascii_case(name.as_bytes()))
}

/// JSON that is cut off or wrong is cleaned as far as it goes.
fn removed_from_json(text: &[u8]) -> Option<Vec<u8>> {
    let (mut clean, mut done) = (Vec::new(), 0);
    while let Some((start, end)) = credential_in_json(text, done) {
        clean.extend_from_slice(text.get(done..start).unwrap_or_default());
        let value = text.get(start..end).unwrap_or_default();
        // The same credential has the same fingerprint, however it was written.
        let said = serde_json::from_slice::<String>(value)
            .unwrap_or_else(|_| String::from_utf8_lossy(value).into_owned());
        clean.extend_from_slice(format!("\"{}\"", fingerprint(&said)).as_bytes());
        done = end;
    }
    if clean.is_empty() {
        return None;
    }
    clean.extend_from_slice(text.get(done..).unwrap_or_default());
    Some(clean)
}

/// From where to where the first value stands, after a place, that its key calls a credential.
fn credential_in_json(text: &[u8], from: usize) -> Option<(usize, usize)> {
    let rest = text.get(from..)?;
    memchr::memchr_iter(b'"', rest).find_map(|quote| {
        let after = rest.get(quote + 1..)?;
        let name = NAMES.iter().find(|name| {
            let named = after.get(..name.len());
            named.is_some_and(|named| named.eq_ignore_ascii_case(name.as_bytes()))
                && after.get(name.len()) == Some(&b'"')
        })?;
        let after_name = after.get(name.len() + 1..)?.trim_ascii_start();
        let value = after_name.strip_prefix(b":")?.trim_ascii_start();
        let start = text.len() - value.len();
        let mut values = serde_json::Deserializer::from_slice(value).into_iter::<IgnoredAny>();
        match values.next() {
            Some(Ok(_)) if value.starts_with(b"null") => None,
            Some(Ok(_)) => Some((start, start + values.byte_offset())),
            // It does not end: neither does what must not be seen.
            Some(Err(_)) => Some((start, text.len())),
            None => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(text: &str) -> Option<String> {
        removed_from_body(text.as_bytes()).map(|clean| String::from_utf8(clean).unwrap())
    }

    #[test]
    fn a_pair_is_known_by_its_name() {
        let secret = fingerprint("s3 cret");
        assert_eq!(
            clean("a=b&Client_Secret=s3+cret&password=&client%5Fsecret=s3%20cret&c"),
            Some(format!(
                "a=b&Client_Secret={secret}&password=&client%5Fsecret={secret}&c"
            ))
        );
        for harmless in ["", "a=password", "passwords=x", "client_secret", "%ff=x"] {
            assert_eq!(clean(harmless), None, "{harmless}");
        }
    }

    #[test]
    fn a_member_is_known_by_its_key() {
        let (secret, number) = (fingerprint("s3\"cret"), fingerprint("5"));
        assert_eq!(
            clean(r#" {"a":{"PASSWORD" : "s3\"cret", "b":1},"assertion":5,"c":"password"}"#),
            Some(format!(
                r#" {{"a":{{"PASSWORD" : "{secret}", "b":1}},"assertion":"{number}","c":"password"}}"#
            ))
        );
        let cut = clean(r#"[{"refresh_token":"s3cr"#).unwrap();
        assert!(cut.starts_with(r#"[{"refresh_token":"sha256:"#) && !cut.contains("s3cr"));
        let deep = clean(r#"{"access_token":{"is":["s3cret"]},"b":2}"#).unwrap();
        assert!(deep.ends_with(r#","b":2}"#) && !deep.contains("s3cret"));
        for harmless in [
            r#"{"password":null}"#,
            r#"{"a":"password"}"#,
            r#"{"passwords":"x"}"#,
            r#"{"password""#,
        ] {
            assert_eq!(clean(harmless), None, "{harmless}");
        }
    }
}

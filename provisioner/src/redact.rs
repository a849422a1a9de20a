//! Takes secrets out of what is told, in whatever form a server may have repeated them.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret as _, SecretString};

/// What stands in a secret's place.
const REMOVED: &str = "[secret]";
/// What stands in the place of a text that hides a secret where it cannot be cut out.
const WITHHELD: &str = "[withheld, for it repeats the secret]";
/// Shorter ones are no secrets; taking them out would leave nothing of any text.
const MIN_SECRET_BYTES: usize = 4;
/// The middle of a secret in base64 is looked for where it is long enough not to be met by chance.
const MIN_MIDDLE: usize = 8;

/// The secrets to take out, which its `Debug` does not show.
#[derive(Debug, Default)]
pub(crate) struct Redactor {
    /// What is looked for in whatever case, for hosts lose theirs; in lower case, the longest first.
    forms: Vec<SecretString>,
}

impl Redactor {
    /// What of a connection is secret: the secret, and the header that it is sent in.
    pub(crate) fn new(client_id: &str, secret: &SecretString) -> Self {
        let mut redactor = Self::default();
        redactor.learn(secret);
        let pair = format!("{client_id}:{}", secret.expose_secret());
        redactor.learn(&pair.into());
        redactor
    }

    /// One more secret, and its forms: as it is and as JSON, percent-encoded, base64 (alone, and at any place
    /// in something longer), hexadecimal.
    pub(crate) fn learn(&mut self, secret: &SecretString) {
        let plain = secret.expose_secret();
        if plain.len() < MIN_SECRET_BYTES {
            return;
        }
        let json = serde_json::Value::from(plain).to_string();
        let hex = crate::digest::hex(plain.as_bytes());
        let mut forms = vec![
            plain.to_owned(),
            plain.trim().to_owned(),
            json.trim_matches('"').to_owned(),
            hex,
        ];
        for encoded in [percent(plain), as_form(plain), percent_all(plain)] {
            forms.push(encoded.replace("%20", "+"));
            forms.push(encoded);
        }
        for text in [plain, plain.trim()] {
            for encoded in [STANDARD.encode(text), URL_SAFE.encode(text)] {
                forms.push(encoded.trim_end_matches('=').to_owned());
            }
            forms.extend(middles(text));
        }
        forms.retain(|form| form.len() >= MIN_SECRET_BYTES);
        let lower = forms.into_iter().map(|form| form.to_ascii_lowercase());
        self.forms.extend(lower.map(SecretString::from));
        self.forms
            .sort_by_key(|form| std::cmp::Reverse(form.expose_secret().len()));
    }

    /// The text without any secret.
    pub(crate) fn clean(&self, text: &str) -> String {
        let mut clean = text.to_owned();
        for form in &self.forms {
            let form = form.expose_secret();
            // Most texts are short: a token does not fit into them, and to prepare a search for one takes long.
            if form.len() <= clean.len() {
                clean = without(&clean, form);
            }
        }
        // Encoded more or otherwise than we would have.
        let decoded = percent_decode_str(&clean).decode_utf8_lossy();
        let decoded = decoded.to_ascii_lowercase();
        let hides = |form: &SecretString| {
            let form = form.expose_secret();
            form.len() <= decoded.len() && decoded.contains(form)
        };
        if self.forms.iter().any(hides) {
            return WITHHELD.to_owned();
        }
        clean
    }
}

/// The text without a form, which is in lower case.
fn without(text: &str, form: &str) -> String {
    // The lower case of ASCII has the same places.
    let lower = text.to_ascii_lowercase();
    let mut clean = String::new();
    let mut from = 0;
    for (at, _) in lower.match_indices(form) {
        clean.push_str(text.get(from..at).unwrap_or_default());
        clean.push_str(REMOVED);
        from = at + form.len();
    }
    clean.push_str(text.get(from..).unwrap_or_default());
    clean
}

/// Everything but letters and digits percent-encoded.
fn percent(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Percent-encoded as a form is.
fn as_form(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Everything percent-encoded.
fn percent_all(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

/// What base64 makes of a secret inside something longer, at each of the three places where it may begin,
/// without the characters that its neighbours have a share in.
fn middles(text: &str) -> Vec<String> {
    let mut middles = Vec::new();
    for before in 0..3_usize {
        let mut bytes = vec![0_u8; before];
        bytes.extend_from_slice(text.as_bytes());
        // Characters that hold a bit of what stands before, and of what stands behind.
        let first = (before * 8).div_ceil(6);
        let whole = bytes.len() * 8 / 6;
        for encoded in [STANDARD.encode(&bytes), URL_SAFE.encode(&bytes)] {
            if let Some(middle) = encoded.get(first..whole)
                && middle.len() >= MIN_MIDDLE
            {
                middles.push(middle.to_owned());
            }
        }
    }
    middles
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redactor(secret: &str) -> Redactor {
        Redactor::new("client", &secret.to_owned().into())
    }

    #[test]
    fn takes_a_secret_out_in_every_form() {
        let secret = "c4n4ry/s3cret+\"1 2\"&%";
        let redactor = redactor(secret);
        for form in [
            secret.to_owned(),
            serde_json::Value::from(secret).to_string(),
            percent(secret),
            as_form(secret),
            percent_all(secret),
            percent(secret).to_lowercase(),
            secret.to_uppercase(),
            STANDARD.encode(secret),
            URL_SAFE.encode(secret),
            STANDARD.encode(format!("client:{secret}")),
            crate::digest::hex(secret.as_bytes()),
        ] {
            let clean = redactor.clean(&format!("it said <{form}> twice: {form}"));
            assert!(!clean.contains(&form), "{clean}");
            assert!(
                clean.contains(REMOVED) || clean == WITHHELD,
                "{form}: {clean}"
            );
        }
        assert_eq!(redactor.clean("nothing of it"), "nothing of it");
        // A mixture that nobody would make by chance.
        let (first, rest) = secret.split_at(1);
        let mixed = percent_all(first) + &percent(rest);
        assert_eq!(redactor.clean(&mixed), WITHHELD);
    }

    #[test]
    fn a_secret_of_a_few_letters_does_not_empty_every_text() {
        assert_eq!(redactor("a").clean("a b a"), "a b a");
    }

    proptest! {
        #[test]
        fn base64_of_something_longer_shows_nothing(
            secret in "[A-Za-z0-9_-]{16,40}", before in "[a-z:]{0,5}", after in "[a-z:]{0,5}",
        ) {
            let encoded = STANDARD.encode(format!("{before}{secret}{after}"));
            let clean = redactor(&secret).clean(&encoded);
            // What is left are the characters at the ends.
            prop_assert!(clean.contains(REMOVED), "{encoded} {clean}");
            prop_assert!(clean.replace(REMOVED, "").len() <= 18, "{encoded} {clean}");
        }
    }
}

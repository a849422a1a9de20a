//! Looks for a secret in whatever was written, in the forms in which it may have got there.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// A shorter piece of base64 is met by chance.
const MIN_MIDDLE: usize = 8;

/// A secret, and what it looks like.
pub(super) struct Canary {
    name: &'static str,
    forms: Vec<(&'static str, Vec<u8>)>,
}

impl Canary {
    pub(super) fn new(name: &'static str, secret: &str) -> Self {
        let mut forms = vec![("raw", secret.into())];
        let json = serde_json::to_string(secret).unwrap();
        forms.push(("json", json.trim_matches('"').into()));
        let escaped: String = secret.escape_debug().collect();
        forms.push(("debug", escaped.into()));
        for (name, url) in urls(secret) {
            forms.push((name, url.into()));
        }
        for piece in middles(secret) {
            forms.push(("base64", piece.into()));
        }
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        forms.push(("HEX", hex.to_uppercase().into()));
        forms.push(("hex", hex.into()));
        let little: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
        forms.push(("utf-16le", little));
        Self { name, forms }
    }

    /// The first form in which it is there.
    pub(super) fn found_in(&self, bytes: &[u8]) -> Option<&'static str> {
        let is_there = |form: &[u8]| bytes.windows(form.len()).any(|window| window == form);
        let mut forms = self.forms.iter();
        Some(forms.find(|(_, form)| is_there(form))?.0)
    }

    #[track_caller]
    pub(super) fn is_not_in(&self, place: &str, bytes: &[u8]) {
        assert_eq!(
            self.found_in(bytes),
            None,
            "{} is in {place}:\n{}",
            self.name,
            String::from_utf8_lossy(bytes)
        );
    }
}

/// A secret in a URL: all of it encoded, all but letters and digits, and as a form has it.
fn urls(secret: &str) -> Vec<(&'static str, String)> {
    let all: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let most =
        percent_encoding::percent_encode(secret.as_bytes(), percent_encoding::NON_ALPHANUMERIC);
    let most = most.to_string();
    vec![
        ("url", all.to_lowercase()),
        ("url", all),
        ("url", lower_escapes(&most)),
        ("url", most),
        (
            "url",
            url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
        ),
    ]
}

/// The hexadecimal digits of escapes in lower case, and nothing else.
fn lower_escapes(text: &str) -> String {
    let mut parts = text.split('%');
    let mut lower = parts.next().unwrap().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        lower += &format!("%{}{rest}", digits.to_lowercase());
    }
    lower
}

/// What is left of a secret in base64, at each place where it may stand in something longer. So a pair of an id and
/// the secret is found too.
fn middles(secret: &str) -> Vec<String> {
    let mut middles = Vec::new();
    for before in 0..3 {
        let mut bytes = vec![0; before];
        bytes.extend(secret.bytes());
        let (first, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
        for encoded in [STANDARD.encode(&bytes), URL_SAFE.encode(&bytes)] {
            let middle = encoded[first..end].to_owned();
            assert!(middle.len() >= MIN_MIDDLE);
            middles.push(middle);
        }
    }
    middles
}

#[test]
fn each_form_is_found_wherever_it_stands() {
    let secret = "Zc4n\"4ry\\/+&%=\u{e9}~ \u{fb}?";
    let canary = Canary::new("a secret", secret);
    let percent = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    let utf16: Vec<u8> = secret
        .encode_utf16()
        .flat_map(|unit| [(unit & 0xff) as u8, (unit >> 8) as u8])
        .collect();
    let mut planted: Vec<(&str, Vec<u8>)> = vec![
        ("raw", secret.into()),
        (
            "json",
            serde_json::json!({ "detail": secret }).to_string().into(),
        ),
        ("debug", format!("{secret:?}").into()),
        (
            "url",
            secret.bytes().map(percent).collect::<String>().into(),
        ),
        (
            "url",
            secret
                .bytes()
                .map(|byte| format!("%{byte:02x}"))
                .collect::<String>()
                .into(),
        ),
        (
            "hex",
            secret
                .bytes()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
                .into(),
        ),
        (
            "HEX",
            secret
                .bytes()
                .map(|byte| format!("{byte:02X}"))
                .collect::<String>()
                .into(),
        ),
        ("utf-16le", utf16),
    ];
    for before in ["", "c", "ci", "cid", "cid:", "a longer id:"] {
        for after in ["", "x", "xy", "xyz"] {
            let text = format!("{before}{secret}{after}");
            planted.push(("base64", STANDARD.encode(&text).into()));
            planted.push(("base64", URL_SAFE.encode(&text).into()));
        }
    }
    for (form, bytes) in planted {
        for noise in ["", "x", "some noise"] {
            let all = [noise.as_bytes(), &bytes, noise.as_bytes()].concat();
            let found = canary.found_in(&all);
            let shown = String::from_utf8_lossy(&all);
            // What needs no escape is found as it is.
            assert!(
                found == Some(form) || found == Some("json"),
                "{form}: {found:?} in {shown}"
            );
        }
    }
}

#[test]
fn nothing_is_found_where_nothing_is() {
    let canary = Canary::new("a secret", "Zc4n4ry-of-some-length");
    for text in [
        "",
        "Zc4n4ry",
        "of some length",
        "zc4n4ry-of-some-length",
        "[secret]",
    ] {
        assert_eq!(canary.found_in(text.as_bytes()), None, "{text}");
        assert_eq!(
            canary.found_in(STANDARD.encode(text).as_bytes()),
            None,
            "{text}"
        );
    }
}

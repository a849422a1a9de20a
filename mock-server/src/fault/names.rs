//! Names that may be meant by one that is none.

/// A name is suggested where it is at least so like what was written.
const LIKE: f64 = 0.6;
/// A beginning of so many characters is enough to guess a name by.
const LONG_ENOUGH: usize = 4;

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
pub(super) fn suggestion(text: &str, known: &[&str], where_listed: &str) -> String {
    match nearest(text, known.iter().copied()) {
        Some(name) => format!("`{text}` is none; did you mean `{name}`?"),
        None => format!("`{text}` is none; {where_listed}"),
    }
}

//! What a command shows: JSON, pairs, or rows in columns.

use std::io::{self, Write as _};

use anstyle::Style;
use serde_json::Value;

const HEADING: Style = Style::new().bold();

/// Shows the JSON itself, or what `text` makes of it.
pub(super) fn show(
    json: bool,
    value: &Value,
    text: impl FnOnce(&Value) -> String,
) -> io::Result<()> {
    let mut out = anstream::stdout();
    match json {
        true => writeln!(out, "{value:#}"),
        false => write!(out, "{}", text(value)),
    }
}

/// One line for each member, those of an object in an object as `outer.inner`, and one for each item of a
/// list.
pub(super) fn pairs(value: &Value) -> String {
    let mut lines = Vec::new();
    flatten("", value, &mut lines);
    let width = lines
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or_default();
    let line = |(name, text): (String, String)| format!("{name:width$}  {text}\n");
    lines.into_iter().map(line).collect()
}

fn flatten(prefix: &str, value: &Value, lines: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = match prefix {
                    "" => name.clone(),
                    _ => format!("{prefix}.{name}"),
                };
                flatten(&name, member, lines);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let names = std::iter::once(prefix).chain(std::iter::repeat(""));
            let of = |(name, item): (&str, &Value)| (name.to_owned(), plain(item));
            lines.extend(names.zip(items).map(of));
        }
        _ => lines.push((prefix.to_owned(), plain(value))),
    }
}

/// A value as a person writes it: texts without quotes, lists with commas, `-` for nothing.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) if text.is_empty() => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "-".to_owned(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// A row for each item, with these members as columns; the heading is the member's name.
pub(super) fn rows(items: &Value, columns: &[&str]) -> String {
    let heading: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
    let of = |item: &Value| -> Vec<String> {
        let member = |name: &&str| item.get(*name).map(plain).unwrap_or_default();
        columns.iter().map(member).collect()
    };
    let rows: Vec<Vec<String>> = items.as_array().into_iter().flatten().map(of).collect();
    let width = |column: usize| {
        let cells = std::iter::once(&heading).chain(&rows);
        cells
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let line = |row: &[String]| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut text = format!("{HEADING}{}{HEADING:#}\n", line(&heading));
    for row in &rows {
        text.push_str(&line(row));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_shown_by_their_path() {
        let value = json!({ "plan": "business", "seats": { "basic": 9, "licensed": null }, "roles": ["Owner", "Member"] });
        assert_eq!(
            pairs(&value),
            "plan            business\nroles           Owner\n                Member\nseats.basic     9\nseats.licensed  -\n"
        );
    }

    #[test]
    fn rows_stand_in_columns() {
        let items = json!([{ "name": "A", "users": 10 }, { "name": "Longer", "users": 1 }]);
        let text = anstream::adapter::strip_str(&rows(&items, &["name", "users"])).to_string();
        assert_eq!(text, "name    users\nA       10\nLonger  1\n");
    }
}

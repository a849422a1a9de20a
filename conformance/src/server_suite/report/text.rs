//! Texts that fit a terminal.

/// How wide everything is, in columns.
pub(super) const WIDTH: usize = 80;

/// A text of so many characters at the most.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let beginning: String = text.chars().take(width.saturating_sub(3)).collect();
    format!("{beginning}...")
}

/// A text in lines that are no wider; a word that is wider is cut into several.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        if used > 0 && used + 1 + word.len() > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        while word.len() > width {
            let rest = word.split_off(width);
            lines.push(word.into_iter().collect());
            word = rest;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        used += word.len();
        line.extend(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_no_wider_than_they_may_be() {
        let text = format!("one two {} three", "x".repeat(25));
        let lines = wrapped(&text, 10);
        assert_eq!(
            lines,
            ["one two", "xxxxxxxxxx", "xxxxxxxxxx", "xxxxx", "three"]
        );
        assert!(wrapped("", 10).is_empty());
        assert_eq!(cut("one two three", 10), "one two...");
    }
}

//! The filter of a rule: a SCIM filter over a directory user (RFC 7644 section 3.4.2.2).

use std::fmt;

use super::mapping::Source;
use crate::directory::DirectoryUser;

/// The longest filter that is read, in bytes.
const MAX_BYTES: usize = 4096;
/// How deep parentheses and `not` may nest.
const MAX_DEPTH: usize = 32;
/// How many comparisons a filter may have.
const MAX_TERMS: usize = 64;

/// A filter that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter(Node);

#[derive(Debug, Clone, PartialEq)]
enum Node {
    /// True if all are; at least two.
    And(Vec<Node>),
    /// True if any is; at least two.
    Or(Vec<Node>),
    Not(Box<Node>),
    Present(Source),
    Compare(Source, Operator, String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Eq,
    Ne,
    Co,
    Sw,
    Ew,
    Gt,
    Ge,
    Lt,
    Le,
}

/// A text that is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what each is")]
pub enum FilterError {
    #[error("the filter is longer than {MAX_BYTES} bytes")]
    TooLong,
    #[error("the filter nests deeper than {MAX_DEPTH}")]
    TooDeep,
    #[error("the filter has more than {MAX_TERMS} comparisons")]
    TooManyTerms,
    #[error("the filter ends where {0} is expected")]
    Ended(&'static str),
    #[error("the filter has `{found}` where {expected} is expected")]
    Unexpected {
        found: String,
        expected: &'static str,
    },
    #[error("`{0}` is no key of a directory user; the README lists them")]
    UnknownKey(String),
    #[error("`{0}` is no operator; there are eq ne co sw ew gt ge lt le and pr")]
    UnknownOperator(String),
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    ///
    /// When the text is no filter, or larger than the limits allow.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        if text.len() > MAX_BYTES {
            return Err(FilterError::TooLong);
        }
        let mut parser = Parser {
            tokens: tokens(text)?,
            next: 0,
            terms: 0,
        };
        let node = parser.or(0)?;
        match parser.take() {
            None => Ok(Self(node)),
            Some(token) => Err(unexpected(&token, "`and`, `or` or the end")),
        }
    }

    /// Whether the filter matches a user. Text compares without case, but for `id`; of several values one
    /// that fits is enough.
    #[must_use]
    pub fn matches(&self, user: &DirectoryUser) -> bool {
        self.0.matches(user)
    }

    /// The parts that keep a user out, each with what the user has there; empty where the filter matches.
    #[must_use]
    pub fn unmet(&self, user: &DirectoryUser) -> Vec<String> {
        let mut unmet = Vec::new();
        self.0.unmet(user, &mut unmet);
        unmet
    }
}

impl Node {
    fn unmet(&self, user: &DirectoryUser, unmet: &mut Vec<String>) {
        if self.matches(user) {
            return;
        }
        match self {
            Self::And(nodes) | Self::Or(nodes) => {
                nodes.iter().for_each(|node| node.unmet(user, unmet));
            }
            Self::Not(_) => unmet.push(self.to_string()),
            Self::Present(source) | Self::Compare(source, ..) => {
                let held = match source.values(user) {
                    held if held.is_empty() => "nothing".to_owned(),
                    held => held.join(", "),
                };
                unmet.push(format!("{self}, and {} is {held}", source.key()));
            }
        }
    }

    fn matches(&self, user: &DirectoryUser) -> bool {
        match self {
            Self::And(nodes) => nodes.iter().all(|node| node.matches(user)),
            Self::Or(nodes) => nodes.iter().any(|node| node.matches(user)),
            Self::Not(node) => !node.matches(user),
            Self::Present(source) => !source.values(user).is_empty(),
            Self::Compare(source, Operator::Ne, value) => {
                !Self::Compare(*source, Operator::Eq, value.clone()).matches(user)
            }
            Self::Compare(source, operator, value) => source
                .values(user)
                .iter()
                .any(|held| operator.holds(*source, held, value)),
        }
    }
}

impl Operator {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Eq, "eq"),
        (Self::Ne, "ne"),
        (Self::Co, "co"),
        (Self::Sw, "sw"),
        (Self::Ew, "ew"),
        (Self::Gt, "gt"),
        (Self::Ge, "ge"),
        (Self::Lt, "lt"),
        (Self::Le, "le"),
    ];

    fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(operator, _)| *operator == self)
            .map_or("", |(_, name)| name)
    }

    fn holds(self, source: Source, held: &str, value: &str) -> bool {
        let case = |text: &str| match source {
            Source::Id => text.to_owned(),
            _ => text.to_lowercase(),
        };
        let (held, value) = (case(held), case(value));
        match self {
            Self::Eq => held == value,
            Self::Ne => held != value,
            Self::Co => held.contains(&value),
            Self::Sw => held.starts_with(&value),
            Self::Ew => held.ends_with(&value),
            Self::Gt => held > value,
            Self::Ge => held >= value,
            Self::Lt => held < value,
            Self::Le => held <= value,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Open,
    Close,
    Word(String),
    Text(String),
}

fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length =
            match first {
                '(' | ')' => {
                    tokens.push(if first == '(' {
                        Token::Open
                    } else {
                        Token::Close
                    });
                    1
                }
                '"' => {
                    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<String>();
                    let value = values.next().and_then(Result::ok).ok_or_else(|| {
                        FilterError::Unexpected {
                            found: rest.chars().take(20).collect(),
                            expected: "a text in double quotes",
                        }
                    })?;
                    tokens.push(Token::Text(value));
                    values.byte_offset()
                }
                _ => {
                    let end = rest
                        .find(|c: char| c.is_whitespace() || "()\"".contains(c))
                        .unwrap_or(rest.len());
                    tokens.push(Token::Word(rest.get(..end).unwrap_or_default().to_owned()));
                    end
                }
            };
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    Ok(tokens)
}

fn unexpected(token: &Token, expected: &'static str) -> FilterError {
    let found = match token {
        Token::Open => "(".to_owned(),
        Token::Close => ")".to_owned(),
        Token::Word(word) => word.clone(),
        Token::Text(text) => format!("\"{text}\""),
    };
    FilterError::Unexpected { found, expected }
}

/// Recursive descent; the depth is checked on the way down, before the stack could notice.
struct Parser {
    tokens: Vec<Token>,
    next: usize,
    terms: usize,
}

impl Parser {
    fn take(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.next).cloned();
        self.next += 1;
        token
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is = matches!(self.tokens.get(self.next), Some(Token::Word(next)) if next.eq_ignore_ascii_case(word));
        self.next += usize::from(is);
        is
    }

    fn or(&mut self, depth: usize) -> Result<Node, FilterError> {
        let mut nodes = vec![self.and(depth)?];
        while self.take_word("or") {
            nodes.push(self.and(depth)?);
        }
        Ok(one_or(nodes, Node::Or))
    }

    fn and(&mut self, depth: usize) -> Result<Node, FilterError> {
        let mut nodes = vec![self.term(depth)?];
        while self.take_word("and") {
            nodes.push(self.term(depth)?);
        }
        Ok(one_or(nodes, Node::And))
    }

    fn term(&mut self, depth: usize) -> Result<Node, FilterError> {
        if depth >= MAX_DEPTH {
            return Err(FilterError::TooDeep);
        }
        if self.take_word("not") {
            return Ok(Node::Not(Box::new(self.term(depth + 1)?)));
        }
        const EXPECTED: &str = "a key, `not` or `(`";
        match self.take().ok_or(FilterError::Ended(EXPECTED))? {
            Token::Open => {
                let node = self.or(depth + 1)?;
                match self.take().ok_or(FilterError::Ended("`)`"))? {
                    Token::Close => Ok(node),
                    token => Err(unexpected(&token, "`)`")),
                }
            }
            Token::Word(key) => self.comparison(&key),
            token => Err(unexpected(&token, EXPECTED)),
        }
    }

    fn comparison(&mut self, key: &str) -> Result<Node, FilterError> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(FilterError::TooManyTerms);
        }
        let source = Source::parse(key).ok_or_else(|| FilterError::UnknownKey(key.to_owned()))?;
        let word = match self.take().ok_or(FilterError::Ended("an operator"))? {
            Token::Word(word) => word,
            token => return Err(unexpected(&token, "an operator")),
        };
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Node::Present(source));
        }
        let operator = Operator::ALL
            .iter()
            .find(|(_, name)| name.eq_ignore_ascii_case(&word));
        let (operator, _) = operator.ok_or_else(|| FilterError::UnknownOperator(word.clone()))?;
        match self.take().ok_or(FilterError::Ended("a value"))? {
            Token::Text(value) => Ok(Node::Compare(source, *operator, value)),
            Token::Word(word) if word == "true" || word == "false" => {
                Ok(Node::Compare(source, *operator, word))
            }
            token => Err(unexpected(&token, "a text in double quotes, true or false")),
        }
    }
}

fn one_or(mut nodes: Vec<Node>, many: impl FnOnce(Vec<Node>) -> Node) -> Node {
    match nodes.pop() {
        Some(node) if nodes.is_empty() => node,
        Some(node) => {
            nodes.push(node);
            many(nodes)
        }
        None => many(nodes),
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, nodes: &[Node], word: &str| {
            for (index, node) in nodes.iter().enumerate() {
                let between = if index > 0 { word } else { "" };
                write!(f, "{between}({node})")?;
            }
            Ok(())
        };
        match self {
            Self::And(nodes) => joined(f, nodes, " and "),
            Self::Or(nodes) => joined(f, nodes, " or "),
            Self::Not(node) => write!(f, "not ({node})"),
            Self::Present(source) => write!(f, "{} pr", source.key()),
            Self::Compare(source, operator, value) => {
                let value = serde_json::Value::from(value.as_str());
                write!(f, "{} {} {value}", source.key(), operator.name())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ann() -> DirectoryUser {
        serde_json::from_value(serde_json::json!({
            "id": "U1", "username": "ann@example.com", "department": "Sales", "groups": ["staff", "EU"],
        }))
        .unwrap()
    }

    fn matches(filter: &str) -> bool {
        Filter::parse(filter).unwrap().matches(&ann())
    }

    #[test]
    fn compares_as_scim_does() {
        for filter in [
            r#"department eq "sales""#,
            r#"Department EQ "Sales" AND enabled eq true"#,
            r#"groups eq "eu""#,
            r#"username ew "@example.com" and not (department eq "HR")"#,
            r#"title pr or department sw "Sa""#,
            r#"not title pr"#,
            r#"department ne "HR" and groups ne "US""#,
            r#"department gt "Marketing" and department le "Sales""#,
            r#"department eq "HR" or department eq "Sales" and enabled eq true"#,
            r#"id eq "U1""#,
        ] {
            assert!(matches(filter), "{filter}");
        }
        for filter in [
            r#"department eq "HR""#,
            r#"title eq """#,
            r#"id eq "u1""#,
            r#"enabled eq false"#,
            r#"groups co "x""#,
            r#"(department eq "Sales" or title pr) and enabled eq false"#,
        ] {
            assert!(!matches(filter), "{filter}");
        }
    }

    #[test]
    fn says_which_part_keeps_a_user_out() {
        for (filter, unmet) in [
            (r#"department eq "Sales""#, vec![]),
            (
                r#"enabled eq true and (department eq "HR" or title pr)"#,
                vec![
                    r#"department eq "HR", and department is Sales"#,
                    "title pr, and title is nothing",
                ],
            ),
            (
                r#"not (groups eq "eu") and department pr"#,
                vec![r#"not (groups eq "eu")"#],
            ),
        ] {
            assert_eq!(
                Filter::parse(filter).unwrap().unmet(&ann()),
                unmet,
                "{filter}"
            );
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (filter, message) in [
            ("", "the filter ends where a key, `not` or `(` is expected"),
            (
                "dept eq \"x\"",
                "`dept` is no key of a directory user; the README lists them",
            ),
            (
                "title is \"x\"",
                "`is` is no operator; there are eq ne co sw ew gt ge lt le and pr",
            ),
            (
                "title eq x",
                "the filter has `x` where a text in double quotes, true or false is expected",
            ),
            (
                "title eq \"x",
                "the filter has `\"x` where a text in double quotes is expected",
            ),
            ("(title pr", "the filter ends where `)` is expected"),
            (
                "title pr title pr",
                "the filter has `title` where `and`, `or` or the end is expected",
            ),
        ] {
            assert_eq!(
                Filter::parse(filter).unwrap_err().to_string(),
                message,
                "{filter}"
            );
        }
    }

    #[test]
    fn is_limited_in_length_depth_and_terms() {
        let deep = format!("{}title pr{}", "(".repeat(2000), ")".repeat(2000));
        assert_eq!(Filter::parse(&deep), Err(FilterError::TooDeep));
        assert_eq!(
            Filter::parse(&"not ".repeat(1000)),
            Err(FilterError::TooDeep)
        );
        assert_eq!(
            Filter::parse(&vec!["id pr"; 65].join(" or ")),
            Err(FilterError::TooManyTerms)
        );
        assert_eq!(Filter::parse(&" ".repeat(5000)), Err(FilterError::TooLong));
    }

    fn node() -> impl Strategy<Value = Node> {
        let source = prop::sample::select(Source::ALL.to_vec());
        let operator = prop::sample::select(Operator::ALL.map(|(operator, _)| operator).to_vec());
        let leaf = prop_oneof![
            source.clone().prop_map(Node::Present),
            (source, operator, ".{0,8}")
                .prop_map(|(source, operator, value)| Node::Compare(source, operator, value)),
        ];
        leaf.prop_recursive(4, 16, 3, |inner| {
            let several = prop::collection::vec(inner.clone(), 2..4);
            prop_oneof![
                several.clone().prop_map(Node::And),
                several.prop_map(Node::Or),
                inner.prop_map(|node| Node::Not(Box::new(node))),
            ]
        })
    }

    proptest! {
        #[test]
        fn reads_what_it_prints(node in node()) {
            let filter = Filter(node);
            prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
        }

        #[test]
        fn nothing_makes_it_panic(text in "[a-z \"()\\\\]{0,80}") {
            let _ = Filter::parse(&text);
        }
    }
}

//! The directory: where users come from.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// How large a directory file may be.
const MAX_FILE_BYTES: u64 = 1024 * 1024 * 1024;

/// A user of the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectoryUser {
    /// The directory's id, which never changes and is never used again.
    pub id: String,
    /// The login; it has the form of an e-mail address.
    pub username: String,
    /// The e-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// The first name.
    #[serde(default)]
    pub given_name: Option<String>,
    /// The last name.
    #[serde(default)]
    pub family_name: Option<String>,
    /// The phone number, as `+1 2015550123`.
    #[serde(default)]
    pub phone: Option<String>,
    /// Whether the person may use their accounts; absent means yes.
    #[serde(default = "enabled_by_default")]
    pub enabled: bool,
    /// `Basic`, `Licensed` or `On-Prem`.
    #[serde(default)]
    pub user_type: Option<String>,
    /// Names of Zoom roles.
    #[serde(default)]
    pub roles: Vec<String>,
    /// The job title.
    #[serde(default)]
    pub title: Option<String>,
    /// The department.
    #[serde(default)]
    pub department: Option<String>,
    /// The company or school.
    #[serde(default)]
    pub organization: Option<String>,
    /// The location, which is what Zoom takes a locale for.
    #[serde(default)]
    pub locale: Option<String>,
    /// Names of groups, for the filters of rules.
    #[serde(default)]
    pub groups: Vec<String>,
}

fn enabled_by_default() -> bool {
    true
}

/// Everybody in the directory, as one read found them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    /// Whether the read came to its end. Who is missing from an incomplete read is not removed.
    pub complete: bool,
    /// The users, each id once.
    pub users: Vec<DirectoryUser>,
}

/// The directory file cannot be used. Nothing has been sent to Zoom when this is told.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what each is")]
pub enum DirectoryError {
    #[error("{path}: {error}")]
    File {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("{path}: larger than {MAX_FILE_BYTES} bytes")]
    TooLarge { path: PathBuf },
    #[error(
        "{path}: the file ends in the middle of the JSON (line {line}, column {column}); export the directory again"
    )]
    CutOff {
        path: PathBuf,
        line: usize,
        column: usize,
    },
    #[error(
        "{path}: at {at}: {error}; each user has id and username, and the keys that the README lists"
    )]
    Format {
        path: PathBuf,
        at: String,
        error: serde_json::Error,
    },
    #[error("{path}: two users have the id `{id}`; ids are unique in a directory")]
    DuplicateId { path: PathBuf, id: String },
    #[error("{path}: user number {number} has an empty id")]
    EmptyId { path: PathBuf, number: usize },
}

impl Directory {
    /// Reads a JSON array of users.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is cut off, has an unknown key or a wrong type, or an id twice: the whole
    /// file is refused, since a part of it would look as if the others had left.
    pub fn read(path: &Path) -> Result<Self, DirectoryError> {
        let failed = |error| DirectoryError::File {
            path: path.to_owned(),
            error,
        };
        if std::fs::metadata(path).map_err(failed)?.len() > MAX_FILE_BYTES {
            return Err(DirectoryError::TooLarge {
                path: path.to_owned(),
            });
        }
        let text = std::fs::read_to_string(path).map_err(failed)?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, DirectoryError> {
        let mut json = serde_json::Deserializer::from_str(text);
        let users: Vec<DirectoryUser> =
            serde_path_to_error::deserialize(&mut json).map_err(|error| {
                let at = error.path().to_string();
                let error = error.into_inner();
                if error.is_eof() {
                    let (line, column) = (error.line(), error.column());
                    return DirectoryError::CutOff {
                        path: path.to_owned(),
                        line,
                        column,
                    };
                }
                DirectoryError::Format {
                    path: path.to_owned(),
                    at: place(&at),
                    error,
                }
            })?;
        json.end().map_err(|error| DirectoryError::Format {
            path: path.to_owned(),
            at: "the end of the array".to_owned(),
            error,
        })?;
        let mut ids = BTreeSet::new();
        for (index, user) in users.iter().enumerate() {
            if user.id.is_empty() {
                return Err(DirectoryError::EmptyId {
                    path: path.to_owned(),
                    number: index + 1,
                });
            }
            if !ids.insert(user.id.as_str()) {
                return Err(DirectoryError::DuplicateId {
                    path: path.to_owned(),
                    id: user.id.clone(),
                });
            }
        }
        Ok(Self {
            complete: true,
            users,
        })
    }
}

/// A path for people, who count users from one.
fn place(path: &str) -> String {
    let index = path.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    match index.and_then(|(index, rest)| Some((index.parse::<usize>().ok()?, rest))) {
        Some((index, "")) => format!("user number {}", index + 1),
        Some((index, rest)) => format!(
            "user number {}, {}",
            index + 1,
            rest.trim_start_matches('.')
        ),
        None => "the beginning".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Directory::parse(Path::new("d.json"), text)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn reads_users_with_what_is_absent_left_empty() {
        let text = r#"[{"id":"1","username":"ann@example.com"},{"id":"2","username":"b@c","enabled":false}]"#;
        let directory = Directory::parse(Path::new("d.json"), text).unwrap();
        assert!(directory.complete);
        assert!(directory.users[0].enabled && !directory.users[1].enabled);
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        assert_eq!(
            refused("[{\"id\":\"1\",\"username\":\"ann@exam"),
            "d.json: the file ends in the middle of the JSON (line 1, column 31); export the directory again"
        );
        assert!(
            refused(r#"[{"id":"1","username":"a@b","mail":"x"}]"#)
                .contains("user number 1, mail: unknown field `mail`")
        );
        assert!(
            refused(r#"[{"id":"1","username":"a@b"},{"id":"2"}]"#)
                .contains("user number 2: missing field `username`")
        );
        assert!(
            refused(r#"[{"id":"1","username":"a@b"},{"id":"1","username":"c@d"}]"#)
                .contains("two users have the id `1`")
        );
        assert!(
            refused(r#"[{"id":"","username":"a@b"}]"#).contains("user number 1 has an empty id")
        );
        assert!(
            refused(r#"[{"id":"1","username":"a@b","enabled":"yes"}]"#)
                .contains("user number 1, enabled")
        );
        assert!(refused(r#"{"users":[]}"#).contains("at the beginning"));
        assert!(refused("[] []").contains("the end of the array"));
        assert!(refused("").contains("ends in the middle"));
    }
}

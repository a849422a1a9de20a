use compact_str::{CompactString, format_compact};
use proptest::prelude::*;

use super::*;

fn file(format: Format) -> DirectoryFile {
    let ending = match format {
        Format::Json => "json",
        Format::Ndjson => "ndjson",
        Format::Csv => "csv",
    };
    DirectoryFile::new(format!("d.{ending}")).unwrap()
}

fn read(format: Format, text: impl AsRef<[u8]>) -> Result<Directory, DirectoryError> {
    file(format).read_from(text.as_ref())
}

fn directory(format: Format, text: impl AsRef<[u8]>) -> Directory {
    read(format, text).unwrap()
}

fn refused(format: Format, text: impl AsRef<[u8]>) -> String {
    read(format, text).unwrap_err().to_string()
}

/// The ids of the users, and of those who were refused.
fn ids(directory: &Directory) -> (Vec<&str>, Vec<&str>) {
    let users = directory.users.iter().map(|user| user.id.as_str());
    let refused = directory.refused.iter().map(|refused| refused.id.as_str());
    (users.collect(), refused.collect())
}

#[track_caller]
fn has(messages: &[String], words: &str) {
    assert!(
        messages.iter().any(|message| message.contains(words)),
        "{words}: {messages:?}"
    );
}

#[test]
fn reads_users_with_what_is_absent_left_empty() {
    let json = r#"[{"id":"1","username":"a@b"},{"id":"2","username":"c@d","enabled":false,"email":null,"roles":["x","y"]}]"#;
    let ndjson = "{\"id\":\"1\",\"username\":\"a@b\"}\r\n\n{\"id\":\"2\",\"username\":\"c@d\",\"enabled\":false,\"roles\":[\"x\",\"y\"]}\n{\"count\":2}\n";
    let csv = "id,username,enabled,roles,title\r\n1,a@b,,,\r\n2,c@d,FALSE,x; y;,\r\n# count: 2\r\n";
    let wanted = directory(Format::Json, json);
    assert!(wanted.complete && wanted.notices.is_empty() && wanted.refused.is_empty());
    assert!(wanted.users[0].enabled && !wanted.users[1].enabled);
    assert_eq!(
        (&wanted.users[1].email, &wanted.users[1].roles),
        (&None, &vec!["x".into(), "y".into()])
    );
    for mark in ["", "\u{feff}"] {
        assert_eq!(directory(Format::Json, format!("{mark}{json}")), wanted);
        assert_eq!(directory(Format::Ndjson, format!("{mark}{ndjson}")), wanted);
        assert_eq!(directory(Format::Csv, format!("{mark}{csv}")), wanted);
    }
}

#[test]
fn json_that_is_not_whole_is_refused() {
    assert_eq!(
        refused(Format::Json, "[{\"id\":\"1\",\"username\":\"ann@exam"),
        "d.json: the file ends in the middle of the JSON (line 1, column 31); export the directory again"
    );
    for (text, words) in [
        ("", "ends in the middle"),
        (
            r#"{"users":[]}"#,
            "line 1, column 0: invalid type: map, expected a sequence",
        ),
        ("[] []", "line 1, column 4: trailing characters"),
        ("[{},\n x]", "line 2, column 2: expected value"),
        (
            r#"[{"id":"1","username":"a@b","mail":"x"}]"#,
            "d.json, user number 1 (line 1): `mail` is no key of a directory user; is `email` meant?",
        ),
        (
            r#"[{"id":"1","username":"a@b","xyz":1}]"#,
            "there are id, username, email,",
        ),
    ] {
        let error = refused(Format::Json, text);
        assert!(error.contains(words), "{text}: {error}");
    }
    let error = refused(Format::Json, b"[\n\"\xff\"]");
    assert_eq!(error, "d.json: is no text in UTF-8 (line 2, column 2)");
    assert!(
        directory(Format::Json, "[]").complete,
        "an array without users is whole"
    );
}

#[test]
fn f62_a_file_that_was_cut_off_is_never_complete() {
    let ndjson =
        "{\"id\":\"1\",\"username\":\"a@b\"}\n{\"id\":\"2\",\"username\":\"c@d\"}\n{\"count\":2}\n";
    let csv = "id,username,groups\n1,a@b,staff\n2,c@d,\"staff\"\n# count: 2\n";
    for (format, text) in [(Format::Ndjson, ndjson), (Format::Csv, csv)] {
        assert!(directory(format, text).complete);
        for end in 0..text.trim_end().len() {
            match read(format, &text[..end]) {
                Ok(read) => {
                    assert!(!read.complete && !read.gaps.is_empty(), "{format:?} {end}");
                    for user in &read.users {
                        assert!(
                            user.groups.is_empty() || user.groups == ["staff"],
                            "half a value: {user:?}"
                        );
                    }
                }
                Err(error) => assert!(end < 40, "{format:?} {end}: {error}"),
            }
        }
    }
}

#[test]
fn f62_without_a_count_nobody_knows_whether_a_file_is_whole() {
    let csv = directory(Format::Csv, "id,username\n1,a@b\n");
    assert_eq!((csv.complete, csv.users.len()), (false, 1));
    has(
        &csv.gaps,
        "end it with a line such as `# count: 1`, or say --directory-count",
    );
    let ndjson = directory(Format::Ndjson, "{\"id\":\"1\",\"username\":\"a@b\"}\n");
    assert!(!ndjson.complete);
    has(&ndjson.gaps, "{\"count\": 1}");
    let counted = |count| DirectoryFile {
        count: Some(count),
        ..file(Format::Csv)
    };
    assert!(
        counted(1)
            .read_from(&b"id,username\n1,a@b\n"[..])
            .unwrap()
            .complete
    );
    let other = counted(2).read_from(&b"id,username\n1,a@b\n"[..]).unwrap();
    has(&other.gaps, "1 users were found where the count is 2");
    let json = DirectoryFile {
        count: Some(2),
        ..file(Format::Json)
    };
    assert!(!json.read_from(&b"[]"[..]).unwrap().complete);
}

#[test]
fn a_count_is_one_number() {
    for line in [
        "{\"count\":2}",
        "{\"count\":\"1\"}",
        "{\"count\":-1}",
        "{\"count\":1.5}",
    ] {
        let text = format!("{{\"id\":\"1\",\"username\":\"a@b\"}}\n{line}\n");
        assert!(!directory(Format::Ndjson, text).complete, "{line}");
    }
    let twice = "{\"count\":1}\n{\"id\":\"1\",\"username\":\"a@b\"}\n{\"count\":1}\n";
    assert!(
        directory(Format::Ndjson, twice).complete,
        "a count may come first, too"
    );
    let two = directory(Format::Ndjson, twice.replacen(":1", ":2", 1));
    has(&two.gaps, "line 3: the count is 1, and was 2 before");
    for line in ["#", "# 1", "# count: x", "# count: 2"] {
        assert!(
            !directory(Format::Csv, format!("id,username\n1,a@b\n{line}\n")).complete,
            "{line}"
        );
    }
}

#[test]
fn f59_a_file_without_anybody_is_no_empty_directory_by_accident() {
    for (format, text) in [
        (Format::Json, " "),
        (Format::Ndjson, ""),
        (Format::Ndjson, "\n\n"),
        (Format::Csv, ""),
        (Format::Csv, "id,username\n"),
        (Format::Csv, "\u{feff}"),
    ] {
        assert!(read(format, text).is_err(), "{text:?}");
    }
    let nobody = refused(Format::Ndjson, "<html>\n<body>\n");
    assert!(
        nobody.contains("nobody in it can be told: d.ndjson, line 1, column 1"),
        "{nobody}"
    );
    assert!(directory(Format::Ndjson, "{\"count\":0}\n").complete);
    assert!(directory(Format::Csv, "id,username\n# count: 0\n").complete);
}

#[test]
fn f63_one_bad_record_is_that_users_failure() {
    let long = "x".repeat(10_000);
    for (bad, words) in [
        (r#""id":"2""#.to_owned(), "`username` is missing"),
        (
            r#""id":"2","username":"""#.to_owned(),
            "`username` is missing",
        ),
        (
            r#""id":"2","username":7"#.to_owned(),
            "`username` is a number; it takes text",
        ),
        (
            r#""id":"2","username":"c@d","enabled":"yes""#.to_owned(),
            "`enabled` is text; it takes true or false",
        ),
        (
            r#""id":"2","username":"c@d","enabled":null"#.to_owned(),
            "`enabled` is null",
        ),
        (
            r#""id":"2","username":"c@d","roles":"x""#.to_owned(),
            "`roles` is text; it takes a list",
        ),
        (
            r#""id":"2","username":"c@d","groups":[1]"#.to_owned(),
            "`groups` has an item that is a number",
        ),
        (
            r#""id":"2","username":"c@d","title":"a","title":"b""#.to_owned(),
            "`title` is there twice",
        ),
        (
            r#""id":"2","username":"c@d","title":"\ud800""#.to_owned(),
            "`title` is not readable",
        ),
        (
            r#""id":"2","username":"c@d","title":"a\nb""#.to_owned(),
            "`title` has a line break",
        ),
        (
            format!(r#""id":"2","username":"c@d","family_name":"{long}""#),
            "`family_name` has 10000 characters; it takes at most 1024",
        ),
        (
            format!(
                r#""id":"2","username":"c@d","title":{}1{}"#,
                "[".repeat(500),
                "]".repeat(500)
            ),
            "`title` is not readable",
        ),
    ] {
        let line = format!("{{{bad}}}");
        let json = directory(
            Format::Json,
            format!(r#"[{{"id":"1","username":"a@b"}},{line},{{"id":"3","username":"e@f"}}]"#),
        );
        let ndjson = directory(
            Format::Ndjson,
            format!(
                "{{\"id\":\"1\",\"username\":\"a@b\"}}\n{line}\n{{\"id\":\"3\",\"username\":\"e@f\"}}\n{{\"count\":3}}\n"
            ),
        );
        for (directory, place) in [
            (json, "d.json, user number 2 (line 1): "),
            (ndjson, "d.ndjson, line 2: "),
        ] {
            assert_eq!(ids(&directory), (vec!["1", "3"], vec!["2"]), "{bad}");
            assert!(directory.complete, "{bad}");
            let reason = &directory.refused[0].reason;
            assert!(
                reason.starts_with(place) && reason.contains(words),
                "{reason}"
            );
        }
    }
}

#[test]
fn who_cannot_be_told_keeps_everybody() {
    for bad in [
        "{}",
        "5",
        r#"{"username":"c@d"}"#,
        r#"{"id":7,"username":"c@d"}"#,
        r#"{"id":"","username":"c@d"}"#,
        r#"{"id":"2 ","username":"c@d"}"#,
        r#"{"id":"2","id":"3","username":"c@d"}"#,
        r#"{"id":"a\u0000b","username":"c@d"}"#,
    ] {
        let json = directory(
            Format::Json,
            format!(r#"[{{"id":"1","username":"a@b"}},{bad}]"#),
        );
        let line = format!("{{\"id\":\"1\",\"username\":\"a@b\"}}\n{bad}\n{{\"count\":2}}\n");
        for directory in [json, directory(Format::Ndjson, line)] {
            assert_eq!(ids(&directory), (vec!["1"], vec![]), "{bad}");
            assert!(!directory.complete, "{bad}");
            has(&directory.gaps, " 2");
        }
    }
}

#[test]
fn a_csv_file_says_what_is_wrong_with_its_header() {
    for (text, words) in [
        (
            "id,usrname\n",
            "d.csv, line 1: `usrname` is no key of a directory user; is `username` meant?",
        ),
        ("id,username,phone number\n", "`phone number` is no key"),
        (
            "id;username\n1;a@b\n",
            "line 1: the columns are not separated by commas",
        ),
        ("id,id,username\n", "the column `id` is there twice"),
        ("id,email\n", "there is no column `username`"),
        ("1,a@b\n", "`1` is no key"),
    ] {
        let error = refused(Format::Csv, text);
        assert!(error.contains(words), "{text}: {error}");
    }
    assert!(refused(Format::Csv, b"id,\xff\n").contains("the header is no text in UTF-8"));
    assert!(refused(Format::Csv, b"\xff\xfei\0d\0").contains("UTF-8"));
}

#[test]
fn a_csv_row_that_cannot_be_used_fails_alone_or_keeps_everybody() {
    let with = |row: &[u8]| {
        let mut text = b"id,username,enabled,title\n1,a@b,true,\"Lead, \"\"east\"\"\"\n".to_vec();
        text.extend_from_slice(row);
        text.extend_from_slice(b"\n3,e@f,false,\n# count: 3\n");
        directory(Format::Csv, text)
    };
    let good = with(b"2,c@d,,x");
    assert_eq!(good.users[0].title.as_deref(), Some("Lead, \"east\""));
    assert!(good.complete && good.users.len() == 3);
    for (row, words) in [
        (&b"2,c@d,yes,x"[..], "d.csv, line 3: `enabled` is text"),
        (b"2,,,x", "`username` is missing"),
        (b"2,c@d,,\xe4", "`title` is no text in UTF-8"),
        (b"2,c@d,,\"a\nb\"", "`title` has a line break"),
    ] {
        let directory = with(row);
        assert_eq!(ids(&directory), (vec!["1", "3"], vec!["2"]));
        assert!(
            directory.complete && directory.refused[0].reason.contains(words),
            "{directory:?}"
        );
    }
    for (row, words) in [
        (
            &b"2,c@d,true"[..],
            "line 3: has 3 cells where the header has 4",
        ),
        (b"2,c@d,true,Lead, west", "a comma in a cell needs quotes"),
        (b",c@d,true,x", "line 3: has no `id`"),
        (b"\xff,c@d,true,x", "`id` is no text in UTF-8"),
    ] {
        let directory = with(row);
        assert_eq!(ids(&directory), (vec!["1", "3"], vec![]));
        assert!(!directory.complete);
        has(&directory.gaps, words);
    }
    // A quote that is never closed swallows whoever follows.
    let swallowed = with(b"2,c@d,true,\"x");
    assert!(!swallowed.complete);
}

#[test]
fn f62_two_records_of_one_id() {
    let same = "id,username,title\n1,a@b,x\n2,c@d,x\n1,a@b,x\n# count: 3\n";
    let kept = directory(Format::Csv, same);
    assert_eq!(
        (ids(&kept), kept.complete),
        ((vec!["1", "2"], vec![]), true)
    );
    has(
        &kept.notices,
        "`1` stands in line 2 and line 4 with the same record",
    );
    let differ = directory(Format::Csv, same.replace("1,a@b,x\n#", "1,a@b,y\n#"));
    assert_eq!(
        (ids(&differ), differ.complete),
        ((vec!["2"], vec!["1"]), true)
    );
    assert!(
        differ.refused[0]
            .reason
            .contains("line 2 and line 4 both have the id `1`")
    );
    let json =
        r#"[{"id":"1","username":"a@b"},{"id":"1","username":"c@d"},{"id":"1","username":"a@b"}]"#;
    assert_eq!(ids(&directory(Format::Json, json)), (vec![], vec!["1"]));
}

#[test]
fn o23_two_users_of_one_username_are_both_named() {
    let two = directory(Format::Csv, "id,username\n7,Ann@B\n9,ann@b\n# count: 2\n");
    assert_eq!(
        two.users.len(),
        2,
        "who of them goes first is decided among those in scope"
    );
    has(
        &two.notices,
        "`7` (line 2) and `9` (line 3) have the username `ann@b`",
    );
}

#[test]
fn bytes_that_are_no_text_touch_nobody_else() {
    let mut text = b"{\"id\":\"1\",\"username\":\"a@b\",\"title\":\"\xff\"}\n".to_vec();
    text.extend_from_slice(b"{\"id\":\"2\xff\",\"username\":\"c@d\"}\n{\"id\":\"3\",\"username\":\"e@f\"}\n{\"count\":3}\n");
    let directory = directory(Format::Ndjson, text);
    assert_eq!(ids(&directory), (vec!["3"], vec!["1"]));
    has(&directory.gaps, "line 2: `id` is no text in UTF-8");
}

#[test]
fn hostile_sizes_end_somewhere() {
    let long = "x".repeat(usize::try_from(MAX_LINE_BYTES).unwrap());
    let ndjson = format!(
        "{{\"id\":\"1\",\"username\":\"{long}\"}}\n{{\"id\":\"2\",\"username\":\"c@d\"}}\n{{\"count\":2}}\n"
    );
    let read = directory(Format::Ndjson, ndjson);
    assert_eq!(ids(&read), (vec!["2"], vec![]));
    has(&read.gaps, "line 1: longer than 1048576 bytes");
    let csv = format!("id,username\n1,a@b\n2,\"{long}{long}\n3,e@f\n# count: 3\n");
    let read = directory(Format::Csv, csv);
    assert!(!read.complete && ids(&read).1.is_empty(), "{:?}", read.gaps);
    has(&read.gaps, "is a quote never closed?");
    let many = ",u\n".repeat(MAX_USERS + 1);
    assert_eq!(
        refused(Format::Csv, format!("id,username\n{many}")),
        "d.csv: more than 1000000 users"
    );
}

#[test]
fn of_many_messages_the_first_are_told() {
    let rows = ",x@y\n".repeat(1000);
    let read = directory(
        Format::Csv,
        format!("id,username\n1,a@b\n{rows}# count: 1001\n"),
    );
    assert_eq!(read.gaps.len(), 21);
    has(&read.gaps, "and 980 more of this kind");
}

#[test]
fn the_ending_of_a_name_says_the_format() {
    for (name, format) in [
        ("a.json", Some(Format::Json)),
        ("a.NDJSON", Some(Format::Ndjson)),
        ("a.jsonl", Some(Format::Ndjson)),
        ("a.b.csv", Some(Format::Csv)),
        ("json", None),
        ("a.csv.gz", None),
    ] {
        assert_eq!(Format::of(name.as_ref()), format, "{name}");
    }
    assert!(
        DirectoryFile::new("users.txt")
            .unwrap_err()
            .to_string()
            .contains("--directory-format")
    );
}

/// Text that every format can hold.
fn word() -> impl Strategy<Value = CompactString> {
    "[^\\p{Cc};\u{feff}]{1,20}".prop_map(|text| format_compact!("x{text}x"))
}

prop_compose! {
    fn user()(
        username in word(), texts in proptest::collection::vec(proptest::option::of(word()), 8),
        enabled in any::<bool>(), roles in proptest::collection::vec(word(), 0..3),
        groups in proptest::collection::vec(word(), 0..3),
    ) -> DirectoryUser {
        let mut texts = texts.into_iter();
        let mut text = || texts.next().flatten();
        DirectoryUser {
            id: CompactString::default(), username, email: text(), given_name: text(), family_name: text(), phone: text(),
            enabled, user_type: text(), roles, title: text(), department: text(), organization: text(),
            locale: None, groups,
        }
    }
}

/// The users as CSV, and as NDJSON.
fn written(users: &[DirectoryUser]) -> (Vec<u8>, String) {
    let mut csv = ::csv::WriterBuilder::new()
        .flexible(true)
        .from_writer(Vec::new());
    let keys = crate::rule::Source::ALL;
    csv.write_record(keys.map(crate::rule::Source::key))
        .unwrap();
    let mut ndjson = String::new();
    for user in users {
        csv.write_record(keys.map(|key| key.values(user).join(";")))
            .unwrap();
        ndjson += &(serde_json::to_string(user).unwrap() + "\n");
    }
    csv.write_record([format!("# count: {}", users.len())])
        .unwrap();
    (
        csv.into_inner().unwrap(),
        ndjson + &format!("{{\"count\":{}}}\n", users.len()),
    )
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for format in [Format::Json, Format::Ndjson, Format::Csv] {
            if let Ok(directory) = read(format, &bytes) {
                prop_assert_eq!(directory.complete, directory.gaps.is_empty());
            }
        }
    }

    #[test]
    fn likely_texts_are_read_or_refused(text in "(id|username|,|\"|\n|\r|\\{|\\}|\\[|\\]|:|#|count|[0-9]|true|;| ){0,60}") {
        for format in [Format::Json, Format::Ndjson, Format::Csv] {
            if let Ok(directory) = read(format, format!("id,username\n{text}")) {
                prop_assert_eq!(directory.complete, directory.gaps.is_empty());
            }
            let _ = read(format, &text);
        }
    }

    #[test]
    fn all_formats_hold_the_same(users in proptest::collection::vec(user(), 0..5)) {
        let users: Vec<DirectoryUser> = users.into_iter().enumerate()
            .map(|(id, user)| DirectoryUser { id: id.to_string().into(), ..user }).collect();
        let (csv, ndjson) = written(&users);
        let json = serde_json::to_string(&users).unwrap();
        for read in [directory(Format::Json, json), directory(Format::Csv, csv), directory(Format::Ndjson, ndjson)] {
            prop_assert!(read.complete, "{:?}", read.gaps);
            prop_assert_eq!(&read.users, &users);
        }
    }
}

use std::collections::BTreeMap;
use std::io::{self, Write};

use proptest::prelude::*;

use super::chain;
use super::file::follow;
use super::log::{Log, Sink};
use super::verify::Check;
use super::*;
use crate::plan::Row;

/// A file in memory, with room for so many bytes.
#[derive(Default)]
struct Disk {
    bytes: Vec<u8>,
    room: Option<usize>,
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self
            .room
            .map_or(bytes.len(), |room| room.saturating_sub(self.bytes.len()));
        let written = &bytes[..room.min(bytes.len())];
        if written.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.bytes.extend_from_slice(written);
        Ok(written.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Disk {
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn entry(run: &str, event: Event) -> Entry {
    Entry {
        run: run.to_owned(),
        at: jiff::Timestamp::UNIX_EPOCH,
        event,
    }
}

fn started(run: &str) -> Entry {
    let text = || "x".to_owned();
    entry(
        run,
        Event::Started(Started {
            command: text(),
            connection: text(),
            account: text(),
            switches: text(),
            version: text(),
        }),
    )
}

fn ended(run: &str) -> Entry {
    let ended = Ended {
        writes: 1,
        summary: None,
        reason: None,
    };
    entry(run, Event::Ended(ended))
}

fn written(run: &str, text: &str) -> Entry {
    let changed = Changed {
        before: Some(text.into()),
        after: Some(format!("{text}!").into()),
    };
    entry(
        run,
        Event::Write(Box::new(Written {
            user: text.into(),
            username: text.into(),
            zoom_id: None,
            rule: Some(text.into()),
            row: Row::O4,
            via: None,
            action: "update".to_owned(),
            method: "PUT".to_owned(),
            path: text.to_owned(),
            changes: BTreeMap::from([("title".to_owned(), changed)]),
            outcome: Fate::Done,
            reason: None,
            status: Some(200),
            request_id: Some(text.to_owned()),
            attempts: 1,
        })),
    )
}

/// What a run leaves in a file that held this.
fn run(held: Vec<u8>, name: &str, texts: &[String]) -> Vec<u8> {
    let (previous, after_cut) = follow(&held).unwrap();
    let disk = Disk {
        bytes: held,
        room: None,
    };
    let mut log = Log::new(disk, previous, after_cut);
    log.append(&started(name)).unwrap();
    for text in texts {
        log.append(&written(name, text)).unwrap();
    }
    log.append(&ended(name)).unwrap();
    log.sink().bytes.clone()
}

fn checked(bytes: &[u8]) -> Result<Verified, Broken> {
    let mut check = Check::default();
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    if !bytes.is_empty() {
        for line in bytes.split(|byte| *byte == b'\n') {
            check.take(line)?;
        }
    }
    Ok(check.end())
}

fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    lines.map(<[u8]>::to_vec).collect()
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    let text = prop_oneof![
        any::<String>(),
        "[\\x00-\\x1f\\x7f\u{85}\u{9b}\u{2028}\u{2029}\u{202e}\"\\\\{}]{0,8}",
    ];
    prop::collection::vec(text, 1..5)
}

proptest! {
    #[test]
    fn a_line_is_one_line_whatever_the_values_hold(texts in texts()) {
        for text in texts {
            let line = chain::line(chain::GENESIS, &written("r", &text)).unwrap();
            let breaks = |char: char| char.is_control() || ('\u{2028}'..='\u{202e}').contains(&char);
            prop_assert!(!line.chars().any(breaks), "{}", line);
            prop_assert_eq!(chain::entry(line.as_bytes()).unwrap(), written("r", &text));
        }
    }

    #[test]
    fn runs_one_after_another_make_one_chain(one in texts(), other in texts()) {
        let verified = checked(&run(run(Vec::new(), "a", &one), "b", &other)).unwrap();
        prop_assert_eq!(verified.runs, 2);
        prop_assert_eq!(verified.lines, one.len() as u64 + other.len() as u64 + 4);
        prop_assert!(verified.cut.is_empty() && verified.unended.is_empty());
    }

    #[test]
    fn a_line_that_is_taken_out_or_moved_is_noticed(texts in texts(), at: prop::sample::Index) {
        let bytes = run(run(Vec::new(), "a", &texts), "b", &texts);
        let whole = lines(&bytes);
        let at = at.index(whole.len() - 1);
        let mut without = whole.clone();
        without.remove(at);
        prop_assert_eq!(checked(&without.concat()), Err(Broken::Detached { line: at as u64 + 1 }));
        let mut swapped = whole.clone();
        swapped.swap(at, at + 1);
        prop_assert!(checked(&swapped.concat()).is_err());
        let mut twice = whole.clone();
        twice.insert(at, whole[at].clone());
        prop_assert_eq!(checked(&twice.concat()), Err(Broken::Detached { line: at as u64 + 2 }));
        // From the end, it is the run that has no end.
        let cut = &whole[..whole.len() - 1];
        prop_assert_eq!(checked(&cut.concat()).unwrap().unended, vec!["b".to_owned()]);
    }

    #[test]
    fn a_byte_that_is_changed_is_noticed(texts in texts(), at: prop::sample::Index, byte: u8) {
        let mut bytes = run(Vec::new(), "a", &texts);
        let at = at.index(bytes.len() - 1);
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        // A last line that does not end as one looks cut, as lines that are missing do.
        let last = bytes[..at].iter().filter(|byte| **byte == b'\n').count() == texts.len() + 1;
        match checked(&bytes) {
            Err(_) => {}
            Ok(verified) => prop_assert!(last && !verified.unended.is_empty(), "{verified:?}"),
        }
    }

    #[test]
    fn two_lines_that_are_made_one_are_noticed(texts in texts(), at: prop::sample::Index, byte in 0x80_u8..) {
        let mut bytes = run(Vec::new(), "a", &texts);
        let breaks: Vec<usize> = (0..bytes.len() - 1).filter(|at| bytes[*at] == b'\n').collect();
        bytes[breaks[at.index(breaks.len())]] = byte;
        prop_assert!(checked(&bytes).is_err());
    }

    #[test]
    fn a_crash_cuts_a_line_and_the_next_run_goes_on(texts in texts(), cut: prop::sample::Index) {
        let bytes = run(Vec::new(), "a", &texts);
        let first = lines(&bytes)[0].len();
        let cut = 1 + cut.index(bytes.len() - 1);
        let verified = checked(&bytes[..cut]);
        prop_assert!(verified.is_ok(), "{:?}", verified);
        let after = run(bytes[..cut].to_vec(), "b", &texts);
        let verified = checked(&after).unwrap();
        let is_clean = bytes[cut - 1] == b'\n' || bytes[cut] == b'\n';
        prop_assert_eq!(verified.cut.len(), usize::from(!is_clean), "{:?}", verified);
        prop_assert_eq!(verified.runs, if cut < first - 1 { 1 } else { 2 });
        // What the crash left cannot be changed afterwards.
        if !is_clean {
            let mut forged = after.clone();
            forged[cut - 1] ^= 1;
            prop_assert!(checked(&forged).is_err());
        }
    }

    #[test]
    fn a_full_disk_cuts_at_most_one_line(texts in texts(), room in 0_usize..3000) {
        let disk = Disk { bytes: Vec::new(), room: Some(room) };
        let mut log = Log::new(disk, chain::GENESIS.to_owned(), false);
        let mut entries = vec![started("a")];
        entries.extend(texts.iter().map(|text| written("a", text)));
        let fits = entries.iter().take_while(|entry| log.append(entry).is_ok()).count();
        for entry in entries.iter().skip(fits) {
            prop_assert!(log.append(entry).is_err(), "nothing follows a line that is missing");
        }
        prop_assert!(checked(&log.sink().bytes).is_ok());
        prop_assert!(checked(&log.sink().bytes).unwrap().lines <= fits as u64 + 1);
    }
}

#[test]
fn another_file_is_not_added_to() {
    assert_eq!(follow(b""), Some((chain::GENESIS.to_owned(), false)));
    assert_eq!(follow(b"precious\n"), None);
    assert_eq!(follow(b"{\"previous\":\"x\"}\n"), None);
}

#[test]
fn values_are_plain_hashed_or_left_out() {
    let shown = |values: Values, key: &str, text: &str| {
        let entry = values.applied(key, written("r", text));
        let Event::Write(written) = entry.event else {
            return (None, None);
        };
        let changed = written.changes["title"].clone();
        (changed.before, changed.after)
    };
    let plain = shown(Values::Plain, "k", "Boss");
    assert_eq!(plain, (Some("Boss".into()), Some("Boss!".into())));
    assert_eq!(shown(Values::None, "k", "Boss"), (None, None));
    let (before, after) = shown(Values::Hashed, "k", "Boss");
    let before = before.unwrap();
    assert!(before.starts_with("sha256:") && before.len() == 23 && Some(&before) != after.as_ref());
    assert_eq!(shown(Values::Hashed, "k", "Boss").0.unwrap(), before);
    assert_ne!(shown(Values::Hashed, "other", "Boss").0.unwrap(), before);
}

//! What somebody who looks on gets to know, and what is counted.

use std::sync::{Arc, Mutex};

use provisioner::{Notice, Observer, SyncOptions};

use super::fake::{Fake, Instead, people};

#[derive(Debug, Default)]
struct Notes(Mutex<Vec<Notice>>);

impl Observer for Notes {
    fn notice(&self, event: Notice) {
        self.0.lock().unwrap().push(event);
    }
}

#[tokio::test]
async fn a_run_tells_what_it_reads_plans_and_has_done() {
    let zoom = Fake::start().await;
    for number in 0..12 {
        zoom.add(&format!("user{number}@example.com"));
    }
    zoom.held.lock().unwrap().page_cap = Some(5);
    zoom.instead("POST /scim2", [Instead::Answer(429, "{}".to_owned())]);
    let notes = Arc::new(Notes::default());
    let mut engine = zoom.engine().with_observer(Arc::clone(&notes) as Arc<_>);
    let options = SyncOptions::default();
    engine.sync(&people(0..15), options).await.unwrap();
    let notes = notes.0.lock().unwrap();
    let read = |read| Notice::Read { read, of: 12 };
    let planned = Notice::Planned {
        users: 15,
        writes: 3,
    };
    assert_eq!(notes[..4], [read(5), read(10), read(12), planned]);
    let done: Vec<usize> = notes
        .iter()
        .filter_map(|event| match event {
            Notice::Done { done, of: 15 } => Some(*done),
            _ => None,
        })
        .collect();
    assert_eq!(done, (1..=15).collect::<Vec<_>>());
    let traffic = engine.traffic();
    assert_eq!((traffic.throttled, traffic.retries), (1, 1));
    assert_eq!(traffic.requests, zoom.count("") as u64);
}

use super::*;

fn exchange(body: &'static str) -> Exchange {
    Exchange {
        seq: 0,
        at: Timestamp::UNIX_EPOCH,
        account: Some("account".into()),
        operation: Some(Operation::CreateUser),
        method: Method::POST,
        path: "/scim2/Users".to_owned(),
        query: None,
        request_headers: Vec::new(),
        request_body: Bytes::from_static(body.as_bytes()),
        status: 201,
        client_id: None,
        retry_after: None,
        rate_limit: None,
        fault: None,
        passed_over: Vec::new(),
        run: None,
        scope: None,
        response_body: Bytes::new(),
    }
}

fn plain() -> Redaction {
    Redaction {
        secrets: Secrets::default(),
        take_out: |_, _| {},
    }
}

fn everything(journal: &Journal) -> Vec<Arc<Exchange>> {
    journal.find(&ExchangeQuery::default())
}

#[test]
fn forgets_the_oldest_by_number_and_by_size() {
    let limits = JournalLimits {
        entries: 3,
        bytes: 4 * ENTRY_BYTES,
    };
    let journal = Journal::new(limits, Arc::default());
    for _ in 0..5 {
        journal.record(exchange("x"), plain());
    }
    let seqs: Vec<u64> = everything(&journal)
        .iter()
        .map(|exchange| exchange.seq)
        .collect();
    assert_eq!(seqs, [3, 4, 5]);
    journal.record(
        Exchange {
            client_id: None,
            retry_after: None,
            rate_limit: None,
            fault: None,
            passed_over: Vec::new(),
            response_body: Bytes::from(vec![b'x'; 3 * ENTRY_BYTES - 12]),
            ..exchange("")
        },
        plain(),
    );
    assert_eq!(everything(&journal).len(), 1);
    assert_eq!(journal.last_seq(), 6);
    assert_eq!(journal.find(&ExchangeQuery::since(6)).len(), 0);
}

#[test]
fn journals_of_one_server_share_one_sequence() {
    let one = Journal::new(JournalLimits::default(), Arc::default());
    let other = one.another();
    one.record(exchange(""), plain());
    other.record(exchange(""), plain());
    assert_eq!((one.last_seq(), other.last_seq()), (1, 2));
}

#[test]
fn a_query_finds_what_fits_in_all_that_is_set() {
    let journal = Journal::new(JournalLimits::default(), Arc::default());
    journal.record(exchange("ann@example.com"), plain());
    journal.record(
        Exchange {
            status: 400,
            operation: None,
            ..exchange("bob@example.com")
        },
        plain(),
    );
    let count = |query: ExchangeQuery| journal.find(&query).len();
    let all = ExchangeQuery::default;
    assert_eq!(count(all()), 2);
    assert_eq!(count(ExchangeQuery { limit: 1, ..all() }), 1);
    assert_eq!(
        count(ExchangeQuery {
            unmatched: true,
            ..all()
        }),
        1
    );
    assert_eq!(
        count(ExchangeQuery {
            status: Some(201),
            ..all()
        }),
        1
    );
    assert_eq!(
        count(ExchangeQuery {
            text: Some("bob@".to_owned()),
            ..all()
        }),
        1
    );
    assert_eq!(
        count(ExchangeQuery {
            method: Some("get".to_owned()),
            ..all()
        }),
        0
    );
    let both = ExchangeQuery {
        status: Some(400),
        ..ExchangeQuery::operation(Operation::CreateUser)
    };
    assert_eq!(count(both), 0);
}

#[test]
fn waiting_ends_when_enough_has_come() {
    let journal = Journal::new(JournalLimits::default(), Arc::default());
    let long = Duration::from_secs(60);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| journal.wait(&ExchangeQuery::default(), 2, long).len());
        journal.record(exchange("1"), plain());
        journal.record(exchange("2"), plain());
        assert_eq!(waiting.join().unwrap(), 2);
    });
    let none = journal.wait(&ExchangeQuery::since(2), 1, Duration::from_millis(1));
    assert_eq!(none.len(), 0);
}

#[test]
fn an_archive_has_every_exchange() {
    let journal = Journal::new(JournalLimits::default(), Arc::default());
    journal.record(
        Exchange {
            query: Some("count=1".to_owned()),
            ..exchange("{}")
        },
        plain(),
    );
    let archive = har(&everything(&journal), "http://127.0.0.1:1");
    let entry = &archive["log"]["entries"][0];
    assert_eq!(
        entry["request"]["url"],
        "http://127.0.0.1:1/scim2/Users?count=1"
    );
    assert_eq!(entry["request"]["postData"]["text"], "{}");
    assert_eq!(entry["response"]["status"], 201);
}

/// Credentials are taken out when somebody looks, of what is still there, and once.
#[test]
fn nobody_sees_a_credential() {
    let limits = JournalLimits {
        entries: 3,
        ..JournalLimits::default()
    };
    let journal = Journal::new(limits, Arc::default());
    let marked = || Redaction {
        secrets: Secrets::default(),
        take_out: |exchange, _| exchange.path.push('!'),
    };
    let paths = |journal: &Journal| -> Vec<String> {
        let all = everything(journal);
        all.iter().map(|exchange| exchange.path.clone()).collect()
    };
    for _ in 0..5 {
        journal.record(exchange("x"), marked());
    }
    assert_eq!(paths(&journal), ["/scim2/Users!"; 3]);
    journal.record(exchange("x"), marked());
    assert_eq!(paths(&journal), ["/scim2/Users!"; 3]);
    let bytes: usize = everything(&journal).iter().map(|held| held.bytes()).sum();
    assert_eq!(journal.entries().bytes, bytes);
}

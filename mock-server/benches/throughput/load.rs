//! A load of requests over kept-alive connections, from one thread, without the cost of an HTTP client.

use std::cell::Cell;
use std::io::{Read as _, Write as _};
use std::net::TcpStream as Blocking;
use std::ops::Range;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How many connections ask at once.
pub(crate) const CONNECTIONS: usize = 16;
/// Larger than any answer.
const BUFFER: usize = 256 * 1024;

/// What came of a load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    /// Requests a second.
    pub(crate) rate: f64,
    /// The 99th percentile of the time from request to answer, in microseconds.
    pub(crate) p99_us: f64,
}

impl Measured {
    /// The median of each number.
    pub(crate) fn median(all: &[Self]) -> Self {
        let middle = |mut numbers: Vec<f64>| {
            numbers.sort_by(f64::total_cmp);
            numbers[numbers.len() / 2]
        };
        Self {
            rate: middle(all.iter().map(|one| one.rate).collect()),
            p99_us: middle(all.iter().map(|one| one.p99_us).collect()),
        }
    }
}

/// The requests of a load, by number.
pub(crate) struct Requests {
    /// They take turns.
    list: Vec<Vec<u8>>,
    /// Where the digits stand that make each request another.
    digits: Option<Range<usize>>,
    next: Cell<usize>,
}

/// What stands in a request for the digits that make it another.
pub(crate) const DIGITS: &str = "0000000000";

impl Requests {
    pub(crate) fn new(list: Vec<Vec<u8>>) -> Self {
        let find = |request: &Vec<u8>| {
            let digits = DIGITS.as_bytes();
            request
                .windows(digits.len())
                .position(|window| window == digits)
        };
        let digits = list
            .first()
            .and_then(find)
            .map(|start| start..start + DIGITS.len());
        Self {
            list,
            digits,
            next: Cell::new(1),
        }
    }

    /// One of them.
    pub(crate) fn one(&self) -> Vec<u8> {
        let mut request = Vec::new();
        self.next(&mut request);
        request
    }

    /// Writes the next request into a buffer.
    fn next(&self, buffer: &mut Vec<u8>) {
        let number = self.next.replace(self.next.get() + 1);
        buffer.clear();
        buffer.extend_from_slice(&self.list[number % self.list.len()]);
        if let Some(digits) = self.digits.clone() {
            write!(&mut buffer[digits], "{number:010}").unwrap();
        }
    }
}

/// Runs loads of one length.
pub(crate) struct Load {
    length: Duration,
    runtime: tokio::runtime::Runtime,
}

impl Load {
    pub(crate) fn new(length: Duration) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        Self { length, runtime }
    }

    /// Asks over all connections until the time is over.
    pub(crate) fn run(&self, authority: &str, requests: &Requests) -> Measured {
        self.runtime.block_on(async {
            let mut streams = Vec::new();
            for _ in 0..CONNECTIONS {
                let stream = TcpStream::connect(authority).await.unwrap();
                stream.set_nodelay(true).unwrap();
                streams.push(stream);
            }
            let start = Instant::now();
            let asking = streams
                .into_iter()
                .map(|stream| ask(stream, requests, start + self.length));
            let asking: FuturesUnordered<_> = asking.collect();
            let mut times: Vec<Duration> = asking.concat().await;
            let took = start.elapsed().as_secs_f64();
            times.sort_unstable();
            Measured {
                rate: times.len() as f64 / took,
                p99_us: times[times.len() * 99 / 100].as_secs_f64() * 1e6,
            }
        })
    }
}

async fn ask(mut stream: TcpStream, requests: &Requests, until: Instant) -> Vec<Duration> {
    let (mut request, mut buffer) = (Vec::new(), vec![0; BUFFER]);
    let mut times = Vec::new();
    loop {
        let start = Instant::now();
        if start >= until {
            return times;
        }
        requests.next(&mut request);
        stream.write_all(&request).await.unwrap();
        let mut read = 0;
        while whole(&buffer[..read]).is_none() {
            let more = stream.read(&mut buffer[read..]).await.unwrap();
            assert!(
                more > 0,
                "the server closed the connection: {}",
                String::from_utf8_lossy(&buffer[..read])
            );
            read += more;
        }
        assert_eq!(
            buffer[9],
            b'2',
            "{}",
            String::from_utf8_lossy(&buffer[..read])
        );
        times.push(start.elapsed());
    }
}

/// Where the body of a whole answer starts.
fn whole(answer: &[u8]) -> Option<usize> {
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&answer[..head]).unwrap();
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .unwrap_or("0");
    (answer.len() >= head + length.trim().parse::<usize>().unwrap()).then_some(head)
}

/// One request and the whole answer, as it came.
pub(crate) fn raw(authority: &str, request: &[u8]) -> Vec<u8> {
    let mut stream = Blocking::connect(authority).unwrap();
    stream.write_all(request).unwrap();
    let (mut answer, mut buffer) = (Vec::new(), vec![0; BUFFER]);
    while whole(&answer).is_none() {
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "the server closed the connection");
        answer.extend_from_slice(&buffer[..read]);
    }
    answer
}

/// The JSON that one request is answered with.
pub(crate) fn once(authority: &str, request: &[u8]) -> Value {
    let answer = raw(authority, request);
    serde_json::from_slice(&answer[whole(&answer).unwrap()..]).unwrap()
}

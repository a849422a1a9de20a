//! The threads that serve connections. Each has a runtime of its own and keeps the connections it was given: no
//! thread wakes another to share out what has come, which is a good part of what a small answer costs.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

/// Threads that run until they are dropped.
pub(super) struct Workers {
    crew: Crew,
    running: Vec<Running>,
}

struct Running {
    /// Dropped to end the thread.
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

/// Whom connections are given to; clones share them.
#[derive(Clone)]
pub(super) struct Crew(Arc<[Worker]>);

struct Worker {
    runtime: Handle,
    /// How many connections it has.
    busy: Arc<AtomicUsize>,
}

/// A place at a worker, for as long as a connection is there.
pub(super) struct Place {
    pub(super) runtime: Handle,
    busy: Arc<AtomicUsize>,
}

impl Workers {
    /// Starts so many, at least one.
    pub(super) fn start(count: usize) -> io::Result<Self> {
        let (mut running, mut workers) = (Vec::new(), Vec::new());
        for _ in 0..count.max(1) {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            workers.push(Worker {
                runtime: runtime.handle().clone(),
                busy: Arc::default(),
            });
            let (stop, stopped) = oneshot::channel();
            let thread = std::thread::Builder::new()
                .name("zoom-mock".to_owned())
                .spawn(move || run(runtime, stopped))?;
            running.push(Running { stop, thread });
        }
        Ok(Self {
            crew: Crew(workers.into()),
            running,
        })
    }

    pub(super) fn crew(&self) -> Crew {
        self.crew.clone()
    }
}

/// Runs what is given to a worker until it is told to stop, and drops what is still under way.
fn run(runtime: Runtime, stopped: oneshot::Receiver<()>) {
    let _ = runtime.block_on(stopped);
    runtime.shutdown_background();
}

impl Drop for Workers {
    fn drop(&mut self) {
        let running = std::mem::take(&mut self.running);
        let threads = running.into_iter().map(|Running { stop, thread }| {
            drop(stop);
            thread
        });
        for thread in threads.collect::<Vec<_>>() {
            // A thread that has panicked has said so.
            let _ = thread.join();
        }
    }
}

impl Crew {
    /// A place where the fewest connections are.
    pub(super) fn place(&self) -> Option<Place> {
        let busy = |worker: &&Worker| worker.busy.load(Ordering::Relaxed);
        let worker = self.0.iter().min_by_key(busy)?;
        worker.busy.fetch_add(1, Ordering::Relaxed);
        Some(Place {
            runtime: worker.runtime.clone(),
            busy: Arc::clone(&worker.busy),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_goes_where_the_fewest_are() {
        let workers = Workers::start(2).unwrap();
        let held = |crew: &Crew| -> Vec<usize> {
            let busy = crew.0.iter().map(|worker| &worker.busy);
            busy.map(|busy| busy.load(Ordering::Relaxed)).collect()
        };
        let crew = workers.crew();
        let places: Vec<Place> = (0..3).filter_map(|_| crew.place()).collect();
        assert_eq!(held(&crew), [2, 1]);
        drop(places);
        assert_eq!(held(&crew), [0, 0]);
    }

    #[test]
    fn what_is_under_way_is_dropped_with_the_workers() {
        let workers = Workers::start(1).unwrap();
        let (kept, gone) = oneshot::channel::<()>();
        let place = workers.crew().place().unwrap();
        place.runtime.spawn(async move {
            std::future::pending::<()>().await;
            drop(kept);
        });
        drop(workers);
        assert!(gone.blocking_recv().is_err());
    }
}

//! What a gateway would do to its machine that tries a vendor in trouble without a pause.
use std::hint::spin_loop;
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, available_parallelism, spawn};

/// Threads for each processor: those measured get a third of it.
const THREADS_EACH: usize = 2;

/// Keeps all processors busy until it is dropped.
pub(crate) struct Burn {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Burn {
    pub(crate) fn begin() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let processors = available_parallelism().map_or(1, NonZero::get);
        let burn = || {
            let stop = stop.clone();
            spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    spin_loop();
                }
            })
        };
        let threads = (0..processors * THREADS_EACH).map(|_| burn()).collect();
        Self { stop, threads }
    }
}

impl Drop for Burn {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
    }
}

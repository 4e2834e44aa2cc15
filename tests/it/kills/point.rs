//! The moments at which the process is killed.
use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep, timeout};

use super::client::Meter;
use super::house::{House, VENDORS};
use super::trap::Armed;
use crate::dice::Dice;
use crate::harness::Killer;

/// A moment that has not come by then does not come in this life.
const MOMENT_MAX: Duration = Duration::from_secs(3);

/// The longest life that ends at random. Delivery begins after the deadline of calls that the life before may have
/// left.
const LIFE_MAX: Duration = Duration::from_millis(900);

/// About as long as it takes to read an answer and to settle it.
const SETTLING_MAX: Duration = Duration::from_millis(5);

/// About as long as a commit takes.
const COMMIT_MAX: Duration = Duration::from_millis(3);

/// Less than it takes to write a backup of what a run has.
const BACKUP_MAX: Duration = Duration::from_micros(800);

/// Longer than it takes from a life's begin to a bulk job's end.
const JOB_MAX: Duration = Duration::from_secs(6);

/// About as long as a bulk job runs until its end is known.
const RUNNING_MAX: Duration = Duration::from_millis(1500);

/// How the paths of bulk jobs end.
const JOB: &str = "_many";

/// How often it is looked whether a commit has begun to be written.
const LOOK_AGAIN: Duration = Duration::from_micros(50);

/// Writes under way from which on the writer has several of them to fold.
const FOLDED_MIN: usize = 3;

/// When the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Point {
    /// At any time.
    Anytime,
    /// When a client has got its answer: its write is committed, and mostly no vendor has it.
    Committed,
    /// When a vendor has done something, and its answer is not on its way yet.
    Done,
    /// When the vendor's answer has come, and is mostly not settled.
    Answered,
    /// While the writer of the store writes what several clients have asked for.
    Writing,
    /// While a backup is written.
    BackingUp,
    /// When Zendesk has taken a bulk job, and its name is not on its way yet.
    Submitted,
    /// While Zendesk works a bulk job off.
    InJob,
}

/// What a moment is waited for with.
pub(super) struct Scene<'a> {
    pub(super) house: &'a House,
    pub(super) meter: &'a Meter,
    pub(super) dice: &'a mut Dice,
}

impl Point {
    pub(super) const ALL: [Self; 8] = [
        Self::Anytime,
        Self::Committed,
        Self::Done,
        Self::Answered,
        Self::Writing,
        Self::BackingUp,
        Self::Submitted,
        Self::InJob,
    ];

    /// Whether so many write at once that Zendesk gets bulk jobs.
    pub(super) fn is_about_jobs(self) -> bool {
        matches!(self, Self::Submitted | Self::InJob)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Anytime => "at any time",
            Self::Committed => "after the commit",
            Self::Done => "before the vendor's answer",
            Self::Answered => "after the vendor's answer, before settling",
            Self::Writing => "in the group-commit writer",
            Self::BackingUp => "in a backup",
            Self::Submitted => "before a bulk job's name is told",
            Self::InJob => "in a bulk job",
        }
    }

    /// Waits for the moment and kills; whether it came.
    pub(super) async fn strike(self, scene: &mut Scene<'_>) -> bool {
        let killer = scene.house.installation.killer();
        let came = match self {
            Self::Anytime => {
                sleep(scene.dice.below(LIFE_MAX)).await;
                true
            }
            Self::Committed => {
                let count = scene.dice.among(1..40);
                within(scene.acknowledged(count)).await
            }
            Self::Done => within(scene.called(&killer, false)).await,
            Self::Answered => within(scene.called(&killer, true)).await,
            Self::Writing => scene.writing(&killer).await,
            Self::BackingUp => scene.backing_up(&killer).await,
            Self::Submitted => scene.job(&killer, None).await,
            Self::InJob => {
                let delay = scene.dice.below(RUNNING_MAX);
                scene.job(&killer, Some(delay)).await
            }
        };
        killer.kill();
        came
    }
}

impl Scene<'_> {
    /// Until so many writes were acknowledged in this life.
    async fn acknowledged(&self, count: usize) {
        let mut acknowledged = self.meter.acknowledged.subscribe();
        let reached = acknowledged.wait_for(|reached| *reached >= count).await;
        reached.expect("the meter outlives the life");
    }

    /// Until a vendor was called, and the process is dead by that.
    async fn called(&mut self, killer: &Killer, answered: bool) {
        let trap = &self.house.traps[self.dice.pick(&VENDORS)];
        trap.arm(Armed {
            killer: killer.clone(),
            passing: self.dice.among(0..15),
            delay: answered.then(|| self.dice.below(SETTLING_MAX)),
            of: "",
        });
        trap.sprung().await;
        // The thread that kills later than the call has its time.
        sleep(SETTLING_MAX).await;
    }

    /// Until Zendesk has got a bulk job, and the process is dead by that; whether it was.
    async fn job(&mut self, killer: &Killer, delay: Option<Duration>) -> bool {
        let trap = &self.house.traps["zendesk"];
        trap.arm(Armed {
            killer: killer.clone(),
            passing: 0,
            delay,
            of: JOB,
        });
        let sprung = timeout(JOB_MAX, trap.sprung()).await.is_ok();
        if sprung {
            sleep(delay.unwrap_or_default() + SETTLING_MAX).await;
        }
        sprung
    }

    /// Until several writes are under way and the store's file changes.
    async fn writing(&mut self, killer: &Killer) -> bool {
        let count = self.dice.among(0..20);
        if !within(self.acknowledged(count)).await || !within(self.several_under_way()).await {
            return false;
        }
        let (file, killer) = (self.house.installation.store(), killer.clone());
        let delay = self.dice.below(COMMIT_MAX);
        let struck = tokio::task::spawn_blocking(move || {
            let changed = changes(&file);
            thread::sleep(delay);
            killer.kill();
            changed
        });
        struck.await.expect("it does not panic")
    }

    /// Until a backup is being written; whether it was not complete when the process died.
    async fn backing_up(&mut self, killer: &Killer) -> bool {
        let count = self.dice.among(0..20);
        if !within(self.acknowledged(count)).await {
            return false;
        }
        let (backup, killer) = (self.house.backup(), killer.clone());
        let delay = self.dice.below(BACKUP_MAX);
        let mut asking = self.house.ask_for_backup();
        let struck = tokio::task::spawn_blocking(move || {
            let begun = look_until(|| backup.begun() || backup.file.exists());
            thread::sleep(delay);
            killer.kill();
            asking.wait().expect("it ends without a server");
            begun && !backup.file.exists()
        });
        struck.await.expect("it does not panic")
    }

    async fn several_under_way(&self) {
        while self.meter.under_way.load(Ordering::Relaxed) < FOLDED_MIN {
            sleep(Duration::from_millis(1)).await;
        }
    }
}

async fn within(moment: impl Future<Output = ()>) -> bool {
    timeout(MOMENT_MAX, moment).await.is_ok()
}

/// Waits until the file changes; false if it does not.
fn changes(file: &Path) -> bool {
    let before = modified(file);
    look_until(|| modified(file) != before)
}

/// Waits until it is so; false if it does not become so.
pub(super) fn look_until(so: impl Fn() -> bool) -> bool {
    let end = Instant::now() + MOMENT_MAX;
    while !so() {
        if Instant::now() > end {
            return false;
        }
        thread::sleep(LOOK_AGAIN);
    }
    true
}

fn modified(file: &Path) -> SystemTime {
    let modified = fs::metadata(file).and_then(|metadata| metadata.modified());
    modified.expect("the store is a file")
}

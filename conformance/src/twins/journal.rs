//! The twin's state on disk: first the whole of it, then a line for each change.
//!
//! A change costs one write of its own size, and is in the kernel's hands before the request is answered, so that the
//! twin's process may be killed at any time. It is not synced: a twin outlives its process, not its machine.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use serde_json::Value;

use super::Twin;

pub(super) struct Journal {
    file: File,
}

impl Journal {
    /// Brings the twin to the state that `folder` holds, or makes a fresh twin's state the first there.
    pub(super) fn open(folder: &Path, twin: &mut dyn Twin) -> anyhow::Result<Journal> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let path = folder.join(format!("{}.jsonl", twin.vendor()));
        if path.exists() {
            restore(&path, twin).with_context(|| format!("cannot read {}", path.display()))?;
        }
        rewrite(&path, twin).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Writes down what changed.
    pub(super) fn append(&mut self, twin: &mut dyn Twin) -> anyhow::Result<()> {
        if let Some(changes) = twin.changes() {
            self.file.write_all(format!("{changes}\n").as_bytes())?;
        }
        Ok(())
    }
}

/// Reads the lines. A last line without its end was cut short by a kill; its request was not answered.
fn restore(path: &Path, twin: &mut dyn Twin) -> anyhow::Result<()> {
    let text = fs::read_to_string(path)?;
    let whole = text.rfind('\n').map_or("", |end| text.split_at(end).0);
    let mut lines = whole
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<Vec<Value>, _>>()?
        .into_iter();
    let state = lines.next().context("it has no first line")?;
    twin.restore(state, lines.collect())
}

/// Begins the file anew with the whole state; whoever kills us meanwhile leaves the former file whole.
fn rewrite(path: &Path, twin: &mut dyn Twin) -> anyhow::Result<Journal> {
    let draft = path.with_extension("draft");
    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .open(&draft)?;
    file.write_all(format!("{}\n", twin.snapshot()).as_bytes())?;
    fs::rename(&draft, path)?;
    twin.changes();
    Ok(Journal { file })
}

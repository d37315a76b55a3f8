//! One server a data directory.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// Held while the server runs; the system lets it go when the process ends, however it ends.
pub(super) struct DataLock(#[expect(dead_code, reason = "held, not read")] File);

impl DataLock {
    /// Takes the lock; `None` when another server has it.
    pub(super) fn take(dir: &Path) -> io::Result<Option<Self>> {
        let file = File::options().create(true).truncate(false).write(true).open(dir.join("snug.lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(why)) => Err(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let first = DataLock::take(dir.path()).unwrap();
        assert!(first.is_some());
        assert!(DataLock::take(dir.path()).unwrap().is_none());
        drop(first);
        assert!(DataLock::take(dir.path()).unwrap().is_some());
    }
}

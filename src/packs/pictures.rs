//! Finished pictures in a small cache: drawn once, one at a time.

use super::Pack;
use super::render::{Picture, RenderError, render};
use crate::games::atlas::PictureSpec;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of finished pictures that are kept: the running rounds of some forty rooms.
pub const CACHE_BYTES: u64 = 6 * 1024 * 1024;

/// Draws pictures and keeps the latest. Calls block: run them on a thread for blocking work.
#[derive(Debug)]
pub struct Pictures {
    pack: Arc<Pack>,
    kept: moka::sync::Cache<String, Arc<Picture>>,
    /// Held while drawing: on two cores more at a time would only cost memory.
    drawing: Mutex<()>,
}

impl Pictures {
    /// An empty cache over `pack`.
    pub fn new(pack: Arc<Pack>) -> Self {
        let kept = moka::sync::Cache::builder()
            .max_capacity(CACHE_BYTES)
            .weigher(|token: &String, picture: &Arc<Picture>| {
                u32::try_from(token.len() + picture.bytes.len()).unwrap_or(u32::MAX)
            })
            .build();
        Self { pack, kept, drawing: Mutex::new(()) }
    }

    /// The picture that `spec` describes, by its token. Of many callers at once, one draws and the others wait for it.
    ///
    /// # Errors
    /// [`RenderError`]; nothing is kept then.
    pub fn get(&self, spec: &PictureSpec) -> Result<Arc<Picture>, RenderError> {
        let draw = || {
            // A panic while drawing leaves nothing half done behind this lock.
            let _one = self.drawing.lock().unwrap_or_else(PoisonError::into_inner);
            render(&self.pack, spec).map(Arc::new)
        };
        self.kept.try_get_with_by_ref(&spec.token, draw).map_err(|e| RenderError::clone(&e))
    }
}

//! The base map from the embedded pack.

use crate::http::{Blob, MapSource};
use crate::packs::{Pack, TileSet};
use bytes::Bytes;
use std::borrow::Cow;
use std::sync::Arc;

/// Deepest zoom of the vector tiles; pages zoom further into them.
const MAX_ZOOM: u8 = 6;

pub(super) struct PackMap {
    pack: Arc<Pack>,
    version: String,
}

impl PackMap {
    pub(super) fn new(pack: Arc<Pack>) -> Self {
        // What is embedded changes with the binary only; the size of two tiles tells builds of one version apart.
        let size = |z, x, y| pack.tile(TileSet::Map, z, x, y).map_or(0, <[u8]>::len);
        let version = format!("{}-{}-{}", env!("CARGO_PKG_VERSION"), size(0, 0, 0), size(2, 2, 1));
        Self { pack, version }
    }

    fn blob(bytes: Option<&'static [u8]>, content_type: &'static str, gzip: bool) -> Option<Blob> {
        bytes.map(|bytes| Blob { bytes: Bytes::from_static(bytes), content_type, gzip })
    }
}

impl MapSource for PackMap {
    fn version(&self) -> Cow<'static, str> {
        Cow::Owned(self.version.clone())
    }

    fn max_zoom(&self) -> u8 {
        MAX_ZOOM
    }

    fn tile(&self, z: u8, x: u32, y: u32) -> Option<Blob> {
        Self::blob(self.pack.tile(TileSet::Map, z, x, y), "application/x-protobuf", true)
    }

    fn shade(&self, z: u8, x: u32, y: u32) -> Option<Blob> {
        Self::blob(self.pack.tile(TileSet::Shade, z, x, y), "image/webp", false)
    }

    fn fallback(&self) -> Option<Blob> {
        Self::blob(Some(self.pack.fallback()), "application/json", false)
    }
}

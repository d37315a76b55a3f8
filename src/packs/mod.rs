//! Content: places, borders, pictures and map tiles that the binary carries.
//!
//! [`Pack`] opens the embedded files and reads them in place; only the list of countries is on the heap. It is the
//! [`Catalog`] that Atlas deals from, finds places by name, and serves map tiles. [`Pictures`] draws the rounds' pictures.

mod archive;
mod areas;
mod border;
mod bytes;
mod catalog;
mod cities;
mod countries;
mod embedded;
mod fold;
mod lines;
mod names;
mod pictures;
mod render;
mod shapes;
mod telling;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod whole;

pub use countries::CountryInfo;
pub use names::{MAX_PLACES, Place, PlaceKind, SearchScope};
pub use pictures::{CACHE_BYTES, Pictures};
pub use render::{Picture, RenderError};

use crate::games::atlas::deck::Catalog;
use archive::{Archive, tile_key};
use areas::Areas;
use bytes::Damaged;
use cities::Cities;
use countries::Country;
use lines::Lines;
use shapes::Shapes;
use std::sync::OnceLock;
use telling::Telling;

/// Why the embedded content could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// A file is not what its reader expects.
    #[error(
        "the embedded {file} is damaged ({what}): install snug again, or rebuild it from a clean checkout"
    )]
    Damaged {
        /// Which, below `assets/`.
        file: &'static str,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// A set of tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TileSet {
    /// Vector tiles of the base map, zoom 0–6, gzipped MVT.
    Map,
    /// Its hillshade, zoom 0–4, WebP.
    Shade,
}

/// The embedded content, opened.
#[derive(Debug)]
pub struct Pack {
    countries: Vec<Country>,
    /// How many cities of each country can be an answer, in the order of `countries`; counted when first asked for.
    answers: OnceLock<Vec<u32>>,
    cities: Cities<'static>,
    shapes: Shapes<'static>,
    lines: Lines<'static>,
    areas: Areas,
    telling: Telling<'static>,
    flags: Archive<'static>,
    relief: Archive<'static>,
    blue: Archive<'static>,
    night: Archive<'static>,
    map: Archive<'static>,
    shade: Archive<'static>,
}

impl Pack {
    /// Opens what the binary carries. Takes a few milliseconds: files are read in place, and most only when needed.
    ///
    /// # Errors
    /// [`PackError`], when the binary was built from damaged files.
    pub fn embedded() -> Result<Self, PackError> {
        let named = |file| move |Damaged(what)| PackError::Damaged { file, what };
        let archive = |bytes, file| Archive::parse(bytes).map_err(named(file));
        Ok(Self {
            countries: countries::parse(embedded::COUNTRIES).map_err(named("geo/countries.json"))?,
            answers: OnceLock::new(),
            cities: Cities::parse(embedded::CITIES).map_err(named("geo/cities.bin"))?,
            shapes: Shapes::parse(embedded::SHAPES).map_err(named("geo/countries.bin"))?,
            lines: Lines::parse(embedded::LINES).map_err(named("geo/lines.bin"))?,
            areas: Areas::parse(embedded::DISPUTED).map_err(named("geo/disputed.toml"))?,
            telling: Telling::parse(embedded::TELLING).map_err(named("telling.bin"))?,
            flags: archive(embedded::FLAGS, "pictures/flags.bin")?,
            relief: archive(embedded::RELIEF, "pictures/relief.bin")?,
            blue: archive(embedded::BLUE, "pictures/blue.bin")?,
            night: archive(embedded::NIGHT, "pictures/night.bin")?,
            map: archive(embedded::MAP, "map/tiles.bin")?,
            shade: archive(embedded::SHADE, "map/shade.bin")?,
        })
    }

    /// What Atlas deals from.
    pub fn atlas(&self) -> &dyn Catalog {
        self
    }

    /// One map tile, as it is stored: `Map` is gzipped (`Content-Encoding: gzip`). `None` when there is none.
    pub fn tile(&self, set: TileSet, z: u8, x: u32, y: u32) -> Option<&'static [u8]> {
        let side = 1u32.checked_shl(u32::from(z)).filter(|_| z <= 24)?;
        if x >= side || y >= side {
            return None;
        }
        match set {
            TileSet::Map => self.map.get(tile_key(z, x, y)),
            TileSet::Shade => self.shade.get(tile_key(z, x, y)),
        }
    }

    /// The map for browsers without WebGL: `TopoJSON`.
    pub fn fallback(&self) -> &'static [u8] {
        embedded::FALLBACK
    }

    /// Finds up to [`MAX_PLACES`] places by any of their spellings, accents and case aside.
    pub fn search(&self, query: &str, scope: SearchScope) -> Vec<Place> {
        names::search(self, query, scope)
    }

    /// All countries and territories, by code.
    pub fn countries(&self) -> Vec<CountryInfo> {
        let answers = self.answers.get_or_init(|| self.count_answers());
        self.countries.iter().zip(answers).map(|(c, n)| c.info(*n)).collect()
    }

    fn country_name(&self, iso: &str) -> &str {
        countries::find(&self.countries, iso).map_or("", |(_, c)| &c.name)
    }
}

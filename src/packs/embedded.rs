//! The content that the binary carries. Nothing is copied: readers borrow these bytes where they lie.

/// Countries with names, spellings and figures (JSON).
pub(crate) const COUNTRIES: &[u8] = include_bytes!("../../assets/geo/countries.json");
/// Cities (`SNC1`).
pub(crate) const CITIES: &[u8] = include_bytes!("../../assets/geo/cities.bin");
/// Outlines of countries (`SNG1`).
pub(crate) const SHAPES: &[u8] = include_bytes!("../../assets/geo/countries.bin");
/// Coasts, rivers, lakes (`SNL1`).
pub(crate) const LINES: &[u8] = include_bytes!("../../assets/geo/lines.bin");
/// What is never an answer (TOML).
pub(crate) const DISPUTED: &str = include_str!("../../assets/geo/disputed.toml");
/// Vector tiles of the base map (`SNT1`).
pub(crate) const MAP: &[u8] = include_bytes!("../../assets/map/tiles.bin");
/// Hillshade tiles of the base map (`SNT1`).
pub(crate) const SHADE: &[u8] = include_bytes!("../../assets/map/shade.bin");
/// The map without WebGL (`TopoJSON`).
pub(crate) const FALLBACK: &[u8] = include_bytes!("../../assets/map/fallback.json");
/// Elevation (`SNT1` of grey WebP).
pub(crate) const RELIEF: &[u8] = include_bytes!("../../assets/pictures/relief.bin");
/// The Earth by day (`SNT1` of WebP).
pub(crate) const BLUE: &[u8] = include_bytes!("../../assets/pictures/blue.bin");
/// The Earth by night (`SNT1` of WebP).
pub(crate) const NIGHT: &[u8] = include_bytes!("../../assets/pictures/night.bin");
/// Flags (`SNT1` of WebP).
pub(crate) const FLAGS: &[u8] = include_bytes!("../../assets/pictures/flags.bin");
/// How telling a picture of each part of the world is, see [`super::telling`].
pub(crate) const TELLING: &[u8] = include_bytes!("telling.bin");

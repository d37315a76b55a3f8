//! Atlas: where in the world is that? Answers are pins; points fall with the geodesic distance.

pub mod deck;
pub mod settings;
pub mod wire;

pub use deck::{Answer, Border, Catalog, Clue, Deck, PictureSpec, RoundDeck};
pub use settings::{Continent, Difficulty, Kind, Preset, Region, Settings};
pub use wire::{Action, Event, Phase, Point, Reveal, RoundResult, SeatResult, SeatView, View};

//! Atlas: where in the world is that? Answers are pins; points fall with the geodesic distance.

pub mod area;
pub mod chance;
pub mod choice;
pub mod deck;
pub mod geo;
mod rules;
pub mod score;
pub mod settings;
mod view;
pub mod wire;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use deck::{Answer, Border, Candidate, Catalog, Clue, Deck, PictureSpec, RoundDeck, plan};
pub use rules::Match;
pub use settings::{Continent, Difficulty, Kind, Preset, Region, Settings};
pub use wire::{Action, Event, Phase, Point, Reveal, RoundResult, SeatResult, SeatView, View};

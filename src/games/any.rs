//! One type each for "of any game". Rooms, doors and records use these; the rules stay in their folders.

use super::atlas;
use serde::{Deserialize, Serialize};

/// Settings of any game.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "game", rename_all = "snake_case")]
pub enum AnySettings {
    /// Atlas.
    Atlas(atlas::Settings),
}

/// Deck of any game.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "game", rename_all = "snake_case")]
pub enum AnyDeck {
    /// Atlas.
    Atlas(atlas::Deck),
}

/// Action of any game.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "game", rename_all = "snake_case")]
pub enum AnyAction {
    /// Atlas.
    Atlas(atlas::Action),
}

/// Event of any game.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "game", rename_all = "snake_case")]
pub enum AnyEvent {
    /// Atlas.
    Atlas(atlas::Event),
}

/// View of any game.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "game", rename_all = "snake_case")]
pub enum AnyView {
    /// Atlas.
    Atlas(atlas::View),
}

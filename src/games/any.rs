//! One type each for "of any game". Rooms, doors and records use these; the rules stay in their folders.

use super::{By, Events, Game, MatchTime, Outcome, Presence, Rejection, Seat, SeatId, Sent, Viewer, atlas};
use serde::{Deserialize, Serialize};

/// Settings of any game.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "game", rename_all = "snake_case")]
pub enum AnySettings {
    /// Atlas.
    Atlas(atlas::Settings),
}

impl AnySettings {
    /// The game's name in URLs, in the database and on the wire.
    pub fn game(&self) -> &'static str {
        match self {
            Self::Atlas(_) => atlas::Match::ID,
        }
    }

    /// The board that matches with these settings count for (a preset's name), `None` when they are custom.
    pub fn board(&self) -> Option<&'static str> {
        match self {
            Self::Atlas(settings) => settings.as_preset().map(atlas::Preset::name),
        }
    }

    /// The most points that a seat can get.
    pub fn max_points(&self) -> u32 {
        match self {
            Self::Atlas(settings) => settings.max_points(),
        }
    }

    /// Whether a match can be played with these.
    ///
    /// # Errors
    /// `invalid_settings`, with the value and what it may be.
    pub fn validate(&self) -> Result<(), Rejection> {
        match self {
            Self::Atlas(settings) => settings.validate(),
        }
    }
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

/// A match of any game: [`Game`]'s methods over the types above.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "game", rename_all = "snake_case")]
pub enum AnyMatch {
    /// Atlas.
    Atlas(atlas::Match),
}

/// What follows from an input to a match of any game.
pub type AnyEvents = Events<AnyEvent>;

impl AnyMatch {
    /// Deals a match, see [`Game::start`].
    ///
    /// # Errors
    /// The game's own, and `wrong_game` when settings and deck are of different games.
    #[allow(
        unreachable_patterns,
        reason = "so far there is one game; with the next, the last arm is reached"
    )]
    pub fn start(
        settings: &AnySettings,
        seats: &[Seat],
        deck: AnyDeck,
        seed: u64,
    ) -> Result<(Self, AnyEvents), Rejection> {
        match (settings, deck) {
            (AnySettings::Atlas(settings), AnyDeck::Atlas(deck)) => {
                let (play, events) = atlas::Match::start(settings, seats, deck, seed)?;
                Ok((Self::Atlas(play), any(events, AnyEvent::Atlas)))
            }
            (settings, _) => Err(wrong_game(settings.game())),
        }
    }

    /// One action, see [`Game::act`].
    ///
    /// # Errors
    /// The game's own, and `wrong_game` for an action of another game. Nothing has changed then.
    #[allow(
        unreachable_patterns,
        reason = "so far there is one game; with the next, the last arm is reached"
    )]
    pub fn act(&mut self, by: By, action: AnyAction, now: MatchTime) -> Result<AnyEvents, Rejection> {
        match (self, action) {
            (Self::Atlas(play), AnyAction::Atlas(action)) => {
                play.act(by, action, now).map(|events| any(events, AnyEvent::Atlas))
            }
            (play, _) => Err(wrong_game(play.id())),
        }
    }

    /// Whether an action only replaces the seat's previous one, see [`Game::latest`].
    pub fn latest(action: &AnyAction) -> bool {
        match action {
            AnyAction::Atlas(action) => atlas::Match::latest(action),
        }
    }

    /// A change of presence, see [`Game::seat`].
    pub fn seat(&mut self, seat: SeatId, presence: Presence, now: MatchTime) -> AnyEvents {
        match self {
            Self::Atlas(play) => any(play.seat(seat, presence, now), AnyEvent::Atlas),
        }
    }

    /// Time has passed, see [`Game::tick`].
    pub fn tick(&mut self, now: MatchTime) -> AnyEvents {
        match self {
            Self::Atlas(play) => any(play.tick(now), AnyEvent::Atlas),
        }
    }

    /// When [`Self::tick`] wants to be called next.
    pub fn deadline(&self) -> Option<MatchTime> {
        match self {
            Self::Atlas(play) => play.deadline(),
        }
    }

    /// A running deadline moves to `until` when it would come sooner, see [`Game::extend`].
    pub fn extend(&mut self, until: MatchTime) -> AnyEvents {
        match self {
            Self::Atlas(play) => any(play.extend(until), AnyEvent::Atlas),
        }
    }

    /// What this viewer may see now.
    pub fn view(&self, viewer: Viewer) -> AnyView {
        match self {
            Self::Atlas(play) => AnyView::Atlas(play.view(viewer)),
        }
    }

    /// Set once the match has ended.
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Atlas(play) => play.outcome(),
        }
    }

    /// A hash of the whole state, equal on every machine that applied the same inputs.
    pub fn hash(&self) -> u64 {
        match self {
            Self::Atlas(play) => play.hash(),
        }
    }

    /// The round that is running or was the last to run, and how many there are, both from 1; `None` for a game
    /// without rounds.
    pub fn progress(&self) -> Option<(u32, u32)> {
        match self {
            Self::Atlas(play) => Some(play.progress()),
        }
    }

    /// What was dealt, answers of rounds to come included.
    pub fn deck(&self) -> AnyDeck {
        match self {
            Self::Atlas(play) => AnyDeck::Atlas(play.deck().clone()),
        }
    }

    /// Version of the rules it is played by.
    pub fn rules(&self) -> u32 {
        match self {
            Self::Atlas(_) => atlas::Match::RULES,
        }
    }

    /// The game's name, see [`Game::ID`].
    pub fn id(&self) -> &'static str {
        match self {
            Self::Atlas(_) => atlas::Match::ID,
        }
    }
}

fn any<E>(events: Events<E>, wrap: impl Fn(E) -> AnyEvent) -> AnyEvents {
    events.into_iter().map(|sent| Sent { to: sent.to, event: wrap(sent.event) }).collect()
}

fn wrong_game(game: &str) -> Rejection {
    Rejection::new("wrong_game", format!("This is a match of {game}: reload the page."))
}

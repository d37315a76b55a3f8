//! What anyone may see of a player.

use super::{Ladder, LadderError};
use crate::store::{stats, users};
use serde::Serialize;

/// A player with totals and personal bests.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profile {
    /// The player's id.
    pub id: String,
    /// The player's name.
    pub name: String,
    /// Has an account; `false` is a guest.
    pub account: bool,
    /// Unix milliseconds.
    pub created_at: i64,
    /// Matches played.
    pub games: i64,
    /// First ranks among at least two seats.
    pub wins: i64,
    /// Points of all matches.
    pub points: i64,
    /// The best match of each preset.
    pub bests: Vec<PersonalBest>,
}

/// A player's best match of a preset.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PersonalBest {
    /// The preset.
    pub preset: String,
    /// Average points a round.
    pub best: f64,
    /// Id of the match.
    #[serde(rename = "match")]
    pub match_id: String,
}

impl Ladder {
    /// A player's profile, `None` when there is no such player.
    pub async fn profile(&self, id: &str) -> Result<Option<Profile>, LadderError> {
        let id = id.to_owned();
        let profile = self
            .store
            .read(move |tx| {
                let Some(user) = users::find(tx, &id)? else { return Ok(None) };
                let totals = stats::totals(tx, &id)?;
                let bests = stats::bests(tx, &id)?.into_iter().map(|best| PersonalBest {
                    preset: best.board,
                    best: best.best as f64 / 100.0,
                    match_id: best.match_id,
                });
                Ok(Some(Profile {
                    bests: bests.collect(),
                    id: user.id,
                    name: user.name,
                    account: user.account,
                    created_at: user.created_at,
                    games: totals.games,
                    wins: totals.wins,
                    points: totals.points,
                }))
            })
            .await?;
        Ok(profile)
    }
}

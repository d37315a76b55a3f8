//! Leaderboards, the daily and profiles.

use super::parts::{MaybeSigned, Parts};
use super::{ApiError, Json, Query};
use crate::games::atlas::Preset;
use crate::ladder::{BoardQuery, DailyBoard, LadderError, Leaderboard, Metric, Period, Profile};
use crate::store::{daily, now_ms, periods};
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use serde::{Deserialize, Serialize};

pub(super) fn routes() -> Router<Parts> {
    Router::new()
        .route("/api/leaderboard", get(leaderboard))
        .route("/api/daily", get(today))
        .route("/api/daily/{date}/board", get(daily_board))
        .route("/api/users/{id}", get(profile))
}

impl From<LadderError> for ApiError {
    fn from(why: LadderError) -> Self {
        match why {
            LadderError::BadCursor => Self::bad_request("bad_cursor", why.to_string()),
            LadderError::BadDate => Self::bad_request("bad_date", why.to_string()),
            LadderError::Store(why) => why.into(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BoardPage {
    preset: Preset,
    by: Metric,
    period: Period,
    cursor: Option<String>,
}

async fn leaderboard(
    State(parts): State<Parts>,
    MaybeSigned(session): MaybeSigned,
    Query(page): Query<BoardPage>,
) -> Result<Json<Leaderboard>, ApiError> {
    let query = BoardQuery {
        preset: page.preset.name().to_owned(),
        by: page.by,
        period: page.period,
        cursor: page.cursor,
    };
    let viewer = session.map(|session| session.user.id);
    Ok(Json(parts.ladder.leaderboard(query, viewer.as_deref()).await?))
}

#[derive(Debug, Serialize)]
struct Today {
    date: String,
    ends_in_ms: i64,
    /// The match, once this player has finished it.
    played: Option<String>,
    /// The room that this player plays it in.
    room: Option<String>,
    players: i64,
    settings: crate::games::any::AnySettings,
}

async fn today(
    State(parts): State<Parts>,
    MaybeSigned(session): MaybeSigned,
) -> Result<Json<Today>, ApiError> {
    let now = now_ms();
    let date = periods::day_key(now);
    let play = match session {
        Some(session) => {
            let (on, user) = (date.clone(), session.user.id);
            parts.store.read(move |tx| daily::play(tx, &on, &user)).await?
        }
        None => None,
    };
    let board = parts.ladder.daily_board(&date, None, false, None).await?;
    let room = play
        .as_ref()
        .filter(|play| play.match_id.is_none())
        .and_then(|play| parts.rooms.find(&play.room).ok());
    Ok(Json(Today {
        ends_in_ms: periods::ms_to_midnight(now),
        played: play.and_then(|play| play.match_id),
        room: room.map(|room| room.code),
        players: board.players,
        settings: super::rooms::default_settings().game,
        date,
    }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DailyPage {
    cursor: Option<String>,
}

async fn daily_board(
    State(parts): State<Parts>,
    MaybeSigned(session): MaybeSigned,
    Path(date): Path<String>,
    Query(page): Query<DailyPage>,
) -> Result<Json<DailyBoard>, ApiError> {
    let viewer = session.map(|session| session.user.id);
    let open = parts.ladder.daily_open(&date, viewer.as_deref()).await?;
    Ok(Json(parts.ladder.daily_board(&date, viewer.as_deref(), open, page.cursor.as_deref()).await?))
}

async fn profile(State(parts): State<Parts>, Path(id): Path<String>) -> Result<Json<Profile>, ApiError> {
    let found = parts.ladder.profile(&id).await?;
    found.map(Json).ok_or_else(|| ApiError::not_found("no_such_player", "There is no such player."))
}

//! Recorded matches: history, record, replay, pictures and comparison.

use super::parts::{MaybeSigned, Parts, Signed};
use super::{ApiError, Json, Query};
use crate::accounts::Session;
use crate::games::any::AnyDeck;
use crate::ladder::{History, MatchRecord, Seal, SeatRecord};
use crate::room::entry::decode;
use crate::room::record::{MatchLog, ReplayHash, ReplayInput};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

pub(super) fn routes() -> Router<Parts> {
    Router::new()
        .route("/api/matches", get(history))
        .route("/api/matches/{id}", get(record))
        .route("/api/matches/{id}/replay", get(replay))
        .route("/api/matches/{id}/compare", get(compare))
        .route("/api/matches/{id}/pictures/{token}", get(picture))
}

/// Whether this player may see a match's answers: those of today's daily only who has played it.
pub(super) async fn open_to(parts: &Parts, session: Option<&Session>, id: &str) -> Result<(), ApiError> {
    match parts.ladder.seal(id, session.map(|session| session.user.id.as_str())).await? {
        Seal::Open => Ok(()),
        Seal::DailyOpen { .. } => Err(ApiError::forbidden(
            "daily_open",
            "This shows today's answers: play the daily first, or come back tomorrow.",
        )),
        Seal::Unknown => Err(no_match()),
    }
}

fn no_match() -> ApiError {
    ApiError::not_found("no_such_match", "There is no match with this id.")
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    cursor: Option<String>,
}

async fn history(
    State(parts): State<Parts>,
    Signed(session): Signed,
    Query(page): Query<Page>,
) -> Result<Json<History>, ApiError> {
    Ok(Json(parts.ladder.history(&session.user.id, page.cursor.as_deref()).await?))
}

#[derive(Debug, Serialize)]
struct Record {
    id: String,
    game: String,
    settings: Box<RawValue>,
    preset: Option<String>,
    daily: Option<String>,
    challenge: Option<String>,
    started_at: i64,
    finished_at: i64,
    rounds: i64,
    max_points: i64,
    seats: Vec<SeatRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    results: Option<Box<RawValue>>,
}

/// Text that the room wrote as JSON, as it is.
fn raw(text: String) -> Result<Box<RawValue>, ApiError> {
    RawValue::from_string(text).map_err(ApiError::internal)
}

impl Record {
    fn of(record: MatchRecord, with_results: bool) -> Result<Self, ApiError> {
        let head = record.head;
        Ok(Self {
            id: head.id,
            game: head.game,
            settings: raw(head.settings)?,
            preset: head.board,
            daily: head.daily,
            challenge: head.challenge,
            started_at: head.started_at,
            finished_at: head.finished_at,
            rounds: head.rounds,
            max_points: head.max_points,
            seats: record.seats,
            results: if with_results { Some(raw(record.results)?) } else { None },
        })
    }
}

async fn record(
    State(parts): State<Parts>,
    MaybeSigned(session): MaybeSigned,
    Path(id): Path<String>,
) -> Result<Json<Record>, ApiError> {
    open_to(&parts, session.as_ref(), &id).await?;
    let record = parts.ladder.record(&id).await?.ok_or_else(no_match)?;
    Ok(Json(Record::of(record, true)?))
}

#[derive(Debug, Serialize)]
struct Replay {
    rules: u32,
    seed: String,
    settings: Box<RawValue>,
    inputs: Vec<ReplayInput>,
    hashes: Vec<ReplayHash>,
}

async fn replay(
    State(parts): State<Parts>,
    MaybeSigned(session): MaybeSigned,
    Path(id): Path<String>,
) -> Result<Json<Replay>, ApiError> {
    open_to(&parts, session.as_ref(), &id).await?;
    let stored = parts.ladder.replay(&id).await?.ok_or_else(no_match)?;
    let log: MatchLog = decode(&stored.inputs).map_err(ApiError::internal)?;
    let (inputs, hashes) = log.actions().map_err(ApiError::internal)?;
    Ok(Json(Replay {
        rules: stored.rules,
        seed: stored.seed,
        settings: raw(stored.settings)?,
        inputs,
        hashes,
    }))
}

async fn picture(
    State(parts): State<Parts>,
    MaybeSigned(session): MaybeSigned,
    Path((id, token)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    open_to(&parts, session.as_ref(), &id).await?;
    let stored = parts.ladder.replay(&id).await?.ok_or_else(no_match)?;
    let AnyDeck::Atlas(deck) = decode(&stored.deck).map_err(ApiError::internal)?;
    let spec = deck.rounds.into_iter().filter_map(|round| round.picture).find(|spec| spec.token == token);
    super::rooms::render(&parts, spec.ok_or_else(super::rooms::no_picture)?).await
}

#[derive(Debug, Serialize)]
struct Compare {
    #[serde(rename = "match")]
    head: Record,
    attempts: Vec<Attempt>,
}

#[derive(Debug, Serialize)]
struct Attempt {
    #[serde(rename = "match")]
    id: String,
    seat: u32,
    user: Option<String>,
    name: String,
    account: bool,
    points: i64,
    finished_at: i64,
    per_round: Vec<u32>,
}

/// What a comparison needs of a stored round.
#[derive(Debug, Deserialize)]
struct RoundPoints {
    seats: Vec<SeatPoints>,
}

#[derive(Debug, Deserialize)]
struct SeatPoints {
    seat: u32,
    points: u32,
}

/// All attempts at the same rounds, best first. Points tell nothing of the answers, so this is open to all: it is what
/// a challenge invites with.
async fn compare(State(parts): State<Parts>, Path(id): Path<String>) -> Result<Json<Compare>, ApiError> {
    let found = parts.ladder.compare(&id).await?.ok_or_else(no_match)?;
    let mut rounds: BTreeMap<String, Vec<RoundPoints>> = BTreeMap::new();
    for (id, json) in found.results {
        rounds.insert(id, serde_json::from_str(&json).map_err(ApiError::internal)?);
    }
    let attempts = found.attempts.into_iter().map(|attempt| {
        let of = rounds.get(&attempt.match_id).map(Vec::as_slice).unwrap_or_default();
        let points = |round: &RoundPoints| {
            round.seats.iter().find(|line| line.seat == attempt.seat).map_or(0, |line| line.points)
        };
        Attempt {
            per_round: of.iter().map(points).collect(),
            id: attempt.match_id,
            seat: attempt.seat,
            user: attempt.user,
            name: attempt.name,
            account: attempt.account,
            points: attempt.points,
            finished_at: attempt.finished_at,
        }
    });
    Ok(Json(Compare { attempts: attempts.collect(), head: Record::of(found.root, false)? }))
}

//! Recorded matches: history, record, replay, pictures and comparison.

use super::parts::{MaybeSigned, Parts, Signed};
use super::{ApiError, Json, Query};
use crate::accounts::Session;
use crate::games::any::AnyDeck;
use crate::room::entry::decode;
use crate::room::record::{MatchLog, ReplayHash, ReplayInput};
use crate::store::{StoreError, daily, ids::now_ms, matches, periods};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Matches on a page of history.
const PAGE: i64 = 20;
/// Attempts that a comparison shows.
const ATTEMPTS: i64 = 100;

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
    let today = periods::day_key(now_ms());
    let (id, user) = (id.to_owned(), session.map(|session| session.user.id.clone()));
    let open = parts
        .store
        .read(move |tx| {
            if matches::sealed(tx, &id)?.as_deref() != Some(today.as_str()) {
                return Ok(true);
            }
            let Some(user) = &user else { return Ok(false) };
            Ok(daily::play(tx, &today, user)?.is_some_and(|play| play.match_id.is_some()))
        })
        .await?;
    if open {
        return Ok(());
    }
    Err(ApiError::forbidden("daily_open", "This shows today's answers: play the daily first, or come back tomorrow."))
}

fn no_match() -> ApiError {
    ApiError::not_found("no_such_match", "There is no match with this id.")
}

#[derive(Debug, Deserialize)]
struct Page {
    cursor: Option<String>,
}

#[derive(Debug, Serialize)]
struct History {
    matches: Vec<matches::MatchCard>,
    next: Option<String>,
}

async fn history(
    State(parts): State<Parts>,
    Signed(session): Signed,
    Query(page): Query<Page>,
) -> Result<Json<History>, ApiError> {
    let bad = || ApiError::bad_request("bad_cursor", "Use `next` of the page before as `cursor`.");
    let after = page
        .cursor
        .map(|cursor| {
            let (at, id) = cursor.split_once('~').ok_or_else(bad)?;
            Ok::<_, ApiError>((at.parse::<i64>().map_err(|_| bad())?, id.to_owned()))
        })
        .transpose()?;
    let user = session.user.id;
    let matches = parts
        .store
        .read(move |tx| {
            let after = after.as_ref().map(|(at, id)| (*at, id.as_str()));
            matches::history(tx, &user, after, PAGE)
        })
        .await?;
    let next = (matches.len() == PAGE as usize)
        .then(|| matches.last().map(|last| format!("{}~{}", last.finished_at, last.id)))
        .flatten();
    Ok(Json(History { matches, next }))
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
    seats: Vec<matches::SeatRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    results: Option<Box<RawValue>>,
}

/// Text that we wrote as JSON, as it is.
fn raw(text: String) -> Result<Box<RawValue>, ApiError> {
    RawValue::from_string(text).map_err(ApiError::internal)
}

async fn load(parts: &Parts, id: &str, with_results: bool) -> Result<Record, ApiError> {
    let id = id.to_owned();
    let found = parts
        .store
        .read(move |tx| {
            let Some(head) = matches::head(tx, &id)? else { return Ok(None) };
            let results = if with_results { matches::results(tx, &id)? } else { None };
            Ok::<_, StoreError>(Some((head, matches::seats(tx, &id)?, results)))
        })
        .await?;
    let (head, seats, results) = found.ok_or_else(no_match)?;
    Ok(Record {
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
        seats,
        results: results.map(raw).transpose()?,
    })
}

async fn record(
    State(parts): State<Parts>,
    MaybeSigned(session): MaybeSigned,
    Path(id): Path<String>,
) -> Result<Json<Record>, ApiError> {
    open_to(&parts, session.as_ref(), &id).await?;
    Ok(Json(load(&parts, &id, true).await?))
}

#[derive(Debug, Serialize)]
struct Replay {
    rules: u32,
    seed: String,
    settings: Box<RawValue>,
    inputs: Vec<ReplayInput>,
    hashes: Vec<ReplayHash>,
}

async fn stored(parts: &Parts, id: &str) -> Result<matches::Replay, ApiError> {
    let id = id.to_owned();
    parts.store.read(move |tx| matches::replay(tx, &id)).await?.ok_or_else(no_match)
}

async fn replay(
    State(parts): State<Parts>,
    MaybeSigned(session): MaybeSigned,
    Path(id): Path<String>,
) -> Result<Json<Replay>, ApiError> {
    open_to(&parts, session.as_ref(), &id).await?;
    let stored = stored(&parts, &id).await?;
    let log: MatchLog = decode(&stored.inputs).map_err(ApiError::internal)?;
    let (inputs, hashes) = log.actions().map_err(ApiError::internal)?;
    Ok(Json(Replay { rules: stored.rules, seed: stored.seed, settings: raw(stored.settings)?, inputs, hashes }))
}

async fn picture(
    State(parts): State<Parts>,
    MaybeSigned(session): MaybeSigned,
    Path((id, token)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    open_to(&parts, session.as_ref(), &id).await?;
    let stored = stored(&parts, &id).await?;
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
    /// Points of each round; left out while this player may not see them.
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

/// All attempts at the same rounds. Totals are no secret; rounds and answers are, for today's daily.
async fn compare(
    State(parts): State<Parts>,
    Path(id): Path<String>,
) -> Result<Json<Compare>, ApiError> {
    let of = id.clone();
    let found = parts
        .store
        .read(move |tx| {
            let Some(head) = matches::head(tx, &of)? else { return Ok(None) };
            let root = head.challenge.unwrap_or(of.clone());
            let mut all = Vec::new();
            let mut results: Option<(String, Vec<RoundPoints>)> = None;
            let mut attempts = matches::attempts(tx, &root, ATTEMPTS)?;
            attempts.sort_by(|a, b| b.points.cmp(&a.points).then(a.finished_at.cmp(&b.finished_at)));
            for attempt in attempts {
                if results.as_ref().is_none_or(|(id, _)| *id != attempt.match_id) {
                    let text = matches::results(tx, &attempt.match_id)?.unwrap_or_default();
                    results = Some((attempt.match_id.clone(), serde_json::from_str(&text).unwrap_or_default()));
                }
                let rounds = results.as_ref().map(|(_, rounds)| rounds.as_slice()).unwrap_or_default();
                let points = |round: &RoundPoints| {
                    round.seats.iter().find(|line| line.seat == attempt.seat).map_or(0, |line| line.points)
                };
                let per_round = rounds.iter().map(points).collect();
                all.push(Attempt {
                    id: attempt.match_id,
                    seat: attempt.seat,
                    user: attempt.user,
                    name: attempt.name,
                    account: attempt.account,
                    points: attempt.points,
                    finished_at: attempt.finished_at,
                    per_round,
                });
            }
            Ok::<_, StoreError>(Some((root, all)))
        })
        .await?;
    let (root, attempts) = found.ok_or_else(no_match)?;
    Ok(Json(Compare { head: load(&parts, &root, false).await?, attempts }))
}

//! Rooms over HTTP: making, finding, inviting, and the pictures and searches of their rounds.

use super::parts::{Parts, Signed};
use super::{ApiError, Client, Json, JsonOrDefault, Query, limits, qr};
use crate::games::Rejection;
use crate::games::any::{AnyMatch, AnySettings};
use crate::games::atlas::{Kind, PictureSpec, Preset, Settings};
use crate::packs::{Place, SearchScope};
use crate::room::entry::Special;
use crate::room::state::Play;
use crate::room::wire::{Late, RoomSettings};
use crate::room::{Card, NewRoom};
use crate::store::{daily, ids::now_ms, matches, periods};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde::{Deserialize, Serialize};

/// Public rooms that the list shows.
const LISTED: usize = 100;

pub(super) fn routes() -> Router<Parts> {
    Router::new()
        .route("/api/rooms", post(create).get(list))
        .route("/api/rooms/{code}", get(card))
        .route("/api/rooms/{code}/invite", get(invite))
        .route("/api/rooms/{code}/qr.svg", get(invite_qr))
        .route("/api/rooms/{code}/pictures/{token}", get(picture))
        .route("/api/rooms/{code}/places", get(places))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    #[serde(default)]
    settings: Option<RoomSettings>,
    #[serde(default)]
    daily: bool,
    #[serde(default)]
    challenge: Option<String>,
}

#[derive(Debug, Serialize)]
struct Created {
    id: String,
    code: String,
    link: String,
}

/// What a new room has unless it is told otherwise: Classic, unlisted, late joiners sit down.
pub(super) fn default_settings() -> RoomSettings {
    RoomSettings {
        public: false,
        late: Late::NextRound,
        game: AnySettings::Atlas(Settings::preset(Preset::Classic)),
    }
}

async fn create(
    State(parts): State<Parts>,
    client: Client,
    player: Signed,
    JsonOrDefault(wanted): JsonOrDefault<Create>,
) -> Result<(StatusCode, Json<Created>), ApiError> {
    parts.http.limit("rooms", &client.key(), limits::rooms(&parts.http.config.limits))?;
    let settings = wanted.settings.unwrap_or_else(default_settings);
    settings.game.validate().map_err(invalid)?;
    let handle = match (wanted.daily, wanted.challenge) {
        (true, Some(_)) => {
            return Err(ApiError::invalid(
                "daily_or_challenge",
                "Ask for the daily or for a challenge, not for both.",
            ));
        }
        (true, None) => daily_room(&parts, &player).await?,
        (false, Some(id)) => challenge_room(&parts, &player, id, settings).await?,
        (false, None) => {
            let owner = player.player();
            parts.rooms.create(NewRoom { settings, special: None, owner }).await.map_err(busy)?
        }
    };
    let link = parts.http.links(&client).room(&handle.code);
    Ok((StatusCode::CREATED, Json(Created { id: handle.id, code: handle.code, link })))
}

/// A room that cannot be made now, through no fault of who asks.
fn busy(why: Rejection) -> ApiError {
    let retry_after = Some(std::time::Duration::from_secs(5));
    ApiError { retry_after, ..ApiError::new(why.code, StatusCode::SERVICE_UNAVAILABLE, why.message) }
}

fn invalid(why: Rejection) -> ApiError {
    ApiError::new(why.code, StatusCode::UNPROCESSABLE_ENTITY, why.message)
}

/// The player's room of today's daily: one a player and day.
async fn daily_room(parts: &Parts, player: &Signed) -> Result<crate::room::RoomHandle, ApiError> {
    let date = periods::day_key(now_ms());
    let user = player.0.user.id.clone();
    let (of, on) = (user.clone(), date.clone());
    let before = parts.store.read(move |tx| daily::play(tx, &on, &of)).await?;
    let before = match before {
        Some(daily::DailyPlay { match_id: Some(id), .. }) => return Err(daily_played(&id)),
        Some(play) => match parts.rooms.find(&play.room) {
            Ok(room) => return Ok(room),
            // Its room closed before the match was over: another one goes on with it.
            Err(_) => Some(play.room),
        },
        None => None,
    };
    let settings = RoomSettings { public: false, late: Late::Watch, ..default_settings() };
    let special = Some(Special::Daily(date.clone()));
    let room =
        parts.rooms.create(NewRoom { settings, special, owner: player.player() }).await.map_err(busy)?;
    let id = room.id.clone();
    let started = match before {
        Some(from) => {
            let (of, on, to) = (user.clone(), date.clone(), id.clone());
            let moved = parts.store.write(move |tx| daily::move_to(tx, &on, &of, &from, &to)).await?;
            if moved { daily::DailyStart::Started } else { start_daily(parts, date, user, id).await? }
        }
        None => start_daily(parts, date, user, id).await?,
    };
    match started {
        daily::DailyStart::Started => Ok(room),
        // Two tabs at once: the room that was noted counts, this one closes by itself since nobody comes.
        daily::DailyStart::Running { room } => Ok(parts.rooms.find(&room)?),
        daily::DailyStart::Played { match_id } => Err(daily_played(&match_id)),
    }
}

async fn start_daily(
    parts: &Parts,
    date: String,
    user: String,
    room: String,
) -> Result<daily::DailyStart, ApiError> {
    Ok(parts.store.write(move |tx| daily::start(tx, &date, &user, &room, now_ms())).await?)
}

fn daily_played(id: &str) -> ApiError {
    ApiError::conflict("daily_played", "You have played today's daily. A new one comes at midnight UTC.")
        .with_details(serde_json::json!({"match": id}))
}

/// A room with the rounds of a recorded match.
async fn challenge_room(
    parts: &Parts,
    player: &Signed,
    id: String,
    settings: RoomSettings,
) -> Result<crate::room::RoomHandle, ApiError> {
    super::matches::open_to(parts, Some(&player.0), &id).await?;
    let of = id.clone();
    let head = parts.store.read(move |tx| matches::head(tx, &of)).await?;
    let head = head.ok_or_else(|| ApiError::not_found("no_such_match", "There is no match with this id."))?;
    let game: AnySettings = serde_json::from_str(&head.settings).map_err(ApiError::internal)?;
    let settings = RoomSettings { public: settings.public, late: settings.late, game };
    // A challenge of a challenge is one of the first match, so that all are compared together.
    let special = Some(Special::Challenge(head.challenge.unwrap_or(id)));
    parts.rooms.create(NewRoom { settings, special, owner: player.player() }).await.map_err(busy)
}

#[derive(Debug, Serialize)]
struct Listed {
    rooms: Vec<Card>,
}

async fn list(State(parts): State<Parts>) -> Json<Listed> {
    Json(Listed { rooms: parts.rooms.public(LISTED) })
}

/// Finds a room; codes that do not exist are counted, so that nobody tries them all.
fn find(parts: &Parts, client: &Client, code: &str) -> Result<crate::room::RoomHandle, ApiError> {
    let look =
        || parts.rooms.find(code).map_err(|why| ApiError::new(why.code, StatusCode::NOT_FOUND, why.message));
    parts.http.guess(client, look)
}

async fn card(
    State(parts): State<Parts>,
    client: Client,
    Path(code): Path<String>,
) -> Result<Json<Card>, ApiError> {
    Ok(Json(find(&parts, &client, &code)?.card()))
}

#[derive(Debug, Serialize)]
struct Invite {
    code: String,
    link: String,
    lan: Vec<String>,
}

async fn invite(
    State(parts): State<Parts>,
    client: Client,
    Path(code): Path<String>,
) -> Result<Json<Invite>, ApiError> {
    let room = find(&parts, &client, &code)?;
    let links = parts.http.links(&client);
    Ok(Json(Invite { link: links.room(&room.code), lan: links.lan_rooms(&room.code), code: room.code }))
}

async fn invite_qr(
    State(parts): State<Parts>,
    client: Client,
    Path(code): Path<String>,
) -> Result<Response, ApiError> {
    let room = find(&parts, &client, &code)?;
    qr::respond(&parts.http.links(&client).room(&room.code))
}

/// The picture of this token, if its round has begun.
fn shown(play: &Play, token: &str) -> Option<PictureSpec> {
    let AnyMatch::Atlas(game) = &play.game;
    let deck = game.deck();
    let begun = play.game.progress().map_or(0, |(round, _)| round as usize);
    deck.rounds
        .iter()
        .take(begun)
        .find_map(|round| round.picture.as_ref().filter(|spec| spec.token == token))
        .cloned()
}

async fn picture(
    State(parts): State<Parts>,
    client: Client,
    Path((code, token)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let room = find(&parts, &client, &code)?;
    let spec =
        room.ask(move |state| state.play.as_ref().and_then(|play| shown(play, &token))).await.flatten();
    let spec = spec.ok_or_else(no_picture)?;
    render(&parts, spec).await
}

pub(super) fn no_picture() -> ApiError {
    ApiError::not_found("no_such_picture", "There is no picture at this address, or its round has not begun.")
}

/// Renders off the runtime's threads and answers with nothing that tells more than what is seen.
pub(super) async fn render(parts: &Parts, spec: PictureSpec) -> Result<Response, ApiError> {
    let pictures = parts.pictures.clone();
    let picture =
        tokio::task::spawn_blocking(move || pictures.get(&spec)).await.map_err(ApiError::internal)?;
    let picture = picture.map_err(ApiError::internal)?;
    let headers = [(CONTENT_TYPE, picture.content_type), (CACHE_CONTROL, "no-store")];
    Ok((headers, picture.bytes.clone()).into_response())
}

#[derive(Debug, Deserialize)]
struct Search {
    q: String,
}

#[derive(Debug, Serialize)]
struct Places {
    places: Vec<Place>,
}

/// What may be searched now: during a round nothing that gives its answer away.
fn scope(play: Option<&Play>) -> Option<SearchScope> {
    let Some(play) = play.filter(|play| !play.over()) else { return Some(SearchScope::Places) };
    let AnyMatch::Atlas(game) = &play.game;
    let deck = game.deck();
    let round = play.game.progress()?.0 as usize;
    match deck.rounds.get(round.checked_sub(1)?)?.kind {
        Kind::City => None,
        kind if kind.is_country() => Some(SearchScope::Countries),
        _ => Some(SearchScope::Places),
    }
}

async fn places(
    State(parts): State<Parts>,
    client: Client,
    player: Signed,
    Path(code): Path<String>,
    Query(search): Query<Search>,
) -> Result<Json<Places>, ApiError> {
    parts.http.limit("searches", &player.0.user.id, limits::searches(&parts.http.config.limits))?;
    let room = find(&parts, &client, &code)?;
    let scope = room.ask(|state| scope(state.play.as_ref())).await;
    let scope = scope.ok_or_else(|| ApiError::not_found("no_such_room", "This room is closed."))?;
    let scope = scope.ok_or_else(|| {
        ApiError::conflict("search_closed", "A search would give this round away: find the city on the map.")
    })?;
    let pack = parts.pack.clone();
    let places = tokio::task::spawn_blocking(move || pack.search(&search.q, scope)).await;
    Ok(Json(Places { places: places.map_err(ApiError::internal)? }))
}

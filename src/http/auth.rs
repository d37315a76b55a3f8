//! Guests and their sessions.

use super::parts::{MaybeSigned, Parts, Signed};
use super::{ApiError, Client, Json, JsonOrDefault, client::SESSION_COOKIE, limits, qr};
use crate::accounts::{AccountError, SESSION_MS, Token, User};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::header::SET_COOKIE;
use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

pub(super) fn routes() -> Router<Parts> {
    Router::new()
        .route("/api/auth/guest", post(guest))
        .route("/api/auth/me", get(me).patch(rename))
        .route("/api/auth/logout", post(logout))
        .route("/api/auth/transfer", post(transfer))
        .route("/api/auth/transfer/claim", post(claim))
        .route("/api/auth/transfer/{code}/qr.svg", get(transfer_qr))
}

impl From<AccountError> for ApiError {
    fn from(why: AccountError) -> Self {
        let message = why.to_string();
        match why {
            AccountError::BadName(_) => Self::invalid("bad_name", message),
            AccountError::TransferInvalid => Self::not_found("transfer_invalid", message),
            AccountError::SessionEnded => Self::unauthorized("not_signed_in", message),
            AccountError::NoSuchUser => Self::not_found("no_such_player", message),
            AccountError::Store(why) => why.into(),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewGuest {
    #[serde(default)]
    name: Option<String>,
    /// Also answer the token, for a program without cookies.
    #[serde(default)]
    token: bool,
}

#[derive(Debug, Serialize)]
struct Guest {
    user: User,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

async fn guest(
    State(parts): State<Parts>,
    client: Client,
    MaybeSigned(session): MaybeSigned,
    JsonOrDefault(wanted): JsonOrDefault<NewGuest>,
) -> Result<Response, ApiError> {
    if let Some(session) = session {
        return Ok(Json(Guest { user: session.user, token: None }).into_response());
    }
    parts.http.limit("guests", &client.key(), limits::guests(&parts.http.config.limits))?;
    let (user, token) = parts.accounts.guest(wanted.name).await?;
    let cookie = cookie(&token, client.secure)?;
    let token = wanted.token.then(|| token.expose().to_owned());
    Ok((StatusCode::CREATED, [(SET_COOKIE, cookie)], Json(Guest { user, token })).into_response())
}

/// The cookie of a session; gone with an empty value.
fn cookie_of(value: &str, seconds: i64, secure: bool) -> Result<HeaderValue, ApiError> {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{SESSION_COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&text).map_err(ApiError::internal)
}

fn cookie(token: &Token, secure: bool) -> Result<HeaderValue, ApiError> {
    cookie_of(token.expose(), SESSION_MS / 1_000, secure)
}

/// Who is signed in; `null` is an answer too, so that a first visit is no error in the browser's console.
async fn me(MaybeSigned(session): MaybeSigned) -> Json<Option<User>> {
    Json(session.map(|session| session.user))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rename {
    name: String,
}

async fn rename(
    State(parts): State<Parts>,
    Signed(session): Signed,
    Json(wanted): Json<Rename>,
) -> Result<Json<User>, ApiError> {
    Ok(Json(parts.accounts.rename(&session.user.id, &wanted.name).await?))
}

async fn logout(
    State(parts): State<Parts>,
    client: Client,
    Signed(session): Signed,
) -> Result<Response, ApiError> {
    parts.accounts.logout(session.hash).await?;
    (parts.close_session)(session.hash.bytes());
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie_of("", 0, client.secure)?)]).into_response())
}

#[derive(Debug, Serialize)]
struct Transfer {
    code: String,
    link: String,
    expires_at: i64,
}

async fn transfer(
    State(parts): State<Parts>,
    client: Client,
    Signed(session): Signed,
) -> Result<Json<Transfer>, ApiError> {
    let made = parts.accounts.transfer(&session).await?;
    let code = made.code.expose().to_owned();
    let link = parts.http.links(&client).page(&format!("/move/{code}"));
    Ok(Json(Transfer { code, link, expires_at: made.expires_at }))
}

/// Only who made the code knows it, so drawing it tells nobody anything new.
async fn transfer_qr(
    State(parts): State<Parts>,
    client: Client,
    Signed(_): Signed,
    Path(code): Path<String>,
) -> Result<Response, ApiError> {
    if code.len() > 64 || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(ApiError::not_found("transfer_invalid", "There is no such code."));
    }
    qr::respond(&parts.http.links(&client).page(&format!("/move/{code}")))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claim {
    code: String,
}

#[derive(Debug, Serialize)]
struct Claimed {
    #[serde(flatten)]
    user: User,
    /// Code of the room that the player's seat is in.
    room: Option<String>,
}

async fn claim(
    State(parts): State<Parts>,
    client: Client,
    Json(wanted): Json<Claim>,
) -> Result<Response, ApiError> {
    // Refused before the code is tried, and counted when it was wrong.
    parts.http.guess(&client, || Ok(()))?;
    let claimed = match parts.accounts.claim(&wanted.code).await {
        Ok(claimed) => claimed,
        Err(why) => return parts.http.guess(&client, || Err(why.into())),
    };
    (parts.close_session)(claimed.ended.bytes());
    let cookie = cookie(&claimed.token, client.secure)?;
    let room = parts.rooms.room_of(&claimed.user.id).await;
    Ok(([(SET_COOKIE, cookie)], Json(Claimed { user: claimed.user, room })).into_response())
}

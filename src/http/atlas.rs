//! What pages need to know of Atlas's world.

use super::Json;
use super::parts::Parts;
use crate::packs::CountryInfo;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::CACHE_CONTROL;

pub(super) fn routes() -> Router<Parts> {
    Router::new().route("/api/atlas/countries", get(countries))
}

/// Countries with their spellings, for settings and for naming them. The same until another version of Snug.
async fn countries(State(parts): State<Parts>) -> Response {
    let countries: Vec<CountryInfo> = parts.pack.countries();
    ([(CACHE_CONTROL, "public, max-age=3600")], Json(countries)).into_response()
}

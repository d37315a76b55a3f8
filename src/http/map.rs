//! The base map: vector tiles, hillshade, and the fallback for browsers without WebGL. What it serves comes from
//! whoever implements [`MapSource`].

use super::HttpState;
use super::middleware::nothing_here;
use super::page::is_known;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG};
use http::{HeaderMap, HeaderValue, StatusCode};
use std::borrow::Cow;

/// Something to serve.
#[derive(Debug, Clone)]
pub struct Blob {
    /// What is sent.
    pub bytes: Bytes,
    /// Media type, `application/x-protobuf`.
    pub content_type: &'static str,
    /// The bytes are compressed with gzip, and the client is to undo it.
    pub gzip: bool,
}

/// Where the map comes from. Called on the runtime's threads, so it must answer at once (from memory).
pub trait MapSource: Send + Sync {
    /// Changes whenever anything of the map does; letters, digits and `-_.` only.
    fn version(&self) -> Cow<'static, str>;
    /// Deepest zoom of the tiles.
    fn max_zoom(&self) -> u8;
    /// A vector tile; `None` where it is empty. `x` and `y` are within the zoom.
    fn tile(&self, z: u8, x: u32, y: u32) -> Option<Blob>;
    /// A hillshade tile; `None` where there is none.
    fn shade(&self, z: u8, x: u32, y: u32) -> Option<Blob>;
    /// The whole world, coarse, as `TopoJSON`.
    fn fallback(&self) -> Option<Blob>;
}

/// No map at all: every tile is empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMap;

impl MapSource for NoMap {
    fn version(&self) -> Cow<'static, str> {
        "none".into()
    }

    fn max_zoom(&self) -> u8 {
        0
    }

    fn tile(&self, _: u8, _: u32, _: u32) -> Option<Blob> {
        None
    }

    fn shade(&self, _: u8, _: u32, _: u32) -> Option<Blob> {
        None
    }

    fn fallback(&self) -> Option<Blob> {
        None
    }
}

/// `/map/…`.
pub fn routes() -> Router<HttpState> {
    Router::new()
        .route("/map/tiles/{z}/{x}/{y}", get(tile))
        .route("/map/shade/{z}/{x}/{y}", get(shade))
        .route("/map/fallback.json", get(fallback))
}

async fn tile(
    State(state): State<HttpState>,
    Path(at): Path<(u8, u32, u32)>,
    headers: HeaderMap,
) -> Response {
    tile_of(&state, at, &headers, |map, (z, x, y)| map.tile(z, x, y))
}

async fn shade(
    State(state): State<HttpState>,
    Path(at): Path<(u8, u32, u32)>,
    headers: HeaderMap,
) -> Response {
    tile_of(&state, at, &headers, |map, (z, x, y)| map.shade(z, x, y))
}

async fn fallback(State(state): State<HttpState>, headers: HeaderMap) -> Response {
    respond(&*state.map, &headers, |map| map.fallback()).unwrap_or_else(|| nothing_here().into_response())
}

type At = (u8, u32, u32);

fn tile_of(
    state: &HttpState,
    at @ (z, x, y): At,
    headers: &HeaderMap,
    find: impl FnOnce(&dyn MapSource, At) -> Option<Blob>,
) -> Response {
    let map = &*state.map;
    if z > map.max_zoom() || x >= 1 << z || y >= 1 << z {
        return nothing_here().into_response();
    }
    // An empty place is not an error: MapLibre logs a 404 for each and asks again.
    respond(map, headers, |map| find(map, at)).unwrap_or_else(|| {
        (StatusCode::NO_CONTENT, [(CACHE_CONTROL, HeaderValue::from_static(KEPT))]).into_response()
    })
}

/// A day; after that one 304 an address tells whether it is still the same.
const KEPT: &str = "public, max-age=86400";

fn respond(
    map: &dyn MapSource,
    headers: &HeaderMap,
    find: impl FnOnce(&dyn MapSource) -> Option<Blob>,
) -> Option<Response> {
    let etag = HeaderValue::from_str(&format!("\"{}\"", map.version())).ok();
    if etag.as_ref().is_some_and(|etag| is_known(headers, etag)) {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(KEPT));
        response.headers_mut().extend(etag.map(|etag| (ETAG, etag)));
        return Some(response);
    }
    let blob = find(map)?;
    let mut response = Response::new(Body::from(blob.bytes));
    let out = response.headers_mut();
    out.insert(CONTENT_TYPE, HeaderValue::from_static(blob.content_type));
    out.insert(CACHE_CONTROL, HeaderValue::from_static(KEPT));
    if blob.gzip {
        out.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    out.extend(etag.map(|etag| (ETAG, etag)));
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body_bytes, state};
    use super::*;
    use axum::extract::Request;
    use std::sync::Arc;
    use tower::ServiceExt;

    struct One;

    impl MapSource for One {
        fn version(&self) -> Cow<'static, str> {
            "v7".into()
        }

        fn max_zoom(&self) -> u8 {
            6
        }

        fn tile(&self, z: u8, x: u32, y: u32) -> Option<Blob> {
            let bytes = Bytes::from(format!("{z}/{x}/{y}"));
            (z < 2).then_some(Blob { bytes, content_type: "application/x-protobuf", gzip: true })
        }

        fn shade(&self, _: u8, _: u32, _: u32) -> Option<Blob> {
            Some(Blob { bytes: Bytes::from("shade"), content_type: "image/webp", gzip: false })
        }

        fn fallback(&self) -> Option<Blob> {
            None
        }
    }

    async fn get(path: &str, known: Option<&str>) -> Response {
        let mut state = state();
        Arc::get_mut(&mut state).unwrap().map = Arc::new(One);
        let mut request = Request::builder().uri(path);
        if let Some(known) = known {
            request = request.header("if-none-match", known);
        }
        routes().with_state(state).oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn tiles_say_what_they_are_and_how_long_they_keep() {
        let tile = get("/map/tiles/1/0/1", None).await;
        assert_eq!(tile.headers()[CONTENT_TYPE], "application/x-protobuf");
        assert_eq!(tile.headers()[CONTENT_ENCODING], "gzip");
        assert_eq!(tile.headers()[ETAG], "\"v7\"");
        assert!(tile.headers()[CACHE_CONTROL].to_str().unwrap().contains("max-age"));
        assert_eq!(body_bytes(tile).await, "1/0/1");
        assert_eq!(get("/map/tiles/1/0/1", Some("\"v7\"")).await.status(), 304);
        assert_eq!(get("/map/tiles/1/0/1", Some("\"v6\"")).await.status(), 200);
        let shade = get("/map/shade/3/0/0", None).await;
        assert_eq!(shade.headers()[CONTENT_TYPE], "image/webp");
        assert!(!shade.headers().contains_key(CONTENT_ENCODING));
    }

    #[tokio::test]
    async fn empty_sea_is_no_error_and_places_outside_the_world_are() {
        assert_eq!(get("/map/tiles/5/3/3", None).await.status(), 204);
        for path in [
            "/map/tiles/7/0/0",
            "/map/tiles/1/2/0",
            "/map/tiles/1/0/2",
            "/map/tiles/255/0/0",
            "/map/fallback.json",
        ] {
            assert_eq!(get(path, None).await.status(), 404, "{path}");
        }
        for path in ["/map/tiles/-1/0/0", "/map/tiles/a/0/0", "/map/tiles/1/0/99999999999"] {
            assert_eq!(get(path, None).await.status(), 400, "{path}");
        }
    }
}

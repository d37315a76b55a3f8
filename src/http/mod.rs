//! REST, health, the map and the embedded page. No rules here: requests become calls of the parts below.

mod atlas;
mod auth;
mod boards;
pub mod client;
#[cfg(test)]
mod codes;
pub mod error;
pub mod health;
pub mod limits;
pub mod map;
mod matches;
pub mod middleware;
pub mod origin;
pub mod page;
pub mod parts;
pub mod qr;
mod rooms;
pub mod serve;

pub use client::{Client, Peer};
pub use error::{ApiError, Json, JsonOrDefault, Query};
pub use map::{Blob, MapSource};
pub use middleware::{Edge, RequestId};
pub use serve::{ServeOptions, Served};

use crate::config::Config;
use crate::live::limits::{Limiter, Rate};
use crate::telemetry::Health;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use std::net::SocketAddr;
use std::sync::Arc;

/// What handlers work with.
pub struct Http {
    /// The configuration.
    pub config: Arc<Config>,
    /// The address that the server really listens on.
    pub listen: SocketAddr,
    /// Health of all parts.
    pub health: Arc<Health>,
    /// Rate limits.
    pub limiter: Arc<dyn Limiter>,
    /// The base map.
    pub map: Arc<dyn MapSource>,
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Http").field("listen", &self.listen).finish_non_exhaustive()
    }
}

/// The state of every handler.
pub type HttpState = Arc<Http>;

impl Http {
    /// Links for whoever asks.
    pub fn links(&self, client: &Client) -> origin::Links {
        origin::links(&self.config, client, self.listen)
    }

    /// Runs `look` for a code that somebody may be guessing: failures count, and after too many of them nothing is
    /// looked up for a while, so that a hit shows no more than a miss.
    pub fn guess<T>(
        &self,
        client: &Client,
        look: impl FnOnce() -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let (key, rate) = (client.key(), limits::bad_codes(&self.config.limits));
        limits::allowed(self.limiter.peek(limits::BAD_CODES, &key, rate))?;
        look().inspect_err(|_| {
            self.limiter.check(limits::BAD_CODES, &key, rate);
        })
    }

    /// Counts one event of `key`; too fast is an error.
    pub fn limit(&self, name: &'static str, key: &str, rate: Rate) -> Result<(), ApiError> {
        limits::limit(&*self.limiter, name, key, rate)
    }
}

/// Everything that the server answers over HTTP: `more` (resources, and the WebSocket door), health, the map, the
/// page; all of it behind [`middleware::wrap`].
pub fn router(state: HttpState, more: Router<HttpState>) -> Router {
    let edge = Edge::new(state.config.clone(), state.limiter.clone());
    let routes =
        Router::new().route("/api/info", get(info)).merge(health::routes()).merge(map::routes()).merge(more);
    middleware::wrap(routes.fallback(page::serve).with_state(state), Arc::new(edge))
}

/// The resources under `/api` that work with rooms, accounts and the store.
pub fn resources(parts: parts::Parts) -> Router<HttpState> {
    let routes = auth::routes()
        .merge(rooms::routes())
        .merge(matches::routes())
        .merge(boards::routes())
        .merge(atlas::routes());
    routes.with_state(parts)
}

/// `GET /api/info`: the version, and where others find this server.
async fn info(State(state): State<HttpState>, client: Client) -> Json<serde_json::Value> {
    let origin::Links { base, mut lan } = state.links(&client);
    lan.retain(|origin| *origin != base);
    lan.insert(0, base);
    Json(serde_json::json!({"version": env!("CARGO_PKG_VERSION"), "links": lan}))
}

#[cfg(test)]
pub(crate) mod testing {
    //! What the tests of this folder share.

    use super::{Http, HttpState, map};
    use crate::config::Config;
    use crate::live::limits::{Limiter, Rate, Verdict};
    use crate::telemetry::Health;
    use axum::response::Response;
    use bytes::Bytes;
    use http_body_util::BodyExt;
    use std::collections::HashMap;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    /// A limiter whose time stands still: it allows the burst and nothing more.
    #[derive(Default)]
    pub(crate) struct Counted(Mutex<HashMap<(&'static str, String), u32>>);

    impl Limiter for Counted {
        fn check(&self, name: &'static str, key: &str, rate: Rate) -> Verdict {
            let mut counts = self.0.lock().unwrap();
            let count = counts.entry((name, key.to_owned())).or_default();
            *count += 1;
            if *count > rate.burst {
                return Verdict::Refused { retry_after: Duration::from_millis(1500) };
            }
            Verdict::Allowed { remaining: rate.burst - *count }
        }

        fn peek(&self, name: &'static str, key: &str, rate: Rate) -> Verdict {
            let count = self.0.lock().unwrap().get(&(name, key.to_owned())).copied().unwrap_or_default();
            if count >= rate.burst {
                return Verdict::Refused { retry_after: Duration::from_millis(1500) };
            }
            Verdict::Allowed { remaining: rate.burst - count - 1 }
        }
    }

    pub(crate) fn state() -> HttpState {
        Arc::new(Http {
            config: Arc::new(Config::default()),
            listen: "0.0.0.0:8080".parse().unwrap(),
            health: Arc::new(Health::new()),
            limiter: Arc::new(Counted::default()),
            map: Arc::new(map::NoMap),
        })
    }

    pub(crate) async fn body_bytes(response: Response) -> Bytes {
        response.into_body().collect().await.unwrap().to_bytes()
    }

    pub(crate) async fn body_json(response: Response) -> serde_json::Value {
        serde_json::from_slice(&body_bytes(response).await).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{body_json, state};
    use super::*;
    use axum::body::Body;
    use axum::extract::Request;
    use tower::ServiceExt;

    #[tokio::test]
    async fn info_never_says_localhost() {
        let request =
            Request::builder().uri("/api/info").header("host", "localhost:8080").body(Body::empty()).unwrap();
        let response = router(state(), Router::new()).oneshot(request).await.unwrap();
        let info = body_json(response).await;
        assert_eq!(info["version"], env!("CARGO_PKG_VERSION"));
        let links = info["links"].as_array().unwrap();
        assert!(!links.is_empty());
        for link in links {
            let host = link.as_str().unwrap().strip_prefix("http://").unwrap();
            assert!(!origin::is_local(host), "{link}");
        }
    }

    #[tokio::test]
    async fn what_no_route_takes_is_the_page_or_a_proper_404() {
        let app = router(state(), Router::new());
        let get = async |path: &str| {
            let request = Request::builder().uri(path).header("host", "h").body(Body::empty()).unwrap();
            app.clone().oneshot(request).await.unwrap()
        };
        let page = get("/r/ABC234").await;
        assert_eq!(
            (page.status().as_u16(), page.headers()["content-type"].to_str().unwrap()),
            (200, "text/html; charset=utf-8")
        );
        let missing = get("/api/missing").await;
        assert_eq!(missing.status(), 404);
        let body = body_json(missing).await;
        assert_eq!(body["code"], "not_found");
        assert!(body["request_id"].is_string());
    }
}

//! What every request passes: its id, who asks, origin, limits, time, panics, headers, the log.
//!
//! One layer rather than a stack of them, because each boxed layer costs as much as what it does.

use super::client::{Client, Peer, check_origin, needs_origin};
use super::error::{ApiError, by_status};
use super::limits::{self, limit};
use crate::config::{Config, seconds};
use crate::live::limits::Limiter;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::header::{self, HeaderName};
use http::{HeaderMap, HeaderValue, StatusCode};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Requests that took longer are worth a line in the log.
const SLOW: Duration = Duration::from_secs(2);

/// Nothing from anywhere but here; no inline script or style. `blob:` workers and pictures are MapLibre's.
/// `'self'` covers same-origin sockets (CSP level 3).
const CSP: &str = "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; connect-src 'self'; \
                   object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request: in the answer's `x-request-id`, in errors and in the log. In every request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub Arc<str>);

/// What [`wrap`] needs.
pub struct Edge {
    config: Arc<Config>,
    limiter: Arc<dyn Limiter>,
    /// Makes ids of this process differ from those of others …
    process: u32,
    /// … and from each other.
    requests: AtomicU64,
}

impl Edge {
    /// For the requests of one server.
    pub fn new(config: Arc<Config>, limiter: Arc<dyn Limiter>) -> Self {
        // Ids only need to differ; without randomness the process id does.
        let process = getrandom::u32().unwrap_or_else(|_| std::process::id());
        Self { config, limiter, process, requests: AtomicU64::new(0) }
    }

    /// The id that a proxy gave the request, if it is harmless, else a new one.
    fn request_id(&self, headers: &HeaderMap) -> RequestId {
        let sane = |id: &&str| {
            (1..=64).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        let given = headers.get(&REQUEST_ID).and_then(|id| id.to_str().ok()).filter(sane);
        RequestId(given.map_or_else(
            || format!("{:08x}-{:x}", self.process, self.requests.fetch_add(1, Ordering::Relaxed)).into(),
            Into::into,
        ))
    }

    /// Whether the request may go on.
    fn admit(&self, request: &Request, client: &Client) -> Result<(), ApiError> {
        let path = request.uri().path();
        let limits = &self.config.limits;
        let (name, rate) = match area(path) {
            Area::Health => return Ok(()),
            Area::Api => ("api", limits::requests(limits)),
            Area::Socket => ("ws", limits::sockets(limits)),
            Area::Map | Area::Page => ("assets", limits::assets(limits)),
        };
        limit(&*self.limiter, name, &client.key(), rate)?;
        if needs_origin(request.method(), path) {
            check_origin(&self.config, request.headers(), client)?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Edge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Edge").finish_non_exhaustive()
    }
}

/// The parts of the address space that are treated differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    Api,
    Health,
    Map,
    Page,
    Socket,
}

/// Which part `path` is in.
pub(crate) fn area(path: &str) -> Area {
    let first = path.strip_prefix('/').unwrap_or(path).split('/').next().unwrap_or_default();
    match first {
        "api" => Area::Api,
        "health" => Area::Health,
        "map" => Area::Map,
        "ws" => Area::Socket,
        _ => Area::Page,
    }
}

/// Puts everything that every request passes around `router`.
pub fn wrap(router: Router, edge: Arc<Edge>) -> Router {
    let body = DefaultBodyLimit::max(edge.config.limits.request_bytes as usize);
    router.layer(body).layer(from_fn_with_state(edge, pass))
}

async fn pass(State(edge): State<Arc<Edge>>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = edge.request_id(request.headers());
    let peer = request.extensions().get::<Peer>().copied();
    let config = &edge.config;
    let client = Client::of(request.headers(), peer, &config.trusted_proxies, config.public_url.as_ref());
    let client = Arc::new(client);
    let area = area(request.uri().path());
    let method = request.method().clone();
    // The pattern, never the path: paths hold codes and tokens.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let admitted = edge.admit(&request, &client);
    request.extensions_mut().insert(id.clone());
    request.extensions_mut().insert(client.clone());

    let mut response = match admitted {
        Err(error) => error.into_response(),
        Ok(()) => run(next, request, seconds(config.limits.request_timeout_s)).await,
    };

    let cause = envelope(&mut response, area, &id);
    set_headers(response.headers_mut(), area, &client, &id);

    let status = response.status().as_u16();
    let route = route.as_ref().map_or("-", MatchedPath::as_str);
    let (method, id, took) = (method.as_str(), &*id.0, started.elapsed());
    let ms = took.as_secs_f64() * 1e3;
    if status >= 500 {
        let cause = cause.as_deref().unwrap_or_default();
        tracing::error!(id, method, route, status, ms, cause, "request failed");
    } else if took > SLOW {
        tracing::warn!(id, method, route, status, ms, "slow request");
    } else {
        tracing::debug!(id, method, route, status, ms, "request");
    }
    response
}

/// Runs the handler: neither a panic nor a hanging one is left without an answer.
async fn run(next: Next, request: Request, time: Duration) -> Response {
    let run = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(time, run).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => ApiError::internal("a panic, logged above").into_response(),
        Err(_) => {
            let message =
                "This took too long. Try again; if it was a change, look first whether it was made.";
            ApiError::unavailable("timeout", message, Duration::from_secs(1)).into_response()
        }
    }
}

/// Brings every error of a program's area into the one shape, with the request's id. Returns the cause, for the log.
fn envelope(response: &mut Response, area: Area, id: &RequestId) -> Option<Box<str>> {
    let status = response.status();
    if status.as_u16() < 400 {
        return None;
    }
    let error = match response.extensions_mut().remove::<ApiError>() {
        Some(error) => error,
        None if matches!(area, Area::Health | Area::Page) => return None,
        // A refusal by the router or a library, in plain text.
        None => by_status(status),
    };
    *response.body_mut() = Body::from(error.body(Some(&id.0)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // Of the body that was replaced.
    headers.remove(header::CONTENT_LENGTH);
    error.cause
}

fn set_headers(headers: &mut HeaderMap, area: Area, client: &Client, id: &RequestId) {
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, CSP);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()");
    if client.secure || super::origin::is_local(&client.host) {
        // Elsewhere (plain http in a LAN) browsers ignore it and complain on the console.
        set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    }
    if area == Area::Api && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    // Ids consist of letters, digits and -_. only.
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        headers.insert(REQUEST_ID.clone(), value);
    }
}

/// What the router answers where nothing is.
pub(crate) fn nothing_here() -> ApiError {
    by_status(StatusCode::NOT_FOUND)
}

#[cfg(test)]
mod tests {
    use super::super::error::Json;
    use super::super::testing::{Counted, body_json};
    use super::*;
    use axum::routing::{get, post};
    use tower::ServiceExt;

    fn app(config: Config) -> Router {
        let limiter = Arc::new(Counted::default());
        let routes = Router::new()
            .route("/api/ok", get(|| async { Json(1) }).post(|Json(n): Json<u32>| async move { Json(n) }))
            .route("/api/panic", get(|| async { panic!("a bug") as () }))
            .route("/api/slow", post(std::future::pending::<()>))
            .route("/api/plain", get(|| async { (StatusCode::IM_A_TEAPOT, "short and stout") }))
            .route("/page", get(|| async { "page" }))
            .fallback(|| async { nothing_here() });
        wrap(routes, Arc::new(Edge::new(Arc::new(config), limiter)))
    }

    fn request(method: &str, path: &str) -> http::request::Builder {
        Request::builder().method(method).uri(path).header("host", "192.168.1.5:8080")
    }

    async fn send(app: &Router, request: Request) -> Response {
        app.clone().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn every_error_has_the_one_shape_and_the_requests_id() {
        let app = app(Config::default());
        let json = |builder: http::request::Builder| builder.header("content-type", "application/json");
        let big = "1".repeat(70_000);
        for (request, status, code) in [
            (request("GET", "/api/none").body(Body::empty()), 404, "not_found"),
            (request("DELETE", "/api/ok").body(Body::empty()), 405, "method_not_allowed"),
            (request("GET", "/api/panic").body(Body::empty()), 500, "internal"),
            (request("GET", "/api/plain").body(Body::empty()), 418, "bad_request"),
            (json(request("POST", "/api/ok")).body(Body::from("x")), 400, "bad_json"),
            (json(request("POST", "/api/ok")).body(Body::from("\"x\"")), 422, "invalid_body"),
            (json(request("POST", "/api/ok")).body(Body::from(big)), 413, "too_large"),
            (request("POST", "/api/ok").body(Body::from("1")), 415, "not_json"),
            (
                request("POST", "/api/ok").header("origin", "http://evil.example").body(Body::empty()),
                403,
                "wrong_origin",
            ),
        ] {
            let response = send(&app, request.unwrap()).await;
            assert_eq!(response.status().as_u16(), status, "{code}");
            let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
            assert_eq!(response.headers()["content-type"], "application/json", "{code}");
            if status == 405 {
                assert!(response.headers()["allow"].to_str().unwrap().contains("GET"));
            }
            let body = body_json(response).await;
            assert_eq!(body["code"], code);
            assert_eq!(body["request_id"], *id);
            assert!(body["message"].as_str().unwrap().len() > 10);
        }
    }

    #[tokio::test]
    async fn a_request_that_hangs_is_given_up() {
        let mut config = Config::default();
        config.limits.request_timeout_s = 1;
        let response = send(&app(config), request("POST", "/api/slow").body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), 503);
        assert_eq!(body_json(response).await["code"], "timeout");
    }

    #[tokio::test]
    async fn a_sane_request_id_is_kept_and_another_replaced() {
        let app = app(Config::default());
        for (given, kept) in [("abc-1.2_Z", true), ("", false), ("a b", false), ("<script>", false)] {
            let request =
                request("GET", "/api/ok").header("x-request-id", given).body(Body::empty()).unwrap();
            let response = send(&app, request).await;
            assert_eq!(response.headers()["x-request-id"] == given, kept, "{given:?}");
        }
        let long = "a".repeat(65);
        let request = request("GET", "/api/ok").header("x-request-id", &long).body(Body::empty()).unwrap();
        assert_ne!(send(&app, request).await.headers()["x-request-id"], *long);
    }

    #[tokio::test]
    async fn everything_carries_the_security_headers() {
        let app = app(Config::default());
        for path in ["/api/ok", "/page", "/api/none", "/none"] {
            let response = send(&app, request("GET", path).body(Body::empty()).unwrap()).await;
            let headers = response.headers();
            let csp = headers["content-security-policy"].to_str().unwrap();
            assert!(csp.contains("default-src 'self'") && csp.contains("frame-ancestors 'none'"), "{csp}");
            assert!(!csp.contains("unsafe") && !csp.contains('*') && !csp.contains("http"), "{csp}");
            assert_eq!(headers["x-content-type-options"], "nosniff");
            assert!(headers.contains_key("referrer-policy"));
            assert_eq!(
                headers.get("cache-control").map(HeaderValue::as_bytes),
                path.starts_with("/api").then_some(&b"no-store"[..])
            );
            assert!(!headers.contains_key("cross-origin-opener-policy"), "ignored by browsers on plain http");
        }
        let local =
            Request::builder().uri("/page").header("host", "localhost:8080").body(Body::empty()).unwrap();
        assert_eq!(send(&app, local).await.headers()["cross-origin-opener-policy"], "same-origin");
    }

    #[tokio::test]
    async fn limits_count_by_area_and_say_when_to_come_back() {
        let mut config = Config::default();
        config.limits.requests_burst = 3;
        config.limits.assets_burst = 5;
        let app = app(config);
        let mut refused = Vec::new();
        for path in ["/api/ok", "/page"] {
            let mut served = 0;
            for _ in 0..10 {
                let response = send(&app, request("GET", path).body(Body::empty()).unwrap()).await;
                if response.status() == 200 {
                    served += 1;
                } else {
                    assert_eq!(response.status(), 429);
                    assert!(response.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
                    refused.push(body_json(response).await["code"].clone());
                }
            }
            assert_eq!(served, if path == "/page" { 5 } else { 3 });
        }
        assert_eq!(refused.len(), 12);
        assert!(refused.iter().all(|code| code == "too_many_requests"));
    }

    #[test]
    fn areas() {
        for (path, expected) in [
            ("/", Area::Page),
            ("/api", Area::Api),
            ("/api/x", Area::Api),
            ("/apix", Area::Page),
            ("/ws", Area::Socket),
            ("/map/tiles/0/0/0", Area::Map),
            ("/health/live", Area::Health),
            ("/r/ABCDEF", Area::Page),
        ] {
            assert_eq!(area(path), expected, "{path}");
        }
    }
}

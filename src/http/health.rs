//! `/health` for people and monitors, `/health/live` and `/health/ready` for supervisors and load balancers.

use super::HttpState;
use super::error::Json;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use serde_json::json;

/// `/health…`.
pub fn routes() -> Router<HttpState> {
    Router::new()
        .route("/health", get(overview))
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
}

/// How everything is: 200 while people can play, 503 otherwise.
async fn overview(State(state): State<HttpState>) -> Response {
    let (well, overview) = state.health.overview().await;
    (if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Json(overview)).into_response()
}

/// The process answers: a supervisor need not restart it.
async fn live() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

/// 200 when new players may come: not while rooms are rebuilt, while the store or the journal fails, or while
/// stopping.
async fn ready(State(state): State<HttpState>) -> Response {
    match state.health.unready().await {
        None => Json(json!({"status": "ok"})).into_response(),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": why}))).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{body_json, state};
    use crate::telemetry::{Phase, Report};
    use axum::body::Body;
    use axum::extract::Request;
    use tower::ServiceExt;

    #[tokio::test]
    async fn statuses_follow_the_servers_life() {
        let state = state();
        let get = async |path: &str| {
            let request = Request::builder().uri(path).body(Body::empty()).unwrap();
            let response = super::routes().with_state(state.clone()).oneshot(request).await.unwrap();
            (response.status().as_u16(), body_json(response).await["status"].as_str().unwrap().to_owned())
        };
        assert_eq!(get("/health/ready").await, (503, "starting".to_owned()));
        assert_eq!(get("/health/live").await, (200, "ok".to_owned()));
        assert_eq!(get("/health").await, (503, "starting".to_owned()));
        state.health.set_phase(Phase::Ready);
        assert_eq!(get("/health/ready").await, (200, "ok".to_owned()));
        assert_eq!(get("/health").await, (200, "ok".to_owned()));
        state.health.set_phase(Phase::Draining);
        assert_eq!(get("/health/ready").await, (503, "draining".to_owned()));
        assert_eq!(get("/health/live").await, (200, "ok".to_owned()));
    }

    #[tokio::test]
    async fn a_failing_store_is_neither_well_nor_ready() {
        let state = state();
        state.health.set_phase(Phase::Ready);
        state.health.register("store", true, || Report::error("the disk is full"));
        for path in ["/health", "/health/ready"] {
            let request = Request::builder().uri(path).body(Body::empty()).unwrap();
            let response = super::routes().with_state(state.clone()).oneshot(request).await.unwrap();
            assert_eq!(response.status(), 503, "{path}");
            assert_eq!(body_json(response).await["status"], "error");
        }
    }
}

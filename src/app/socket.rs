//! `/ws`: where HTTP ends and the WebSocket door begins.

use crate::doors::ws::{self, WsDoor};
use crate::http::{ApiError, Client, parts::token};
use axum::extract::{Request, State};
use axum::response::Response;

/// Hands the connection over to the door. The middleware around has checked the origin.
pub(super) async fn upgrade(
    State(door): State<WsDoor>,
    client: Client,
    mut request: Request,
) -> Result<Response, ApiError> {
    let upgrade = hyper::upgrade::on(&mut request);
    let token = token(request.headers()).map(str::to_owned);
    ws::accept(door, request.headers(), upgrade, token, client.key())
        .map_err(|(status, why)| ApiError::new(why.code, status, why.message))
}

//! The one error type at the edge, and the extractors whose refusals become it.
//!
//! Every error of `/api` and `/map` is `{"code", "message", "request_id", "details"?}`. Codes are stable and listed in
//! docs/errors.md. [`super::middleware`] adds the request's id, and logs what is kept from the client.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::fmt::{self, Display};
use std::time::Duration;

/// An error as the client sees it, and its cause as only the log does.
#[derive(Debug, Clone)]
pub struct ApiError {
    /// HTTP status.
    pub status: StatusCode,
    /// Stable code for programs.
    pub code: Cow<'static, str>,
    /// A sentence for a person that says what to do.
    pub message: Cow<'static, str>,
    /// More for programs, by field.
    pub details: Option<Box<serde_json::Value>>,
    /// When to try again.
    pub retry_after: Option<Duration>,
    /// For the log only.
    pub cause: Option<Box<str>>,
}

impl ApiError {
    /// An error of `status`.
    pub fn new(
        code: impl Into<Cow<'static, str>>,
        status: StatusCode,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            details: None,
            retry_after: None,
            cause: None,
        }
    }

    /// 400: the request cannot be understood.
    pub fn bad_request(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(code, StatusCode::BAD_REQUEST, message)
    }

    /// 401: nobody is signed in.
    pub fn unauthorized(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(code, StatusCode::UNAUTHORIZED, message)
    }

    /// 403: understood, but not for this player or not from there.
    pub fn forbidden(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(code, StatusCode::FORBIDDEN, message)
    }

    /// 404: there is no such thing.
    pub fn not_found(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(code, StatusCode::NOT_FOUND, message)
    }

    /// 409: not now, as things stand.
    pub fn conflict(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(code, StatusCode::CONFLICT, message)
    }

    /// 422: well-formed, but a value is not allowed.
    pub fn invalid(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(code, StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// 429 with `Retry-After`.
    pub fn too_many(
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
        retry_after: Duration,
    ) -> Self {
        Self { retry_after: Some(retry_after), ..Self::new(code, StatusCode::TOO_MANY_REQUESTS, message) }
    }

    /// 503 with `Retry-After`.
    pub fn unavailable(
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
        retry_after: Duration,
    ) -> Self {
        Self { retry_after: Some(retry_after), ..Self::new(code, StatusCode::SERVICE_UNAVAILABLE, message) }
    }

    /// 500: our fault. `cause` is logged and never sent.
    pub fn internal(cause: impl Display) -> Self {
        let message = "Something went wrong here. Try again; if it stays, tell the host the request id.";
        let error = ApiError::new("internal", StatusCode::INTERNAL_SERVER_ERROR, message);
        Self { cause: Some(cause.to_string().into()), ..error }
    }

    /// The same with `details`.
    #[must_use]
    pub fn with_details(self, details: serde_json::Value) -> Self {
        Self { details: Some(Box::new(details)), ..self }
    }

    /// The body, with the request's id once it is known.
    pub(crate) fn body(&self, request_id: Option<&str>) -> Vec<u8> {
        let body =
            Body { code: &self.code, message: &self.message, request_id, details: self.details.as_deref() };
        // Strings and a JSON value always become JSON.
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Body<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a serde_json::Value>,
}

impl Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for ApiError {}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, self.body(None)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(after) = self.retry_after {
            // Whole seconds, rounded up: an early retry would only be refused again.
            headers.insert(RETRY_AFTER, HeaderValue::from(after.as_millis().div_ceil(1000).max(1) as u64));
        }
        // The middleware writes the body anew with the request's id, and logs the cause.
        response.extensions_mut().insert(self);
        response
    }
}

/// A rule said no: nothing is wrong with the request but its moment.
impl From<crate::games::Rejection> for ApiError {
    fn from(rejection: crate::games::Rejection) -> Self {
        Self::new(rejection.code, StatusCode::CONFLICT, rejection.message)
    }
}

/// What an error without a code of its own becomes: a refusal by the router or a library.
pub(crate) fn by_status(status: StatusCode) -> ApiError {
    let new = |(code, message): (&'static str, &'static str)| ApiError::new(code, status, message);
    new(match status {
        StatusCode::NOT_FOUND => ("not_found", "There is nothing at this address."),
        StatusCode::METHOD_NOT_ALLOWED => {
            ("method_not_allowed", "This address does not take that method; see the Allow header.")
        }
        StatusCode::PAYLOAD_TOO_LARGE => ("too_large", "The request is too large."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("not_json", "Send JSON, with Content-Type: application/json."),
        status if status.is_server_error() => return ApiError { status, ..ApiError::internal(status) },
        _ => ("bad_request", "The request cannot be understood."),
    })
}

/// A JSON body, in and out. In: bounded, of the right content type, without unknown fields if `T` denies them.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
            }
            Err(error) => ApiError::internal(error).into_response(),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let is_json = is_json(&request);
        let body = body(request, state).await?;
        if !is_json {
            return Err(by_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        parse(&body).map(Self)
    }
}

/// A JSON body that may be left out: no body at all is `T::default()`.
#[derive(Debug, Clone, Copy)]
pub struct JsonOrDefault<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for JsonOrDefault<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let is_json = is_json(&request);
        let body = body(request, state).await?;
        if body.is_empty() {
            return Ok(Self(T::default()));
        }
        if !is_json {
            return Err(by_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        parse(&body).map(Self)
    }
}

/// A query string.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(error) => {
                Err(ApiError::bad_request("bad_query", format!("The query is not right: {}", inner(&error))))
            }
        }
    }
}

/// The deepest message of an error: what is wrong rather than who noticed.
fn inner(error: &dyn std::error::Error) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

fn is_json(request: &Request) -> bool {
    let essence = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence =
        essence.and_then(|value| value.split(';').next()).map(|value| value.trim().to_ascii_lowercase());
    essence.is_some_and(|essence| essence == "application/json" || essence.ends_with("+json"))
}

async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, state).await.map_err(|error| match error.status() {
        status @ StatusCode::PAYLOAD_TOO_LARGE => by_status(status),
        _ => ApiError::bad_request("body_cut", "The request's body ended too soon; send it again."),
    })
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|error| {
        if error.is_data() {
            ApiError::invalid("invalid_body", format!("The body is not right: {error}."))
        } else {
            ApiError::bad_request("bad_json", format!("The body is not JSON: {error}."))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Name {
        name: String,
    }

    async fn extract(content_type: Option<&str>, body: &str) -> Result<Name, ApiError> {
        let mut request = Request::builder().method("POST");
        if let Some(content_type) = content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let request = request.body(axum::body::Body::from(body.to_owned())).unwrap();
        Json::<Name>::from_request(request, &()).await.map(|Json(name)| name)
    }

    #[tokio::test]
    async fn a_body_that_is_not_right_says_how() {
        let json = Some("application/json; charset=utf-8");
        assert_eq!(extract(json, r#"{"name":"Ada"}"#).await.unwrap(), Name { name: "Ada".to_owned() });
        for (content_type, body, status, code) in [
            (json, "{", 400, "bad_json"),
            (json, "", 400, "bad_json"),
            (json, r#"{"name":1}"#, 422, "invalid_body"),
            (json, r#"{"name":"Ada","admin":true}"#, 422, "invalid_body"),
            (json, "[]", 422, "invalid_body"),
            (Some("text/plain"), r#"{"name":"Ada"}"#, 415, "not_json"),
            (None, r#"{"name":"Ada"}"#, 415, "not_json"),
        ] {
            let error = extract(content_type, body).await.unwrap_err();
            assert_eq!((error.status.as_u16(), &*error.code), (status, code), "{body}");
        }
        // Nested far deeper than any stack.
        assert_eq!(parse::<serde_json::Value>("[".repeat(60_000).as_bytes()).unwrap_err().code, "bad_json");
    }

    #[tokio::test]
    async fn a_body_may_be_left_out_where_that_means_something() {
        let request = Request::builder().method("POST").body(axum::body::Body::empty()).unwrap();
        let JsonOrDefault(name) = JsonOrDefault::<Name>::from_request(request, &()).await.unwrap();
        assert_eq!(name, Name::default());
    }

    #[test]
    fn the_cause_of_our_own_fault_is_not_sent() {
        let error = ApiError::internal("no such table: users");
        let body = String::from_utf8(error.body(Some("r1"))).unwrap();
        assert!(!body.contains("table"), "{body}");
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["code"], "internal");
        assert_eq!(body["request_id"], "r1");
    }

    #[test]
    fn waiting_times_are_rounded_up_to_whole_seconds() {
        for (ms, header) in [(1, "1"), (1000, "1"), (1001, "2"), (0, "1")] {
            let error = ApiError::too_many("slow_down", "Wait.", Duration::from_millis(ms));
            assert_eq!(error.into_response().headers()[RETRY_AFTER], header, "{ms}");
        }
    }
}

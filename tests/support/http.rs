//! Requests as browsers, programs and attackers send them, with all that the answer carries.

use super::server::Address;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|why| panic!("{why}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header; empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> String {
        self.headers.get(name).map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default()
    }

    /// Status and code of an error, whose body has the one shape.
    pub(crate) fn error(&self) -> (u16, String) {
        let body = self.json();
        assert!(self.status >= 400, "{} {body}", self.status);
        assert!(body["message"].as_str().is_some_and(|text| text.len() >= 10), "{body}");
        assert_eq!(body["request_id"], self.header("x-request-id").as_str(), "{body}");
        assert_eq!(self.header("content-type"), "application/json");
        (self.status, body["code"].as_str().expect("a code").to_owned())
    }

    /// The session cookie that the answer sets: its value and the rest.
    pub(crate) fn cookie(&self) -> Option<(String, String)> {
        let set = self.header("set-cookie");
        let (value, rest) = set.strip_prefix("snug_session=")?.split_once(';')?;
        Some((value.to_owned(), rest.to_owned()))
    }
}

/// A request with exactly these headers.
pub(crate) async fn ask(
    server: &Address,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<reqwest::Body>,
) -> Answer {
    let method = method.parse().expect("a method");
    let mut request = reqwest::Client::new().request(method, server.url(path)).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.expect("an answer");
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    Answer { status, headers, body: answer.bytes().await.expect("a body").to_vec() }
}

/// GET without anything.
pub(crate) async fn get(server: &Address, path: &str) -> Answer {
    ask(server, "GET", path, &[], "").await
}

/// JSON with these headers.
pub(crate) async fn json(
    server: &Address,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Answer {
    let headers: Vec<_> = headers.iter().copied().chain([("content-type", "application/json")]).collect();
    ask(server, method, path, &headers, body.to_string()).await
}

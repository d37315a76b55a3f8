//! The embedded page: files of web/dist, as the web build left them, each with its compressed siblings.
//!
//! Files under `/assets/` carry a hash in their names and are kept by browsers for ever; everything else is asked for
//! again and answered with 304 while it is the same. An address without a dot is a page of the app: `index.html`.

use super::middleware::{Area, area, nothing_here};
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use rust_embed::RustEmbed;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Dist;

/// Shown while the page is not built.
const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width\"><title>Snug</title>\
    <h1>Snug is running, but without its page</h1>\
    <p>This binary was built before the page was. Run <code>make run</code>, which builds both.</p></html>";

/// One file in the encodings there are.
struct File {
    content_type: &'static str,
    /// Its name holds a hash of what is in it.
    immutable: bool,
    plain: Encoded,
    br: Option<Encoded>,
    gzip: Option<Encoded>,
}

struct Encoded {
    bytes: Bytes,
    etag: HeaderValue,
}

type Files = HashMap<String, File>;

/// Answers everything that no route takes. Files are looked up by name, so no path can lead out of web/dist.
pub(crate) async fn serve(request: Request) -> Response {
    static FILES: OnceLock<Files> = OnceLock::new();
    let files = FILES.get_or_init(|| load(Dist::iter().map(|name| (name.to_string(), embedded(&name)))));
    answer(files, request.method(), request.uri().path(), request.headers())
}

/// The bytes of an embedded file, without copying them.
fn embedded(name: &str) -> Bytes {
    match Dist::get(name).map(|file| file.data) {
        Some(Cow::Borrowed(data)) => Bytes::from_static(data),
        Some(Cow::Owned(data)) => Bytes::from(data),
        None => Bytes::new(),
    }
}

/// Sorts files by name, compressed siblings to the file that they belong to.
fn load(all: impl Iterator<Item = (String, Bytes)>) -> Files {
    let mut all: HashMap<String, Bytes> = all.collect();
    all.entry("index.html".to_owned()).or_insert_with(|| Bytes::from_static(NOT_BUILT.as_bytes()));
    let is_sibling = |name: &str| {
        let base = name.strip_suffix(".br").or_else(|| name.strip_suffix(".gz"));
        base.is_some_and(|base| all.contains_key(base))
    };
    let names = all.keys().filter(|name| !is_sibling(name));
    names
        .map(|name| {
            let encoded = |bytes: &Bytes, tag: &str| {
                let hash = xxhash_rust::xxh3::xxh3_128(bytes);
                // Hexadecimal digits and a fixed word: always a valid header.
                let etag = HeaderValue::from_str(&format!("\"{hash:032x}{tag}\""));
                Encoded { bytes: bytes.clone(), etag: etag.unwrap_or(HeaderValue::from_static("\"\"")) }
            };
            let file = File {
                content_type: content_type(name),
                immutable: name.starts_with("assets/"),
                plain: encoded(&all[name], ""),
                br: all.get(&format!("{name}.br")).map(|bytes| encoded(bytes, "-br")),
                gzip: all.get(&format!("{name}.gz")).map(|bytes| encoded(bytes, "-gz")),
            };
            (name.clone(), file)
        })
        .collect()
}

fn answer(files: &Files, method: &Method, path: &str, headers: &HeaderMap) -> Response {
    if area(path) != Area::Page {
        return nothing_here().into_response();
    }
    if !matches!(*method, Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, HEAD")]).into_response();
    }
    let name = path.trim_start_matches('/');
    let is_page = !name.starts_with("assets/") && !name.rsplit('/').next().unwrap_or_default().contains('.');
    let Some(file) = files.get(if is_page { "index.html" } else { name }) else {
        return (StatusCode::NOT_FOUND, "There is nothing at this address.").into_response();
    };

    let accepted = Accepted::of(headers);
    let (encoded, encoding) = match (&file.br, &file.gzip) {
        (Some(br), _) if accepted.br => (br, Some("br")),
        (_, Some(gzip)) if accepted.gzip => (gzip, Some("gzip")),
        _ => (&file.plain, None),
    };
    let unchanged = is_known(headers, &encoded.etag);
    let body = if unchanged || method == Method::HEAD { Bytes::new() } else { encoded.bytes.clone() };
    let mut response = Response::new(Body::from(body));
    let out = response.headers_mut();
    out.insert(ETAG, encoded.etag.clone());
    let kept = if file.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    out.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
    if file.br.is_some() || file.gzip.is_some() {
        out.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    if unchanged {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    out.insert(CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    if let Some(encoding) = encoding {
        out.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    if method == Method::HEAD {
        out.insert(http::header::CONTENT_LENGTH, HeaderValue::from(encoded.bytes.len()));
    }
    response
}

/// Whether the client has the bytes of `etag` already.
pub(crate) fn is_known(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut known = known.flat_map(|value| value.split(',')).map(|tag| tag.trim().trim_start_matches("W/"));
    known.any(|tag| tag == "*" || tag.as_bytes() == etag.as_bytes())
}

/// Encodings that the client takes.
#[derive(Debug, PartialEq, Eq, Default)]
struct Accepted {
    br: bool,
    gzip: bool,
}

impl Accepted {
    fn of(headers: &HeaderMap) -> Self {
        let mut accepted = Self::default();
        let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        for entry in values.flat_map(|value| value.split(',')) {
            let (name, parameters) = entry.split_once(';').unwrap_or((entry, ""));
            let weight =
                parameters.split(';').find_map(|p| p.trim().strip_prefix("q=")?.trim().parse::<f32>().ok());
            let wanted = weight.is_none_or(|weight| weight > 0.0);
            match name.trim().to_ascii_lowercase().as_str() {
                "br" => accepted.br = wanted,
                "gzip" | "x-gzip" => accepted.gzip = wanted,
                _ => {}
            }
        }
        accepted
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "jpg" | "jpeg" => "image/jpeg",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "pbf" => "application/x-protobuf",
        "txt" | "md" => "text/plain; charset=utf-8",
        "xml" => "application/xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::body_bytes;
    use super::*;

    fn files() -> Files {
        let all = [
            ("index.html", "<html>"),
            ("index.html.br", "brhtml"),
            ("assets/app-1a2b.js", "let a"),
            ("assets/app-1a2b.js.br", "br"),
            ("assets/app-1a2b.js.gz", "gz"),
            ("favicon.svg", "<svg/>"),
        ];
        load(all.into_iter().map(|(name, text)| (name.to_owned(), Bytes::from(text))))
    }

    fn get(path: &str, pairs: &[(&'static str, &str)]) -> Response {
        call(&Method::GET, path, pairs)
    }

    fn call(method: &Method, path: &str, pairs: &[(&'static str, &str)]) -> Response {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        answer(&files(), method, path, &headers)
    }

    #[tokio::test]
    async fn the_best_encoding_that_the_client_takes_is_sent() {
        let script = "/assets/app-1a2b.js";
        for (accept, encoding, body) in [
            ("gzip, deflate, br, zstd", Some("br"), "br"),
            ("gzip", Some("gzip"), "gz"),
            ("br;q=0, gzip;q=0.5", Some("gzip"), "gz"),
            ("br;q=0.0,gzip;q=0", None, "let a"),
            ("", None, "let a"),
            ("identity", None, "let a"),
        ] {
            let response = get(script, &[("accept-encoding", accept)]);
            let sent =
                response.headers().get(CONTENT_ENCODING).map(|value| value.to_str().unwrap().to_owned());
            assert_eq!(sent.as_deref(), encoding, "{accept}");
            assert_eq!(response.headers()[VARY], "Accept-Encoding");
            assert_eq!(response.headers()[CONTENT_TYPE], "text/javascript; charset=utf-8");
            assert_eq!(body_bytes(response).await, body, "{accept}");
        }
        assert!(!get("/favicon.svg", &[]).headers().contains_key(VARY));
    }

    #[test]
    fn hashed_names_are_kept_for_ever_and_the_rest_is_asked_for_again() {
        assert!(
            get("/assets/app-1a2b.js", &[]).headers()[CACHE_CONTROL].to_str().unwrap().contains("immutable")
        );
        let page = get("/", &[("accept-encoding", "br")]);
        assert_eq!(page.headers()[CACHE_CONTROL], "no-cache");
        let etag = page.headers()[ETAG].to_str().unwrap().to_owned();
        for known in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
            let again = get("/", &[("accept-encoding", "br"), ("if-none-match", &known)]);
            assert_eq!(again.status(), 304, "{known}");
            assert_eq!(again.headers()[ETAG], *etag);
        }
        // Another encoding is another answer.
        assert_eq!(get("/", &[("if-none-match", &etag)]).status(), 200);
        assert_eq!(get("/", &[("if-none-match", "\"x\"")]).status(), 200);
    }

    #[tokio::test]
    async fn addresses_of_the_app_are_its_page_and_others_are_not_found() {
        for path in ["/", "/rooms", "/r/ABC234", "/m/mat_1", "/settings"] {
            let response = get(path, &[]);
            assert_eq!(response.headers()[CONTENT_TYPE], "text/html; charset=utf-8", "{path}");
            assert_eq!(body_bytes(response).await, "<html>");
        }
        for path in [
            "/missing.js",
            "/assets/app",
            "/assets/gone-1.js",
            "/api/none",
            "/map/x",
            "/ws",
            "/health/x",
            "/../Cargo.toml",
            "/assets/../index.html",
            "/index.html.br",
            "//etc/passwd.x",
        ] {
            assert_eq!(get(path, &[]).status(), 404, "{path}");
        }
        assert_eq!(call(&Method::POST, "/", &[]).status(), 405);
    }

    #[tokio::test]
    async fn head_tells_the_length_and_sends_nothing() {
        let response = call(&Method::HEAD, "/", &[]);
        assert_eq!(response.headers()["content-length"], "6");
        assert!(body_bytes(response).await.is_empty());
    }

    #[tokio::test]
    async fn a_binary_without_the_page_says_how_to_get_it() {
        let response = answer(&load(std::iter::empty()), &Method::GET, "/", &HeaderMap::new());
        let body = String::from_utf8(body_bytes(response).await.to_vec()).unwrap();
        assert!(body.contains("make run"));
    }
}

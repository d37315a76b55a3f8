//! Origins, proxies, errors, headers, health, and the page itself.

use crate::support::client::settings;
use crate::support::http::{ask, get, json};
use crate::support::{Client, Guest, Server};
use serde_json::json;
use std::path::Path;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// Status of a WebSocket handshake with these headers.
async fn handshake(server: &Server, headers: &[(&'static str, &str)]) -> u16 {
    let mut request = server.ws_url().into_client_request().expect("a request");
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().expect("a header"));
    }
    match tokio_tungstenite::connect_async(request).await {
        Ok((_, answer)) => answer.status().as_u16(),
        Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => answer.status().as_u16(),
        Err(why) => panic!("{why}"),
    }
}

#[tokio::test]
async fn another_page_can_do_nothing_for_a_player() {
    let server = Server::start().await;
    let guest = Guest::new(&server).await;
    let cookie = format!("snug_session={}", guest.token);
    let here = format!("http://127.0.0.1:{}", server.port);
    let bearer = format!("Bearer {}", guest.token);
    for headers in [
        vec![("origin", "http://evil.example"), ("cookie", &cookie)],
        vec![("origin", "null"), ("cookie", &cookie)],
        vec![("origin", "http://127.0.0.1:1"), ("cookie", &cookie)],
        vec![("origin", "http://evil.example")],
        vec![("sec-fetch-site", "cross-site"), ("cookie", &cookie)],
        vec![("sec-fetch-site", "same-site"), ("cookie", &cookie)],
        // A browser's cookie with nothing that says where it comes from.
        vec![("cookie", cookie.as_str())],
    ] {
        for (method, path) in
            [("POST", "/api/rooms"), ("PATCH", "/api/auth/me"), ("POST", "/api/auth/logout")]
        {
            let refused = json(&server, method, path, &headers, &json!({})).await;
            assert_eq!(refused.error(), (403, "wrong_origin".into()), "{method} {path} {headers:?}");
        }
        assert_eq!(handshake(&server, &headers).await, 403, "{headers:?}");
    }
    for headers in [
        vec![("origin", here.as_str()), ("cookie", &cookie)],
        vec![("sec-fetch-site", "same-origin"), ("cookie", &cookie)],
        vec![("authorization", bearer.as_str())],
    ] {
        let made = json(&server, "POST", "/api/rooms", &headers, &json!({})).await;
        assert_eq!(made.status, 201, "{headers:?} {}", made.text());
        assert_eq!(handshake(&server, &headers).await, 101, "{headers:?}");
    }
    assert_eq!(handshake(&server, &[]).await, 101, "a program says nothing");
    // Reading is harmless: other pages do not see the answer.
    let read = ask(&server, "GET", "/api/rooms", &[("origin", "http://evil.example")], "").await;
    assert_eq!(read.status, 200);
    assert_eq!(read.header("access-control-allow-origin"), "");
    assert_eq!(read.header("cross-origin-resource-policy"), "same-origin");
}

#[tokio::test]
async fn a_public_url_is_where_links_point_and_where_browsers_come_from() {
    let server = Server::with(&[("SNUG_PUBLIC_URL", "https://snug.example")]).await;
    let made = ask(&server, "POST", "/api/auth/guest", &[("origin", "https://snug.example")], "").await;
    assert_eq!(made.status, 201);
    assert!(made.cookie().expect("a cookie").1.contains("Secure"));
    let here = format!("http://127.0.0.1:{}", server.port);
    let refused = ask(&server, "POST", "/api/auth/guest", &[("origin", &here)], "").await;
    assert_eq!(refused.error(), (403, "wrong_origin".into()));
    let guest = Guest::new(&server).await;
    let (_, room) = guest.post(&server, "/api/rooms", json!({})).await;
    let code = room["code"].as_str().expect("a code");
    assert_eq!(room["link"], format!("https://snug.example/r/{code}"));
    let (_, invite) = guest.get(&server, &format!("/api/rooms/{code}/invite")).await;
    assert_eq!(invite, json!({"code": code, "link": format!("https://snug.example/r/{code}"), "lan": []}));
}

#[tokio::test]
async fn only_a_trusted_proxy_is_believed() {
    let forwarded = [
        ("x-forwarded-for", "203.0.113.7"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "games.example"),
    ];
    for (trusted, believed) in [("[]", false), ("[\"127.0.0.0/8\"]", true)] {
        let server =
            Server::with(&[("SNUG_TRUSTED_PROXIES", trusted), ("SNUG_LIMITS_GUESTS_BURST", "2")]).await;
        let made = ask(&server, "POST", "/api/auth/guest", &forwarded, "").await;
        assert_eq!(made.status, 201);
        assert_eq!(made.cookie().expect("a cookie").1.contains("Secure"), believed, "{trusted}");
        let info = ask(&server, "GET", "/api/info", &forwarded, "").await.json();
        assert_eq!(info["links"][0] == "https://games.example", believed, "{info}");
        // Limits count the player's address, not the proxy's.
        let _ = ask(&server, "POST", "/api/auth/guest", &forwarded, "").await;
        let other = [("x-forwarded-for", "203.0.113.8")];
        let third = ask(&server, "POST", "/api/auth/guest", &other, "").await;
        assert_eq!(third.status == 201, believed, "{trusted}");
        if believed {
            // What the player wrote in front of the proxy's entry counts for nothing.
            let spoofed = [("x-forwarded-for", "198.51.100.1, 203.0.113.7")];
            assert_eq!(ask(&server, "POST", "/api/auth/guest", &spoofed, "").await.status, 429);
        }
    }
}

#[tokio::test]
async fn every_error_has_the_one_shape() {
    let server = Server::start().await;
    let guest = Guest::new(&server).await;
    let bearer = format!("Bearer {}", guest.token);
    let auth = ("authorization", bearer.as_str());
    let typed = ("content-type", "application/json");
    let big = format!("{{\"name\": \"{}\"}}", "x".repeat(70_000));
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    for (method, path, headers, body, status, code) in [
        ("GET", "/api/nothing", vec![], "", 404, "not_found"),
        ("GET", "/api/", vec![], "", 404, "not_found"),
        ("GET", "/map/nothing", vec![], "", 404, "not_found"),
        ("DELETE", "/api/rooms", vec![auth], "", 405, "method_not_allowed"),
        ("POST", "/api/info", vec![auth], "", 405, "method_not_allowed"),
        ("PATCH", "/api/auth/me", vec![auth, typed], big.as_str(), 413, "too_large"),
        ("PATCH", "/api/auth/me", vec![auth], "{\"name\": \"x\"}", 415, "not_json"),
        (
            "PATCH",
            "/api/auth/me",
            vec![auth, ("content-type", "text/plain")],
            "{\"name\": \"x\"}",
            415,
            "not_json",
        ),
        ("PATCH", "/api/auth/me", vec![auth, typed], "{", 400, "bad_json"),
        ("PATCH", "/api/auth/me", vec![auth, typed], "\u{0}", 400, "bad_json"),
        ("PATCH", "/api/auth/me", vec![auth, typed], "{\"name\": 1}", 422, "invalid_body"),
        ("PATCH", "/api/auth/me", vec![auth, typed], "{\"nam\": \"x\"}", 422, "invalid_body"),
        ("PATCH", "/api/auth/me", vec![auth, typed], "{}", 422, "invalid_body"),
        (
            "POST",
            "/api/rooms",
            vec![auth, typed],
            "{\"daily\": true, \"challenge\": \"x\"}",
            422,
            "daily_or_challenge",
        ),
        ("POST", "/api/rooms", vec![auth, typed], "{\"challenge\": \"mat_none\"}", 404, "no_such_match"),
        ("GET", "/api/matches/mat_none", vec![auth], "", 404, "no_such_match"),
        ("GET", "/api/matches/mat_none/replay", vec![auth], "", 404, "no_such_match"),
        ("GET", "/api/matches/mat_none/compare", vec![auth], "", 404, "no_such_match"),
        ("GET", "/api/matches?cursor=nonsense", vec![auth], "", 400, "bad_cursor"),
        ("GET", "/api/matches", vec![], "", 401, "not_signed_in"),
        ("GET", "/api/users/usr_none", vec![], "", 404, "no_such_player"),
        ("GET", "/api/daily/2026-13-40/board", vec![], "", 400, "bad_date"),
        ("GET", "/api/rooms/BBBBBB", vec![], "", 404, "no_such_room"),
        ("GET", "/api/leaderboard", vec![], "", 400, "bad_query"),
        ("GET", "/api/leaderboard?preset=none&by=points&period=all", vec![], "", 400, "bad_query"),
    ] {
        let answer = ask(&server, method, path, &headers, body.to_owned()).await;
        assert_eq!(answer.error(), (status, code.to_owned()), "{method} {path} {body:.40}");
        if status == 405 {
            assert!(!answer.header("allow").is_empty(), "{method} {path}");
        }
    }
    let nested = ask(&server, "PATCH", "/api/auth/me", &[auth, typed], deep).await;
    assert!(matches!(nested.error().0, 400 | 422), "{}", nested.text());
    for bad in [
        json!({"rounds": 25}),
        json!({"seconds": 5}),
        json!({"kinds": []}),
        json!({"region": {"country": "FR"}}),
    ] {
        let mut wanted = settings(5, Some(60), "watch");
        wanted["game"]["kinds"] = json!(["flag"]);
        for (key, value) in bad.as_object().expect("an object") {
            wanted["game"][key] = value.clone();
        }
        let refused = json(&server, "POST", "/api/rooms", &[auth], &json!({"settings": wanted})).await;
        assert_eq!(refused.error(), (422, "invalid_settings".into()), "{bad}");
    }
    // Too few places are refused with the numbers, when it is known: at the start.
    let mut few = settings(20, None, "watch");
    few["game"]["region"] = json!({"country": "VA"});
    let code = guest.room(&server, Some(few)).await;
    let mut client = Client::join(&server, guest, &code).await;
    let reply = client.ask(json!({"type": "start"})).await;
    let (error, said) =
        (reply["error"]["code"].clone(), reply["error"]["message"].as_str().unwrap_or_default().to_owned());
    assert_eq!(error, "not_enough_places", "{reply}");
    assert!(said.contains("20"), "{said}");
}

#[tokio::test]
async fn health_has_the_shape_that_others_rely_on() {
    let server = Server::start().await;
    let answer = get(&server, "/health").await;
    assert_eq!(answer.status, 200);
    let health = answer.json();
    let keys =
        |value: &serde_json::Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&health), ["checks", "status", "timestamp", "uptime", "version"]);
    assert_eq!(keys(&health["checks"]), ["backup", "disk", "live", "sockets", "store"]);
    assert!(["ok", "degraded"].contains(&health["status"].as_str().expect("a status")), "{health}");
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    assert!(health["uptime"].is_u64());
    let at: jiff::Timestamp = health["timestamp"].as_str().expect("a time").parse().expect("RFC 3339");
    assert!((jiff::Timestamp::now().as_second() - at.as_second()).abs() < 60);
    for (part, check) in health["checks"].as_object().expect("checks") {
        assert!(check["status"].is_string(), "{part}");
        assert!(
            keys(check).iter().all(|key| ["status", "latency_ms", "error"].contains(&key.as_str())),
            "{part}: {check}"
        );
    }
    assert_eq!(
        (&health["checks"]["store"]["status"], &health["checks"]["backup"]["status"]),
        (&json!("ok"), &json!("off"))
    );
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(get(&server, path).await.json(), json!({"status": "ok"}), "{path}");
    }
    let health = server.run(&["health", "--listen", &format!("127.0.0.1:{}", server.port)]);
    assert!(health.status.success());
}

#[tokio::test]
async fn everything_carries_the_security_headers() {
    let server = Server::start().await;
    for path in
        ["/", "/api/info", "/api/none", "/map/fallback.json", "/health", "/r/ABCDEF", "/assets/none.js"]
    {
        let answer = get(&server, path).await;
        let csp = answer.header("content-security-policy");
        assert!(
            csp.contains("default-src 'self'") && csp.contains("frame-ancestors 'none'"),
            "{path}: {csp}"
        );
        assert!(!csp.contains("unsafe") && !csp.contains("http"), "{path}: {csp}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
        assert_eq!(answer.header("server"), "", "{path}");
    }
}

#[tokio::test]
async fn the_page_is_served_for_every_address_of_the_app() {
    let server = Server::start().await;
    let home = get(&server, "/").await;
    assert_eq!((home.status, home.header("content-type").as_str()), (200, "text/html; charset=utf-8"));
    assert_eq!(home.header("cache-control"), "no-cache");
    for path in [
        "/rooms",
        "/r/ABC234",
        "/daily",
        "/c/mat_1",
        "/m/mat_1",
        "/history",
        "/leaderboard",
        "/u/usr_1",
        "/move/X",
        "/credits",
        "/settings",
    ] {
        let page = get(&server, path).await;
        assert_eq!((page.status, &page.body), (200, &home.body), "{path}");
    }
    let known = ask(&server, "GET", "/", &[("if-none-match", &home.header("etag"))], "").await;
    assert_eq!((known.status, known.body.len()), (304, 0));
    let head = ask(&server, "HEAD", "/", &[], "").await;
    assert_eq!((head.status, head.header("content-length")), (200, home.body.len().to_string()));
    assert_eq!(ask(&server, "POST", "/", &[], "").await.status, 405);
    for path in
        ["/assets/none.js", "/none.txt", "/../Cargo.toml", "/assets/../../Cargo.toml", "/%2e%2e/Cargo.toml"]
    {
        let missing = get(&server, path).await;
        assert!(missing.status == 404 || missing.body == home.body, "{path}: {}", missing.status);
        assert!(!missing.text().contains("[package]"), "{path}");
    }
    // The rest needs the page to be built, as `make test` does first.
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/dist/index.html");
    if !dist.exists() || home.text().contains("without its page") {
        println!("the page is not built: its assets are not tested");
        return;
    }
    let text = home.text();
    let script = text.split("\"/assets/").nth(1).and_then(|rest| rest.split('"').next()).expect("a script");
    let path = format!("/assets/{script}");
    let plain = get(&server, &path).await;
    assert_eq!(
        (plain.status, plain.header("cache-control").as_str()),
        (200, "public, max-age=31536000, immutable")
    );
    let packed = ask(&server, "GET", &path, &[("accept-encoding", "gzip, br")], "").await;
    assert_eq!(packed.header("content-encoding"), "br");
    assert_eq!(packed.header("vary"), "Accept-Encoding");
    assert!(packed.body.len() < plain.body.len());
    assert_ne!(packed.header("etag"), plain.header("etag"));
    assert!(!text.contains("http://") && !text.contains("https://"), "no request leaves the server's origin");
}

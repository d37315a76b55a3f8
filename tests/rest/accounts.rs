//! Guests, names, and moving to another device.

use crate::support::client::settings;
use crate::support::http::{Answer, ask, get, json};
use crate::support::{Client, Guest, Server};
use serde_json::{Value, json};
use std::time::Duration;

async fn with_cookie(server: &Server, method: &str, path: &str, token: &str, body: &Value) -> Answer {
    let cookie = format!("other=1; snug_session={token}");
    json(server, method, path, &[("cookie", &cookie), ("sec-fetch-site", "same-origin")], body).await
}

#[tokio::test]
async fn a_guest_comes_in_one_request_by_cookie_or_by_token() {
    let mut server = Server::start().await;
    let made = ask(&server, "POST", "/api/auth/guest", &[], "").await;
    assert_eq!(made.status, 201);
    let body = made.json();
    assert!(body["token"].is_null(), "a browser needs no token in the body");
    assert_eq!(body["user"]["account"], false);
    assert!(body["user"]["id"].as_str().expect("an id").starts_with("usr_"));
    let name = body["user"]["name"].as_str().expect("a name");
    assert_eq!(name.split(' ').count(), 2, "two words: {name}");
    let (cookie, rest) = made.cookie().expect("a cookie");
    assert_eq!(cookie.len(), 43);
    assert!(rest.contains("HttpOnly") && rest.contains("SameSite=Lax") && rest.contains("Path=/"), "{rest}");
    assert!(!rest.contains("Secure"), "plain http in a LAN: {rest}");

    // The session is known by its cookie; a second knock gives the same guest and no other cookie.
    let me = ask(&server, "GET", "/api/auth/me", &[("cookie", &format!("snug_session={cookie}"))], "").await;
    assert_eq!(me.json(), body["user"]);
    let again = with_cookie(&server, "POST", "/api/auth/guest", &cookie, &json!({"name": "Another"})).await;
    assert_eq!((again.status, &again.json()["user"]), (200, &body["user"]));
    assert!(again.cookie().is_none());

    let program = Guest::named(&server, Some("  Ada   Lovelace ")).await;
    assert_eq!(program.name, "Ada Lovelace");
    let (status, me) = program.get(&server, "/api/auth/me").await;
    assert_eq!((status, &me["name"]), (200, &json!("Ada Lovelace")));
    for headers in [
        vec![],
        vec![("authorization", "Bearer nonsense")],
        vec![("authorization", "Basic abc")],
        vec![("cookie", "snug_session=")],
        vec![("cookie", "snug_session=0000000000000000000000000000000000000000000")],
    ] {
        let nobody = ask(&server, "GET", "/api/auth/me", &headers, "").await;
        assert_eq!((nobody.status, nobody.json()), (200, serde_json::Value::Null), "{headers:?}");
        let refused = ask(&server, "GET", "/api/matches", &headers, "").await;
        assert_eq!(refused.error(), (401, "not_signed_in".into()), "{headers:?}");
    }

    // Only the hash is on the disk.
    assert!(server.terminate().await.success());
    for entry in std::fs::read_dir(server.data_dir()).expect("a directory") {
        let path = entry.expect("an entry").path();
        let bytes = std::fs::read(&path).expect("readable");
        for secret in [&cookie, &program.token] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "a token stands in {}", path.display());
        }
    }
    let database = std::fs::read(server.data_dir().join("snug.db")).expect("a database");
    let named = b"Ada Lovelace";
    assert!(database.windows(named.len()).any(|window| window == named), "the search would find it");
}

#[tokio::test]
async fn names_are_changed_and_checked() {
    let server = Server::start().await;
    let guest = Guest::new(&server).await;
    let rename = async |name: &str| {
        guest.call(&server, reqwest::Method::PATCH, "/api/auth/me", Some(json!({"name": name}))).await
    };
    for (typed, kept) in [
        ("Zoë", "Zoë"),
        (" 名前 ", "名前"),
        ("x", "x"),
        ("123456789012345678901234", "123456789012345678901234"),
    ] {
        let (status, me) = rename(typed).await;
        assert_eq!((status, me["name"].as_str()), (200, Some(kept)));
    }
    for bad in ["", "   ", "1234567890123456789012345", "a\u{202E}b", "a\nb", "\u{200B}"] {
        let (status, error) = rename(bad).await;
        assert_eq!((status, error["code"].as_str()), (422, Some("bad_name")), "{bad:?}");
        let made = json(&server, "POST", "/api/auth/guest", &[], &json!({"name": bad})).await;
        assert_eq!(made.error(), (422, "bad_name".into()), "{bad:?}");
    }
    let (_, me) = guest.get(&server, "/api/auth/me").await;
    assert_eq!(me["name"], "123456789012345678901234", "a refused name changes nothing");
    // A new name is what rooms and profiles show from then on; a duplicate in a room gets a number.
    rename("Same").await;
    let (_, profile) = guest.get(&server, &format!("/api/users/{}", guest.id)).await;
    assert_eq!(profile["name"], "Same");
    let other = Guest::named(&server, Some("Same")).await;
    let code = guest.room(&server, None).await;
    let mut first = Client::join(&server, guest.clone(), &code).await;
    let second = Client::join(&server, other, &code).await;
    let names: Vec<_> = second.view.as_ref().expect("a view")["members"]
        .as_array()
        .expect("members")
        .iter()
        .map(|member| member["name"].as_str().expect("a name").to_owned())
        .collect();
    assert_eq!(names, ["Same", "Same 2"]);
    // Renamed within the room, it is the player's own name too.
    first.must(json!({"type": "rename", "name": "Other"})).await;
    let (_, me) = first.guest.get(&server, "/api/auth/me").await;
    assert_eq!(me["name"], "Other");
}

#[tokio::test]
async fn a_seat_moves_to_another_device_once() {
    let server = Server::start().await;
    let guest = Guest::new(&server).await;
    let code = guest.room(&server, Some(settings(2, None, "watch"))).await;
    let mut old = Client::join(&server, guest.clone(), &code).await;
    let mut other = Client::join(&server, Guest::new(&server).await, &code).await;
    old.must(json!({"type": "start"})).await;
    old.must(crate::support::client::pin(1, 11.0, 22.0)).await;

    let (status, made) = guest.post(&server, "/api/auth/transfer", json!({})).await;
    assert_eq!(status, 200, "{made}");
    let move_code = made["code"].as_str().expect("a code").to_owned();
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("now").as_millis() as i64;
    let left = made["expires_at"].as_i64().expect("a time") - now;
    assert!((280_000..=300_000).contains(&left), "five minutes, not {left} ms");
    let link = made["link"].as_str().expect("a link");
    assert!(
        link.ends_with(&format!("/move/{move_code}"))
            && !link.contains("localhost")
            && !link.contains("127.0.0.1")
    );
    let bearer = format!("Bearer {}", guest.token);
    let qr = ask(
        &server,
        "GET",
        &format!("/api/auth/transfer/{move_code}/qr.svg"),
        &[("authorization", &bearer)],
        "",
    )
    .await;
    assert_eq!((qr.status, qr.header("content-type").as_str()), (200, "image/svg+xml"));
    assert_eq!(qr.text(), snug::http::qr::svg(link).expect("a picture"), "the code says the link");
    assert_eq!(get(&server, &format!("/api/auth/transfer/{move_code}/qr.svg")).await.error().0, 401);

    // Typed by hand on the other device, in small letters and with a dash.
    let typed = format!("{}-{}", &move_code[..4], &move_code[4..]).to_lowercase();
    let claimed = json(&server, "POST", "/api/auth/transfer/claim", &[], &json!({"code": typed})).await;
    assert_eq!((claimed.status, claimed.json()["id"].as_str()), (200, Some(guest.id.as_str())));
    assert_eq!(claimed.json()["room"], code.as_str(), "the new device is led to the seat");
    let (token, _) = claimed.cookie().expect("a cookie here");
    assert_ne!(token, guest.token);

    old.settle(Duration::from_millis(500)).await;
    assert_eq!(old.bye.as_ref().expect("told")["why"], "moved");
    assert!(!old.connected() && !old.connect(&server).await, "the old device is out");
    assert_eq!(old.refused.as_ref().expect("refused")["error"]["code"], "not_signed_in");
    assert_eq!(guest.get(&server, "/api/auth/me").await, (200, serde_json::Value::Null));

    let mut new = Client::join(&server, Guest { token, ..guest.clone() }, &code).await;
    let view = new.look().await;
    assert_eq!(view["you"], old.view.as_ref().expect("a view")["you"], "the same seat");
    assert_eq!(view["match"]["view"]["pin"]["lat"], 11.0);
    assert_eq!(view["members"].as_array().expect("members").len(), 2);
    other.settle(Duration::from_millis(200)).await;
    assert!(!other.events.iter().any(|(_, event)| event["type"] == "gone"), "nobody noticed");

    for body in [json!({"code": move_code}), json!({"code": "22222222"}), json!({"code": ""})] {
        let refused = json(&server, "POST", "/api/auth/transfer/claim", &[], &body).await;
        assert_eq!(refused.error(), (404, "transfer_invalid".into()), "{body}");
    }
    // A new code makes the one before void.
    let codes: Vec<String> = {
        let mut codes = Vec::new();
        for _ in 0..2 {
            let (_, made) = new.guest.post(&server, "/api/auth/transfer", json!({})).await;
            codes.push(made["code"].as_str().expect("a code").to_owned());
        }
        codes
    };
    let refused = json(&server, "POST", "/api/auth/transfer/claim", &[], &json!({"code": codes[0]})).await;
    assert_eq!(refused.error().0, 404);
}

#[tokio::test]
async fn an_expired_code_moves_nothing() {
    let mut server = Server::start().await;
    let guest = Guest::new(&server).await;
    let (_, made) = guest.post(&server, "/api/auth/transfer", json!({})).await;
    assert!(server.terminate().await.success());
    // Five minutes pass.
    let database = rusqlite::Connection::open(server.data_dir().join("snug.db")).expect("it opens");
    assert_eq!(database.execute("UPDATE transfers SET expires_at = expires_at - 300001", []), Ok(1));
    drop(database);
    server.restart().await;
    let refused =
        json(&server, "POST", "/api/auth/transfer/claim", &[], &json!({"code": made["code"]})).await;
    assert_eq!(refused.error(), (404, "transfer_invalid".into()));
    assert_eq!(guest.get(&server, "/api/auth/me").await.0, 200, "the session lives on where it was");
}

#[tokio::test]
async fn who_signs_out_is_out_everywhere() {
    let server = Server::start().await;
    let guest = Guest::new(&server).await;
    let code = guest.room(&server, None).await;
    let mut client = Client::join(&server, guest.clone(), &code).await;
    let bearer = format!("Bearer {}", guest.token);
    let out = ask(&server, "POST", "/api/auth/logout", &[("authorization", &bearer)], "").await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    client.settle(Duration::from_millis(500)).await;
    assert!(client.bye.is_some() && !client.connected());
    assert_eq!(guest.get(&server, "/api/auth/me").await, (200, serde_json::Value::Null));
    let again = ask(&server, "POST", "/api/auth/logout", &[("authorization", &bearer)], "").await;
    assert_eq!(again.error().0, 401);
}

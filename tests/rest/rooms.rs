//! Making, listing and inviting to rooms.

use crate::support::client::settings;
use crate::support::http::{ask, get};
use crate::support::{Client, Guest, Server};
use serde_json::{Value, json};

#[tokio::test]
async fn public_rooms_with_somebody_in_are_listed_and_others_are_found_by_code() {
    let server = Server::start().await;
    let listed = async || {
        let list = get(&server, "/api/rooms").await.json();
        let codes = list["rooms"]
            .as_array()
            .expect("rooms")
            .iter()
            .map(|card| card["code"].clone())
            .collect::<Vec<_>>();
        (codes, list)
    };
    assert_eq!(listed().await.1, json!({"rooms": []}));
    let guest = Guest::named(&server, Some("Ada")).await;
    let mut open = settings(3, Some(60), "watch");
    open["public"] = json!(true);
    let public = guest.room(&server, Some(open.clone())).await;
    let unlisted = guest.room(&server, Some(settings(3, Some(60), "watch"))).await;
    assert!(listed().await.0.is_empty(), "nobody is in yet");
    let mut host = Client::join(&server, guest.clone(), &public).await;
    let _other = Client::join(&server, guest.clone(), &unlisted).await;
    let (codes, list) = listed().await;
    assert_eq!(codes, [public.as_str()]);
    let card = &list["rooms"][0];
    assert_eq!((&card["host"], &card["members"], &card["connected"]), (&json!("Ada"), &json!(1), &json!(1)));
    assert_eq!(
        (&card["seats_left"], &card["game"], &card["playing"]),
        (&json!(49), &json!("atlas"), &json!(false))
    );
    assert_eq!((&card["round"], &card["rounds"], &card["settings"]), (&Value::Null, &Value::Null, &open));
    for code in [unlisted.clone(), unlisted.to_lowercase()] {
        let found = get(&server, &format!("/api/rooms/{code}")).await;
        assert_eq!((found.status, &found.json()["code"]), (200, &json!(unlisted)), "{code}");
    }
    // What the host changes shows at once.
    host.must(json!({"type": "start"})).await;
    let card = get(&server, &format!("/api/rooms/{public}")).await.json();
    assert_eq!((&card["playing"], &card["round"], &card["rounds"]), (&json!(true), &json!(1), &json!(3)));
    host.must(json!({"type": "abort"})).await;
    let mut hidden = open.clone();
    hidden["public"] = json!(false);
    host.must(json!({"type": "settings", "settings": hidden})).await;
    assert!(listed().await.0.is_empty());
    host.must(json!({"type": "close"})).await;
    assert_eq!(get(&server, &format!("/api/rooms/{public}")).await.error(), (404, "no_such_room".into()));
    // A daily is never listed, whatever was asked for.
    let (status, daily) = guest.post(&server, "/api/rooms", json!({"daily": true, "settings": open})).await;
    assert_eq!(status, 201);
    let _alone = Client::join(&server, guest, daily["code"].as_str().expect("a code")).await;
    assert!(listed().await.0.is_empty());
}

#[tokio::test]
async fn invitations_never_point_to_localhost() {
    let server = Server::start().await;
    let guest = Guest::new(&server).await;
    let code = guest.room(&server, None).await;
    let port = server.port;
    for (host, kept) in [
        (format!("127.0.0.1:{port}"), false),
        (format!("localhost:{port}"), false),
        (format!("[::1]:{port}"), false),
        (format!("x.localhost:{port}"), false),
        (format!("0.0.0.0:{port}"), false),
        (format!("192.168.7.7:{port}"), true),
        ("party.example".to_owned(), true),
    ] {
        let headers = [("host", host.as_str())];
        let invite = ask(&server, "GET", &format!("/api/rooms/{code}/invite"), &headers, "").await.json();
        let link = invite["link"].as_str().expect("a link");
        assert!(link.ends_with(&format!("/r/{code}")), "{link}");
        if kept {
            assert_eq!(link, format!("http://{host}/r/{code}"));
        } else {
            let shown = link.strip_prefix("http://").expect("http").split('/').next().expect("a host");
            assert!(!snug::http::origin::is_local(shown), "{host} gave {link}");
            assert!(shown.ends_with(&format!(":{port}")), "{link}");
        }
        for lan in invite["lan"].as_array().expect("a list") {
            let lan = lan.as_str().expect("a link").strip_prefix("http://").expect("http");
            assert!(!snug::http::origin::is_local(lan.split('/').next().expect("a host")), "{lan}");
        }
        let qr = ask(&server, "GET", &format!("/api/rooms/{code}/qr.svg"), &headers, "").await;
        assert_eq!((qr.status, qr.header("content-type").as_str()), (200, "image/svg+xml"));
        assert_eq!(qr.header("cache-control"), "no-store");
        assert_eq!(qr.text(), snug::http::qr::svg(link).expect("a picture"), "the code says the link");
    }
    for path in ["/api/rooms/BBBBBB/invite", "/api/rooms/BBBBBB/qr.svg"] {
        assert_eq!(get(&server, path).await.error(), (404, "no_such_room".into()), "{path}");
    }
}

#[tokio::test]
async fn a_search_never_gives_the_running_round_away() {
    let server = Server::start().await;
    let guest = Guest::new(&server).await;
    for (kind, during) in
        [("city", None), ("flag", Some("country")), ("silhouette", Some("country")), ("orbit", Some("any"))]
    {
        let mut wanted = settings(1, None, "watch");
        wanted["game"]["kinds"] = json!([kind]);
        let code = guest.room(&server, Some(wanted)).await;
        let mut client = Client::join(&server, guest.clone(), &code).await;
        let path = format!("/api/rooms/{code}/places?q=pa");
        let kinds = |found: &Value| -> Vec<String> {
            found["places"]
                .as_array()
                .expect("places")
                .iter()
                .map(|p| p["kind"].as_str().expect("a kind").to_owned())
                .collect()
        };
        let (status, found) = guest.get(&server, &path).await;
        assert!(status == 200 && kinds(&found).contains(&"city".to_owned()), "in the lobby: {found}");
        client.must(json!({"type": "start"})).await;
        let (status, found) = guest.get(&server, &path).await;
        match during {
            None => assert_eq!((status, found["code"].as_str()), (409, Some("search_closed")), "{kind}"),
            Some("country") => {
                assert_eq!(status, 200);
                assert!(
                    !kinds(&found).is_empty() && kinds(&found).iter().all(|kind| kind == "country"),
                    "{kind}: {found}"
                );
            }
            Some(_) => {
                assert!(status == 200 && kinds(&found).contains(&"city".to_owned()), "{kind}: {found}");
            }
        }
        client.must(crate::support::client::lock(1, 0.0, 0.0)).await;
        let (status, _) = guest.get(&server, &path).await;
        assert_eq!(status, 200, "{kind}: the match is over");
    }
}

//! The base map and the list of countries.

use crate::support::http::{ask, get};
use crate::support::{Guest, Server};

#[tokio::test]
async fn tiles_are_kept_known_empty_or_not_there() {
    let server = Server::start().await;
    let tile = get(&server, "/map/tiles/0/0/0").await;
    assert_eq!((tile.status, tile.header("content-type").as_str()), (200, "application/x-protobuf"));
    assert_eq!((tile.header("content-encoding").as_str(), &tile.body[..2]), ("gzip", &[0x1f, 0x8b][..]));
    assert!(tile.header("cache-control").contains("max-age"));
    let etag = tile.header("etag");
    for (known, status) in [(etag.as_str(), 304), ("\"other\"", 200), ("*", 304)] {
        let again = ask(&server, "GET", "/map/tiles/0/0/0", &[("if-none-match", known)], "").await;
        assert_eq!((again.status, again.body.is_empty()), (status, status == 304), "{known}");
    }
    let shade = get(&server, "/map/shade/0/0/0").await;
    assert_eq!((shade.status, shade.header("content-type").as_str()), (200, "image/webp"));
    let picture = image::load_from_memory(&shade.body).expect("a picture");
    assert!(picture.width() >= 256);
    // Every tile of a zoom is there or empty; at least one is each.
    let mut seen = [0, 0];
    for x in 0..16 {
        for y in 0..16 {
            let tile = get(&server, &format!("/map/tiles/4/{x}/{y}")).await;
            match tile.status {
                200 => seen[0] += 1,
                204 => seen[1] += 1,
                other => panic!("4/{x}/{y}: {other}"),
            }
        }
    }
    assert!(seen[0] > 100, "{seen:?}");
    for path in ["/map/tiles/7/0/0", "/map/tiles/0/1/0", "/map/tiles/3/0/8", "/map/shade/9/0/0", "/map/none"]
    {
        assert_eq!(get(&server, path).await.error().0, 404, "{path}");
    }
    for path in ["/map/tiles/a/0/0", "/map/tiles/0/-1/0", "/map/tiles/0/0/99999999999"] {
        assert_eq!(get(&server, path).await.error().0, 400, "{path}");
    }
    let fallback = get(&server, "/map/fallback.json").await.json();
    assert_eq!(fallback["type"], "Topology");
    assert!(fallback["objects"].as_object().is_some_and(|objects| !objects.is_empty()));
}

#[tokio::test]
async fn countries_are_listed_with_their_spellings() {
    let server = Server::start().await;
    let list = get(&server, "/api/atlas/countries").await;
    let list = list.json();
    let list = list.as_array().expect("a list");
    assert!(list.len() > 190, "{}", list.len());
    let find =
        |iso: &str| list.iter().find(|country| country["iso"] == iso).unwrap_or_else(|| panic!("{iso}"));
    assert_eq!(find("HR")["name"], "Croatia");
    assert_eq!(
        (find("CZ")["continent"].as_str(), find("CZ")["playable"].as_bool()),
        (Some("EU"), Some(true))
    );
    for country in list {
        assert!(
            country["lat"].is_f64() && country["bbox"].is_array() && country["alts"].is_array(),
            "{country}"
        );
    }
}

#[tokio::test]
async fn searches_find_what_people_type() {
    let server = Server::start().await;
    let guest = Guest::new(&server).await;
    let code = guest.room(&server, None).await;
    for (typed, name) in [
        ("zagreb", "Zagreb"),
        ("zag", "Zagreb"),
        ("são paulo", "São Paulo"),
        ("SAO PAULO", "São Paulo"),
        ("köln", "Köln"),
        ("croat", "Croatia"),
    ] {
        let path = format!("/api/rooms/{code}/places?q={}", typed.replace(' ', "%20"));
        let (status, found) = guest.get(&server, &path).await;
        assert_eq!(status, 200);
        let names: Vec<_> =
            found["places"].as_array().expect("places").iter().map(|place| place["name"].clone()).collect();
        assert!(names.iter().any(|found| found == name), "{typed}: {names:?}");
        assert!(names.len() <= 8);
    }
    for typed in ["", "%20", "qqqqqqqq", "%F0%9F%98%80"] {
        let (status, found) = guest.get(&server, &format!("/api/rooms/{code}/places?q={typed}")).await;
        assert_eq!((status, found["places"].as_array().map(Vec::len)), (200, Some(0)), "{typed}");
    }
    assert_eq!(get(&server, &format!("/api/rooms/{code}/places?q=a")).await.error().0, 401);
}

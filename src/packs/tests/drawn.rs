//! What is drawn.

use super::render::{HEIGHT, WIDTH};
use super::*;

/// Rows of red, green, blue.
fn pixels(spec: &PictureSpec) -> Vec<u8> {
    let picture = render::render(&pack(), spec).unwrap();
    let image = image::load_from_memory(&picture.bytes).unwrap().into_rgb8();
    assert_eq!((image.width(), image.height()), (WIDTH, HEIGHT));
    image.into_raw()
}

/// The share of the picture that is land in a silhouette, and of its box.
fn yellow(iso: &str) -> (f64, f64) {
    let rgb = pixels(&country(Kind::Silhouette, iso));
    let (mut count, mut low, mut high) = (0u32, (WIDTH, HEIGHT), (0, 0));
    for (i, p) in (0u32..).zip(rgb.chunks_exact(3)) {
        if p[0] > 200 && p[2] < 120 {
            let (x, y) = (i % WIDTH, i / WIDTH);
            count += 1;
            (low, high) = ((low.0.min(x), low.1.min(y)), (high.0.max(x), high.1.max(y)));
        }
    }
    let all = f64::from(WIDTH * HEIGHT);
    (f64::from(count) / all, f64::from((high.0 - low.0) * (high.1 - low.1)) / all)
}

#[test]
fn far_islands_do_not_shrink_a_silhouette() {
    // Chile is a line, so its box is thin; the others' largest part fills the picture.
    for (iso, least, least_box) in [
        ("CL", 0.015, 0.05),
        ("NZ", 0.04, 0.2),
        ("US", 0.06, 0.3),
        ("FJ", 0.02, 0.2),
        ("RU", 0.06, 0.3),
        ("NO", 0.05, 0.3),
        ("FR", 0.15, 0.4),
        ("PT", 0.08, 0.15),
        ("EC", 0.12, 0.3),
        ("ES", 0.15, 0.4),
    ] {
        let (land, whole) = yellow(iso);
        assert!(land > least && whole > least_box, "{iso}: {land:.3} {whole:.3}");
    }
}

#[test]
fn every_kind_is_drawn_everywhere_with_nothing_but_the_picture() {
    for kind in [Kind::Orbit, Kind::Lights, Kind::Relief, Kind::Rivers] {
        for (lat, lon) in [(45.8, 16.0), (-17.7, 178.8), (71.0, -179.5)] {
            let spec = place(kind, lat, lon, 12.0);
            let picture = render::render(&pack(), &spec).unwrap();
            assert_eq!(picture.bytes.len() % render::STEP, 0);
            let rgb = pixels(&spec);
            assert!(rgb.iter().max() > rgb.iter().min(), "{kind:?} {lat} {lon}");
        }
    }
    for kind in [Kind::Flag, Kind::Stars] {
        let rgb = pixels(&country(kind, "HR"));
        assert!(rgb.iter().max() > rgb.iter().min());
    }
}

#[test]
fn what_cannot_be_drawn_is_told() {
    let no = |spec: PictureSpec| render::render(&pack(), &spec).unwrap_err();
    assert_eq!(no(country(Kind::Flag, "QQ")), RenderError::NothingToDraw("QQ".into()));
    assert_eq!(no(country(Kind::Silhouette, "")), RenderError::NothingToDraw(String::new()));
    assert_eq!(no(country(Kind::Stars, "AQ")), RenderError::NothingToDraw("AQ".into()));
    assert_eq!(no(place(Kind::City, 0.0, 0.0, 9.0)), RenderError::NoPicture(Kind::City));
}

#[test]
fn a_picture_is_drawn_once_and_differs_between_matches() {
    let pictures = Pictures::new(pack());
    let one = country(Kind::Flag, "HR");
    let (first, again) = (pictures.get(&one).unwrap(), pictures.get(&one).unwrap());
    assert!(Arc::ptr_eq(&first, &again));
    let other = PictureSpec { token: "another match".into(), ..one };
    assert_ne!(pictures.get(&other).unwrap().bytes, first.bytes);
}

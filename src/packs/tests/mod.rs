//! The embedded content as a whole: what is asked, what is drawn.

mod content;
mod drawn;

use super::*;
use crate::games::atlas::{Difficulty, Kind, PictureSpec, Point, Region, Settings};
use std::sync::{Arc, OnceLock};

const LEVELS: [Difficulty; 3] = [Difficulty::Easy, Difficulty::Normal, Difficulty::Hard];

/// One pack for all tests: it is read-only.
fn pack() -> Arc<Pack> {
    static PACK: OnceLock<Arc<Pack>> = OnceLock::new();
    PACK.get_or_init(|| Arc::new(Pack::embedded().unwrap())).clone()
}

fn settings(region: Region, difficulty: Difficulty) -> Settings {
    Settings { region, difficulty, ..Settings::default() }
}

fn place(kind: Kind, lat: f64, lon: f64, height_deg: f64) -> PictureSpec {
    let token = format!("{kind:?}{lat}{lon}{height_deg}");
    PictureSpec { token, kind, centre: Point { lat, lon }, height_deg, turn_deg: 0.0, country: String::new() }
}

fn country(kind: Kind, iso: &str) -> PictureSpec {
    let centre = Point { lat: 0.0, lon: 0.0 };
    PictureSpec {
        token: format!("{kind:?}{iso}"),
        kind,
        centre,
        height_deg: 0.0,
        turn_deg: 0.0,
        country: iso.into(),
    }
}

//! Disputed areas: nothing in them is ever an answer or the centre of a picture.

use super::bytes::Damaged;
use crate::games::atlas::Point;
use figment::Figment;
use figment::providers::{Format, Toml};
use serde::Deserialize;

/// The areas' boxes: west, south, east, north in degrees.
#[derive(Debug, Clone)]
pub(crate) struct Areas {
    boxes: Vec<[f64; 4]>,
}

#[derive(Deserialize)]
struct File {
    areas: Vec<Area>,
}

#[derive(Deserialize)]
struct Area {
    r#box: [f64; 4],
}

impl Areas {
    /// Reads `disputed.toml`.
    pub(crate) fn parse(text: &str) -> Result<Self, Damaged> {
        let file: File =
            Figment::from(Toml::string(text)).extract().map_err(|_| Damaged("its areas cannot be read"))?;
        Ok(Self { boxes: file.areas.into_iter().map(|a| a.r#box).collect() })
    }

    /// Whether a place lies in one of them.
    pub(crate) fn contain(&self, at: Point) -> bool {
        self.boxes.iter().any(|[w, s, e, n]| (*w..=*e).contains(&at.lon) && (*s..=*n).contains(&at.lat))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_contain_their_edges() {
        let areas =
            Areas::parse("[neutral]\nEH='x'\n[[areas]]\nname='a'\nreason='b'\nbox=[10, 20, 11.5, 21]")
                .unwrap();
        assert!(areas.contain(Point { lat: 20.0, lon: 11.5 }));
        assert!(!areas.contain(Point { lat: 19.9, lon: 11.0 }));
        assert!(!areas.contain(Point { lat: 20.5, lon: 11.6 }));
        assert!(Areas::parse("[[areas]]\nbox=[1,2]").is_err());
    }
}

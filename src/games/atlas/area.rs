//! How far a pin is from a country: 0 inside its border, else the geodesic to the border's nearest point.

use super::geo::{Unit, distance_m};
use super::{Border, Point};

/// Units of a border's numbers in one degree.
const PER_DEGREE: f64 = 1e4;
/// Edges are straight in longitude and latitude (the 49th parallel stays on it), but the search below follows great
/// circles: longer edges are cut into pieces of at most half a degree, which keeps the two within about 100 m of each
/// other.
const PIECE: u32 = 5_000;

/// A border made ready for many measurements. Building it costs about as much as a few of them.
#[derive(Debug)]
pub struct Area<'a> {
    border: &'a Border,
    /// Every ring in short pieces, closed, one after the other.
    pieces: Vec<Piece>,
}

/// A short piece of border: part of a great circle.
#[derive(Debug)]
struct Piece {
    from: Unit,
    to: Unit,
    /// Straight length through the Earth, in radii.
    length: f64,
}

impl<'a> Area<'a> {
    /// `None` for a border without any point.
    pub fn new(border: &'a Border) -> Option<Self> {
        let mut pieces = Vec::with_capacity(border.rings.iter().map(Vec::len).sum());
        for ring in &border.rings {
            let Some(&last) = ring.last() else { continue };
            let (mut previous, mut from) = (last, unit(f64::from(last.0), f64::from(last.1)));
            for &next in ring {
                let (dx, dy) = (i64::from(next.0 - previous.0), i64::from(next.1 - previous.1));
                let count = (dx.unsigned_abs().max(dy.unsigned_abs()) as u32).div_ceil(PIECE).max(1);
                for i in 1..=count {
                    let part = f64::from(i) / f64::from(count);
                    let x = f64::from(previous.0) + part * dx as f64;
                    let y = f64::from(previous.1) + part * dy as f64;
                    let to = unit(x, y);
                    pieces.push(Piece { from, to, length: libm::sqrt(from.chord2(to)) });
                    from = to;
                }
                previous = next;
            }
        }
        (!pieces.is_empty()).then_some(Self { border, pieces })
    }

    /// Whole metres from `point` to the country, 0 inside.
    pub fn distance_m(&self, point: Point) -> u32 {
        if self.contains(point) { 0 } else { distance_m(point, self.nearest(point)) }
    }

    /// Even-odd rule over all rings, on the plane of longitude and latitude. The rings are cut at the antimeridian,
    /// so none wraps.
    fn contains(&self, point: Point) -> bool {
        let (x, y) = (point.lon * PER_DEGREE, point.lat * PER_DEGREE);
        let mut inside = false;
        for ring in &self.border.rings {
            let Some(&last) = ring.last() else { continue };
            let mut previous = last;
            for &next in ring {
                let ((x1, y1), (x2, y2)) = (previous, next);
                let (y1, y2) = (f64::from(y1), f64::from(y2));
                if (y1 > y) != (y2 > y) {
                    let (x1, x2) = (f64::from(x1), f64::from(x2));
                    inside ^= x < (x2 - x1) * (y - y1) / (y2 - y1) + x1;
                }
                previous = next;
            }
        }
        inside
    }

    /// The point of the border nearest to `point` on the sphere.
    fn nearest(&self, point: Point) -> Point {
        let pin = Unit::from(point);
        // First the nearest corner: cheap, and it bounds which pieces can be nearer.
        let (mut best, mut best2) = (pin, f64::INFINITY);
        for piece in &self.pieces {
            let d2 = pin.chord2(piece.from);
            if d2 < best2 {
                (best, best2) = (piece.from, d2);
            }
        }
        let reach = libm::sqrt(best2);
        for piece in &self.pieces {
            let far = reach + piece.length;
            if pin.chord2(piece.from) > far * far {
                continue;
            }
            if let Some(foot) = piece.foot(pin) {
                let d2 = pin.chord2(foot);
                if d2 < best2 {
                    (best, best2) = (foot, d2);
                }
            }
        }
        best.into()
    }
}

impl Piece {
    /// Where the perpendicular from `pin` meets the piece; `None` when it meets its great circle elsewhere (then an
    /// end is nearest).
    fn foot(&self, pin: Unit) -> Option<Unit> {
        let pole = self.from.cross(self.to).normalised()?;
        let foot = pin.plus(-pin.dot(pole), pole).normalised()?;
        let within = self.from.cross(foot).dot(pole) >= 0.0 && foot.cross(self.to).dot(pole) >= 0.0;
        within.then_some(foot)
    }
}

fn unit(x: f64, y: f64) -> Unit {
    Unit::of_degrees(y / PER_DEGREE, x / PER_DEGREE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::atlas::testing::{at, boxed};
    use proptest::prelude::*;

    /// The definition, slowly: the shortest geodesic to any of very many points along the border.
    fn brute(border: &Border, point: Point) -> u32 {
        let mut best = u32::MAX;
        for ring in &border.rings {
            for (i, &(x2, y2)) in ring.iter().enumerate() {
                let (x1, y1) = ring[(i + ring.len() - 1) % ring.len()];
                for step in 0..=400 {
                    let along = |a: i32, b: i32| {
                        (f64::from(a) + f64::from(step) / 400.0 * (f64::from(b) - f64::from(a))) / PER_DEGREE
                    };
                    best = best.min(distance_m(point, at(along(y1, y2), along(x1, x2))));
                }
            }
        }
        best
    }

    fn distance(border: &Border, point: Point) -> u32 {
        Area::new(border).unwrap().distance_m(point)
    }

    #[test]
    fn inside_is_zero_and_holes_and_islands_count() {
        let mut border = boxed(&[(0.0, 0.0, 10.0, 10.0)]);
        border.rings.push(boxed(&[(4.0, 4.0, 6.0, 6.0)]).rings.remove(0));
        border.rings.push(boxed(&[(20.0, 0.0, 21.0, 1.0)]).rings.remove(0));
        assert_eq!(distance(&border, at(2.0, 2.0)), 0);
        assert_eq!(distance(&border, at(0.5, 20.5)), 0);
        // In the hole: to the hole's rim, one degree away.
        let hole = distance(&border, at(5.0, 5.0));
        assert!(hole.abs_diff(distance_m(at(5.0, 5.0), at(5.0, 6.0))) < 800, "{hole}");
        // In the sea between, nearer to the island.
        assert_eq!(distance(&border, at(0.5, 18.0)), distance_m(at(0.5, 18.0), at(0.5, 20.0)));
    }

    #[test]
    fn a_long_straight_border_on_a_parallel_stays_on_it() {
        // Like the 49th parallel: a great circle between the corners would run 90 km further north.
        let border = boxed(&[(-123.0, 30.0, -95.0, 49.0)]);
        let d = distance(&border, at(49.05, -109.0));
        assert!(d.abs_diff(distance_m(at(49.05, -109.0), at(49.0, -109.0))) < 150, "{d}");
        assert_eq!(distance(&border, at(48.99, -109.0)), 0);
    }

    #[test]
    fn across_the_antimeridian() {
        // A country on both sides, cut at 180: in it, on the cut, and in the sea on either side.
        let border = boxed(&[(178.0, -20.0, 180.0, -16.0), (-180.0, -20.0, -179.0, -16.0)]);
        for inside in [179.0, 180.0, -180.0, -179.5] {
            assert_eq!(distance(&border, at(-18.0, inside)), 0, "{inside}");
        }
        let d = distance(&border, at(-18.0, -178.0));
        assert!(d.abs_diff(distance_m(at(-18.0, -178.0), at(-18.0, -179.0))) <= 1, "{d}");
        // A country that ends short of it is near from the other side.
        let west = boxed(&[(170.0, -5.0, 179.0, 5.0)]);
        let d = distance(&west, at(0.0, -179.0));
        assert!(d.abs_diff(222_639) < 50, "{d}");
    }

    #[test]
    fn poles_and_empty_borders() {
        let border = boxed(&[(-60.0, 60.0, -20.0, 83.0)]);
        let d = distance(&border, at(90.0, 0.0));
        assert!(d.abs_diff(distance_m(at(90.0, 0.0), at(83.0, -40.0))) < 150, "{d}");
        assert!(Area::new(&Border::default()).is_none());
        assert!(Area::new(&Border { rings: vec![vec![]] }).is_none());
        let dot = Border { rings: vec![vec![(100_000, 0)]] };
        assert_eq!(distance(&dot, at(0.0, 11.0)), distance_m(at(0.0, 11.0), at(0.0, 10.0)));
        // The far side of the world.
        assert!(distance(&dot, at(0.0, -170.0)) > 20_000_000);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// Star-shaped countries of all sizes anywhere, pins anywhere: the search agrees with the definition.
        #[test]
        fn agrees_with_brute_force(
            centre in (-60.0..60.0f64, -150.0..150.0f64),
            radii in proptest::collection::vec(0.3..1.0f64, 3..14),
            size in 0.2..25.0f64,
            pin in (-89.0..89.0f64, -180.0..180.0f64),
            near in any::<bool>(),
        ) {
            let corners = radii.len() as f64;
            let ring = radii.iter().enumerate().map(|(i, r)| {
                let (s, c) = (i as f64 / corners * std::f64::consts::TAU).sin_cos();
                (((centre.1 + size * r * c) * PER_DEGREE) as i32, ((centre.0 + size * r * s) * PER_DEGREE) as i32)
            }).collect();
            let border = Border { rings: vec![ring] };
            let pin = if near { at(centre.0 + pin.0 / 89.0 * 28.0, centre.1 + pin.1 / 6.0) } else { at(pin.0, pin.1) };
            let area = Area::new(&border).unwrap();
            let fast = area.distance_m(pin);
            if area.contains(pin) {
                prop_assert_eq!(fast, 0);
            } else {
                let slow = f64::from(brute(&border, pin));
                // The steps of the slow one are up to 15 km, so it may be a little longer; the sphere may pick a spot
                // that is up to half a percent worse.
                prop_assert!(f64::from(fast) <= slow * 1.005 + 150.0, "{fast} > {slow}");
                prop_assert!(f64::from(fast) + 12_000.0 >= slow, "{fast} < {slow}");
            }
        }
    }
}

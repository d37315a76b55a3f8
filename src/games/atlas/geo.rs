//! Distances on Earth. Metres that count come from the geodesic of the WGS 84 ellipsoid, by `geographiclib-rs`; the
//! sphere only serves to find out between which points to measure.

use super::Point;
use crate::games::Rejection;
use geographiclib_rs::{Geodesic, InverseGeodesic};

/// Length of the geodesic between two points, in whole metres. Rounded, so that the last bits of a platform's
/// arithmetic never decide about a point.
pub fn distance_m(a: Point, b: Point) -> u32 {
    let metres: f64 = Geodesic::wgs84().inverse(a.lat, a.lon, b.lat, b.lon);
    libm::round(metres) as u32
}

impl Point {
    /// The point as the rules keep it: longitude wrapped into −180..=180, both rounded to 1e-5 degrees (about a metre).
    ///
    /// # Errors
    /// `bad_point` when a number is not finite or the latitude is beyond ±90.
    pub fn cleaned(self) -> Result<Self, Rejection> {
        if !self.lat.is_finite() || !self.lon.is_finite() || self.lat.abs() > 90.0 {
            let said =
                "A pin needs a latitude from -90 to 90 and a finite longitude, in degrees: place it again.";
            return Err(Rejection::new("bad_point", said));
        }
        let lon =
            if self.lon.abs() <= 180.0 { self.lon } else { (self.lon + 180.0).rem_euclid(360.0) - 180.0 };
        // Adding 0 turns −0 into 0, so that equal places are equal bytes in the state's hash.
        let quantised = |degrees: f64| libm::round(degrees * 1e5) / 1e5 + 0.0;
        Ok(Self { lat: quantised(self.lat), lon: quantised(lon) })
    }
}

/// A direction from the Earth's centre: a point on the unit sphere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unit(pub(super) [f64; 3]);

impl Unit {
    /// Of a latitude and longitude in degrees.
    pub(super) fn of_degrees(lat: f64, lon: f64) -> Self {
        let (lat, lon) = (lat.to_radians(), lon.to_radians());
        let (sin_lat, cos_lat) = libm::sincos(lat);
        let (sin_lon, cos_lon) = libm::sincos(lon);
        Self([cos_lat * cos_lon, cos_lat * sin_lon, sin_lat])
    }

    pub(super) fn dot(self, other: Self) -> f64 {
        let (a, b) = (self.0, other.0);
        a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
    }

    pub(super) fn cross(self, other: Self) -> Self {
        let (a, b) = (self.0, other.0);
        Self([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])
    }

    /// `self + factor · other`, no longer on the sphere.
    pub(super) fn plus(self, factor: f64, other: Self) -> Self {
        let (a, b) = (self.0, other.0);
        Self([a[0] + factor * b[0], a[1] + factor * b[1], a[2] + factor * b[2]])
    }

    /// Back on the sphere; `None` for (almost) the centre, which has no direction.
    pub(super) fn normalised(self) -> Option<Self> {
        let length = libm::sqrt(self.dot(self));
        (length > 1e-12).then(|| Self(self.0.map(|x| x / length)))
    }

    /// Square of the straight distance through the Earth, in squared radii: orders points as the angle does, and is
    /// cheap.
    pub(super) fn chord2(self, other: Self) -> f64 {
        let d = self.plus(-1.0, other);
        d.dot(d)
    }

    /// The angle between two directions, in radians.
    pub(super) fn angle(self, other: Self) -> f64 {
        2.0 * libm::asin((libm::sqrt(self.chord2(other)) / 2.0).min(1.0))
    }
}

impl From<Point> for Unit {
    fn from(point: Point) -> Self {
        Self::of_degrees(point.lat, point.lon)
    }
}

impl From<Unit> for Point {
    fn from(Unit([x, y, z]): Unit) -> Self {
        // atan2 rather than asin: exact near the poles too.
        let lat = libm::atan2(z, libm::hypot(x, y)).to_degrees();
        Self { lat, lon: libm::atan2(y, x).to_degrees() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::atlas::testing::at;
    use proptest::prelude::*;

    /// dguesser 2, with the geodesic's own figures: London–Paris, New York–London, and a point to itself.
    #[test]
    fn case_02_known_distances() {
        let london = at(51.5074, -0.1278);
        assert!((343_900..=344_100).contains(&distance_m(london, at(48.8566, 2.3522))));
        assert!((5_520_000..=5_620_000).contains(&distance_m(at(40.7128, -74.0060), london)));
        assert_eq!(distance_m(london, london), 0);
        // Half a meridian and nearly antipodal points, where simpler formulas fail to converge.
        assert_eq!(distance_m(at(90.0, 0.0), at(-90.0, 0.0)), 20_003_931);
        assert!((19_900_000..20_003_932).contains(&distance_m(at(0.0, 0.0), at(0.5, 179.7))));
        // Across the antimeridian it is as far as anywhere else on the equator.
        assert_eq!(distance_m(at(0.0, 179.5), at(0.0, -179.5)), distance_m(at(0.0, 10.0), at(0.0, 11.0)));
    }

    #[test]
    fn points_are_wrapped_and_quantised() {
        let cleaned = |lat, lon| at(lat, lon).cleaned().map(|p| (p.lat, p.lon));
        assert_eq!(cleaned(1.000_004, 2.0), Ok((1.0, 2.0)));
        assert_eq!(cleaned(0.0, 190.0), Ok((0.0, -170.0)));
        assert_eq!(cleaned(0.0, -541.0), Ok((0.0, 179.0)));
        assert_eq!(cleaned(90.0, 180.0), Ok((90.0, 180.0)));
        assert_eq!(cleaned(-90.0, -180.0), Ok((-90.0, -180.0)));
        let zero = at(-0.000_000_1, -0.0).cleaned().unwrap();
        assert!(zero.lat.is_sign_positive() && zero.lon.is_sign_positive());
        for bad in
            [at(90.1, 0.0), at(f64::NAN, 0.0), at(0.0, f64::INFINITY), at(0.0, f64::NAN), at(-91.0, 0.0)]
        {
            assert_eq!(bad.cleaned().unwrap_err().code, "bad_point");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_finite_point_lands_in_range(lat in -90.0..=90.0f64, lon in proptest::num::f64::NORMAL) {
            let p = at(lat, lon).cleaned().unwrap();
            prop_assert!((-90.0..=90.0).contains(&p.lat) && (-180.0..=180.0).contains(&p.lon));
            prop_assert_eq!(p.cleaned().unwrap(), p);
        }

        #[test]
        fn units_and_points_convert_both_ways(lat in -89.9..89.9f64, lon in -179.9..179.9f64) {
            let back = Point::from(Unit::from(at(lat, lon)));
            prop_assert!((back.lat - lat).abs() < 1e-9 && (back.lon - lon).abs() < 1e-9);
        }

        #[test]
        fn the_sphere_is_within_a_percent_of_the_geodesic(
            a in (-90.0..90.0f64, -180.0..180.0f64), b in (-90.0..90.0f64, -180.0..180.0f64),
        ) {
            let (a, b) = (at(a.0, a.1), at(b.0, b.1));
            let sphere = Unit::from(a).angle(b.into()) * 6_371_000.0;
            let geodesic = f64::from(distance_m(a, b));
            prop_assert!((sphere - geodesic).abs() <= 0.01 * geodesic + 1.0);
        }
    }
}

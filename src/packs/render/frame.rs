//! Where a picture lies on the Earth: an equal-area projection around its centre, true to shape everywhere on it.

use super::{HEIGHT, WIDTH};
use crate::games::atlas::Point;

/// Lambert's azimuthal equal-area projection; lengths are in degrees at the centre.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Laea {
    sin: f64,
    cos: f64,
    /// Longitude of the centre, degrees.
    pub(crate) lon: f64,
}

impl Laea {
    /// Centred on `at`.
    pub(crate) fn new(at: Point) -> Self {
        let (sin, cos) = at.lat.to_radians().sin_cos();
        Self { sin, cos, lon: at.lon }
    }

    /// East and north of the centre. The far side of the Earth ends up on the edge of the disc.
    pub(crate) fn forward(&self, lon: f64, lat: f64) -> (f64, f64) {
        let (sin, cos) = lat.to_radians().sin_cos();
        let (sin_l, cos_l) = (lon - self.lon).to_radians().sin_cos();
        let near = (1.0 + self.sin * sin + self.cos * cos * cos_l).max(1e-6);
        let k = (2.0 / near).sqrt();
        ((k * cos * sin_l).to_degrees(), (k * (self.cos * sin - self.sin * cos * cos_l)).to_degrees())
    }

    /// The longitude (within ±180 of the centre's, so perhaps beyond ±180) and latitude of a place `x` east and `y` north.
    pub(crate) fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let (x, y) = (x.to_radians(), y.to_radians());
        let rho = x.hypot(y).min(2.0);
        if rho < 1e-9 {
            return (self.lon, self.sin.asin().to_degrees());
        }
        let (sin_c, cos_c) = (2.0 * (rho / 2.0).asin()).sin_cos();
        let lat = (cos_c * self.sin + y * sin_c * self.cos / rho).clamp(-1.0, 1.0).asin();
        let lon = (x * sin_c).atan2(rho * self.cos * cos_c - y * self.sin * sin_c);
        (self.lon + lon.to_degrees(), lat.to_degrees())
    }
}

/// A picture's place on the Earth.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    laea: Laea,
    /// Pixels a degree at the centre.
    pub(crate) scale: f64,
    shift: (f64, f64),
}

/// Longitudes and latitudes of a picture, exact at every [`Mesh::STEP`]th pixel and interpolated between.
pub(crate) struct Mesh {
    nodes: Vec<(f64, f64)>,
    /// West, south, east, north; longitudes run on beyond ±180.
    pub(crate) bounds: [f64; 4],
}

impl Frame {
    /// `height` degrees of latitude from the lower to the upper edge, moved by `shift` pixels.
    pub(crate) fn new(centre: Point, height: f64, shift: (f64, f64)) -> Self {
        // Nearer than 75° to a pole a frame could contain it, where no window of an equirectangular sheet can follow.
        let centre = Point { lat: centre.lat.clamp(-75.0, 75.0), lon: centre.lon };
        Self { laea: Laea::new(centre), scale: f64::from(HEIGHT) / height.clamp(2.0, 28.0), shift }
    }

    /// Pixel of a place.
    pub(crate) fn pixel(&self, lon: f64, lat: f64) -> (f64, f64) {
        let (x, y) = self.laea.forward(lon, lat);
        (
            f64::from(WIDTH) / 2.0 + self.shift.0 + x * self.scale,
            f64::from(HEIGHT) / 2.0 + self.shift.1 - y * self.scale,
        )
    }

    fn place(&self, px: f64, py: f64) -> (f64, f64) {
        let x = (px - f64::from(WIDTH) / 2.0 - self.shift.0) / self.scale;
        let y = (f64::from(HEIGHT) / 2.0 + self.shift.1 - py) / self.scale;
        self.laea.inverse(x, y)
    }

    /// The places of all pixels.
    pub(crate) fn mesh(&self) -> Mesh {
        let mut nodes = Vec::with_capacity(Mesh::COLUMNS * Mesh::ROWS);
        let mut bounds = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
        for row in 0..Mesh::ROWS {
            for column in 0..Mesh::COLUMNS {
                let (lon, lat) = self.place((column * Mesh::STEP) as f64, (row * Mesh::STEP) as f64);
                bounds = [bounds[0].min(lon), bounds[1].min(lat), bounds[2].max(lon), bounds[3].max(lat)];
                nodes.push((lon, lat));
            }
        }
        Mesh { nodes, bounds }
    }
}

impl Mesh {
    /// Pixels between two exact ones.
    pub(crate) const STEP: usize = 8;
    const COLUMNS: usize = WIDTH as usize / Self::STEP + 1;
    const ROWS: usize = HEIGHT as usize / Self::STEP + 1;

    /// Longitude and latitude of a pixel's centre.
    pub(crate) fn at(&self, x: usize, y: usize) -> (f64, f64) {
        let (column, row) = (x / Self::STEP, y / Self::STEP);
        let fx = ((x % Self::STEP) as f64 + 0.5) / Self::STEP as f64;
        let fy = ((y % Self::STEP) as f64 + 0.5) / Self::STEP as f64;
        let i = row * Self::COLUMNS + column;
        let [a, b, c, d] = [
            self.nodes[i],
            self.nodes[i + 1],
            self.nodes[i + Self::COLUMNS],
            self.nodes[i + Self::COLUMNS + 1],
        ];
        let mix = |a: f64, b: f64, c: f64, d: f64| (a + (b - a) * fx) * (1.0 - fy) + (c + (d - c) * fx) * fy;
        (mix(a.0, b.0, c.0, d.0), mix(a.1, b.1, c.1, d.1))
    }

    /// Whether a box (west, south, east, north in degrees within ±180) may be seen.
    pub(crate) fn sees(&self, [w, s, e, n]: [f64; 4]) -> bool {
        let [west, south, east, north] = self.bounds;
        s <= north
            && n >= south
            && [-360.0, 0.0, 360.0].iter().any(|turn| w + turn <= east && e + turn >= west)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn forward_and_inverse_agree(lat in -75.0f64..75.0, lon in -180.0f64..180.0, x in -20.0f64..20.0, y in -14.0f64..14.0) {
            let laea = Laea::new(Point { lat, lon });
            let (l, p) = laea.inverse(x, y);
            let (bx, by) = laea.forward(l, p);
            prop_assert!((bx - x).abs() < 1e-6 && (by - y).abs() < 1e-6);
            prop_assert!((-90.0..=90.0).contains(&p) && (l - lon).abs() <= 180.0);
        }

        #[test]
        fn a_mesh_follows_its_frame(lat in -75.0f64..75.0, lon in -180.0f64..180.0, height in 8.0f64..24.0, x in 0usize..800, y in 0usize..600) {
            let frame = Frame::new(Point { lat, lon }, height, (0.7, -1.2));
            let (l, p) = frame.mesh().at(x, y);
            let (px, py) = frame.pixel(l, p);
            prop_assert!((px - x as f64 - 0.5).abs() < 1.5 && (py - y as f64 - 0.5).abs() < 1.5, "{px} {py}");
        }
    }

    #[test]
    fn a_frame_across_the_antimeridian_sees_both_sides() {
        let mesh = Frame::new(Point { lat: -17.0, lon: 179.0 }, 10.0, (0.0, 0.0)).mesh();
        assert!(mesh.sees([177.0, -18.0, 179.0, -17.0]) && mesh.sees([-180.0, -18.0, -179.0, -17.0]));
        assert!(!mesh.sees([0.0, -18.0, 20.0, -17.0]) && !mesh.sees([177.0, 40.0, 179.0, 41.0]));
    }
}

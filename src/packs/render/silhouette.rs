//! A country's outline, filled, perhaps turned.

use super::frame::Laea;
use super::land::{add_ring, degrees, main_part};
use super::{HEIGHT, RenderError, WIDTH, canvas, rgb, solid};
use crate::games::atlas::Point;
use crate::packs::Pack;
use crate::packs::countries::code;
use crate::packs::shapes::{Polygon, ring_area};
use tiny_skia::{FillRule, LineCap, LineJoin, PathBuilder, Stroke, Transform};

/// Space around the outline, pixels.
const PADDING: f64 = 56.0;
/// Holes smaller than this share of the country are filled.
const HOLE: f64 = 0.005;

/// Where the country lies in the picture: a projection around its own middle, turned, then fitted.
pub(super) struct Fit {
    laea: Laea,
    turn: (f64, f64),
    scale: f64,
    middle: (f64, f64),
    shift: (f64, f64),
}

impl Fit {
    /// Fits places into the picture; `None` when there are fewer than two different ones.
    pub(super) fn new(places: &[(f64, f64)], turn_deg: f64, shift: (f64, f64), padding: f64) -> Option<Self> {
        let laea = Laea::new(middle(places)?);
        let mut fit = Self {
            laea,
            turn: turn_deg.to_radians().sin_cos(),
            scale: 1.0,
            middle: (0.0, 0.0),
            shift: (0.0, 0.0),
        };
        let (mut low, mut high) = ((f64::MAX, f64::MAX), (f64::MIN, f64::MIN));
        for &(lon, lat) in places {
            let (x, y) = fit.turned(lon, lat);
            low = (low.0.min(x), low.1.min(y));
            high = (high.0.max(x), high.1.max(y));
        }
        let (w, h) = (high.0 - low.0, high.1 - low.1);
        if w.max(h) < 1e-6 {
            return None;
        }
        fit.scale = ((f64::from(WIDTH) - 2.0 * padding) / w).min((f64::from(HEIGHT) - 2.0 * padding) / h);
        fit.middle = (f64::midpoint(low.0, high.0), f64::midpoint(low.1, high.1));
        fit.shift = shift;
        Some(fit)
    }

    fn turned(&self, lon: f64, lat: f64) -> (f64, f64) {
        let (x, y) = self.laea.forward(lon, lat);
        let (sin, cos) = self.turn;
        // Down the picture is positive, so this turns clockwise.
        (x * cos + y * sin, x * sin - y * cos)
    }

    /// Pixel of a place.
    pub(super) fn pixel(&self, lon: f64, lat: f64) -> (f64, f64) {
        let (x, y) = self.turned(lon, lat);
        (
            f64::from(WIDTH) / 2.0 + self.shift.0 + (x - self.middle.0) * self.scale,
            f64::from(HEIGHT) / 2.0 + self.shift.1 + (y - self.middle.1) * self.scale,
        )
    }
}

/// The middle of places on the globe.
fn middle(places: &[(f64, f64)]) -> Option<Point> {
    let mut sum = [0.0; 3];
    for &(lon, lat) in places {
        let ((sin, cos), (sin_l, cos_l)) = (lat.to_radians().sin_cos(), lon.to_radians().sin_cos());
        sum = [sum[0] + cos * cos_l, sum[1] + cos * sin_l, sum[2] + sin];
    }
    let [x, y, z] = sum;
    (x.hypot(y).hypot(z) > 1e-9)
        .then(|| Point { lat: z.atan2(x.hypot(y)).to_degrees(), lon: y.atan2(x).to_degrees() })
}

/// Draws it; the bytes are rows of red, green, blue.
pub(super) fn draw(pack: &Pack, iso: &str, turn_deg: f64, shift: (f64, f64)) -> Result<Vec<u8>, RenderError> {
    let nothing = || RenderError::NothingToDraw(iso.to_owned());
    let all = pack.shapes.polygons(code(iso).ok_or_else(nothing)?, |_| true).map_err(|_| nothing())?;
    let parts = main_part(all);
    // Corners of the outlines, evenly along them, so that a rugged coast does not pull the middle to its side.
    let outline: Vec<(f64, f64)> =
        parts.iter().filter_map(|p| p.rings.first()).flat_map(|r| degrees(r)).collect();
    let fit = Fit::new(&outline, turn_deg, shift, PADDING).ok_or_else(nothing)?;
    let mut path = PathBuilder::new();
    let whole: f64 = parts.iter().map(Polygon::area).sum();
    // Lesotho is seen in South Africa; a hole like that of a rented spaceport would only puzzle.
    let is_seen = |ring: &&Vec<(i32, i32)>| ring_area(ring) > whole * HOLE;
    for ring in
        parts.iter().flat_map(|p| p.rings.iter().take(1).chain(p.rings.iter().skip(1).filter(is_seen)))
    {
        add_ring(&mut path, degrees(ring), |lon, lat| fit.pixel(lon, lat));
    }
    let path = path.finish().ok_or_else(nothing)?;
    let mut canvas = canvas([24, 48, 82], [13, 27, 48])?;
    let identity = Transform::identity();
    let stroke = |width: f32| Stroke {
        width,
        line_cap: LineCap::Round,
        line_join: LineJoin::Round,
        ..Stroke::default()
    };
    // A glow of widening faint lines, then the land; its own thin line closes the seam where the antimeridian cuts it.
    for (width, alpha) in [(26.0, 7), (18.0, 9), (11.0, 12), (6.0, 16)] {
        canvas.stroke_path(&path, &solid(120, 190, 255, alpha), &stroke(width), identity, None);
    }
    canvas.fill_path(&path, &solid(244, 196, 83, 255), FillRule::EvenOdd, identity, None);
    canvas.stroke_path(&path, &solid(244, 196, 83, 255), &stroke(0.9), identity, None);
    Ok(rgb(&canvas))
}

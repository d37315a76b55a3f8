//! A country's cities as stars: no outline, only people's lights.

use super::encode::Dice;
use super::land::main_part;
use super::silhouette::Fit;
use super::{HEIGHT, RenderError, WIDTH};
use crate::packs::Pack;
use crate::packs::countries::code;
use crate::packs::shapes::{DEGREE, Polygon};

/// Space around the outermost city, pixels.
const PADDING: f64 = 52.0;
/// A city by the sea may lie a little outside its country's outline, degrees.
const SLACK: f64 = 0.2;
const NIGHT_MIDDLE: [f32; 3] = [19.0, 24.0, 46.0];
const NIGHT_EDGE: [f32; 3] = [7.0, 9.0, 20.0];

/// Draws it; the bytes are rows of red, green, blue.
pub(super) fn draw(pack: &Pack, iso: &str, dice: &mut Dice) -> Result<Vec<u8>, RenderError> {
    let nothing = || RenderError::NothingToDraw(iso.to_owned());
    let code = code(iso).ok_or_else(nothing)?;
    let mut cities: Vec<(f64, f64, u32)> = pack
        .cities
        .iter()
        .filter(|(_, c)| c.iso == code && !c.is_disputed())
        .map(|(_, c)| (c.point.lon, c.point.lat, c.population))
        .collect();
    of_main_part(pack, code, &mut cities);
    let places: Vec<(f64, f64)> = cities.iter().map(|c| (c.0, c.1)).collect();
    let shift = (dice.swing() * 4.0, dice.swing() * 4.0);
    let fit = Fit::new(&places, 0.0, shift, PADDING).ok_or_else(nothing)?;
    let (w, h) = (WIDTH as usize, HEIGHT as usize);
    let mut light = vec![[0f32; 3]; w * h];
    // Where stars are many, each shines less, so that India is no white blot and Iceland not black.
    let crowd = (places.len() as f32 / 250.0).powf(-0.23).clamp(0.52, 1.6);
    cities.reverse();
    for (lon, lat, people) in cities {
        let (x, y) = fit.pixel(lon, lat);
        let size = (people.max(1_000) as f32).log10() - 3.6; // 15,000 people: 0.6, a million: 2.4, twenty: 3.7
        let radius = (1.05 + 0.98 * size.max(0.3).powf(1.45)) * crowd;
        let warm = (size / 3.4).clamp(0.0, 1.0);
        let colour = [255.0, 158.0 + 92.0 * warm, 84.0 + 128.0 * warm * warm];
        star(&mut light, x as f32, y as f32, radius, colour);
    }
    Ok(light.iter().enumerate().flat_map(|(i, l)| pixel(i, l)).collect())
}

/// Adds a star: a bright disc with a soft edge, and a wide faint glow.
fn star(light: &mut [[f32; 3]], x: f32, y: f32, radius: f32, colour: [f32; 3]) {
    let glow = radius * 3.4 + 3.0;
    let (w, h) = (WIDTH as i32, HEIGHT as i32);
    let reach = (glow * 1.9).ceil() as i32;
    for py in (y as i32 - reach).max(0)..(y as i32 + reach + 1).min(h) {
        for px in (x as i32 - reach).max(0)..(x as i32 + reach + 1).min(w) {
            let (dx, dy) = (px as f32 + 0.5 - x, py as f32 + 0.5 - y);
            let d = dx.hypot(dy);
            let core = (radius + 0.5 - d).clamp(0.0, 1.0);
            let halo = 0.2 * (-(d / glow) * (d / glow) * 3.0).exp();
            let cell = &mut light[(py * w + px) as usize];
            for (value, c) in cell.iter_mut().zip(colour) {
                *value += c * halo * 0.55;
                // The disc covers what it lies on and does not add up, so that crowded cities keep their colour.
                *value = value.max(c * core);
            }
        }
    }
}

fn pixel(index: usize, light: &[f32; 3]) -> [u8; 3] {
    let (x, y) = (
        (index % WIDTH as usize) as f32 / WIDTH as f32 - 0.5,
        (index / WIDTH as usize) as f32 / HEIGHT as f32 - 0.5,
    );
    let edge = (x.hypot(y) * 1.5).min(1.0);
    std::array::from_fn(|c| {
        let ground = NIGHT_MIDDLE[c] + (NIGHT_EDGE[c] - NIGHT_MIDDLE[c]) * edge;
        // Light on light saturates softly.
        (ground + (255.0 - ground) * (1.0 - (-light[c] / 150.0).exp()) * 1.22).min(255.0) as u8
    })
}

/// The cities of the country itself, as [`main_part`] sees it: a few islands an ocean away would shrink all others to a spot.
fn of_main_part(pack: &Pack, code: [u8; 2], cities: &mut Vec<(f64, f64, u32)>) {
    let parts = main_part(pack.shapes.polygons(code, |_| true).unwrap_or_default());
    let near = |p: &Polygon, lon: f64, lat: f64| {
        let [w, s, e, n] = p.bounds.map(|v| f64::from(v) / DEGREE);
        (w - SLACK..=e + SLACK).contains(&lon) && (s - SLACK..=n + SLACK).contains(&lat)
    };
    if !parts.is_empty() {
        cities.retain(|c| parts.iter().any(|p| near(p, c.0, c.1)));
    }
}

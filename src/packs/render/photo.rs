//! Views of the Earth from above: by day, by night, and its relief.

use super::frame::{Frame, Mesh};
use super::sheet::{BLUE, NIGHT, Plane, RELIEF};
use super::{HEIGHT, RenderError, WIDTH, land};
use crate::packs::Pack;

const W: usize = WIDTH as usize;
const H: usize = HEIGHT as usize;
/// The level of the sea in the elevation sheet; 3 is the deepest trench, 247 the highest summit, denser near the sea.
const SEA_LEVEL: f32 = 98.0;

/// Colours of the relief by level: below and above the sea.
const DEPTHS: [(f32, [f32; 3]); 6] = [
    (0.0, [18.0, 42.0, 92.0]),
    (28.0, [32.0, 74.0, 138.0]),
    (55.0, [54.0, 108.0, 168.0]),
    (76.0, [92.0, 150.0, 196.0]),
    (92.0, [136.0, 188.0, 216.0]),
    (100.0, [168.0, 210.0, 226.0]),
];
const HEIGHTS: [(f32, [f32; 3]); 10] = [
    (90.0, [88.0, 148.0, 96.0]),
    (108.0, [118.0, 170.0, 104.0]),
    (124.0, [166.0, 194.0, 122.0]),
    (142.0, [212.0, 210.0, 146.0]),
    (160.0, [222.0, 194.0, 132.0]),
    (178.0, [200.0, 160.0, 108.0]),
    (196.0, [172.0, 128.0, 92.0]),
    (212.0, [152.0, 114.0, 94.0]),
    (226.0, [192.0, 172.0, 162.0]),
    (242.0, [252.0, 252.0, 252.0]),
];

/// Elevation under the picture, and how light falls on it from the upper left.
struct Ground {
    level: Vec<f32>,
    dry: Vec<u8>,
    /// Pixels a degree.
    scale: f32,
}

impl Ground {
    fn new(pack: &Pack, frame: &Frame, mesh: &Mesh) -> Result<Self, RenderError> {
        let window = RELIEF.window(&pack.relief, mesh.bounds)?;
        let mut plane = window.plane(0);
        even_out(&mut plane);
        let level = window.sample(&[&plane], mesh, 1).pop().unwrap_or_default();
        Ok(Self { level, dry: land::dry(pack, frame, mesh)?, scale: frame.scale as f32 })
    }

    /// From -1 (away from the light) to 1 (towards it).
    fn slope(&self, x: usize, y: usize) -> f32 {
        let at = |x: usize, y: usize| self.level[y * W + x];
        let dx = at((x + 1).min(W - 1), y) - at(x.saturating_sub(1), y);
        let dy = at(x, (y + 1).min(H - 1)) - at(x, y.saturating_sub(1));
        // Levels a degree; the light stands in the north-west, as map readers expect. An arctangent keeps flat country
        // lively and mountains from turning black.
        ((dx + dy) * self.scale * 0.0042).atan() / std::f32::consts::FRAC_PI_2
    }

    fn dry(&self, i: usize) -> f32 {
        f32::from(self.dry[i]) / 255.0
    }
}

/// Takes the steps of eight bits and the blocks of the compression out of flat country and leaves mountains sharp.
fn even_out(plane: &mut Plane) {
    let mut soft = plane.clone();
    soft.blur(4);
    let mut rough = Plane {
        values: plane.values.iter().zip(&soft.values).map(|(v, s)| (v - s).abs()).collect(),
        ..*plane
    };
    rough.blur(3);
    for (v, (s, r)) in plane.values.iter_mut().zip(soft.values.iter().zip(&rough.values)) {
        let keep = ((r - 0.5) / 2.0).clamp(0.0, 1.0);
        *v = s + (*v - s) * keep;
    }
}

fn ramp(stops: &[(f32, [f32; 3])], level: f32) -> [f32; 3] {
    let next = stops.partition_point(|s| s.0 <= level).clamp(1, stops.len() - 1);
    let ((a, low), (b, high)) = (stops[next - 1], stops[next]);
    mix(low, high, ((level - a) / (b - a)).clamp(0.0, 1.0))
}

fn mix(a: [f32; 3], b: [f32; 3], t: f32) -> [f32; 3] {
    std::array::from_fn(|i| a[i] + (b[i] - a[i]) * t)
}

/// Calls `colour` for every pixel; the result is rows of red, green, blue.
fn paint(mut colour: impl FnMut(usize, usize, usize) -> [f32; 3]) -> Vec<u8> {
    let mut out = Vec::with_capacity(W * H * 3);
    for y in 0..H {
        for x in 0..W {
            out.extend(colour(x, y, y * W + x).map(|c| c.clamp(0.0, 255.0) as u8));
        }
    }
    out
}

/// Relief: colour by height, light by slope, a crisp coast.
pub(super) fn relief(pack: &Pack, frame: &Frame) -> Result<Vec<u8>, RenderError> {
    let ground = Ground::new(pack, frame, &frame.mesh())?;
    Ok(paint(|x, y, i| {
        let (level, slope, dry) = (ground.level[i], ground.slope(x, y), ground.dry(i));
        let sea = ramp(&DEPTHS, level.min(SEA_LEVEL)).map(|c| c * (1.0 + 0.34 * slope));
        let land = shaded(ramp(&HEIGHTS, level), slope, 0.62);
        mix(sea, land, dry)
    }))
}

/// Light adds warmth, shadow is bluish.
fn shaded(colour: [f32; 3], slope: f32, strength: f32) -> [f32; 3] {
    let s = slope * strength;
    if s >= 0.0 {
        [colour[0] * (1.0 + s) + 10.0 * s, colour[1] * (1.0 + s) + 8.0 * s, colour[2] * (1.0 + s * 0.92)]
    } else {
        [colour[0] * (1.0 + s * 1.04), colour[1] * (1.0 + s), colour[2] * (1.0 + s * 0.86)]
    }
}

/// By day: the colours of the Blue Marble, which are coarse, divided into land and water and put back together along the
/// exact coast, with the finer relief as light and shadow.
pub(super) fn orbit(pack: &Pack, frame: &Frame) -> Result<Vec<u8>, RenderError> {
    let mesh = frame.mesh();
    let window = BLUE.window(&pack.blue, mesh.bounds)?;
    let colours = [window.plane(0), window.plane(1), window.plane(2)];
    let land_share: Vec<f32> = (0..colours[0].values.len())
        .map(|i| {
            let (r, b) = (colours[0].values[i], colours[2].values[i]);
            1.0 - (((b - r) / (b + r + 12.0) - 0.06) / 0.14).clamp(0.0, 1.0)
        })
        .collect();
    let land_share = Plane { values: land_share, ..colours[0] };
    let water_share = Plane { values: land_share.values.iter().map(|v| 1.0 - v).collect(), ..colours[0] };
    let (dry, wet) = (worn(&land_share), worn(&water_share));
    let mut land: Vec<Plane> = colours.iter().map(|c| spread(c, &dry)).collect();
    let water: Vec<Plane> = colours.iter().map(|c| spread(c, &wet)).collect();
    land.iter_mut().for_each(sharpen);
    drop(colours);
    let planes: Vec<&Plane> = land.iter().chain(&water).collect();
    let sampled = window.sample(&planes, &mesh, 3);
    let ground = Ground::new(pack, frame, &mesh)?;
    Ok(paint(|x, y, i| {
        let (slope, dry) = (ground.slope(x, y), ground.dry(i));
        let land = shaded([sampled[0][i], sampled[1][i], sampled[2][i]].map(lift), slope, 0.5);
        let water = [sampled[3][i], sampled[4][i], sampled[5][i]];
        // Shelf seas are lighter than the deep; the fine elevation draws their edge.
        let shelf = ((ground.level[i] - 60.0) / 40.0).clamp(0.0, 1.0);
        let deep = mix([6.0, 22.0, 58.0], [26.0, 82.0, 134.0], shelf);
        let water = mix(water, deep, 0.62).map(|c| c * (1.0 + 0.16 * slope));
        mix(water, land, dry)
    }))
}

/// The marble is dark: forests gain most.
fn lift(c: f32) -> f32 {
    255.0 * (c.clamp(0.0, 255.0) / 255.0).powf(0.82)
}

/// A share without its outermost pixels, whose colours are mixed with the other side's.
fn worn(share: &Plane) -> Plane {
    let (w, h) = (share.width, share.height);
    let values = (0..w * h)
        .map(|i| {
            let (x, y) = (i % w, i / w);
            let mut least = share.values[i];
            for (nx, ny) in [
                (x.saturating_sub(1), y),
                ((x + 1).min(w - 1), y),
                (x, y.saturating_sub(1)),
                (x, (y + 1).min(h - 1)),
            ] {
                least = least.min(share.values[ny * w + nx]);
            }
            least
        })
        .collect();
    Plane { values, ..*share }
}

/// Colours where `share` is 1, and their neighbours' average where it is not, ever wider until something is found.
fn spread(colour: &Plane, share: &Plane) -> Plane {
    let mut out = Plane { values: vec![0.0; colour.values.len()], ..*colour };
    let mut weight = vec![0.0f32; colour.values.len()];
    for radius in [0, 1, 3, 9] {
        let mut sum = Plane {
            values: colour.values.iter().zip(&share.values).map(|(c, s)| c * s).collect(),
            ..*colour
        };
        let mut shares = share.clone();
        sum.blur(radius);
        shares.blur(radius);
        for (i, out) in out.values.iter_mut().enumerate() {
            let part = (shares.values[i] * 4.0).min(1.0) * (1.0 - weight[i]);
            if shares.values[i] > 1e-4 && part > 0.0 {
                *out += part * sum.values[i] / shares.values[i];
                weight[i] += part;
            }
        }
    }
    for (i, out) in out.values.iter_mut().enumerate() {
        *out += (1.0 - weight[i]) * colour.values[i];
    }
    out
}

/// Gives back the contrast that the smooth enlargement takes.
fn sharpen(plane: &mut Plane) {
    let mut soft = plane.clone();
    soft.blur(1);
    for (v, s) in plane.values.iter_mut().zip(soft.values) {
        *v += 0.7 * (*v - s);
    }
}

/// By night: lights with a glow, the real cities as fine points in them, dark land and darker sea.
pub(super) fn lights(pack: &Pack, frame: &Frame) -> Result<Vec<u8>, RenderError> {
    let mesh = frame.mesh();
    let window = NIGHT.window(&pack.night, mesh.bounds)?;
    let (red, blue) = (window.plane(0), window.plane(2));
    let shine =
        red.values.iter().zip(&blue.values).map(|(r, b)| ((r - 0.5 * b - 16.0) / 150.0).clamp(0.0, 1.0));
    let mut shine = Plane { values: shine.collect(), ..red };
    let mut glow = shine.clone();
    glow.blur(2);
    sharpen(&mut shine);
    let mut sampled = window.sample(&[&shine, &glow], &mesh, 2);
    let (glow, mut shine) = (sampled.pop().unwrap_or_default(), sampled.pop().unwrap_or_default());
    let ground = Ground::new(pack, frame, &mesh)?;
    let points = points(pack, frame, &mesh);
    // The enlarged lights alone are blots; the points give them grain, so they are held back where no point is near.
    for (s, p) in shine.iter_mut().zip(&points) {
        *s = s.max(0.0) * (0.62 + 0.5 * p.min(1.0)) + 0.34 * p;
    }
    Ok(paint(|x, y, i| {
        let slope = ground.slope(x, y);
        let land =
            [17.0, 25.0, 50.0].map(|c| c * (1.0 + 0.5 * slope) + (ground.level[i] - 100.0).max(0.0) * 0.035);
        let sea = [6.0, 10.0, 25.0].map(|c| c * (1.0 + 0.2 * slope));
        let dark = mix(sea, land, ground.dry(i));
        let (s, g) = (shine[i].max(0.0), glow[i].max(0.0));
        let bright = (s * 1.5).min(1.4);
        let hue = mix([255.0, 150.0, 62.0], [255.0, 236.0, 190.0], (s * 1.15).min(1.0));
        std::array::from_fn(|c| {
            let light = hue[c] * bright + [255.0, 140.0, 60.0][c] * g * 0.22;
            dark[c] + (255.0 - dark[c]) * (1.0 - (-light / 170.0).exp())
        })
    }))
}

/// The cities of the frame as fine points of light.
fn points(pack: &Pack, frame: &Frame, mesh: &Mesh) -> Vec<f32> {
    let mut out = vec![0f32; W * H];
    for (_, city) in pack.cities.iter() {
        let at = city.point;
        if !mesh.sees([at.lon, at.lat, at.lon, at.lat]) {
            continue;
        }
        let (x, y) = frame.pixel(at.lon, at.lat);
        let size = (city.population.max(5_000) as f32).log10() - 3.7;
        let radius = 0.7 + 0.75 * size.max(0.2).powf(1.25);
        let strength = (0.25 + 0.3 * size).min(1.1);
        let reach = (radius * 2.6).ceil() as i32;
        let (cx, cy) = (x.floor() as i32, y.floor() as i32);
        for py in (cy - reach).max(0)..(cy + reach + 1).min(H as i32) {
            for px in (cx - reach).max(0)..(cx + reach + 1).min(W as i32) {
                let (dx, dy) = (px as f32 + 0.5 - x as f32, py as f32 + 0.5 - y as f32);
                let fade = (-(dx * dx + dy * dy) / (radius * radius)).exp();
                let cell = &mut out[(py * W as i32 + px) as usize];
                *cell = cell.max(strength * fade);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_run_through_their_stops() {
        let same = |a: [f32; 3], b: [f32; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 0.01);
        assert!(same(ramp(&HEIGHTS, 0.0), HEIGHTS[0].1));
        assert!(same(ramp(&HEIGHTS, 500.0), HEIGHTS[9].1));
        let between = ramp(&DEPTHS, 14.0);
        assert!((between[0] - 25.0).abs() < 0.1);
    }

    #[test]
    fn spreading_keeps_what_is_known_and_fills_what_is_not() {
        let plane = |values: Vec<f32>| Plane { width: 30, height: 1, values };
        let colour = plane((0..30).map(|i| if i < 6 { 100.0 } else { 7.0 }).collect());
        let share = plane((0..30).map(|i| if i < 6 { 1.0 } else { 0.0 }).collect());
        let out = spread(&colour, &share);
        assert!((out.values[2] - 100.0).abs() < 0.1 && (out.values[8] - 100.0).abs() < 0.5);
        assert!((out.values[29] - 7.0).abs() < 0.1, "too far away: its own colour");
    }
}

//! Land, lakes and lines of a frame as paths in pixels.

use super::frame::{Frame, Mesh};
use super::{HEIGHT, RenderError, WIDTH};
use crate::packs::Pack;
use crate::packs::lines::Layer;
use crate::packs::shapes::{DEGREE, Polygon};
use tiny_skia::{FillRule, Mask, Path, PathBuilder, Transform};

/// How far beyond the picture outlines are kept, so that no stroke along the cut is seen.
const MARGIN: f64 = 24.0;
/// Longer edges (in degrees) are divided, for a straight line on the map is not one in the picture.
const LONGEST: f64 = 0.5;

/// Adds a ring of places (longitude, latitude in degrees) to a path, cut to the picture.
pub(super) fn add_ring(
    path: &mut PathBuilder,
    ring: impl IntoIterator<Item = (f64, f64)>,
    pixel: impl Fn(f64, f64) -> (f64, f64),
) {
    let ring: Vec<(f64, f64)> = ring.into_iter().collect();
    let mut points = Vec::with_capacity(ring.len() + 8);
    for (i, &a) in ring.iter().enumerate() {
        divide(a, ring[(i + 1) % ring.len()], |lon, lat| points.push(pixel(lon, lat)));
    }
    let points = cut(points);
    let mut all = points.into_iter();
    if let Some(first) = all.next() {
        path.move_to(first.0 as f32, first.1 as f32);
        for p in all {
            path.line_to(p.0 as f32, p.1 as f32);
        }
        path.close();
    }
}

/// Calls `each` with `a` and points towards `b`, but not `b`.
fn divide(a: (f64, f64), b: (f64, f64), mut each: impl FnMut(f64, f64)) {
    let longest = (b.0 - a.0).abs().max((b.1 - a.1).abs());
    let parts = (longest / LONGEST).ceil().clamp(1.0, 720.0);
    for i in 0..parts as u32 {
        let t = f64::from(i) / parts;
        each(a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t);
    }
}

/// Cuts a polygon to the picture and its margin (Sutherland–Hodgman).
fn cut(mut points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let (right, bottom) = (f64::from(WIDTH) + MARGIN, f64::from(HEIGHT) + MARGIN);
    // Each side: how far a point is inside of it.
    let sides: [&dyn Fn((f64, f64)) -> f64; 4] =
        [&|p| p.0 + MARGIN, &|p| right - p.0, &|p| p.1 + MARGIN, &|p| bottom - p.1];
    for inside in sides {
        if points.iter().all(|&p| inside(p) >= 0.0) {
            continue;
        }
        let mut kept = Vec::with_capacity(points.len());
        for (i, &a) in points.iter().enumerate() {
            let b = points[(i + 1) % points.len()];
            let (da, db) = (inside(a), inside(b));
            if da >= 0.0 {
                kept.push(a);
            }
            if (da >= 0.0) != (db >= 0.0) {
                let t = da / (da - db);
                kept.push((a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t));
            }
        }
        points = kept;
    }
    points
}

/// All land in the frame as one path: shared borders cancel out under the even-odd rule and leave no seam.
fn land(pack: &Pack, frame: &Frame, mesh: &Mesh) -> Result<Option<Path>, RenderError> {
    let mut path = PathBuilder::new();
    for code in pack.shapes.codes() {
        let polygons = pack
            .shapes
            .polygons(code, |b| mesh.sees(b.map(|v| f64::from(v) / DEGREE)))
            .map_err(RenderError::damaged("geo/countries.bin"))?;
        for ring in polygons.iter().flat_map(|p| &p.rings) {
            add_ring(&mut path, degrees(ring), |lon, lat| frame.pixel(lon, lat));
        }
    }
    Ok(path.finish())
}

/// A ring in degrees.
pub(super) fn degrees(ring: &[(i32, i32)]) -> impl Iterator<Item = (f64, f64)> + '_ {
    ring.iter().map(|&(lon, lat)| (f64::from(lon) / DEGREE, f64::from(lat) / DEGREE))
}

/// Lakes in the frame.
pub(super) fn lakes(pack: &Pack, frame: &Frame, mesh: &Mesh) -> Result<Option<Path>, RenderError> {
    let mut path = PathBuilder::new();
    pack.lines
        .each(
            Layer::Lake,
            |b| mesh.sees(b),
            |ring| add_ring(&mut path, ring.iter().copied(), |x, y| frame.pixel(x, y)),
        )
        .map_err(RenderError::damaged("geo/lines.bin"))?;
    Ok(path.finish())
}

/// Lines of one layer in the frame.
pub(super) fn lines(
    pack: &Pack,
    frame: &Frame,
    mesh: &Mesh,
    layer: Layer,
) -> Result<Option<Path>, RenderError> {
    let mut path = PathBuilder::new();
    let each = |line: &[(f64, f64)]| {
        let near = |p: (f64, f64)| {
            let x = (-400.0..f64::from(WIDTH) + 400.0).contains(&p.0);
            x && (-400.0..f64::from(HEIGHT) + 400.0).contains(&p.1)
        };
        let mut drawing = false;
        for pair in line.windows(2) {
            let (a, b) = (frame.pixel(pair[0].0, pair[0].1), frame.pixel(pair[1].0, pair[1].1));
            if !near(a) || !near(b) {
                drawing = false;
                continue;
            }
            if !drawing {
                path.move_to(a.0 as f32, a.1 as f32);
                drawing = true;
            }
            path.line_to(b.0 as f32, b.1 as f32);
        }
    };
    pack.lines.each(layer, |b| mesh.sees(b), each).map_err(RenderError::damaged("geo/lines.bin"))?;
    Ok(path.finish())
}

/// How much of each pixel is land, lakes included, 0–255.
pub(super) fn cover(pack: &Pack, frame: &Frame, mesh: &Mesh) -> Result<Vec<u8>, RenderError> {
    Ok(close(&fill(land(pack, frame, mesh)?, FillRule::EvenOdd)?))
}

/// How much of each pixel is dry land, 0–255.
pub(super) fn dry(pack: &Pack, frame: &Frame, mesh: &Mesh) -> Result<Vec<u8>, RenderError> {
    let mut land = cover(pack, frame, mesh)?;
    // The Great Lakes come one by one and again as one; under the even-odd rule they would cancel out.
    let lakes = fill(lakes(pack, frame, mesh)?, FillRule::Winding)?;
    for (l, lake) in land.iter_mut().zip(lakes) {
        *l = (*l).min(255 - lake);
    }
    Ok(land)
}

/// Closes gaps of up to two pixels (grows by one pixel, then shrinks by one): neighbours' outlines are simplified apart here and
/// there, and a row of slivers would show the border between them.
fn close(cover: &[u8]) -> Vec<u8> {
    let grown = around(cover, u8::max);
    around(&grown, u8::min)
}

/// Each pixel and its eight neighbours, drawn together by `pick`.
fn around(from: &[u8], pick: impl Fn(u8, u8) -> u8) -> Vec<u8> {
    let w = WIDTH as usize;
    let mut rows = from.to_vec();
    for (to, row) in rows.chunks_exact_mut(w).zip(from.chunks_exact(w)) {
        for (to, pair) in to[1..].iter_mut().zip(row) {
            *to = pick(*to, *pair);
        }
        for (to, pair) in to.iter_mut().zip(&row[1..]) {
            *to = pick(*to, *pair);
        }
    }
    let mut out = rows.clone();
    for (to, row) in out[w..].iter_mut().zip(&rows) {
        *to = pick(*to, *row);
    }
    for (to, row) in out.iter_mut().zip(&rows[w..]) {
        *to = pick(*to, *row);
    }
    out
}

fn fill(path: Option<Path>, rule: FillRule) -> Result<Vec<u8>, RenderError> {
    let none = || RenderError::Encode("the canvas could not be made".into());
    let mut mask = Mask::new(WIDTH, HEIGHT).ok_or_else(none)?;
    if let Some(path) = path {
        mask.fill_path(&path, rule, true, Transform::identity());
    }
    Ok(mask.take())
}

/// The polygons that a viewer calls the country itself, largest first.
///
/// The largest, and what lies near it and is not negligible; far islands and overseas parts are left out, so that France is
/// the hexagon and not a dot in the Atlantic. Longitudes are compared the short way round, across the antimeridian.
pub(super) fn main_part(polygons: Vec<Polygon>) -> Vec<Polygon> {
    let mut sized: Vec<(f64, Polygon)> = polygons.into_iter().map(|p| (p.area(), p)).collect();
    sized.sort_by(|a, b| b.0.total_cmp(&a.0));
    let total: f64 = sized.iter().map(|s| s.0).sum();
    let Some((_, largest)) = sized.first() else { return Vec::new() };
    let middle = f64::midpoint(f64::from(largest.bounds[0]), f64::from(largest.bounds[2])) / DEGREE;
    let bounds = |p: &Polygon| {
        let mut b = p.bounds.map(|v| f64::from(v) / DEGREE);
        let turn = ((middle - f64::midpoint(b[0], b[2])) / 360.0).round() * 360.0;
        b[0] += turn;
        b[2] += turn;
        b
    };
    let mut group = bounds(largest);
    let gap = |g: &[f64; 4], b: &[f64; 4]| {
        let k = f64::midpoint(g[1], g[3]).to_radians().cos();
        ((b[0] - g[2]).max(g[0] - b[2]) * k).max((b[1] - g[3]).max(g[1] - b[3])).max(0.0)
    };
    loop {
        let mut grew = false;
        let k = f64::midpoint(group[1], group[3]).to_radians().cos();
        let reach = (0.45 * ((group[2] - group[0]) * k).max(group[3] - group[1])).max(1.2);
        for (area, p) in &sized {
            let b = bounds(p);
            let far = gap(&group, &b);
            let belongs = (*area >= 0.004 * total && far <= reach)
                || (*area >= 0.05 * total && far <= 3.0 * reach)
                || (*area >= 0.001 * total && far <= 0.02);
            if belongs {
                grew |= b[0] < group[0] || b[1] < group[1] || b[2] > group[2] || b[3] > group[3];
                group = [group[0].min(b[0]), group[1].min(b[1]), group[2].max(b[2]), group[3].max(b[3])];
            }
        }
        if !grew {
            break;
        }
    }
    sized.into_iter().map(|s| s.1).filter(|p| gap(&group, &bounds(p)) <= 0.0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(lon: i32, lat: i32, size: i32) -> Polygon {
        let (w, s, e, n) = (lon * 10_000, lat * 10_000, (lon + size) * 10_000, (lat + size) * 10_000);
        Polygon { bounds: [w, s, e, n], rings: vec![vec![(w, s), (e, s), (e, n), (w, n)]] }
    }

    #[test]
    fn far_parts_are_left_out_and_near_ones_kept_across_the_antimeridian() {
        let parts =
            main_part(vec![square(150, 50, 30), square(-180, 60, 8), square(-60, 0, 4), square(20, 50, 1)]);
        let wests: Vec<i32> = parts.iter().map(|p| p.bounds[0] / 10_000).collect();
        assert_eq!(wests, [150, -180]);
        assert!(main_part(Vec::new()).is_empty());
    }

    #[test]
    fn slivers_close_and_straits_stay() {
        let (w, h) = (WIDTH as usize, HEIGHT as usize);
        let mut cover = vec![255u8; w * h];
        for y in 0..h {
            cover[y * w + 100] = 0;
            cover[y * w + 101] = 90;
            cover[y * w + 200..y * w + 210].fill(0);
        }
        let closed = close(&cover);
        let row = &closed[300 * w..301 * w];
        assert!(row[90..110].iter().all(|&c| c == 255));
        assert_eq!(row[195..215], cover[195..215]);
        // An islet of one pixel neither grows nor goes.
        let mut islet = vec![0u8; w * h];
        islet[50 * w + 60] = 200;
        assert_eq!(close(&islet), islet);
    }

    #[test]
    fn a_polygon_around_the_picture_is_cut_to_it() {
        let cut =
            cut(vec![(-5_000.0, -9_000.0), (7_000.0, -9_000.0), (7_000.0, 9_000.0), (-5_000.0, 9_000.0)]);
        assert_eq!(cut.len(), 4);
        assert!(cut.iter().all(|p| p.0 > -24.01 && p.0 < 824.01 && p.1 > -24.01 && p.1 < 624.01));
    }
}

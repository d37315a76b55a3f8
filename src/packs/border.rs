//! A country's border for a deck: few enough points to store with every match, exact enough to score a click.

use super::shapes::{DEGREE, Polygon, ring_area};
use crate::games::atlas::Border;

/// No border has more points than this (about 20 KB in a deck; most have a few hundred).
pub(crate) const MAX_POINTS: usize = 2_000;
/// Detail that is never kept: about 1 km, a seventh of the distance that still gives full marks on a map of the world.
const FINEST: f64 = 0.008;
/// Below this an island is never left out because of its neighbours' nearness alone.
const MAX_COARSE: f64 = 1.5;

/// Simplifies a country's polygons to at most [`MAX_POINTS`] points.
///
/// Starts at about 1 km and coarsens step by step. At every step lines are thinned (Douglas–Peucker) and an island is left out only when
/// it is smaller than the step and lies within a few steps of one that stays, so a click on it is still near; a lonely island
/// stays as a small box however tiny it is.
pub(crate) fn simplify(polygons: &[Polygon]) -> Border {
    let (mut west, mut south, mut east, mut north) = (i32::MAX, i32::MAX, i32::MIN, i32::MIN);
    for b in polygons.iter().map(|p| p.bounds) {
        (west, south, east, north) = (west.min(b[0]), south.min(b[1]), east.max(b[2]), north.max(b[3]));
    }
    let extent = f64::from(east.saturating_sub(west).min(north.saturating_sub(south)).max(0)) / DEGREE;
    // Small countries keep finer detail: their players zoom in.
    let mut step = FINEST.min(extent / 300.0).max(0.0002);
    let mut order: Vec<(f64, &Polygon)> = polygons.iter().map(|p| (p.area(), p)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    loop {
        let rings = at_step(&order, step);
        if rings.iter().map(Vec::len).sum::<usize>() <= MAX_POINTS {
            return Border { rings };
        }
        if step > MAX_COARSE {
            // Hundreds of lonely islets: the largest that fit.
            let mut left = MAX_POINTS;
            let fits =
                |ring: &Vec<(i32, i32)>| left.checked_sub(ring.len()).map(|rest| left = rest).is_some();
            return Border { rings: rings.into_iter().filter(fits).collect() };
        }
        step *= 1.3;
    }
}

fn at_step(order: &[(f64, &Polygon)], step: f64) -> Vec<Vec<(i32, i32)>> {
    let mut kept: Vec<[f64; 4]> = Vec::new();
    let mut rings = Vec::new();
    for (area, polygon) in order {
        let b = polygon.bounds.map(|v| f64::from(v) / DEGREE);
        let reach = step * 8.0;
        let is_near = |k: &[f64; 4]| {
            b[0] < k[2] + reach && b[2] > k[0] - reach && b[1] < k[3] + reach && b[3] > k[1] - reach
        };
        if *area < step * step * 4.0 && kept.iter().any(is_near) {
            continue;
        }
        for (i, ring) in polygon.rings.iter().enumerate() {
            if i > 0 && ring_area(ring) < step * step * 4.0 {
                continue; // a hole no one could click into
            }
            let thin = thin(ring, step * DEGREE);
            if thin.len() >= 3 && ring_area(&thin) > 0.0 {
                rings.push(thin);
            } else if i == 0 {
                let [w, s, e, n] = polygon.bounds;
                rings.push(vec![(w, s), (e, s), (e, n), (w, n)]);
            }
        }
        kept.push(b);
    }
    rings
}

/// Douglas–Peucker on a ring: split at its first point and the one farthest from it.
fn thin(ring: &[(i32, i32)], tolerance: f64) -> Vec<(i32, i32)> {
    let Some(&first) = ring.first() else { return Vec::new() };
    let away = |p: &(i32, i32)| {
        let (dx, dy) = (f64::from(p.0) - f64::from(first.0), f64::from(p.1) - f64::from(first.1));
        dx * dx + dy * dy
    };
    let far = (0..ring.len()).max_by(|&a, &b| away(&ring[a]).total_cmp(&away(&ring[b]))).unwrap_or(0);
    let mut keep = vec![false; ring.len()];
    keep[0] = true;
    keep[far] = true;
    // The second half runs from `far` back to the start, which is index `len`.
    let mut todo = vec![(0, far), (far, ring.len())];
    while let Some((from, to)) = todo.pop() {
        let (a, b) = (ring[from], ring[to % ring.len()]);
        let (mut worst, mut at) = (tolerance, None);
        for (i, &p) in ring.iter().enumerate().take(to).skip(from + 1) {
            let d = off(p, a, b);
            if d > worst {
                (worst, at) = (d, Some(i));
            }
        }
        if let Some(i) = at {
            keep[i] = true;
            todo.push((from, i));
            todo.push((i, to));
        }
    }
    ring.iter().zip(keep).filter_map(|(&p, k)| k.then_some(p)).collect()
}

/// Distance of `p` from the segment `a`–`b`, longitudes shrunk by the cosine of the latitude.
fn off(p: (i32, i32), a: (i32, i32), b: (i32, i32)) -> f64 {
    let k = (f64::from(p.1) / DEGREE).to_radians().cos().max(0.1);
    let flat = |q: (i32, i32)| (f64::from(q.0) * k, f64::from(q.1));
    let ((px, py), (ax, ay), (bx, by)) = (flat(p), flat(a), flat(b));
    let (dx, dy) = (bx - ax, by - ay);
    let len = dx * dx + dy * dy;
    let t = if len > 0.0 { (((px - ax) * dx + (py - ay) * dy) / len).clamp(0.0, 1.0) } else { 0.0 };
    (px - ax - t * dx).hypot(py - ay - t * dy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circle(lon: f64, lat: f64, radius: f64, points: usize) -> Polygon {
        let ring: Vec<(i32, i32)> = (0..points)
            .map(|i| {
                let turn = std::f64::consts::TAU * i as f64 / points as f64;
                (((lon + radius * turn.cos()) * DEGREE) as i32, ((lat + radius * turn.sin()) * DEGREE) as i32)
            })
            .collect();
        let edge = |f: fn(&(i32, i32)) -> i32, max: bool| {
            let all = ring.iter().map(f);
            if max { all.max() } else { all.min() }.unwrap()
        };
        Polygon {
            bounds: [edge(|p| p.0, false), edge(|p| p.1, false), edge(|p| p.0, true), edge(|p| p.1, true)],
            rings: vec![ring],
        }
    }

    #[test]
    fn a_circle_keeps_its_area_with_few_points() {
        let border = simplify(&[circle(20.0, 0.0, 5.0, 5_000)]);
        assert_eq!(border.rings.len(), 1);
        assert!(border.rings[0].len() < 200, "{}", border.rings[0].len());
        assert!((ring_area(&border.rings[0]) - 78.5).abs() < 0.8);
    }

    #[test]
    fn islands_near_the_coast_go_first_and_lonely_ones_stay() {
        let mut all: Vec<Polygon> = (0..900)
            .map(|i| circle(10.0 + f64::from(i % 30) * 0.03, 10.0 + f64::from(i / 30) * 0.03, 0.004, 9))
            .collect();
        all.push(circle(10.0, 10.0, 2.0, 3_000));
        all.push(circle(60.0, -20.0, 0.003, 9));
        let border = simplify(&all);
        assert!(border.rings.iter().map(Vec::len).sum::<usize>() <= MAX_POINTS);
        assert!(border.rings.iter().any(|r| r.iter().all(|p| p.0 > 590_000)), "the lonely island is kept");
    }

    #[test]
    fn even_a_thousand_lonely_islands_end() {
        let all: Vec<Polygon> = (0..1_500)
            .map(|i| circle(f64::from(i % 50) * 7.0 - 175.0, f64::from(i / 50) * 5.0 - 75.0, 0.01, 12))
            .collect();
        let points: usize = simplify(&all).rings.iter().map(Vec::len).sum();
        assert!((1_000..=MAX_POINTS).contains(&points), "{points}");
    }
}

//! Choosing places: spread over the world without measuring against all of them, and how large a pool is.

use super::Candidate;
use super::chance::Dice;
use super::geo::{Unit, distance_m};
use std::collections::BTreeSet;

/// How many candidates are looked at for one choice.
const LOOKS: usize = 16;
/// At most this many of the best are drawn from.
const SHORTLIST: usize = 4;
/// A candidate is as good as the best when it is at least this part as far from the earlier rounds.
const AS_GOOD: f64 = 0.9;

/// Draws the position of one of `pool`, far from `earlier`; positions in `spent` are left out. `None` when all are
/// spent.
///
/// Looks at a few random candidates whatever the pool's size, so it takes microseconds.
pub fn next_place(
    dice: &mut Dice,
    pool: &[Candidate],
    spent: &BTreeSet<usize>,
    earlier: &[Unit],
) -> Option<usize> {
    let looks = if earlier.is_empty() { 1 } else { LOOKS };
    let drawn = sample(dice, pool.len(), spent, looks);
    let near: Vec<f64> = drawn.iter().map(|&i| nearest(pool[i].point.into(), earlier)).collect();
    let list = shortlist(&near);
    list.get(dice.below(list.len())).map(|&i| drawn[i])
}

/// Up to `count` different numbers below `len` that are not `spent`, in random order.
fn sample(dice: &mut Dice, len: usize, spent: &BTreeSet<usize>, count: usize) -> Vec<usize> {
    if len <= spent.len() + 4 * count {
        // Few are left: drawing blindly would mostly miss.
        let mut rest: Vec<usize> = (0..len).filter(|i| !spent.contains(i)).collect();
        dice.shuffle(&mut rest);
        rest.truncate(count);
        return rest;
    }
    let mut drawn = Vec::with_capacity(count);
    while drawn.len() < count {
        let i = dice.below(len);
        if !spent.contains(&i) && !drawn.contains(&i) {
            drawn.push(i);
        }
    }
    drawn
}

/// The angle to the nearest of the earlier places; infinite when there are none.
fn nearest(place: Unit, earlier: &[Unit]) -> f64 {
    earlier.iter().map(|&e| place.angle(e)).fold(f64::INFINITY, f64::min)
}

/// Positions of the candidates that are as good as the best, by their distance to the nearest earlier place; best
/// first.
fn shortlist(near: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..near.len()).collect();
    order.sort_by(|&a, &b| near[b].total_cmp(&near[a]));
    let least = order.first().map_or(0.0, |&best| near[best] * AS_GOOD);
    order.retain(|&i| near[i] >= least);
    order.truncate(SHORTLIST);
    order
}

/// Directions in which a pool's outermost points are looked for.
const DIRECTIONS: usize = 48;
/// So many of the most distant pairs are measured by their geodesic.
const MEASURED: usize = 8;
/// Pools larger than this are first tried by a sample of about this size.
const COARSE: usize = 1024;

/// The largest geodesic distance between any two points of the pools, in metres, or `enough` as soon as that much is
/// found.
///
/// Exact would be quadratic. Instead: the outermost points in many directions, then the farthest points from the ends
/// of the longest pairs, so that the time is linear. The result is never too long, and short by at most about half a
/// percent (tested against the quadratic search).
pub fn largest_distance_m(pools: &[&[Candidate]], enough: f64) -> f64 {
    let total: usize = pools.iter().map(|pool| pool.len()).sum();
    let found = |step: usize| {
        let points: Vec<&Candidate> = pools.iter().flat_map(|pool| pool.iter()).step_by(step).collect();
        longest(&points).min(enough)
    };
    if total >= 2 * COARSE {
        // The whole world is enough after a sample, and most matches are played there.
        let coarse = found(total / COARSE);
        if coarse >= enough {
            return enough;
        }
    }
    found(1)
}

fn longest(points: &[&Candidate]) -> f64 {
    let units: Vec<Unit> = points.iter().map(|c| c.point.into()).collect();
    let mut outer: Vec<usize> = directions().flat_map(|way| extremes(&units, way)).collect();
    outer.sort_unstable();
    outer.dedup();
    let mut pairs: Vec<(usize, usize)> =
        outer.iter().enumerate().flat_map(|(n, &a)| outer[n + 1..].iter().map(move |&b| (a, b))).collect();
    let by_length = |pairs: &mut Vec<(usize, usize)>| {
        let chord = |&(a, b): &(usize, usize)| units[a].chord2(units[b]);
        pairs.sort_by(|p, q| chord(q).total_cmp(&chord(p)).then(p.cmp(q)));
        pairs.dedup();
        pairs.truncate(MEASURED);
    };
    by_length(&mut pairs);
    // From both ends of the longest pairs to whatever is farthest from there.
    let ends: BTreeSet<usize> = pairs.iter().flat_map(|&(a, b)| [a, b]).collect();
    for a in ends {
        let away = units[a];
        if let Some(b) = first_max(units.iter().map(|&u| away.chord2(u))) {
            pairs.push((a.min(b), a.max(b)));
        }
    }
    by_length(&mut pairs);
    pairs.iter().map(|&(a, b)| f64::from(distance_m(points[a].point, points[b].point))).fold(0.0, f64::max)
}

/// Evenly spread directions over half of the sphere (a Fibonacci spiral); the other half are their opposites.
fn directions() -> impl Iterator<Item = Unit> {
    let golden_angle = std::f64::consts::PI * (3.0 - libm::sqrt(5.0));
    (0..DIRECTIONS).map(move |i| {
        let z = (i as f64 + 0.5) / DIRECTIONS as f64;
        let (sin, cos) = libm::sincos(golden_angle * i as f64);
        let around = libm::sqrt(1.0 - z * z);
        Unit([around * cos, around * sin, z])
    })
}

/// The outermost points one way and the opposite way.
fn extremes(units: &[Unit], way: Unit) -> impl Iterator<Item = usize> {
    let most = first_max(units.iter().map(|&u| way.dot(u)));
    let least = first_max(units.iter().map(|&u| -way.dot(u)));
    most.into_iter().chain(least)
}

/// Position of the first of the largest values.
fn first_max(values: impl Iterator<Item = f64>) -> Option<usize> {
    let mut best = None;
    for (i, value) in values.enumerate() {
        if best.is_none_or(|(_, most)| value > most) {
            best = Some((i, value));
        }
    }
    best.map(|(i, _)| i)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::atlas::chance::Stream;
    use crate::games::atlas::deck::SCALE_MAX_M;
    use crate::games::atlas::testing::at;
    use proptest::prelude::*;

    fn pool(places: &[(f64, f64)]) -> Vec<Candidate> {
        let candidate =
            |(i, &(lat, lon)): (usize, &(f64, f64))| Candidate { index: i as u32, point: at(lat, lon) };
        places.iter().enumerate().map(candidate).collect()
    }

    fn draws(places: &[(f64, f64)], earlier: (f64, f64)) -> BTreeSet<usize> {
        let (pool, earlier) = (pool(places), [Unit::from(at(earlier.0, earlier.1))]);
        let mut dice = Dice::new(5, Stream::Choice);
        (0..200).filter_map(|_| next_place(&mut dice, &pool, &BTreeSet::new(), &earlier)).collect()
    }

    /// dguesser 16 (we have no hard minimum).
    #[test]
    fn case_16_spread() {
        assert_eq!(draws(&[(0.2, 0.0), (4.0, 0.0), (1.0, 0.0)], (0.0, 0.0)), BTreeSet::from([1]));
        assert_eq!(draws(&[(0.0, 10.0), (0.0, 9.5), (0.0, 1.0)], (0.0, 0.0)), BTreeSet::from([0, 1]));
    }

    #[test]
    fn the_shortlist_is_short_and_best_first() {
        assert_eq!(shortlist(&[0.2, 4.0, 1.0]), [1]);
        assert_eq!(shortlist(&[9.5, 10.0, 1.0]), [1, 0]);
        assert_eq!(shortlist(&[1.0; 9]).len(), SHORTLIST);
        assert_eq!(shortlist(&[f64::INFINITY]), [0]);
        assert!(shortlist(&[]).is_empty());
    }

    #[test]
    fn the_spent_are_never_drawn_and_all_others_are() {
        let places: Vec<(f64, f64)> =
            (0..90).map(|i| (f64::from(i) - 45.0, f64::from(i) * 3.0 - 130.0)).collect();
        let pool = pool(&places);
        let mut dice = Dice::new(1, Stream::Choice);
        let mut spent = BTreeSet::new();
        let mut earlier = Vec::new();
        while let Some(i) = next_place(&mut dice, &pool, &spent, &earlier) {
            assert!(spent.insert(i), "{i} twice");
            earlier.push(pool[i].point.into());
        }
        assert_eq!(spent.len(), 90);
        assert_eq!(next_place(&mut dice, &[], &BTreeSet::new(), &[]), None);
    }

    /// The definition, slowly.
    fn quadratic(pool: &[Candidate]) -> f64 {
        let mut best = 0;
        for (i, a) in pool.iter().enumerate() {
            for b in &pool[..i] {
                best = best.max(distance_m(a.point, b.point));
            }
        }
        f64::from(best)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Clusters of all sizes and shapes, from a town to a hemisphere.
        #[test]
        fn the_largest_distance_is_close_to_exact(
            centre in (-75.0..75.0f64, -180.0..180.0f64),
            spread in (0.001..1.0f64, 0.001..1.0f64),
            reach in 0.05..60.0f64,
            points in proptest::collection::vec((-1.0..1.0f64, -1.0..1.0f64), 1..120),
            enough in 100_000.0..20_100_000.0f64,
        ) {
            let places: Vec<(f64, f64)> = points.iter().map(|p| {
                ((centre.0 + p.0 * spread.0 * reach).clamp(-90.0, 90.0), centre.1 + p.1 * spread.1 * reach)
            }).collect();
            let pool = pool(&places);
            let (fast, slow) = (largest_distance_m(&[&pool], f64::INFINITY), quadratic(&pool));
            prop_assert!(fast <= slow && fast >= slow * 0.995, "{fast} for {slow}");
            // Cut into several pools it is the same, and it never exceeds what is enough.
            let (a, b) = pool.split_at(pool.len() / 3);
            prop_assert!((largest_distance_m(&[a, b], f64::INFINITY) - fast).abs() < 1e-9);
            prop_assert!((largest_distance_m(&[a, b], enough) - fast.min(enough)).abs() < 1e-9);
        }
    }

    #[test]
    fn large_pools_are_measured_too() {
        // 5,000 points within one country, and the same with the whole world.
        let mut dice = Dice::new(2, Stream::Choice);
        let mut part = || dice.below(10_000) as f64 / 10_000.0;
        let mut places: Vec<(f64, f64)> =
            (0..5000).map(|_| (43.0 + 8.0 * part(), -4.0 + 11.0 * part())).collect();
        places.push((42.0, 9.5));
        let country = pool(&places);
        let (fast, slow) = (largest_distance_m(&[&country], SCALE_MAX_M), quadratic(&country[4000..]));
        assert!(fast >= slow * 0.995 && fast < 1_500_000.0, "{fast} for {slow}");
        places.extend((0..5000).map(|_| (70.0 * part() - 30.0, 360.0 * part() - 180.0)));
        assert!((largest_distance_m(&[&pool(&places)], SCALE_MAX_M) - SCALE_MAX_M).abs() < 1e-9);
        assert!(largest_distance_m(&[], SCALE_MAX_M).abs() < 1e-9);
    }
}

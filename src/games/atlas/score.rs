//! Points. Documented for players: change nothing here without raising the rules version.

/// The most points a distance earns.
pub const MAX_POINTS: u32 = 5000;
/// The most points the time bonus adds.
pub const MAX_BONUS: u32 = 500;
/// Within this part of the scale the answer counts as exact.
const EXACT: f64 = 1.0 / 2000.0;

/// Points for a pin `distance_m` metres from the answer: `5000·exp(−10·d/scale)`, rounded; full marks within
/// scale/2000.
pub fn points(distance_m: u32, scale_m: f64) -> u32 {
    let distance = f64::from(distance_m);
    if distance <= scale_m * EXACT {
        return MAX_POINTS;
    }
    libm::round(f64::from(MAX_POINTS) * libm::exp(-10.0 * distance / scale_m)) as u32
}

/// Time bonus for a lock with `left_ms` of the round's `full_ms` left: up to [`MAX_BONUS`], in proportion to the
/// points and to the time left, rounded half up. Whole numbers only, so it is the same everywhere.
pub fn bonus(points: u32, left_ms: u64, full_ms: u64) -> u32 {
    if full_ms == 0 {
        return 0;
    }
    let (points, most) = (u64::from(points.min(MAX_POINTS)), u64::from(MAX_BONUS));
    let whole = u64::from(MAX_POINTS) * full_ms;
    ((2 * most * points * left_ms.min(full_ms) + whole) / (2 * whole)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::atlas::deck::{SCALE_MAX_M, SCALE_MIN_M};
    use proptest::prelude::*;

    /// dguesser 1, with our formula at the world's scale. (Its own curve was flat: 50 km was still 4995.)
    #[test]
    fn case_01_points_by_distance() {
        let world = |metres| points(metres, SCALE_MAX_M);
        assert_eq!(world(0), 5000);
        assert_eq!(world(100), 5000);
        assert_eq!(world(7_458), 5000);
        assert_eq!(world(7_459), 4975);
        assert_eq!(world(50_000), 4835);
        assert_eq!(world(500_000), 3576);
        assert_eq!(world(2_000_000), 1308);
        assert_eq!(world(4_000_000), 342);
        assert_eq!(world(5_000_000), 175);
        assert_eq!(world(20_003_931), 0);
        // A small region is as hard in its own measure.
        assert_eq!(points(25, SCALE_MIN_M), 5000);
        assert_eq!(points(5_000, SCALE_MIN_M), 1839);
    }

    #[test]
    fn bonus_follows_points_and_time() {
        assert_eq!(bonus(5000, 15_000, 15_000), 500);
        assert_eq!(bonus(5000, 7_500, 15_000), 250);
        assert_eq!(bonus(2500, 7_500, 15_000), 125);
        assert_eq!(bonus(5000, 0, 15_000), 0);
        assert_eq!(bonus(0, 15_000, 15_000), 0);
        assert_eq!(bonus(5000, 99_000, 15_000), 500);
        assert_eq!(bonus(5000, 10, 0), 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn points_never_rise_with_distance(
            a in 0u32..20_100_000, b in 0u32..20_100_000, scale in SCALE_MIN_M..=SCALE_MAX_M,
        ) {
            let (near, far) = (a.min(b), a.max(b));
            prop_assert!(points(near, scale) >= points(far, scale));
            prop_assert!(points(near, scale) <= MAX_POINTS);
        }

        #[test]
        fn full_marks_within_a_two_thousandth(part in 0.0..=1.0f64, scale in SCALE_MIN_M..=SCALE_MAX_M) {
            let metres = (scale / 2000.0 * part).floor() as u32;
            prop_assert_eq!(points(metres, scale), MAX_POINTS);
            prop_assert!(points((scale / 2000.0) as u32 + 1, scale) < MAX_POINTS);
        }

        #[test]
        fn bonus_is_bounded_and_monotone(p in 0u32..=5000, a in 0u64..600_000, b in 0u64..600_000, full in 1u64..600_000) {
            prop_assert!(bonus(p, a.min(b), full) <= bonus(p, a.max(b), full));
            prop_assert!(bonus(p, a, full) <= MAX_BONUS * p / MAX_POINTS + 1);
        }
    }
}

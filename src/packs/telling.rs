//! How much a picture tells: a table of the world in cells of two degrees, made from the pictures themselves.
//!
//! Nobody can say where a patch of even desert or ocean is. Each cell holds four marks from 0 (nothing to see) to 15 for frames of
//! 14° centred on it: colours by day, lights by night, relief, rivers and coast. `telling.bin` is written by the test below.

use super::bytes::Damaged;
use crate::games::atlas::{Kind, Point};

const COLUMNS: usize = 180;
const ROWS: usize = 90;
const LEN: usize = COLUMNS * ROWS * 2;

/// The table: rows from north to south, two bytes a cell.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Telling<'a> {
    cells: &'a [u8],
}

impl<'a> Telling<'a> {
    /// Checks its size.
    pub(crate) fn parse(cells: &'a [u8]) -> Result<Self, Damaged> {
        if cells.len() == LEN { Ok(Self { cells }) } else { Err(Damaged("it has the wrong size")) }
    }

    /// The mark of a picture of this kind centred at `at`; 15 for kinds that show no place.
    pub(crate) fn mark(&self, kind: Kind, at: Point) -> u8 {
        let row = ((90.0 - at.lat) / 2.0).clamp(0.0, (ROWS - 1) as f64) as usize;
        let column = f64::midpoint(at.lon, 180.0).clamp(0.0, (COLUMNS - 1) as f64) as usize;
        let i = (row * COLUMNS + column) * 2;
        match kind {
            Kind::Orbit => self.cells[i] >> 4,
            Kind::Lights => self.cells[i] & 15,
            Kind::Relief => self.cells[i + 1] >> 4,
            Kind::Rivers => self.cells[i + 1] & 15,
            Kind::City | Kind::Silhouette | Kind::Flag | Kind::Stars => 15,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packs::Pack;
    use crate::packs::lines::Layer;
    use crate::packs::render::{BLUE, NIGHT, RELIEF};

    /// Sums and sums of squares of a value in each cell.
    struct Grid(Vec<[f64; 3]>);

    impl Grid {
        fn new() -> Self {
            Self(vec![[0.0; 3]; COLUMNS * ROWS])
        }

        fn add(&mut self, lon: f64, lat: f64, weight: f64, value: f64) {
            let row = (((90.0 - lat) / 2.0) as usize).min(ROWS - 1);
            let column = (f64::midpoint(lon, 180.0) as usize) % COLUMNS;
            let cell = &mut self.0[row * COLUMNS + column];
            *cell = [cell[0] + weight, cell[1] + weight * value, cell[2] + weight * value * value];
        }

        /// Weight, mean and deviation of the frame of 14° by 18° around a cell.
        fn around(&self, row: usize, column: usize) -> (f64, f64, f64) {
            let lat = 89.0 - row as f64 * 2.0;
            let half = (9.0 / lat.to_radians().cos().max(0.15) / 2.0).round() as isize;
            let mut sum = [0.0; 3];
            for r in row.saturating_sub(3)..=(row + 3).min(ROWS - 1) {
                for c in -half..=half {
                    let column = (column as isize + c).rem_euclid(COLUMNS as isize) as usize;
                    sum = std::array::from_fn(|i| sum[i] + self.0[r * COLUMNS + column][i]);
                }
            }
            let mean = sum[1] / sum[0].max(1e-9);
            (sum[0], mean, (sum[2] / sum[0].max(1e-9) - mean * mean).max(0.0).sqrt())
        }
    }

    /// Walks a sheet in strips of one row of tiles.
    fn walk(
        sheet: &crate::packs::render::Sheet,
        archive: &crate::packs::archive::Archive<'_>,
        mut each: impl FnMut(f64, f64, &[u8]),
    ) {
        for row in 0..sheet.rows {
            let height = 180.0 / f64::from(sheet.rows);
            let north = 90.0 - f64::from(row) * height;
            let window =
                sheet.window(archive, [-179.99, north - height + 0.01, 179.99, north - 0.01]).unwrap();
            // Every pixel of the finest sheet would take long and change no mark.
            let step = sheet.tile as usize / 170;
            for y in (0..window.height).step_by(step) {
                for x in (0..window.width).step_by(step) {
                    let (x0, y0) = window.locate(-180.0, north);
                    let lon = -180.0 + (x as f64 - x0) * 360.0 / f64::from(sheet.columns * sheet.tile);
                    let lat = north - (y as f64 - y0) * 180.0 / f64::from(sheet.rows * sheet.tile);
                    if (-180.0..180.0).contains(&lon) && lat <= north && lat > north - height {
                        let i = (y * window.width + x) * sheet.channels;
                        each(lon, lat, &window.data[i..i + sheet.channels]);
                    }
                }
            }
        }
    }

    fn measure(pack: &Pack) -> Vec<u8> {
        let (mut day, mut night, mut relief, mut coast, mut river) =
            (Grid::new(), Grid::new(), Grid::new(), Grid::new(), Grid::new());
        let area = |lat: f64| lat.to_radians().cos().max(0.02);
        walk(&BLUE, &pack.blue, |lon, lat, p| {
            day.add(lon, lat, area(lat), f64::from(p[0]) + f64::from(p[1]) - f64::from(p[2]) * 0.5);
        });
        walk(&NIGHT, &pack.night, |lon, lat, p| {
            let shine = (f64::from(p[0]) - 0.5 * f64::from(p[2]) - 16.0).clamp(0.0, 150.0);
            night.add(lon, lat, area(lat), shine);
        });
        walk(&RELIEF, &pack.relief, |lon, lat, p| relief.add(lon, lat, area(lat), f64::from(p[0])));
        for (layer, grid) in [(Layer::Coast, &mut coast), (Layer::River, &mut river)] {
            pack.lines
                .each(
                    layer,
                    |_| true,
                    |line| {
                        for pair in line.windows(2) {
                            let (a, b) = (pair[0], pair[1]);
                            grid.add(a.0, a.1, ((b.0 - a.0) * area(a.1)).hypot(b.1 - a.1), 1.0);
                        }
                    },
                )
                .unwrap();
        }
        let mark = |value: f64, full: f64| (value / full * 15.0).round().clamp(0.0, 15.0) as u8;
        let mut out = Vec::with_capacity(LEN);
        for row in 0..ROWS {
            for column in 0..COLUMNS {
                let lights = night.around(row, column);
                out.push(mark(day.around(row, column).2, 100.0) << 4 | mark(lights.2, 45.0));
                let lines = coast.around(row, column).0.min(40.0) + river.around(row, column).0;
                out.push(mark(relief.around(row, column).2, 48.0) << 4 | mark(lines, 75.0));
            }
        }
        out
    }

    /// `SNUG_WRITE=1 cargo test --lib packs::telling` writes the table anew when a picture or the lines have changed.
    #[test]
    fn the_table_is_what_the_pictures_say() {
        let pack = Pack::embedded().unwrap();
        let now = measure(&pack);
        if std::env::var_os("SNUG_WRITE").is_some() {
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/packs/telling.bin"), &now).unwrap();
            return;
        }
        let kept = Telling::parse(crate::packs::embedded::TELLING).unwrap();
        let far = now
            .iter()
            .zip(kept.cells)
            .filter(|(a, b)| (*a >> 4).abs_diff(*b >> 4) > 2 || (*a & 15).abs_diff(*b & 15) > 2);
        assert!(far.count() < LEN / 100, "telling.bin is stale: run with SNUG_WRITE=1");
    }

    #[test]
    fn the_alps_tell_more_than_the_pacific() {
        let telling = Telling::parse(crate::packs::embedded::TELLING).unwrap();
        let (alps, ocean) = (Point { lat: 46.0, lon: 10.0 }, Point { lat: -30.0, lon: -130.0 });
        for kind in [Kind::Orbit, Kind::Lights, Kind::Relief, Kind::Rivers] {
            assert!(telling.mark(kind, alps) > telling.mark(kind, ocean) + 3, "{kind:?}");
        }
        assert!(Telling::parse(&[0; 10]).is_err());
    }
}

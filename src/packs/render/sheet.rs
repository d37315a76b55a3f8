//! Pictures of the whole Earth (equirectangular, cut in tiles): only the tiles under a frame are decoded.

use super::frame::Mesh;
use super::{HEIGHT, RenderError, WIDTH};
use crate::packs::archive::{Archive, tile_key};
use image::{DynamicImage, ImageFormat};

/// The layout of one archive.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sheet {
    /// Its name in errors.
    pub(crate) name: &'static str,
    /// Tiles from west to east.
    pub(crate) columns: u32,
    /// Tiles from north to south.
    pub(crate) rows: u32,
    /// Pixels along a tile's edge.
    pub(crate) tile: u32,
    /// Bytes a pixel: 1 grey, 3 colours.
    pub(crate) channels: usize,
}

/// Elevation.
pub(crate) const RELIEF: Sheet =
    Sheet { name: "pictures/relief.bin", columns: 16, rows: 8, tile: 675, channels: 1 };
/// The Earth by day.
pub(crate) const BLUE: Sheet =
    Sheet { name: "pictures/blue.bin", columns: 8, rows: 4, tile: 340, channels: 3 };
/// The Earth by night.
pub(crate) const NIGHT: Sheet =
    Sheet { name: "pictures/night.bin", columns: 8, rows: 4, tile: 340, channels: 3 };

/// The part of a sheet that lies under a frame.
pub(crate) struct Window {
    sheet: Sheet,
    left: i64,
    top: i64,
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) data: Vec<u8>,
}

impl Sheet {
    fn width(&self) -> i64 {
        i64::from(self.columns * self.tile)
    }

    fn height(&self) -> i64 {
        i64::from(self.rows * self.tile)
    }

    /// Decodes what lies under `bounds` (west, south, east, north; may run beyond ±180).
    pub(crate) fn window(
        &self,
        archive: &Archive<'_>,
        [w, s, e, n]: [f64; 4],
    ) -> Result<Window, RenderError> {
        const MARGIN: i64 = 3; // for the taps of the interpolation
        let x = |lon: f64| ((lon + 180.0) / 360.0 * self.width() as f64).floor() as i64;
        let y = |lat: f64| ((90.0 - lat) / 180.0 * self.height() as f64).floor() as i64;
        let (left, top) = (x(w) - MARGIN, (y(n) - MARGIN).max(0));
        let right = (x(e) + MARGIN + 1).min(left + self.width());
        let bottom = (y(s) + MARGIN + 1).min(self.height());
        let (width, height) = ((right - left).max(1) as usize, (bottom - top).max(1) as usize);
        let mut window =
            Window { sheet: *self, left, top, width, height, data: vec![0; width * height * self.channels] };
        let tile = i64::from(self.tile);
        for row in top / tile..=(bottom - 1) / tile {
            for column in left.div_euclid(tile)..=(right - 1).div_euclid(tile) {
                let known = column.rem_euclid(i64::from(self.columns));
                let pixels = self.tile(archive, known as u32, row as u32)?;
                window.paste(&pixels, column * tile, row * tile);
            }
        }
        Ok(window)
    }

    fn tile(&self, archive: &Archive<'_>, column: u32, row: u32) -> Result<Vec<u8>, RenderError> {
        let damaged = || RenderError::Damaged { file: self.name };
        let bytes = archive.get(tile_key(0, column, row)).ok_or_else(damaged)?;
        let picture = decode(bytes).ok_or_else(damaged)?;
        if picture.width() != self.tile || picture.height() != self.tile {
            return Err(damaged());
        }
        Ok(if self.channels == 1 { picture.into_luma8().into_raw() } else { picture.into_rgb8().into_raw() })
    }
}

/// Decodes one embedded WebP.
pub(crate) fn decode(bytes: &[u8]) -> Option<DynamicImage> {
    image::load_from_memory_with_format(bytes, ImageFormat::WebP).ok()
}

impl Window {
    fn paste(&mut self, tile: &[u8], x0: i64, y0: i64) {
        let (c, size) = (self.sheet.channels, i64::from(self.sheet.tile));
        let from = x0.max(self.left);
        let to = (x0 + size).min(self.left + self.width as i64);
        if from >= to {
            return;
        }
        for y in y0.max(self.top)..(y0 + size).min(self.top + self.height as i64) {
            let source = (((y - y0) * size + from - x0) as usize) * c;
            let target = ((y - self.top) as usize * self.width + (from - self.left) as usize) * c;
            let len = (to - from) as usize * c;
            self.data[target..target + len].copy_from_slice(&tile[source..source + len]);
        }
    }

    /// Column and row (with fractions) of a place within the window.
    pub(crate) fn locate(&self, lon: f64, lat: f64) -> (f64, f64) {
        (
            (lon + 180.0) / 360.0 * self.sheet.width() as f64 - 0.5 - self.left as f64,
            (90.0 - lat) / 180.0 * self.sheet.height() as f64 - 0.5 - self.top as f64,
        )
    }

    /// One channel as numbers.
    pub(crate) fn plane(&self, channel: usize) -> Plane {
        let values =
            self.data.iter().skip(channel).step_by(self.sheet.channels).map(|&v| f32::from(v)).collect();
        Plane { width: self.width, height: self.height, values }
    }

    /// The planes as they appear in the picture, one number a pixel.
    ///
    /// `every` > 1 computes only every so manieth pixel and draws lines between: enough where a pixel of the sheet is far wider.
    pub(crate) fn sample(&self, planes: &[&Plane], mesh: &Mesh, every: usize) -> Vec<Vec<f32>> {
        let (w, h) = (WIDTH as usize, HEIGHT as usize);
        let (columns, rows) = (w.div_ceil(every), h.div_ceil(every));
        let mut out: Vec<Vec<f32>> = planes.iter().map(|_| Vec::with_capacity(columns * rows)).collect();
        for row in 0..rows {
            for column in 0..columns {
                let (lon, lat) = mesh.at(column * every, row * every);
                let (sx, sy) = self.locate(lon, lat);
                let taps = Taps::new(sx, sy, self.width, self.height);
                for (plane, out) in planes.iter().zip(&mut out) {
                    out.push(taps.of(&plane.values));
                }
            }
        }
        if every > 1 {
            for plane in &mut out {
                *plane = widen(plane, columns, rows, every);
            }
        }
        out
    }
}

/// Fills a picture from every so manieth of its pixels.
fn widen(few: &[f32], columns: usize, rows: usize, every: usize) -> Vec<f32> {
    let (w, h) = (WIDTH as usize, HEIGHT as usize);
    let mut out = Vec::with_capacity(w * h);
    let mut line = vec![0.0; columns];
    for y in 0..h {
        let (row, t) = (y / every, (y % every) as f32 / every as f32);
        let (upper, lower) = (&few[row * columns..], &few[(row + 1).min(rows - 1) * columns..]);
        for (value, (a, b)) in line.iter_mut().zip(upper.iter().zip(lower)) {
            *value = a + (b - a) * t;
        }
        for x in 0..w {
            let (column, t) = (x / every, (x % every) as f32 / every as f32);
            let (a, b) = (line[column], line[(column + 1).min(columns - 1)]);
            out.push(a + (b - a) * t);
        }
    }
    out
}

/// Numbers in rows.
#[derive(Debug, Clone)]
pub(crate) struct Plane {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) values: Vec<f32>,
}

impl Plane {
    /// Blurs twice with a box of `2 * radius + 1`, which is nearly a Gaussian.
    pub(crate) fn blur(&mut self, radius: usize) {
        if radius == 0 {
            return;
        }
        let mut line = Vec::new();
        for _ in 0..2 {
            for y in 0..self.height {
                box_line(&mut self.values, y * self.width, 1, self.width, radius, &mut line);
            }
            for x in 0..self.width {
                box_line(&mut self.values, x, self.width, self.height, radius, &mut line);
            }
        }
    }
}

fn box_line(values: &mut [f32], start: usize, step: usize, len: usize, radius: usize, line: &mut Vec<f32>) {
    line.clear();
    line.extend((0..len).map(|i| values[start + i * step]));
    let at = |i: isize| line[i.clamp(0, len as isize - 1) as usize];
    let reach = radius as isize;
    let mut sum: f32 = (-reach..=reach).map(at).sum();
    let share = 1.0 / (2 * radius + 1) as f32;
    for i in 0..len {
        values[start + i * step] = sum * share;
        let i = i as isize;
        sum += at(i + reach + 1) - at(i - reach);
    }
}

/// The sixteen neighbours of a place and their weights in a cubic B-spline: smooth to its second derivative, so that neither
/// pixels nor the steps of eight-bit elevation are seen.
struct Taps {
    rows: [usize; 4],
    columns: [usize; 4],
    wx: [f32; 4],
    wy: [f32; 4],
}

impl Taps {
    fn new(x: f64, y: f64, width: usize, height: usize) -> Self {
        let index = |v: f64, len: usize| {
            let base = v.floor() as isize - 1;
            std::array::from_fn(|i| (base + i as isize).clamp(0, len as isize - 1) as usize)
        };
        let rows = index(y, height).map(|r: usize| r * width);
        Self {
            rows,
            columns: index(x, width),
            wx: weights((x - x.floor()) as f32),
            wy: weights((y - y.floor()) as f32),
        }
    }

    fn of(&self, values: &[f32]) -> f32 {
        let mut sum = 0.0;
        for (row, wy) in self.rows.iter().zip(self.wy) {
            let [a, b, c, d] = self.columns.map(|x| values[row + x]);
            sum += wy * (a * self.wx[0] + b * self.wx[1] + c * self.wx[2] + d * self.wx[3]);
        }
        sum
    }
}

fn weights(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    let u = 1.0 - t;
    [
        u * u * u / 6.0,
        (3.0 * t3 - 6.0 * t2 + 4.0) / 6.0,
        (-3.0 * t3 + 3.0 * t2 + 3.0 * t + 1.0) / 6.0,
        t3 / 6.0,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::atlas::Point;
    use crate::packs::archive;
    use crate::packs::render::frame::Frame;
    use std::io::Cursor;

    const SMALL: Sheet = Sheet { name: "test", columns: 4, rows: 2, tile: 9, channels: 1 };

    /// A sheet whose brightness tells the tile: 10 a column, 100 a row.
    fn small() -> Vec<u8> {
        let mut files = Vec::new();
        for column in 0..4u8 {
            for row in 0..2u8 {
                let picture = image::GrayImage::from_pixel(9, 9, image::Luma([column * 10 + row * 100]));
                let mut bytes = Cursor::new(Vec::new());
                DynamicImage::from(picture).to_rgb8().write_to(&mut bytes, ImageFormat::WebP).unwrap();
                files.push((tile_key(0, column.into(), row.into()), bytes.into_inner()));
            }
        }
        archive::build(&files.iter().map(|(k, f)| (*k, &f[..])).collect::<Vec<_>>())
    }

    #[test]
    fn a_window_runs_across_the_antimeridian() {
        let bytes = small();
        let archive = Archive::parse(&bytes).unwrap();
        let window = SMALL.window(&archive, [170.0, 5.0, 190.0, 30.0]).unwrap();
        let at = |lon, lat| {
            let (x, y) = window.locate(lon, lat);
            window.data[y.round() as usize * window.width + x.round() as usize]
        };
        assert_eq!((at(172.0, 20.0), at(188.0, 20.0)), (30, 0));
    }

    #[test]
    fn a_plane_is_sampled_smoothly_and_keeps_its_level() {
        let bytes = small();
        let archive = Archive::parse(&bytes).unwrap();
        let mesh = Frame::new(Point { lat: 45.0, lon: -45.0 }, 20.0, (0.0, 0.0)).mesh();
        let window = SMALL.window(&archive, mesh.bounds).unwrap();
        let mut plane = window.plane(0);
        plane.blur(1);
        let out = window.sample(&[&plane], &mesh, 1);
        let coarse = window.sample(&[&plane], &mesh, 4);
        assert!(out[0].iter().zip(&coarse[0]).all(|(a, b)| (a - b).abs() < 8.0));
        assert_eq!(out[0].len(), (WIDTH * HEIGHT) as usize);
        assert!((out[0][300 * WIDTH as usize + 400] - 10.0).abs() < 0.01, "inside column 1, row 0");
    }

    #[test]
    fn a_missing_tile_is_an_error() {
        let archive = archive::build(&[]);
        assert!(SMALL.window(&Archive::parse(&archive).unwrap(), [0.0, 0.0, 1.0, 1.0]).is_err());
    }
}

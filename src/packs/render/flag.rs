//! A flag on a neutral ground, all in the same frame.

use super::sheet::decode;
use super::{HEIGHT, RenderError, WIDTH, canvas, rgb, solid};
use crate::packs::Pack;
use crate::packs::countries::code;
use image::imageops::FilterType;
use tiny_skia::{FillRule, Path, PathBuilder, Pixmap, Rect, Stroke, Transform};

/// The flag's size in the picture, pixels; its sides are as 4 to 3.
const FLAG: (u32, u32) = (608, 456);

/// Draws it; the bytes are rows of red, green, blue.
pub(super) fn draw(pack: &Pack, iso: &str, shift: (f64, f64)) -> Result<Vec<u8>, RenderError> {
    let nothing = || RenderError::NothingToDraw(iso.to_owned());
    let [a, b] = code(iso).ok_or_else(nothing)?;
    let bytes = pack.flags.get(u64::from(a) << 8 | u64::from(b)).ok_or_else(nothing)?;
    let flag = decode(bytes).ok_or(RenderError::Damaged { file: "pictures/flags.bin" })?;
    let flag = flag.resize_exact(FLAG.0, FLAG.1, FilterType::CatmullRom).into_rgba8();
    let mut canvas = canvas([62, 72, 92], [36, 43, 58])?;
    let (left, top) = (
        f64::from(WIDTH - FLAG.0) / 2.0 + (shift.0 * 2.0).round(),
        f64::from(HEIGHT - FLAG.1) / 2.0 - 4.0 + (shift.1 * 2.0).round(),
    );
    // The shadow: many faint frames around where the flag will be.
    for i in 0..22u8 {
        let grow = f32::from(22 - i) * 1.4;
        if let Some(path) = frame(left as f32 - grow, top as f32 + 12.0 - grow, grow) {
            canvas.fill_path(&path, &solid(6, 9, 16, 8), FillRule::Winding, Transform::identity(), None);
        }
    }
    let mut cloth = Pixmap::new(FLAG.0, FLAG.1).ok_or_else(nothing)?;
    for (to, from) in cloth.pixels_mut().iter_mut().zip(flag.pixels()) {
        let [r, g, b, a] = from.0;
        // Flags that are no rectangle (Nepal) are shown on white cloth, so that every frame is the same.
        let on_white = |c: u8| 255 - ((u16::from(255 - c) * u16::from(a) + 127) / 255) as u8;
        if let Some(colour) =
            tiny_skia::PremultipliedColorU8::from_rgba(on_white(r), on_white(g), on_white(b), 255)
        {
            *to = colour;
        }
    }
    let paint = tiny_skia::PixmapPaint::default();
    canvas.draw_pixmap(left as i32, top as i32, cloth.as_ref(), &paint, Transform::identity(), None);
    if let Some(edge) =
        Rect::from_xywh(left as f32 + 0.5, top as f32 + 0.5, FLAG.0 as f32 - 1.0, FLAG.1 as f32 - 1.0)
    {
        let stroke = Stroke { width: 1.0, ..Stroke::default() };
        canvas.stroke_path(
            &PathBuilder::from_rect(edge),
            &solid(0, 0, 0, 36),
            &stroke,
            Transform::identity(),
            None,
        );
    }
    Ok(rgb(&canvas))
}

/// A rounded rectangle `grow` pixels wider than the flag on each side.
fn frame(left: f32, top: f32, grow: f32) -> Option<Path> {
    let (right, bottom) = (left + FLAG.0 as f32 + 2.0 * grow, top + FLAG.1 as f32 + 2.0 * grow);
    let r = grow + 2.0;
    let mut path = PathBuilder::new();
    path.move_to(left + r, top);
    path.line_to(right - r, top);
    path.quad_to(right, top, right, top + r);
    path.line_to(right, bottom - r);
    path.quad_to(right, bottom, right - r, bottom);
    path.line_to(left + r, bottom);
    path.quad_to(left, bottom, left, bottom - r);
    path.line_to(left, top + r);
    path.quad_to(left, top, left + r, top);
    path.close();
    path.finish()
}

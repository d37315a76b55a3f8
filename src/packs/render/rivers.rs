//! Rivers, lakes and coast without borders and names.

use super::frame::Frame;
use super::sheet::Plane;
use super::{HEIGHT, RenderError, WIDTH, land, rgb, solid};
use crate::packs::Pack;
use crate::packs::lines::Layer;
use tiny_skia::{FillRule, LineCap, LineJoin, Pixmap, PremultipliedColorU8, Stroke, Transform};

const LAND: [f32; 3] = [246.0, 240.0, 224.0];
const SEA: [f32; 3] = [184.0, 212.0, 228.0];
const SHALLOW: [f32; 3] = [226.0, 239.0, 244.0];
const COAST: [f32; 3] = [58.0, 76.0, 98.0];

/// Draws it; the bytes are rows of red, green, blue.
pub(super) fn draw(pack: &Pack, frame: &Frame) -> Result<Vec<u8>, RenderError> {
    let mesh = frame.mesh();
    let mut canvas = ground(&land::cover(pack, frame, &mesh)?)?;
    let identity = Transform::identity();
    let round = |width: f32| Stroke {
        width,
        line_cap: LineCap::Round,
        line_join: LineJoin::Round,
        ..Stroke::default()
    };
    let wide = (frame.scale as f32 / 30.0).clamp(0.8, 1.8);
    if let Some(rivers) = land::lines(pack, frame, &mesh, Layer::River)? {
        canvas.stroke_path(&rivers, &solid(58, 128, 186, 255), &round(2.1 * wide), identity, None);
    }
    if let Some(lakes) = land::lakes(pack, frame, &mesh)? {
        canvas.fill_path(&lakes, &solid(122, 182, 218, 255), FillRule::Winding, identity, None);
        canvas.stroke_path(&lakes, &solid(58, 128, 186, 255), &round(1.1), identity, None);
    }
    Ok(rgb(&canvas))
}

/// Land and sea with a line between and pale shallows. The line is where the softened land is half covered, and not a stroke along
/// outlines: those run along borders too, which must not be seen.
fn ground(cover: &[u8]) -> Result<Pixmap, RenderError> {
    let none = || RenderError::Encode("the canvas could not be made".into());
    let mut edge = Plane {
        width: WIDTH as usize,
        height: HEIGHT as usize,
        values: cover.iter().map(|&c| f32::from(c) / 255.0).collect(),
    };
    edge.blur(1);
    let mut shallow = edge.clone();
    shallow.blur(7);
    let mut canvas = Pixmap::new(WIDTH, HEIGHT).ok_or_else(none)?;
    for (i, to) in canvas.pixels_mut().iter_mut().enumerate() {
        let land = f32::from(cover[i]) / 255.0;
        let near = (shallow.values[i] * 2.2).min(1.0);
        let line = (1.35 - (edge.values[i] - 0.5).abs() / 0.3).clamp(0.0, 1.0);
        let [r, g, b] = std::array::from_fn(|c| {
            let sea = SEA[c] + (SHALLOW[c] - SEA[c]) * near;
            let flat = sea + (LAND[c] - sea) * land;
            (flat + (COAST[c] - flat) * line) as u8
        });
        *to = PremultipliedColorU8::from_rgba(r, g, b, 255).ok_or_else(none)?;
    }
    Ok(canvas)
}

//! Rivers, lakes and coast without borders and names.

use super::frame::Frame;
use super::{RenderError, land, rgb, solid};
use crate::packs::Pack;
use crate::packs::lines::Layer;
use tiny_skia::{FillRule, LineCap, LineJoin, Pixmap, Stroke, Transform};

/// Draws it; the bytes are rows of red, green, blue.
pub(super) fn draw(pack: &Pack, frame: &Frame) -> Result<Vec<u8>, RenderError> {
    let mesh = frame.mesh();
    let none = || RenderError::Encode("the canvas could not be made".into());
    let mut canvas = Pixmap::new(super::WIDTH, super::HEIGHT).ok_or_else(none)?;
    canvas.fill(tiny_skia::Color::from_rgba8(190, 216, 230, 255));
    let identity = Transform::identity();
    let round = |width: f32| Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
    let land_path = land::land(pack, frame, &mesh)?;
    let coast = land::lines(pack, frame, &mesh, Layer::Coast)?;
    // Shallow water: two paler bands along the coast.
    if let Some(coast) = &coast {
        canvas.stroke_path(coast, &solid(205, 226, 236, 255), &round(22.0), identity, None);
        canvas.stroke_path(coast, &solid(218, 234, 241, 255), &round(10.0), identity, None);
    }
    if let Some(path) = &land_path {
        canvas.fill_path(path, &solid(246, 240, 224, 255), FillRule::EvenOdd, identity, None);
    }
    let wide = (frame.scale as f32 / 30.0).clamp(0.8, 1.8);
    if let Some(rivers) = land::lines(pack, frame, &mesh, Layer::River)? {
        canvas.stroke_path(&rivers, &solid(58, 128, 186, 255), &round(2.1 * wide), identity, None);
    }
    if let Some(lakes) = land::lakes(pack, frame, &mesh)? {
        canvas.fill_path(&lakes, &solid(122, 182, 218, 255), FillRule::Winding, identity, None);
        canvas.stroke_path(&lakes, &solid(58, 128, 186, 255), &round(1.1), identity, None);
    }
    if let Some(coast) = &coast {
        canvas.stroke_path(coast, &solid(52, 70, 92, 255), &round(1.5), identity, None);
    }
    Ok(rgb(&canvas))
}

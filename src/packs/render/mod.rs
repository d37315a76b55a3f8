//! Draws the pictures of rounds, 800 × 600 pixels each.
//!
//! A picture's address is a random token, its length a multiple of 64 KiB filled with noise, and it carries no metadata; the
//! same place looks a hair different in every match (a shift of a pixel or so and other noise, both from the token). What is
//! seen is the question itself.

mod encode;
mod flag;
mod frame;
mod land;
mod photo;
mod rivers;
mod sheet;
mod silhouette;
mod stars;

use encode::Dice;
#[cfg(test)]
pub(crate) use encode::STEP;
use frame::Frame;
#[cfg(test)]
pub(crate) use sheet::{BLUE, NIGHT, RELIEF, Sheet};

use super::Pack;
use super::bytes::Damaged;
use crate::games::atlas::{Kind, PictureSpec};

/// Pixels across.
pub(crate) const WIDTH: u32 = 800;
/// Pixels down.
pub(crate) const HEIGHT: u32 = 600;

/// A finished picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The file.
    pub bytes: bytes::Bytes,
    /// `image/png` or `image/jpeg`.
    pub content_type: &'static str,
}

/// Why a picture was not drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// Rounds of this kind have no picture: a fault of the caller.
    #[error("rounds of kind {0:?} have no picture")]
    NoPicture(Kind),
    /// The country has no outline, flag or cities here: a fault of the caller, or of an old deck.
    #[error("there is nothing to draw for the country {0:?}")]
    NothingToDraw(String),
    /// An embedded file is damaged: the binary must be replaced.
    #[error("the embedded {file} is damaged: install snug again")]
    Damaged {
        /// Which file.
        file: &'static str,
    },
    /// An encoder failed.
    #[error("the picture could not be encoded: {0}")]
    Encode(String),
}

impl RenderError {
    fn damaged(file: &'static str) -> impl Fn(Damaged) -> Self {
        move |_| Self::Damaged { file }
    }
}

/// Draws one picture. Takes some tens of milliseconds and up to about 25 MB while it runs.
pub(crate) fn render(pack: &Pack, spec: &PictureSpec) -> Result<Picture, RenderError> {
    let mut dice = Dice::new(&spec.token);
    let shift = (dice.swing() * 1.5, dice.swing() * 1.5);
    let frame = || Frame::new(spec.centre, spec.height_deg, shift);
    match spec.kind {
        Kind::City => Err(RenderError::NoPicture(spec.kind)),
        Kind::Silhouette => {
            encode::png(&silhouette::draw(pack, &spec.country, spec.turn_deg, shift)?, &mut dice)
        }
        Kind::Flag => encode::png(&flag::draw(pack, &spec.country, shift)?, &mut dice),
        Kind::Stars => encode::png(&stars::draw(pack, &spec.country, &mut dice)?, &mut dice),
        Kind::Rivers => encode::png(&rivers::draw(pack, &frame())?, &mut dice),
        Kind::Orbit => encode::jpeg(&photo::orbit(pack, &frame())?, &mut dice),
        Kind::Lights => encode::jpeg(&photo::lights(pack, &frame())?, &mut dice),
        Kind::Relief => encode::jpeg(&photo::relief(pack, &frame())?, &mut dice),
    }
}

/// Three bytes a pixel of an opaque canvas.
fn rgb(canvas: &tiny_skia::Pixmap) -> Vec<u8> {
    canvas.data().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect()
}

/// An opaque canvas with a soft light in the middle.
fn canvas(middle: [u8; 3], edge: [u8; 3]) -> Result<tiny_skia::Pixmap, RenderError> {
    use tiny_skia::{Color, GradientStop, Paint, Pixmap, Point, RadialGradient, Rect, SpreadMode, Transform};
    let none = || RenderError::Encode("the canvas could not be made".into());
    let mut canvas = Pixmap::new(WIDTH, HEIGHT).ok_or_else(none)?;
    let colour = |c: [u8; 3]| Color::from_rgba8(c[0], c[1], c[2], 255);
    let centre = Point::from_xy(WIDTH as f32 / 2.0, HEIGHT as f32 / 2.0);
    let shader = RadialGradient::new(
        centre,
        0.0,
        centre,
        540.0,
        vec![GradientStop::new(0.0, colour(middle)), GradientStop::new(1.0, colour(edge))],
        SpreadMode::Pad,
        Transform::identity(),
    );
    let paint = Paint { shader: shader.ok_or_else(none)?, ..Paint::default() };
    let all = Rect::from_xywh(0.0, 0.0, WIDTH as f32, HEIGHT as f32).ok_or_else(none)?;
    canvas.fill_rect(all, &paint, Transform::identity(), None);
    Ok(canvas)
}

/// A paint of one colour.
fn solid(r: u8, g: u8, b: u8, a: u8) -> tiny_skia::Paint<'static> {
    let mut paint = tiny_skia::Paint::default();
    paint.set_color_rgba8(r, g, b, a);
    paint
}

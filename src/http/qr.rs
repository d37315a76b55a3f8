//! QR codes as SVG.

use super::error::ApiError;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use qrcode::render::svg::Color;
use qrcode::{EcLevel, QrCode};

/// Side of the picture in its own units; it scales to any size.
const SIDE: u32 = 256;

/// A QR code that says `text`, dark on white with a quiet zone: other colours keep some phones from reading it.
pub fn svg(text: &str) -> Result<String, ApiError> {
    let code =
        QrCode::with_error_correction_level(text.as_bytes(), EcLevel::M).map_err(ApiError::internal)?;
    let mut picture = code.render::<Color<'_>>();
    picture.quiet_zone(true).min_dimensions(SIDE, SIDE);
    Ok(picture.dark_color(Color("#111111")).light_color(Color("#ffffff")).build())
}

/// The code as an answer that is never kept: the link may differ for the next one who asks.
pub fn respond(text: &str) -> Result<Response, ApiError> {
    Ok(([(CONTENT_TYPE, "image/svg+xml"), (CACHE_CONTROL, "no-store")], svg(text)?).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_becomes_a_picture_with_the_right_modules() {
        let link = "http://192.168.1.5:8080/r/ABC234";
        let svg = svg(link).unwrap();
        assert!(svg.starts_with("<?xml") && svg.ends_with("</svg>"));
        // One rectangle a run of dark modules at least; the three finders alone make dozens.
        let code = QrCode::with_error_correction_level(link, EcLevel::M).unwrap();
        let dark = code.to_colors().iter().filter(|color| **color == qrcode::Color::Dark).count();
        assert_eq!(svg.matches('M').count(), dark);
        assert_ne!(svg, super::svg("http://192.168.1.5:8080/r/ABC235").unwrap());
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        assert!(svg(&"x".repeat(5_000)).is_err());
    }
}

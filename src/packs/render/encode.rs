//! From pixels to bytes that tell nothing but the picture: no metadata, and a length in whole steps of 64 KiB.

use super::{HEIGHT, Picture, RenderError, WIDTH};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

/// Lengths are multiples of this.
pub(crate) const STEP: usize = 64 * 1024;
const JPEG_QUALITY: u8 = 84;

/// Numbers that differ between matches: from the picture's token, so that the same picture is the same bytes.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Seeded by a token.
    pub(crate) fn new(token: &str) -> Self {
        Self(xxhash_rust::xxh3::xxh3_64(token.as_bytes()))
    }

    /// The next 64 bits (`SplitMix64`).
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Between -1 and 1.
    pub(crate) fn swing(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    fn fill(&mut self, out: &mut Vec<u8>, mut len: usize) {
        while len > 0 {
            let bytes = self.next().to_le_bytes();
            let n = len.min(8);
            out.extend_from_slice(&bytes[..n]);
            len -= n;
        }
    }
}

/// How many bytes to add to `len`, at least `least`, to reach a whole step.
fn missing(len: usize, least: usize) -> usize {
    (len + least).next_multiple_of(STEP) - len
}

/// A lossless picture, for flat colours. `rgb` holds three bytes a pixel.
pub(crate) fn png(rgb: &[u8], dice: &mut Dice) -> Result<Picture, RenderError> {
    let mut bytes = Vec::with_capacity(STEP * 2);
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Default, FilterType::Adaptive)
        .write_image(rgb, WIDTH, HEIGHT, ExtendedColorType::Rgb8)
        .map_err(|e| RenderError::Encode(e.to_string()))?;
    // A private ancillary chunk before IEND (the last 12 bytes): length, type, data, checksum.
    let end = bytes.split_off(bytes.len().saturating_sub(12));
    let len = missing(bytes.len() + end.len(), 12) - 12;
    bytes.extend((len as u32).to_be_bytes());
    let start = bytes.len();
    bytes.extend(b"snUg");
    dice.fill(&mut bytes, len);
    let sum = crc32(&bytes[start..]);
    bytes.extend(sum.to_be_bytes());
    bytes.extend(end);
    Ok(Picture { bytes: bytes.into(), content_type: "image/png" })
}

/// A photograph. `rgb` holds three bytes a pixel.
pub(crate) fn jpeg(rgb: &[u8], dice: &mut Dice) -> Result<Picture, RenderError> {
    const SOI_AND_JFIF: usize = 20;
    let mut plain = Vec::with_capacity(STEP * 3);
    JpegEncoder::new_with_quality(&mut plain, JPEG_QUALITY)
        .write_image(rgb, WIDTH, HEIGHT, ExtendedColorType::Rgb8)
        .map_err(|e| RenderError::Encode(e.to_string()))?;
    // Comment segments behind the JFIF header: marker, length (its own two bytes included), data.
    let (head, rest) = plain.split_at_checked(SOI_AND_JFIF).unwrap_or((&plain, &[]));
    if head.get(2..4) != Some(&[0xff, 0xe0]) || head.get(4..6) != Some(&[0, 16]) {
        return Err(RenderError::Encode("the encoder wrote no plain JFIF header".into()));
    }
    let mut pad = missing(plain.len(), 4);
    let mut bytes = Vec::with_capacity(plain.len() + pad);
    bytes.extend_from_slice(head);
    while pad > 0 {
        // What is left after this segment must be nothing or enough for another.
        let segment = if pad > 65_000 { pad.min(60_000) } else { pad };
        bytes.extend([0xff, 0xfe]);
        bytes.extend(((segment - 2) as u16).to_be_bytes());
        dice.fill(&mut bytes, segment - 4);
        pad -= segment;
    }
    bytes.extend_from_slice(rest);
    Ok(Picture { bytes: bytes.into(), content_type: "image/jpeg" })
}

/// The checksum of PNG chunks.
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut n = 0;
        while n < 256 {
            let mut c = n as u32;
            let mut bit = 0;
            while bit < 8 {
                c = if c & 1 == 1 { 0xedb8_8320 ^ (c >> 1) } else { c >> 1 };
                bit += 1;
            }
            table[n] = c;
            n += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |c: u32, b| TABLE[usize::from(c as u8 ^ b)] ^ (c >> 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(dice: &mut Dice, every: usize) -> Vec<u8> {
        (0..(WIDTH * HEIGHT * 3) as usize)
            .map(|i| if i % every == 0 { dice.next() as u8 } else { 40 })
            .collect()
    }

    #[test]
    fn the_checksum_is_the_known_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b"IEND"), 0xae42_6082);
    }

    #[test]
    fn padding_reaches_whole_steps_and_decoders_ignore_it() {
        for seed in 0..6 {
            let mut dice = Dice::new(&seed.to_string());
            let rgb = noise(&mut dice, 50 + seed * 31);
            let lossless = png(&rgb, &mut dice).unwrap();
            assert_eq!(lossless.bytes.len() % STEP, 0);
            let back = image::load_from_memory(&lossless.bytes).unwrap().into_rgb8();
            assert_eq!(back.into_raw(), rgb);
            let photo = jpeg(&rgb, &mut dice).unwrap();
            assert_eq!(photo.bytes.len() % STEP, 0);
            let back = image::load_from_memory(&photo.bytes).unwrap();
            assert_eq!((back.width(), back.height()), (WIDTH, HEIGHT));
        }
    }

    #[test]
    fn every_remainder_can_be_padded() {
        for len in [STEP - 13, STEP - 12, STEP - 4, STEP - 3, STEP - 1, STEP, STEP + 1] {
            for least in [4, 12] {
                let pad = missing(len, least);
                assert!((least..STEP + least).contains(&pad) && (len + pad).is_multiple_of(STEP));
            }
        }
    }

    #[test]
    fn tokens_give_other_dice_and_the_same_token_the_same() {
        let roll = |t: &str| Dice::new(t).next();
        assert_eq!(roll("a"), roll("a"));
        assert_ne!(roll("a"), roll("b"));
        let mut dice = Dice::new("x");
        assert!((0..1_000).all(|_| dice.swing().abs() <= 1.0));
    }
}

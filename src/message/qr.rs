//! A link to a chat as a QR code, for paper, screens and terminals.

use fast_qr::{QRBuilder, QRCode, convert::Builder, convert::svg::SvgBuilder};

use super::{InvalidLink, Link};

/// Light modules around the code, which scanners need
/// (<https://www.qrcode.com/en/howto/code.html>).
const MARGIN: usize = 4;
/// Pixels of a module's side in a PNG.
const SCALE: usize = 8;

impl Link {
    /// The QR code as an SVG image.
    ///
    /// # Errors
    /// If the link is too long for one.
    pub fn svg(&self) -> Result<String, InvalidLink> {
        Ok(SvgBuilder::default().margin(MARGIN).to_str(&self.code()?))
    }

    /// The QR code as a PNG image, black on white, eight pixels a module.
    ///
    /// # Errors
    /// If the link is too long for one.
    pub fn png(&self) -> Result<Vec<u8>, InvalidLink> {
        let code = self.code()?;
        let side = (code.size + 2 * MARGIN) * SCALE;
        let pixel = |at: usize| {
            let (x, y) = (at % side / SCALE, at / side / SCALE);
            if is_dark(&code, x, y) { 0 } else { u8::MAX }
        };
        let pixels: Vec<u8> = (0..side * side).map(pixel).collect();
        Ok(image(side, &pixels))
    }

    /// The QR code for a terminal, two rows of it in one line of text. Both colours are set, so
    /// that it can be scanned on a dark background too.
    ///
    /// # Errors
    /// If the link is too long for one.
    pub fn terminal(&self) -> Result<String, InvalidLink> {
        let code = self.code()?;
        let side = code.size + 2 * MARGIN;
        let mut text = String::new();
        for y in (0..side).step_by(2) {
            text.push_str("\x1b[30;107m");
            for x in 0..side {
                text.push(match (is_dark(&code, x, y), is_dark(&code, x, y + 1)) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                });
            }
            text.push_str("\x1b[0m\n");
        }
        Ok(text)
    }

    fn code(&self) -> Result<QRCode, InvalidLink> {
        QRBuilder::new(self.to_string()).build().map_err(|_| InvalidLink::TooLong)
    }
}

/// A square image of these pixels, a byte each.
fn image(side: usize, pixels: &[u8]) -> Vec<u8> {
    let side = u32::try_from(side).expect("the largest code has 177 modules");
    let mut image = Vec::new();
    let mut encoder = png::Encoder::new(&mut image, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    let written = encoder.write_header().and_then(|mut it| it.write_image_data(pixels));
    written.expect("memory takes all that is written, and the pixels are those announced");
    image
}

/// Whether the module at this place is dark; the margin is light.
fn is_dark(code: &QRCode, x: usize, y: usize) -> bool {
    let inside = MARGIN..MARGIN + code.size;
    inside.contains(&x) && inside.contains(&y) && code[y - MARGIN][x - MARGIN].value()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(text: &str) -> Link {
        Link::to(&"+14155238886".parse().unwrap()).unwrap().text(text)
    }

    /// What a scanner reads in an image of this side.
    fn scanned(side: usize, is_light: impl Fn(usize, usize) -> bool) -> String {
        let light = |x, y| if is_light(x, y) { u8::MAX } else { 0 };
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, light);
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().unwrap().1
    }

    #[test]
    fn a_scanner_reads_the_png() {
        for text in ["", "join small-tree", "é🐟 1+1"] {
            let link = link(text);
            let png = link.png().unwrap();
            let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            let side = reader.next_frame(&mut pixels).unwrap().width as usize;
            assert_eq!(scanned(side, |x, y| pixels[y * side + x] > 127), link.to_string());
        }
    }

    #[test]
    fn a_scanner_reads_the_terminal() {
        let link = link("join small-tree");
        let text = link.terminal().unwrap();
        let rows: Vec<Vec<char>> = text
            .lines()
            .map(|line| {
                let line = line.strip_prefix("\x1b[30;107m").unwrap();
                line.strip_suffix("\x1b[0m").unwrap().chars().collect()
            })
            .collect();
        let side = rows[0].len();
        let is_light = |x: usize, y: usize| {
            let (x, y) = (x / 4, y / 4);
            !matches!((rows[y / 2][x], y % 2), ('█', _) | ('▀', 0) | ('▄', 1))
        };
        assert_eq!(scanned(side * 4, is_light), link.to_string());
    }

    #[test]
    fn an_svg_is_an_image_and_a_text_can_be_too_long() {
        let svg = link("hi").svg().unwrap();
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>"), "{svg}");
        assert_eq!(link(&"x".repeat(3_000)).svg(), Err(InvalidLink::TooLong));
    }
}

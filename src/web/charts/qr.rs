//! A QR code (ISO/IEC 18004), for a link that is shown at the track.

use qrcodegen::{QrCode, QrCodeEcc};

use super::Svg;
use super::backend::push_escaped;

/// The light frame that readers need around the code, in modules.
const QUIET: i32 = 4;

/// The code of a text: dark modules on a light ground in either theme, since many readers want it so. `label` says
/// what it is. `None` for a text that no code can hold (about 2,300 letters).
///
/// Medium error correction: a seventh of the code may be dirty or in the shade.
pub fn qr(text: &str, label: &str) -> Option<Svg> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let side = code.size() + 2 * QUIET;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let start = x;
            while x < code.size() && code.get_module(x, y) {
                x += 1;
            }
            if x > start {
                path.push_str(&format!("M{} {}h{}v1h-{}z", start + QUIET, y + QUIET, x - start, x - start));
            }
            x += 1;
        }
    }
    let mut said = String::new();
    push_escaped(&mut said, label);
    Some(Svg(format!(
        "<svg class=\"qr\" viewBox=\"0 0 {side} {side}\" role=\"img\" aria-label=\"{said}\" shape-rendering=\"crispEdges\">\
         <rect class=\"qr-ground\" width=\"{side}\" height=\"{side}\"/><path class=\"qr-ink\" d=\"{path}\"/></svg>"
    )))
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    #[test]
    fn a_code_holds_the_modules_of_its_text_and_nothing_else() {
        let link = "https://run.lowfield.example/join/7fq2m9xk7fq2m9xk7fq2m9xk7fq2m9xk7fq2m9xk7fq";
        let svg = qr(link, "QR code of the link \"x\" & y").unwrap();
        check(&svg);
        // Counted from the drawing, module by module, against the code itself.
        let code = QrCode::encode_text(link, QrCodeEcc::Medium).unwrap();
        let dark = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
        let dark = dark.filter(|(x, y)| code.get_module(*x, *y)).count();
        let drawn: usize = svg
            .as_str()
            .split('h')
            .skip(1)
            .filter_map(|piece| piece.split_once("v1").and_then(|(length, _)| length.parse::<usize>().ok()))
            .sum();
        assert_eq!(drawn, dark);
        assert!(svg.as_str().contains(&format!("viewBox=\"0 0 {0} {0}\"", code.size() + 8)));
    }

    #[test]
    fn what_no_code_can_hold_is_none() {
        assert!(qr(&"x".repeat(3_000), "too long").is_none());
    }
}

//! Charts, drawn on the server. Each is drawn twice, 760 and 340 pixels wide, and the style sheet shows the
//! one that fits (`figure.chart`, see `templates/ui/chart.html`). Colour comes only from classes.

mod backend;
mod canvas;
mod days;
mod qr;
mod scale;
mod series;
mod shares;
mod sparkline;
mod weekly;

use std::fmt;

pub use days::{Days, Size, days};
pub use qr::qr;
pub use series::{Along, Measure, Point, Series, series};
pub use shares::{Column, Key, Share, Shares, shares};
pub use sparkline::sparkline;
pub use weekly::{Week, weekly_distance};

/// A finished drawing. Only this module makes one, which is why templates may print it unescaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Svg(String);

impl Svg {
    /// The markup, for measuring and for answers that are nothing but the drawing.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Svg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::FastWritable for Svg {
    fn write_into(&self, out: &mut dyn fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        out.write_str(&self.0)?;
        Ok(())
    }
}

impl askama::filters::HtmlSafe for Svg {}

/// One chart in both widths.
#[derive(Clone, Debug)]
pub struct Chart {
    /// What is shown: "Weekly distance, last 26 weeks".
    pub title: String,
    /// What it says, in one or two sentences.
    pub finding: String,
    /// 760 pixels wide.
    pub wide: Svg,
    /// 340 pixels wide.
    pub narrow: Svg,
}

#[cfg(test)]
mod tests {
    use super::Svg;

    /// What must hold for every drawing, whatever it is drawn from.
    pub(super) fn check(svg: &Svg) {
        let text = svg.as_str();
        for forbidden in ["fill=", "stroke=", "style=", "NaN", "inf", "<script", "on="] {
            assert!(!text.contains(forbidden), "{forbidden} in {text}");
        }
        assert!(text.starts_with("<svg ") && text.ends_with("</svg>"));
        assert!(text.contains(r#"role="img""#));
        let mut reader = quick_xml::Reader::from_str(text);
        loop {
            match reader.read_event() {
                Ok(quick_xml::events::Event::Eof) => break,
                Ok(_) => {}
                Err(error) => panic!("not well formed: {error} in {text}"),
            }
        }
    }
}

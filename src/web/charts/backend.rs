//! A drawing backend for plotters that writes compact SVG: CSS classes instead of colours, so that a chart
//! follows theme and print, and neighbouring shapes of one class in one path, so that it stays small.
//!
//! plotters works in whole units; one unit here is a tenth of a pixel of the finished drawing.

use std::convert::Infallible;
use std::fmt::Write;

use plotters::style::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

/// What a shape stands for. plotters carries colours only, so an ink travels as a colour whose red is the
/// ink's number; the style sheet (`static/css/chart.css`) says what each class looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    /// Axis and tick labels.
    Label,
    /// A label that says the finding.
    Strong,
    Grid,
    Axis,
    /// A bar of the past.
    Quiet,
    /// The bar to look at.
    Done,
    /// The week that is not over: outline and tint.
    Now,
    Line,
    Area,
    /// A share of a stacked bar, by its place in the key.
    S1,
    S2,
    S3,
    S4,
    S5,
    S6,
    S7,
    S8,
    /// What is left of a stacked bar.
    Rest,
    /// Whose share it is, written on it.
    ShareLabel,
    /// The same on what is left.
    RestLabel,
}

impl Ink {
    /// The inks of shares, in the order of the key.
    pub(super) const SHARES: [Self; 8] =
        [Self::S1, Self::S2, Self::S3, Self::S4, Self::S5, Self::S6, Self::S7, Self::S8];

    /// In the order of their numbers.
    const ALL: [Self; 20] = [
        Self::Label,
        Self::Strong,
        Self::Grid,
        Self::Axis,
        Self::Quiet,
        Self::Done,
        Self::Now,
        Self::Line,
        Self::Area,
        Self::S1,
        Self::S2,
        Self::S3,
        Self::S4,
        Self::S5,
        Self::S6,
        Self::S7,
        Self::S8,
        Self::Rest,
        Self::ShareLabel,
        Self::RestLabel,
    ];

    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Label => "",
            Self::Strong => "strong",
            Self::Grid => "grid",
            Self::Axis => "axis",
            Self::Quiet => "quiet",
            Self::Done => "done",
            Self::Now => "now",
            Self::Line => "line",
            Self::Area => "area",
            Self::S1 => "seg s1",
            Self::S2 => "seg s2",
            Self::S3 => "seg s3",
            Self::S4 => "seg s4",
            Self::S5 => "seg s5",
            Self::S6 => "seg s6",
            Self::S7 => "seg s7",
            Self::S8 => "seg s8",
            Self::Rest => "seg rest",
            Self::ShareLabel => "seg-t",
            Self::RestLabel => "seg-t rest-t",
        }
    }

    fn of(color: BackendColor) -> Self {
        Self::ALL.get(usize::from(color.rgb.0)).copied().unwrap_or(Self::Label)
    }
}

impl plotters::style::Color for Ink {
    fn to_backend_color(&self) -> BackendColor {
        BackendColor { alpha: 1.0, rgb: (*self as u8, 0, 0) }
    }
}

/// What is open at the end of the output and may be continued by the next shape.
#[derive(PartialEq)]
enum Open {
    Nothing,
    /// Inside the `d` of a path of this ink.
    Path(Ink),
    /// Inside a group of labels with this anchor.
    Labels(&'static str),
}

pub(super) struct ClassBackend<'a> {
    out: &'a mut String,
    size: (u32, u32),
    /// Of the upper corners of bars, in tenths of a pixel.
    radius: i32,
    open: Open,
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl<'a> ClassBackend<'a> {
    /// `size` and `radius` in tenths of a pixel.
    pub(super) fn new(out: &'a mut String, size: (u32, u32), radius: i32) -> Self {
        Self { out, size, radius, open: Open::Nothing }
    }

    fn close(&mut self) {
        match self.open {
            Open::Nothing => {}
            Open::Path(_) => self.out.push_str("\"/>"),
            Open::Labels(_) => self.out.push_str("</g>"),
        }
        self.open = Open::Nothing;
    }

    fn path(&mut self, ink: Ink) {
        if self.open != Open::Path(ink) {
            self.close();
            let _ = write!(self.out, r#"<path class="{}" d=""#, ink.class());
            self.open = Open::Path(ink);
        }
    }

    /// A command of a path and its numbers, with no more separators than the grammar needs.
    fn command(&mut self, letter: char, numbers: &[i32]) {
        self.out.push(letter);
        for (i, number) in numbers.iter().enumerate() {
            if i > 0 && *number >= 0 {
                self.out.push(' ');
            }
            push_tenths(self.out, *number);
        }
    }

    fn run(&mut self, points: impl Iterator<Item = BackendCoord>) {
        let mut last: Option<BackendCoord> = None;
        for (x, y) in points {
            match last {
                None => self.command('M', &[x, y]),
                Some(from) if from == (x, y) => {}
                Some((_, at)) if at == y => self.command('H', &[x]),
                Some((at, _)) if at == x => self.command('V', &[y]),
                Some((left, top)) => self.command('l', &[x - left, y - top]),
            }
            last = Some((x, y));
        }
    }
}

/// Writes tenths as a number with at most one decimal: 1234 → `123.4`, 10 → `1`, -5 → `-.5`.
fn push_tenths(out: &mut String, tenths: i32) {
    if tenths < 0 {
        out.push('-');
    }
    let (whole, tenth) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
    let _ = match (whole, tenth) {
        (_, 0) => write!(out, "{whole}"),
        (0, _) => write!(out, ".{tenth}"),
        _ => write!(out, "{whole}.{tenth}"),
    };
}

/// Text and attribute values, safe in SVG inside HTML.
pub(super) fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
}

impl DrawingBackend for ClassBackend<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        self.close();
        Ok(())
    }

    /// Charts here are made of lines, bars, areas and text; single pixels have no place in them.
    fn draw_pixel(&mut self, _: BackendCoord, _: BackendColor) -> Drawn {
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.path(Ink::of(style.color()));
        self.run(path.into_iter());
        Ok(())
    }

    /// A bar that stands on its lower edge: square below, rounded above. Filled or not is the class's matter.
    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        _: bool,
    ) -> Drawn {
        let (width, height) = (right - left, bottom - top);
        if width <= 0 || height <= 0 {
            return Ok(());
        }
        self.path(Ink::of(style.color()));
        let r = self.radius.min(height).min(width / 2);
        if r == 0 {
            self.command('M', &[left, bottom]);
            self.command('V', &[top]);
            self.command('H', &[right]);
            self.command('V', &[bottom]);
            self.out.push('z');
            return Ok(());
        }
        self.command('M', &[left, bottom]);
        self.command('V', &[top + r]);
        self.command('q', &[0, -r, r, -r]);
        self.command('H', &[right - r]);
        self.command('q', &[r, 0, r, r]);
        self.command('V', &[bottom]);
        self.out.push('z');
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vertices: I,
        style: &S,
    ) -> Drawn {
        self.path(Ink::of(style.color()));
        self.run(vertices.into_iter());
        self.out.push('z');
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, (x, y): BackendCoord) -> Drawn {
        let anchor = match style.anchor().h_pos {
            HPos::Left => "start",
            HPos::Center => "middle",
            HPos::Right => "end",
        };
        if self.open != Open::Labels(anchor) {
            self.close();
            let _ = write!(self.out, r#"<g text-anchor="{anchor}">"#);
            self.open = Open::Labels(anchor);
        }
        self.out.push_str("<text");
        let class = Ink::of(style.color()).class();
        if !class.is_empty() {
            let _ = write!(self.out, r#" class="{class}""#);
        }
        for (name, value) in [("x", x), ("y", y)] {
            let _ = write!(self.out, r#" {name}=""#);
            push_tenths(self.out, value);
            self.out.push('"');
        }
        self.out.push('>');
        push_escaped(self.out, text);
        self.out.push_str("</text>");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenths_are_short() {
        let written = |tenths| {
            let mut out = String::new();
            push_tenths(&mut out, tenths);
            out
        };
        assert_eq!([1234, 10, 0, 5, -5, -120].map(written), ["123.4", "1", "0", ".5", "-.5", "-12"]);
    }

    #[test]
    fn neighbours_of_one_class_share_a_path() {
        let mut out = String::new();
        let mut backend = ClassBackend::new(&mut out, (1000, 1000), 10);
        let grid = plotters::style::Color::to_backend_color(&Ink::Grid);
        backend.draw_line((0, 100), (500, 100), &grid).unwrap();
        backend.draw_line((0, 200), (500, 200), &grid).unwrap();
        let line = plotters::style::Color::to_backend_color(&Ink::Line);
        backend.draw_path([(0, 0), (15, 7), (30, 7), (30, 0)], &line).unwrap();
        backend.present().unwrap();
        assert_eq!(
            out,
            r#"<path class="grid" d="M0 10H50M0 20H50"/><path class="line" d="M0 0l1.5 .7H3V0"/>"#
        );
    }

    #[test]
    fn every_ink_survives_the_journey_through_a_colour() {
        for ink in Ink::ALL {
            assert_eq!(Ink::of(plotters::style::Color::to_backend_color(&ink)), ink);
        }
    }
}

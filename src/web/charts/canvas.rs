//! The paper a chart is drawn on: its frame, its scales, and the `<svg>` around it.

use std::convert::Infallible;
use std::fmt::Write;
use std::ops::Range;

use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::types::RangedCoordf64;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{PathElement, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, IntoFont, TextStyle};

use super::Svg;
use super::backend::{ClassBackend, Ink, push_escaped};
use super::scale::{tick, ticks};

pub(super) type Drawn = Result<(), DrawingAreaErrorKind<Infallible>>;

/// Where the plot lies on the paper, in pixels, and which values it spans.
pub(super) struct Frame {
    pub width: i32,
    pub height: i32,
    pub left: i32,
    pub right: i32,
    pub top: i32,
    pub bottom: i32,
    pub x: Range<f64>,
    /// From the value at the lower edge to the value at the upper edge; may fall, as for pace.
    pub y: Range<f64>,
    /// Of the upper corners of bars, in tenths of a pixel.
    pub radius: i32,
}

impl Frame {
    /// For `count` bars side by side, from zero up to the `highest`, with a scale at the left and words below.
    /// Answers its ticks too. `top` is the room above the bars, `end` that behind the last one.
    pub fn of_bars(
        (width, height): (i32, i32),
        (top, end, radius): (i32, i32, i32),
        count: usize,
        highest: f64,
    ) -> (Self, Vec<f64>) {
        let scale = ticks(0.0, if highest > 0.0 { highest } else { 10.0 }, 4, &[]);
        let longest = scale.iter().map(|value| tick(*value).len() as i32).max().unwrap_or(1);
        let frame = Self {
            width,
            height,
            left: (9 + 7 * longest).max(30),
            right: width - end,
            top,
            bottom: height - 24,
            x: 0.0..count.max(1) as f64,
            y: 0.0..scale.last().copied().unwrap_or(10.0),
            radius,
        };
        (frame, scale)
    }
}

/// How a drawing is announced to those who do not see it.
pub(super) enum Spoken<'a> {
    /// `<title>` and `<desc>` with ids that begin with `id`, and a class for the style sheet.
    Full { class: &'a str, id: &'a str, title: &'a str, finding: &'a str },
    /// A small drawing among many: one label.
    Short { class: &'a str, label: &'a str },
}

pub(super) struct Canvas<'a> {
    root: DrawingArea<ClassBackend<'a>, Shift>,
    plot: DrawingArea<ClassBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>,
    frame: &'a Frame,
}

/// Draws inside `frame` and puts the `<svg>` around it. If plotters gives up, which it does not for a backend
/// that only fills a string, the drawing ends early and its description still says what it would show.
pub(super) fn render(frame: &Frame, spoken: &Spoken, draw: impl FnOnce(&Canvas) -> Drawn) -> Svg {
    let mut out = String::new();
    open(&mut out, frame, spoken);
    let drawn = {
        let size = ((frame.width * 10) as u32, (frame.height * 10) as u32);
        let root = ClassBackend::new(&mut out, size, frame.radius).into_drawing_area();
        let plot = root.apply_coord_spec(Cartesian2d::new(
            frame.x.clone(),
            frame.y.clone(),
            (frame.left * 10..frame.right * 10, frame.bottom * 10..frame.top * 10),
        ));
        let canvas = Canvas { root, plot, frame };
        let drawn = draw(&canvas);
        // Closes what is open, whatever happened.
        drawn.and(canvas.root.present())
    };
    if let Err(error) = drawn {
        tracing::error!(%error, "a chart could not be drawn to its end");
    }
    out.push_str("</svg>");
    Svg(out)
}

fn open(out: &mut String, frame: &Frame, spoken: &Spoken) {
    let (width, height) = (frame.width, frame.height);
    let view = format!(r#"viewBox="0 0 {width} {height}" role="img""#);
    match spoken {
        Spoken::Full { class, id, title, finding } => {
            let id: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            let _ = write!(out, r#"<svg class="{class}" {view} aria-labelledby="{id}-t {id}-d">"#);
            let _ = write!(out, r#"<title id="{id}-t">"#);
            push_escaped(out, title);
            let _ = write!(out, r#"</title><desc id="{id}-d">"#);
            push_escaped(out, finding);
            out.push_str("</desc>");
        }
        Spoken::Short { class, label } => {
            let _ =
                write!(out, r#"<svg class="{class}" width="{width}" height="{height}" {view} aria-label=""#);
            push_escaped(out, label);
            out.push_str("\">");
        }
    }
}

impl Canvas<'_> {
    /// Where a value lies, in pixels.
    pub(super) fn place(&self, x: f64, y: f64) -> (f64, f64) {
        let (x, y) = self.plot.map_coordinate(&(x, y));
        (f64::from(x) / 10.0, f64::from(y) / 10.0)
    }

    /// A bar from zero up to `height`, `width` wide around `middle`, all in values.
    pub(super) fn bar(&self, middle: f64, width: f64, height: f64, ink: Ink) -> Drawn {
        self.block(middle, width, 0.0..height, ink)
    }

    /// A part of a bar, between two values.
    pub(super) fn block(&self, middle: f64, width: f64, between: Range<f64>, ink: Ink) -> Drawn {
        let corners = [(middle - width / 2.0, between.start), (middle + width / 2.0, between.end)];
        self.plot.draw(&Rectangle::new(corners, ink.filled()))
    }

    /// A line through values.
    pub(super) fn line(&self, points: Vec<(f64, f64)>, ink: Ink) -> Drawn {
        self.plot.draw(&PathElement::new(points, ink.to_rgba()))
    }

    /// The area between the line and the lower edge.
    pub(super) fn area(&self, mut points: Vec<(f64, f64)>, ink: Ink) -> Drawn {
        let (Some(first), Some(last)) = (points.first().copied(), points.last().copied()) else {
            return Ok(());
        };
        points.push((last.0, self.frame.y.start));
        points.push((first.0, self.frame.y.start));
        self.plot.draw(&Polygon::new(points, ink.filled()))
    }

    /// Horizontal lines at these values, the first as the axis, each with its label at the left.
    pub(super) fn scale(&self, ticks: &[f64], label: impl Fn(f64) -> String) -> Drawn {
        let Range { start, end } = self.frame.x.clone();
        for (i, tick) in ticks.iter().enumerate() {
            let ink = if i == 0 { Ink::Axis } else { Ink::Grid };
            self.line(vec![(start, *tick), (end, *tick)], ink)?;
        }
        for tick in ticks {
            let (_, y) = self.place(start, *tick);
            self.text(&label(*tick), f64::from(self.frame.left) - 8.0, y + 4.0, HPos::Right, Ink::Label)?;
        }
        Ok(())
    }

    /// A label under the plot, centred on a value.
    pub(super) fn below(&self, x: f64, label: &str) -> Drawn {
        let (x, _) = self.place(x, self.frame.y.start);
        self.text(label, x, f64::from(self.frame.bottom) + 18.0, HPos::Center, Ink::Label)
    }

    /// Text with its baseline at `y`, in pixels.
    pub(super) fn text(&self, text: &str, x: f64, y: f64, anchor: HPos, ink: Ink) -> Drawn {
        let style =
            TextStyle::from(("sans-serif", 12).into_font()).color(&ink).pos(Pos::new(anchor, VPos::Bottom));
        let at = ((x * 10.0).round() as i32, (y * 10.0).round() as i32);
        self.root.draw(&Text::new(text.to_owned(), at, style))
    }
}

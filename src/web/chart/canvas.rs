//! A plotters backend that draws SVG shapes with CSS classes instead of colours.

use std::convert::Infallible;

use maud::{Markup, html};
use plotters::style::{RGBColor, ShapeStyle};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind};

/// The role of a stroke. plotters knows only colours, so each role is a colour there and a CSS class here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Grid,
    Text,
    Band,
    BandEdge,
    Pace,
    Target,
    Baseline,
    Value,
    Confidence,
    Cycle,
}

impl Ink {
    const ALL: [Ink; 10] = [
        Ink::Grid,
        Ink::Text,
        Ink::Band,
        Ink::BandEdge,
        Ink::Pace,
        Ink::Target,
        Ink::Baseline,
        Ink::Value,
        Ink::Confidence,
        Ink::Cycle,
    ];

    fn class(self) -> &'static str {
        match self {
            Ink::Grid => "grid",
            Ink::Text => "text",
            Ink::Band => "band",
            Ink::BandEdge => "band-edge",
            Ink::Pace => "pace",
            Ink::Target => "target",
            Ink::Baseline => "baseline",
            Ink::Value => "value",
            Ink::Confidence => "confidence",
            Ink::Cycle => "cycle",
        }
    }

    /// Returns the colour that stands for the role within plotters.
    pub(super) fn color(self) -> RGBColor {
        RGBColor(
            0,
            0,
            u8::try_from(Ink::ALL.iter().position(|ink| *ink == self).unwrap_or_default()).unwrap_or_default(),
        )
    }

    /// Returns the style of a stroke, or of an area.
    pub(super) fn style(self, filled: bool) -> ShapeStyle {
        ShapeStyle { color: self.color().into(), filled, stroke_width: 1 }
    }

    fn of(color: BackendColor) -> &'static str {
        Ink::ALL.get(usize::from(color.rgb.2)).map_or("grid", |ink| ink.class())
    }
}

/// SVG shapes, in drawing order.
pub(super) struct Canvas<'a> {
    pub(super) size: (u32, u32),
    pub(super) shapes: &'a mut Vec<Markup>,
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl Canvas<'_> {
    fn add(&mut self, shape: Markup) -> Drawn {
        self.shapes.push(shape);
        Ok(())
    }
}

fn points(path: impl IntoIterator<Item = BackendCoord>) -> String {
    path.into_iter().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ")
}

impl DrawingBackend for Canvas<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, _point: BackendCoord, _color: BackendColor) -> Drawn {
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.add(html! { line class=(Ink::of(style.color())) x1=(from.0) y1=(from.1) x2=(to.0) y2=(to.1) {} })
    }

    fn draw_rect<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S, _fill: bool) -> Drawn {
        let (width, height) = (to.0.saturating_sub(from.0), to.1.saturating_sub(from.1));
        self.add(html! { rect class=(Ink::of(style.color())) x=(from.0) y=(from.1) width=(width.max(0)) height=(height.max(0)) {} })
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        self.add(html! { polyline class=(Ink::of(style.color())) points=(points(path)) {} })
    }

    fn draw_circle<S: BackendStyle>(&mut self, at: BackendCoord, radius: u32, style: &S, _fill: bool) -> Drawn {
        self.add(html! { circle class=(Ink::of(style.color())) cx=(at.0) cy=(at.1) r=(radius) {} })
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        self.add(html! { polygon class=(Ink::of(style.color())) points=(points(path)) {} })
    }

    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, at: BackendCoord) -> Drawn {
        let anchor = match style.anchor().h_pos {
            HPos::Left => "start",
            HPos::Center => "middle",
            HPos::Right => "end",
        };
        // The offset of the text's baseline below its anchor, in text heights.
        let below = match style.anchor().v_pos {
            VPos::Top => "0.8em",
            VPos::Center => "0.32em",
            VPos::Bottom => "-0.2em",
        };
        self.add(
            html! { text class=(Ink::of(style.color())) x=(at.0) y=(at.1) dy=(below) text-anchor=(anchor) { (text) } },
        )
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let letters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        Ok((letters.saturating_mul(7), style.size() as u32))
    }
}

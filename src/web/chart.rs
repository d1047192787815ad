//! Charts as SVG.
//!
//! plotters provides scales, axes and curves. It draws on a [`canvas`] that replaces each colour by a CSS class, so
//! that the style sheet controls the look, in light and dark mode. Marks with tooltips and links are laid over its
//! output.

mod canvas;
mod key_result;

pub(super) use key_result::{Mark, MarkKind, Spot, Story, key_result};

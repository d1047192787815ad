//! Pictures, drawn here as SVG.
//!
//! Scales, axes and curves are plotters'; what it draws goes through a [`canvas`] of our own that gives each stroke the name of
//! what it is instead of a colour, so that the style sheet says how it looks, by day and by night. Marks that can be pointed
//! at, or followed, are laid over it as links.

mod canvas;
mod key_result;

pub(super) use key_result::{Mark, MarkKind, Spot, Story, key_result};

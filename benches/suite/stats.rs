//! Statistics.

/// Returns the median; NaN for an empty list.
pub(crate) fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().filter(|figure| figure.is_finite()).collect();
    figures.sort_by(f64::total_cmp);
    match (figures.len() / 2, figures.len() % 2) {
        (_, _) if figures.is_empty() => f64::NAN,
        (middle, 1) => figures[middle],
        (middle, _) => (figures[middle - 1] + figures[middle]) / 2.0,
    }
}

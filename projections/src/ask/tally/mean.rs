//! A weighted mean that is updated while its parts change.

use rust_decimal::Decimal;

/// The mean over the parts with a figure; `None` if no part has one. An update costs the logarithm of the number of
/// parts: the sums form a binary tree in which each node is the sum of its two children and the root has index 1.
#[derive(Debug, Clone)]
pub(in crate::ask) struct Mean {
    leaves: usize,
    /// For each node, the sum of figure × weight and the sum of the weights.
    nodes: Vec<(Decimal, Decimal)>,
}

impl Mean {
    /// Returns a mean of `parts` parts without figures.
    pub(in crate::ask) fn of(parts: usize) -> Self {
        let leaves = parts.max(1).next_power_of_two();
        Mean { leaves, nodes: vec![(Decimal::ZERO, Decimal::ZERO); 2 * leaves] }
    }

    /// Sets the figure of a part; `None` if it has no figure or does not count.
    pub(in crate::ask) fn set(&mut self, part: usize, figure: Option<Decimal>, weight: Decimal) {
        let mut at = self.leaves + part;
        self.nodes[at] = figure
            .and_then(|figure| Some((figure.checked_mul(weight)?, weight)))
            .unwrap_or((Decimal::ZERO, Decimal::ZERO));
        while at > 1 {
            at /= 2;
            let ((one, its), (other, others)) = (self.nodes[2 * at], self.nodes[2 * at + 1]);
            self.nodes[at] = (one.saturating_add(other), its.saturating_add(others));
        }
    }

    /// Returns the current mean.
    pub(in crate::ask) fn get(&self) -> Option<Decimal> {
        let (sum, weights) = self.nodes[1];
        sum.checked_div(weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::mean;

    #[test]
    fn it_is_the_mean_of_what_was_set_last() {
        let parts = [(Some(Decimal::ONE), 1), (None, 5), (Some(Decimal::ZERO), 2), (Some(Decimal::new(5, 1)), 3)];
        let mut kept = Mean::of(parts.len());
        assert_eq!(kept.get(), None);
        for (n, (figure, weight)) in parts.into_iter().enumerate() {
            kept.set(n, Some(Decimal::TEN), Decimal::ONE_HUNDRED);
            kept.set(n, figure, Decimal::from(weight));
        }
        assert_eq!(kept.get(), mean(parts.map(|(figure, weight)| (figure, Decimal::from(weight)))));
        kept.set(0, None, Decimal::ONE);
        assert_eq!(kept.get(), Some(Decimal::new(3, 1)));
    }
}

//! A weighted mean that is kept while its parts change.

use rust_decimal::Decimal;

/// The mean of some parts that have a figure; `None` where none has. A change of one part costs the logarithm of their
/// number: the sums stand in a tree, each node the sum of the two under it, the root in place 1.
#[derive(Debug, Clone)]
pub(in crate::ask) struct Mean {
    leaves: usize,
    /// Of each node, the sum of figure × weight and the sum of the weights.
    nodes: Vec<(Decimal, Decimal)>,
}

impl Mean {
    /// The mean of so many parts, none of which has a figure yet.
    pub(in crate::ask) fn of(parts: usize) -> Self {
        let leaves = parts.max(1).next_power_of_two();
        Mean { leaves, nodes: vec![(Decimal::ZERO, Decimal::ZERO); 2 * leaves] }
    }

    /// Sets the figure of a part; `None` where it has none, or does not count.
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

    /// The mean.
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

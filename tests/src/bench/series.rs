//! Measurements of one thing, one a round.

/// Measurements of one thing, one a round.
#[derive(Clone, Debug, Default)]
pub struct Series(Vec<f64>);

impl Series {
    /// Adds a round.
    pub fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// The rounds, in the order they were taken.
    pub fn rounds(&self) -> &[f64] {
        &self.0
    }

    /// The middle one.
    ///
    /// # Panics
    /// If nothing was measured.
    pub fn median(&self) -> f64 {
        let sorted = self.sorted();
        let middle = sorted.len() / 2;
        if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
    }

    /// The least.
    ///
    /// # Panics
    /// If nothing was measured.
    pub fn min(&self) -> f64 {
        self.sorted()[0]
    }

    /// The most.
    ///
    /// # Panics
    /// If nothing was measured.
    pub fn max(&self) -> f64 {
        self.sorted()[self.0.len() - 1]
    }

    fn sorted(&self) -> Vec<f64> {
        assert!(!self.0.is_empty(), "a series that is asked was measured");
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        let mut series = Series::default();
        for value in [5.0, 1.0, 4.0] {
            series.push(value);
        }
        assert_eq!([series.min(), series.median(), series.max()].map(|value| value as i64), [1, 4, 5]);
        series.push(2.0);
        assert_eq!(series.median() as i64, 3);
        assert_eq!(series.rounds().len(), 4);
    }
}

//! Curves: what one operation costs as one number grows in tenfold steps.
//!
//! A curve is a row like any other, with its points as `series`; whoever draws it finds the figure's name beside them.

use serde_json::{Value, json};

use super::series::Series;

/// What one operation costs, by how much there is.
pub struct Curve<'a> {
    /// Its name, such as `G-append-messages`.
    pub row: &'a str,
    /// What was measured, in words.
    pub what: &'a str,
    /// The operation, in a word or two: a line's label.
    pub label: &'a str,
    /// Of what there is more and more: `messages in the session`. Curves of the same are drawn into one figure.
    pub of: &'a str,
    /// How much there was, and what each operation took in microseconds.
    pub points: Vec<(usize, &'a Series)>,
}

impl Curve<'_> {
    /// The curve as a row: its value is the last point's, its ratio the last over the first.
    ///
    /// # Panics
    /// If it has no points.
    pub fn json(&self) -> Value {
        let ([(few, first), ..], [.., (many, last)]) = (&*self.points, &*self.points) else { panic!("a curve has points") };
        let points = self.points.iter().map(
            |(x, series)| json!({ "x": x, "value": series.median(), "min": series.min(), "max": series.max(), "rounds": series.rounds() }),
        );
        json!({
            "row": self.row,
            "what": format!("{}, with {many} {}", self.what, self.of),
            "value": last.median(),
            "min": last.min(),
            "max": last.max(),
            "unit": "us",
            "against": [{ "name": format!("with {few}"), "value": first.median() }],
            "ratio": last.median() / first.median(),
            "rounds": last.rounds(),
            "label": self.label,
            "of": self.of,
            "series": points.collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_a_row_with_its_points() {
        let (mut first, mut last) = (Series::default(), Series::default());
        first.push(2.0);
        last.push(3.0);
        let points = vec![(10, &first), (100, &last)];
        let row = Curve { row: "G-read-messages", what: "a read", label: "read", of: "messages", points }.json();
        assert_eq!((row["value"].as_f64(), row["ratio"].as_f64()), (Some(3.0), Some(1.5)));
        assert_eq!((&row["series"][0]["x"], &row["what"]), (&json!(10), &json!("a read, with 100 messages")));
    }
}

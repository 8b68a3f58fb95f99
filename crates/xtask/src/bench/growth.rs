//! Growth: what the curves among the rows say, as tables and figures, one for each thing that grows.
//!
//! It lays out what the benches measured; it measures and leaves out nothing.

use std::fmt::Write;

use serde_json::Value;

use super::figure::{Figure, Line, grouped};
use super::table::short;

/// All curves that grow with the same thing.
pub(super) struct Growth {
    /// With what: `messages in the session`.
    of: String,
    /// The last word of its rows' names: `messages`.
    name: String,
    curves: Vec<Curve>,
}

struct Curve {
    label: String,
    what: String,
    unit: String,
    points: Vec<(f64, f64)>,
}

/// Whether a row is a curve.
pub(super) fn is_curve(row: &Value) -> bool {
    row["series"].is_array()
}

/// The curves among rows, in their order.
pub(super) fn gather(rows: &[Value]) -> Vec<Growth> {
    let mut all: Vec<Growth> = Vec::new();
    for row in rows.iter().filter(|row| is_curve(row)) {
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let points = row["series"].as_array().into_iter().flatten();
        let points = points.filter_map(|point| Some((point["x"].as_f64()?, point["value"].as_f64()?))).collect();
        let (of, what) = (text("of"), text("what"));
        let what = what.rsplit_once(", with ").map_or(&*what, |(what, _)| what).to_owned();
        let curve = Curve { label: text("label"), what, unit: text("unit"), points };
        if let Some(growth) = all.iter_mut().find(|growth| growth.of == of) {
            growth.curves.push(curve);
        } else {
            let name = text("row").rsplit('-').next().unwrap_or_default().to_owned();
            all.push(Growth { of, name, curves: vec![curve] });
        }
    }
    all
}

impl Growth {
    /// The name of the figure's file.
    pub(super) fn file(&self) -> String {
        format!("growth-{}.svg", self.name)
    }

    /// The curves as a figure.
    pub(super) fn svg(&self) -> String {
        let lines = self.curves.iter().map(|curve| Line { label: curve.label.clone(), points: curve.points.clone() });
        let lines = lines.collect();
        let unit = if self.curves.iter().all(|curve| curve.unit == "us") { "microseconds" } else { "units as labelled" };
        let (title, y) = (format!("Cost of one operation by {}", self.of), format!("CPU time of one operation, {unit}"));
        Figure { title, x: self.of.clone(), y, lines }.svg()
    }

    /// The curves as a Markdown table: a line for each, a column for each step.
    pub(super) fn table(&self) -> String {
        let mut steps: Vec<f64> = self.curves.iter().flat_map(|curve| &curve.points).map(|point| point.0).collect();
        steps.sort_by(f64::total_cmp);
        steps.dedup();
        let head = steps.iter().map(|step| grouped(&format!("{step:.0}"))).collect::<Vec<_>>().join(" | ");
        let mut table =
            format!("\nGrowth with {}:\n\n| | unit | {head} | last / first |\n|---|---|{}", self.of, "---:|".repeat(steps.len() + 1));
        for curve in &self.curves {
            let cell = |step: &f64| {
                curve.points.iter().find(|point| point.0.total_cmp(step).is_eq()).map_or(String::new(), |point| short(point.1))
            };
            let cells = steps.iter().map(cell).collect::<Vec<_>>().join(" | ");
            let ratio = curve.points.first().zip(curve.points.last()).map_or(String::new(), |(first, last)| short(last.1 / first.1));
            let _ = write!(table, "\n| {} | {} | {cells} | {ratio} |", curve.what.replace('|', "\\|"), curve.unit);
        }
        table + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_of_one_thing_come_together() {
        let row = |of: &str, what: &str, value: f64| {
            serde_json::json!({ "row": format!("G-{what}-{of}"), "what": format!("{what}, with 100 {of}"), "unit": "us", "label": what, "of": of,
                "series": [{ "x": 10, "value": 1.5 }, { "x": 10_000, "value": value }] })
        };
        let rows = [
            row("messages", "read", 300.0),
            serde_json::json!({ "row": "B1" }),
            row("sessions", "read", 2.0),
            row("messages", "append", 3.0),
        ];
        let all = gather(&rows);
        assert_eq!(all.iter().map(Growth::file).collect::<Vec<_>>(), ["growth-messages.svg", "growth-sessions.svg"]);
        let table = all[0].table();
        let lines: Vec<&str> = table.lines().skip(3).collect();
        assert_eq!(lines[0], "| | unit | 10 | 10,000 | last / first |");
        assert_eq!(lines[2..], ["| read | us | 1.50 | 300 | 200 |", "| append | us | 1.50 | 3.00 | 2.00 |"]);
        assert_eq!(all[0].svg().matches("<polyline").count(), 2);
    }
}

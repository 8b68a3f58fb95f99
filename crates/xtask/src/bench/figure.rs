//! Line charts of curves as SVG, both axes logarithmic: one figure for all curves that grow with the same thing.
//!
//! A figure brings its own background, and other colours where its reader's page is dark. It draws what it is given and never smooths or leaves out
//! a point.

use std::fmt::Write;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 500.0;
/// The plot's edges; on the right there is room for the lines' labels.
const LEFT: f64 = 90.0;
const RIGHT: f64 = 640.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 430.0;
/// What labels keep between them.
const LABEL_HEIGHT: f64 = 17.0;

/// Colours that people who see colours differently tell apart (after Okabe and Ito), on light and on dark; the dashes help as well.
const LIGHT: [&str; 8] = ["#0072b2", "#c44f00", "#007a5a", "#a8487f", "#8a6a00", "#2f6f9f", "#55565a", "#7a3db8"];
const DARK: [&str; 8] = ["#56b4e9", "#ff9248", "#2fd0a0", "#f0a3cf", "#f0e442", "#9ccbff", "#c9ccd1", "#c79bff"];
const DASHES: [&str; 8] = ["none", "7 4", "2 3", "10 3 2 3", "none", "7 4", "2 3", "10 3 2 3"];

const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-size:16px;font-weight:600}.back{fill:#ffffff}\
.grid{stroke:#d0d7de;stroke-width:1}.axis{stroke:#57606a;stroke-width:1}.line{fill:none;stroke-width:2}.lead{fill:none;stroke-width:.7}";
const DARK_STYLE: &str = "text{fill:#e6edf3}.back{fill:#0d1117}.grid{stroke:#30363d}.axis{stroke:#8b949e}";

/// One line of a figure.
pub(super) struct Line {
    pub(super) label: String,
    pub(super) points: Vec<(f64, f64)>,
}

/// A figure with its axes' names.
pub(super) struct Figure {
    pub(super) title: String,
    pub(super) x: String,
    pub(super) y: String,
    pub(super) lines: Vec<Line>,
}

/// A logarithmic axis of whole decades on the page.
struct Axis {
    /// Powers of ten.
    decades: std::ops::RangeInclusive<i32>,
    from: f64,
    to: f64,
}

impl Axis {
    fn new(values: impl Iterator<Item = f64> + Clone, from: f64, to: f64) -> Axis {
        // A value that is a power of ten but for rounding does not open another decade.
        let low = (values.clone().fold(f64::INFINITY, f64::min).log10() + 1e-9).floor() as i32;
        let high = (values.fold(f64::NEG_INFINITY, f64::max).log10() - 1e-9).ceil() as i32;
        Axis { decades: low..=high.max(low + 1), from, to }
    }

    fn place(&self, value: f64) -> f64 {
        let (first, last) = (f64::from(*self.decades.start()), f64::from(*self.decades.end()));
        self.from + (value.log10() - first) / (last - first) * (self.to - self.from)
    }
}

impl Figure {
    /// The figure as an SVG document. What is not above zero has no place on a logarithmic axis and is left to the table.
    pub(super) fn svg(&self) -> String {
        let drawn = |point: &(f64, f64)| point.0 > 0.0 && point.1 > 0.0;
        let lines = self.lines.iter().map(|line| (&*line.label, line.points.iter().copied().filter(drawn).collect::<Vec<_>>()));
        let lines: Vec<_> = (0..).zip(lines).map(|(nth, (label, points))| (nth, label, points)).filter(|line| !line.2.is_empty()).collect();
        let points = || lines.iter().flat_map(|(_, _, points)| points);
        let x = Axis::new(points().map(|point| point.0), LEFT, RIGHT);
        let y = Axis::new(points().map(|point| point.1), BOTTOM, TOP);
        let mut svg = self.frame();
        grid(&mut svg, &x, &y);
        let ends = lines.iter().map(|(nth, label, points)| (*nth, *label, y.place(points[points.len() - 1].1)));
        let labels = spread(ends.collect());
        for (nth, _, points) in &lines {
            let class = nth % LIGHT.len();
            let places: Vec<(f64, f64)> = points.iter().map(|point| (x.place(point.0), y.place(point.1))).collect();
            let path = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ");
            let _ = writeln!(svg, r#"<polyline class="line s{class}" stroke-dasharray="{}" points="{path}"/>"#, DASHES[class]);
            for (x, y) in &places {
                let _ = writeln!(svg, r#"<circle class="f{class}" cx="{x:.1}" cy="{y:.1}" r="3.5"/>"#);
            }
            if let (Some((x, y)), Some((_, label, at))) = (places.last(), labels.iter().find(|label| label.0 == *nth)) {
                let (tail, text) = (RIGHT + 20.0, RIGHT + 24.0);
                let _ = writeln!(svg, r#"<path class="lead s{class}" d="M{:.1} {y:.1}L{tail} {at:.1}"/>"#, x + 5.0);
                let _ = writeln!(svg, r#"<text class="f{class}" x="{text}" y="{:.1}">{}</text>"#, at + 4.5, escape(label));
            }
        }
        svg + "</svg>\n"
    }

    /// Everything that does not depend on a point.
    fn frame(&self) -> String {
        let colours = |colours: [&str; 8]| {
            (0..)
                .zip(colours)
                .fold(String::new(), |css, (nth, colour)| css + &format!(".s{nth}{{stroke:{colour}}}.f{nth}{{fill:{colour}}}"))
        };
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\">\n\
             <title>{}</title>\n<style>{STYLE}{}@media (prefers-color-scheme:dark){{{DARK_STYLE}{}}}</style>\n",
            escape(&self.title),
            colours(LIGHT),
            colours(DARK)
        );
        let (middle, low, centre) = (f64::midpoint(LEFT, RIGHT), HEIGHT - 22.0, f64::midpoint(TOP, BOTTOM));
        let _ = writeln!(svg, r#"<rect class="back" width="{WIDTH}" height="{HEIGHT}" rx="8"/>"#);
        let _ = writeln!(svg, r#"<text class="title" x="{LEFT}" y="30">{}</text>"#, escape(&self.title));
        let _ = writeln!(svg, r#"<text x="{middle}" y="{low}" text-anchor="middle">{}</text>"#, escape(&self.x));
        let turned = format!(r#"transform="translate(24 {centre}) rotate(-90)""#);
        let _ = writeln!(svg, r#"<text {turned} text-anchor="middle">{}</text>"#, escape(&self.y));
        svg
    }
}

/// A line and a number for each decade.
fn grid(svg: &mut String, x: &Axis, y: &Axis) {
    for decade in x.decades.clone() {
        let at = x.place(10_f64.powi(decade));
        let _ = writeln!(svg, r#"<path class="grid" d="M{at:.1} {TOP}V{BOTTOM}"/>"#);
        let _ = writeln!(svg, r#"<text x="{at:.1}" y="{}" text-anchor="middle">{}</text>"#, BOTTOM + 20.0, power(decade));
    }
    for decade in y.decades.clone() {
        let at = y.place(10_f64.powi(decade));
        let _ = writeln!(svg, r#"<path class="grid" d="M{LEFT} {at:.1}H{RIGHT}"/>"#);
        let _ = writeln!(svg, r#"<text x="{}" y="{:.1}" text-anchor="end">{}</text>"#, LEFT - 8.0, at + 4.5, power(decade));
    }
    let _ = writeln!(svg, r#"<path class="axis" fill="none" d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}"/>"#);
}

/// Moves labels apart, downwards and then up again where they would leave the plot.
fn spread(mut labels: Vec<(usize, &str, f64)>) -> Vec<(usize, &str, f64)> {
    labels.sort_by(|one, other| one.2.total_cmp(&other.2));
    let mut low = f64::NEG_INFINITY;
    for label in &mut labels {
        label.2 = label.2.max(low + LABEL_HEIGHT);
        low = label.2;
    }
    let mut high = BOTTOM + LABEL_HEIGHT;
    for label in labels.iter_mut().rev() {
        label.2 = label.2.min(high - LABEL_HEIGHT);
        high = label.2;
    }
    labels
}

/// A power of ten as people read it.
fn power(decade: i32) -> String {
    if decade < 0 {
        return format!("{:.*}", decade.unsigned_abs() as usize, 10_f64.powi(decade));
    }
    grouped(&10_u64.pow(decade.unsigned_abs()).to_string())
}

/// A whole number with its digits in threes.
pub(super) fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decades_are_where_they_belong() {
        let axis = Axis::new([10.0, 1000.0].into_iter(), 0.0, 100.0);
        assert_eq!(axis.decades, 1..=3);
        assert!((axis.place(100.0) - 50.0).abs() < 1e-9);
        assert_eq!([power(-2), power(0), power(6)], ["0.01", "1", "1,000,000"]);
    }

    #[test]
    fn labels_do_not_cover_each_other() {
        let labels = spread(vec![(0, "a", BOTTOM), (1, "b", BOTTOM - 1.0), (2, "c", 100.0)]);
        assert_eq!(labels[0], (2, "c", 100.0));
        assert!(labels.windows(2).all(|pair| pair[1].2 - pair[0].2 >= LABEL_HEIGHT) && labels[2].2 <= BOTTOM);
    }

    #[test]
    fn every_point_is_drawn() {
        let line = |label: &str, scale: f64| Line { label: label.into(), points: vec![(10.0, scale), (100.0, 2.0 * scale)] };
        let lines = vec![line("append", 1.0), line("read < all", 30.0)];
        let svg = Figure { title: "growth".into(), x: "messages".into(), y: "microseconds".into(), lines }.svg();
        assert_eq!((svg.matches("<circle").count(), svg.matches("<polyline").count()), (4, 2));
        assert!(svg.contains("read &lt; all") && !svg.contains("NaN") && svg.is_ascii());
    }
}

//! File sizes: no Rust file over 600 lines, nine in ten at or under 400, the median at or under 200; TypeScript at or under 400.
//!
//! Lines count as they stand, comments and tests included: it is the reader who pays.

use crate::tidy::Violation;
use crate::tidy::source::Source;

const RUST_MAX: usize = 600;
const RUST_MOST: usize = 400;
const RUST_MEDIAN: usize = 200;
const TYPESCRIPT_MAX: usize = 400;

pub(super) fn check(sources: &[Source]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for source in sources {
        let max = match source {
            _ if source.is_rust() => RUST_MAX,
            _ if source.is_typescript() => TYPESCRIPT_MAX,
            _ => continue,
        };
        let lines = source.text.lines().count();
        if lines > max {
            violations.push(Violation::new(&source.path, format!("{lines} lines; at most {max}")));
        }
    }
    let sizes = rust_sizes(sources);
    let long = sizes.iter().filter(|size| **size > RUST_MOST).count();
    if long * 10 > sizes.len() {
        violations.push(Violation::new("*.rs", format!("{long} of {} files have over {RUST_MOST} lines; at most one in ten", sizes.len())));
    }
    if median(&sizes) > RUST_MEDIAN {
        violations.push(Violation::new("*.rs", format!("the median file has {} lines; at most {RUST_MEDIAN}", median(&sizes))));
    }
    violations
}

/// One line on how large the files are.
pub(super) fn describe(sources: &[Source]) -> String {
    let sizes = rust_sizes(sources);
    let long = sizes.iter().filter(|size| **size > RUST_MOST).count();
    let largest = sizes.last().copied().unwrap_or(0);
    format!("{} Rust files, median {} lines, {long} over {RUST_MOST}, the largest {largest}", sizes.len(), median(&sizes))
}

fn rust_sizes(sources: &[Source]) -> Vec<usize> {
    let mut sizes: Vec<usize> = sources.iter().filter(|source| source.is_rust()).map(|source| source.text.lines().count()).collect();
    sizes.sort_unstable();
    sizes
}

fn median(sorted: &[usize]) -> usize {
    sorted.get(sorted.len() / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(extension: &str, sizes: &[usize]) -> Vec<Source> {
        let file = |(index, lines): (usize, &usize)| Source::new(&format!("{index}.{extension}"), &"x\n".repeat(*lines));
        sizes.iter().enumerate().map(file).collect()
    }

    #[test]
    fn finds_a_file_over_the_limit() {
        assert!(check(&files("rs", &[600, 1, 1, 1, 1, 1, 1, 1, 1, 1])).is_empty());
        assert_eq!(check(&files("rs", &[601, 1, 1, 1, 1, 1, 1, 1, 1, 1])).len(), 1);
        assert!(check(&files("ts", &[400])).is_empty());
        assert_eq!(check(&files("tsx", &[401])).len(), 1);
    }

    #[test]
    fn finds_too_many_long_files() {
        assert_eq!(check(&files("rs", &[401, 401, 1, 1, 1, 1, 1, 1, 1, 1]))[0].place, "*.rs");
    }

    #[test]
    fn finds_a_median_over_the_limit() {
        assert!(check(&files("rs", &[200, 200, 200])).is_empty());
        assert!(check(&files("rs", &[1, 201, 201]))[0].what.contains("median"));
    }
}

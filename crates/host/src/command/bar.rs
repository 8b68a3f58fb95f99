//! How far a command is, on standard error; hidden where that is no terminal.

use std::time::Duration;

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

/// See the module's documentation.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// Of something whose length is not known.
    pub(crate) fn open(what: &'static str) -> Self {
        let bar = ProgressBar::new_spinner().with_style(style("{spinner} {prefix}: {pos} {msg} ({elapsed})")).with_prefix(what);
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// Of something that has so many steps.
    pub(crate) fn of(what: &'static str, steps: u64) -> Self {
        Self(ProgressBar::new(steps).with_style(style("{prefix}: [{bar:30}] {pos} of {len} {msg} ({eta} left)")).with_prefix(what))
    }

    /// So many steps further.
    pub(crate) fn step(&self, steps: u64) {
        self.0.inc(steps);
    }

    /// How many bytes it was so far.
    pub(crate) fn bytes(&self, bytes: u64) {
        self.0.set_message(HumanBytes(bytes).to_string());
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is one")
}

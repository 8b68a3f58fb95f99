//! What a run is made of: how many hosts and pages, and how often what goes wrong. Each seed has some faults and not others, so that they
//! meet in all combinations.

use super::random::Random;
use super::store::Weather;

/// How often, in a thousand steps or frames.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) hosts: usize,
    /// Hosts look at the store, for others write to it or it may go back.
    pub(crate) is_shared: bool,
    pub(crate) pages: usize,
    pub(crate) weather: Weather,
    /// The usual latency of a frame.
    pub(crate) latency_ms: u64,
    /// How many of a thousand frames take very long.
    pub(crate) late: u32,
    pub(crate) link_break: u32,
    pub(crate) partition: u32,
    pub(crate) host_crash: u32,
    pub(crate) page_crash: u32,
    pub(crate) host_clock: u32,
    pub(crate) page_clock: u32,
    pub(crate) trap: u32,
    pub(crate) go_back: u32,
    /// Sessions that nobody used for so long leave a host's memory.
    pub(crate) hibernate_after: Option<std::time::Duration>,
    /// How many of a thousand calls are dropped by their caller.
    pub(crate) impatience: u32,
    /// Changes of the default limits.
    pub(crate) limits: String,
}

impl Plan {
    pub(crate) fn draw(seed: u64) -> Self {
        let mut random = Random::new(seed, "plan");
        let hosts = [1, 2, 2, 2, 3][random.place(5)];
        let is_shared = hosts > 1 || random.permille(300);
        let weather = Weather::draw(&mut random);
        let mut often = |usual: u64| if random.permille(700) { random.between(usual / 3, usual) as u32 } else { 0 };
        let (late, link_break, partition, host_crash) = (often(6), often(16), often(8), often(6));
        let (page_crash, host_clock, page_clock, trap) = (often(8), often(3), often(4), often(5));
        let (go_back, impatience) = (if is_shared { often(3) } else { 0 }, often(120));
        let hibernate_after = random.permille(300).then(|| std::time::Duration::from_secs(10));
        let idle_ms = *random.pick(&[1_800_000_u64, 600_000, 5_400_000]);
        let retain_ms = *random.pick(&[0_u64, 60_000, 2_592_000_000]);
        let messages = random.between(8, 40);
        Self {
            hosts,
            is_shared,
            pages: random.between(3, 5) as usize,
            weather,
            latency_ms: random.between(2, 40),
            late,
            link_break,
            partition,
            host_crash,
            page_crash,
            host_clock,
            page_clock,
            trap,
            go_back,
            hibernate_after,
            impatience,
            limits: format!(r#"{{"idleMs":{idle_ms},"retainMs":{retain_ms},"maxMessages":{messages}}}"#),
        }
    }
}

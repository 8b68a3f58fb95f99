//! One shard with many sessions: what an append, a read, a creation, an eviction and an expiry cost among so many of them.
//!
//! What is measured falls on sessions that were not looked at for long, spread over the memory, so that what a cache does not hold
//! is paid for. Every operation's effect is looked at afterwards, outside of what is timed.

use anyhow::{Context as _, Result, ensure};
use colloq_abi::{Op, Open, ReplyKind, Request, Response, Role};

use super::clock::Watch;
use super::series::Series;
use super::standard;
use super::tape::{self, APP, Ask, BEGIN_MS, Target as _, Write};
use super::wasm::{File, Instance};

/// All that an instance can address.
const MEMORY_BYTES_MAX: u64 = 4 << 30;
/// Most sessions live long; those that are to expire come to their end first.
const LIMITS: &[u8] = br#"{"idleMs":14400000}"#;
const LONG_MS: u64 = 14_400_000;
const SHORT_MS: u64 = 1_800_000;
/// How long the creations take; the sessions' last activities follow.
const CREATION_MS: u64 = 100_000;
/// The sessions by their last activity, in fifths: the least recent are evicted, the last to be active expire.
const FIFTHS: usize = 5;
const EVICTED: usize = 0;
const APPENDED: usize = 1;
const READ: usize = 2;
const EXPIRED: usize = 4;
/// How many of each operation a round times.
const ROUND: usize = 1000;
/// How often the number of sessions is looked at while they are created.
const LOOK_EVERY: usize = 10_000;

/// What each operation took, in microseconds.
#[derive(Default)]
pub struct Costs {
    /// A message appended to a session without one.
    pub append: Series,
    /// A session read, without messages or with one.
    pub read: Series,
    /// A session created where there is room.
    pub create: Series,
    /// The creation that took longest, of all of them from none to so many.
    pub create_worst: Series,
    /// A session created where another one has to go.
    pub create_full: Series,
    /// What the latter takes longer than the former.
    pub eviction: Series,
    /// A session ended because its time came.
    pub expiry: Series,
    /// The longest tick of those that find every deadline moved, and nothing due.
    pub moved: Series,
}

/// One for each operation.
struct Watches {
    append: Watch,
    read: Watch,
    create: Watch,
    create_full: Watch,
    expiry: Watch,
}

impl Watches {
    fn new() -> Self {
        let [append, read, create, create_full, expiry] = [(); 5].map(|()| Watch::new());
        Self { append, read, create, create_full, expiry }
    }
}

/// A shard with many sessions.
pub struct Crowd<'a> {
    file: &'a File,
    /// How many sessions there are.
    pub sessions: usize,
    /// The sessions in the order of their last activity.
    order: Vec<u32>,
    instance: Option<Instance>,
    /// How many of each fifth were used.
    used: usize,
    /// How many sessions were created beyond the first ones.
    strangers: usize,
    /// The bytes that the sessions had in use, all of them, once they were there.
    pub memory_bytes: u64,
    /// What was measured so far.
    pub costs: Costs,
}

impl<'a> Crowd<'a> {
    /// One that is filled when it is first measured.
    pub fn new(file: &'a File, sessions: usize) -> Self {
        let (order, costs) = (shuffled(sessions), Costs::default());
        Self { file, sessions, order, instance: None, used: 0, strangers: 0, memory_bytes: 0, costs }
    }

    /// How many of so many sessions fit into an instance; what was created stays for the first round, where all do.
    ///
    /// # Errors
    /// None but a broken instance's that are not about memory.
    pub fn fit(&mut self) -> Result<usize> {
        let fit = self.fill()?;
        if fit < self.sessions {
            self.instance = None;
        }
        Ok(fit)
    }

    /// One round of all operations.
    ///
    /// # Errors
    /// If an operation had another effect than it should.
    pub fn round(&mut self) -> Result<()> {
        let batch = self.batch();
        let mut watches = Watches::new();
        for _ in 0..ROUND / batch {
            if self.instance.is_none() || self.used + batch > self.sessions / FIFTHS {
                let fit = self.fill()?;
                ensure!(fit == self.sessions, "{} sessions fit before, and now {fit}", self.sessions);
            }
            self.step(batch, &mut watches)?;
        }
        self.costs.append.push(watches.append.each_us());
        self.costs.read.push(watches.read.each_us());
        self.costs.expiry.push(watches.expiry.each_us());
        self.costs.create.push(watches.create.each_us());
        self.costs.create_full.push(watches.create_full.each_us());
        self.costs.eviction.push(watches.create_full.each_us() - watches.create.each_us());
        Ok(())
    }

    /// Times the ticks that find every deadline moved, because all of the sessions were active since, and nothing due. It is the end
    /// of what this crowd was filled with: time goes too far.
    ///
    /// # Errors
    /// If something is due.
    pub fn find_moved(&mut self) -> Result<()> {
        let mut instance = self.instance.take().context("a crowd that was measured")?;
        // First those end that are to end.
        let now = BEGIN_MS + CREATION_MS + self.sessions as u64 + SHORT_MS;
        while let ended @ 1.. = tick(&mut instance, now, ROUND as u32)? {
            ensure!(ended <= ROUND, "a tick keeps to its limit");
        }
        // Just before the first of the others is due.
        let mut watch = Watch::new();
        look_at_moved(&mut instance, BEGIN_MS + CREATION_MS + LONG_MS - 1, &mut watch)?;
        self.costs.moved.push(watch.worst_us());
        Ok(())
    }

    /// How many of each operation follow each other.
    fn batch(&self) -> usize {
        ROUND.min(self.sessions / FIFTHS)
    }

    /// Creates the sessions anew; says how many there are then.
    fn fill(&mut self) -> Result<usize> {
        // The old one's memory is free before the new one takes its own.
        self.instance = None;
        (self.used, self.strangers) = (0, 0);
        // Room for one more: with two more, one has to go.
        let sessions_max = u32::try_from(self.sessions + 1)?;
        let open = Open { seed: 1, sessions_max, memory_bytes_max: MEMORY_BYTES_MAX, limits: LIMITS, recent_max: 0 };
        let mut instance = self.file.open(&open);
        let empty = tape::stats(&mut instance).1;
        let mut expires = vec![false; self.sessions];
        self.order[self.sessions / FIFTHS * EXPIRED..].iter().for_each(|nth| expires[*nth as usize] = true);
        let mut watch = Watch::new();
        for (nth, expires) in expires.into_iter().enumerate() {
            let write = create(nth, BEGIN_MS + nth as u64 / 10, expires);
            let is_there = watch.time(|| instance.try_call(&write.call).is_ok()) && instance.try_call(&write.appended).is_ok();
            if !is_there {
                return Ok(nth);
            }
            if (nth + 1) % LOOK_EVERY == 0 || nth + 1 == self.sessions {
                let (there, bytes) = tape::stats(&mut instance);
                self.memory_bytes = bytes - empty;
                if there < nth as u64 + 1 {
                    return Ok(there as usize);
                }
            }
        }
        self.costs.create_worst.push(watch.worst_us());
        for (at, nth) in (BEGIN_MS + CREATION_MS..).zip(&self.order) {
            instance.try_call(&ask(*nth as usize, at, Op::Read { messages: Some(1) }, b"").call())?;
        }
        look_at_moved(&mut instance, BEGIN_MS + CREATION_MS + SHORT_MS - 1, &mut watch)?;
        self.instance = Some(instance);
        Ok(self.sessions)
    }

    /// A batch of each operation; adds to the time of each.
    fn step(&mut self, batch: usize, watches: &mut Watches) -> Result<()> {
        // Whatever was to expire so far has; the next one does a millisecond later.
        let due = |place: usize| BEGIN_MS + CREATION_MS + place as u64 + SHORT_MS;
        let share = self.sessions / FIFTHS;
        let now = due(share * EXPIRED + self.used) - 1;
        let places = |fifth: usize| share * fifth + self.used..share * fifth + self.used + batch;
        let nths = |fifth: usize| self.order[places(fifth)].iter().map(|nth| *nth as usize);
        let end = due(places(EXPIRED).end - 1);
        let instance = self.instance.as_mut().context("a crowd that was filled")?;

        let message = standard::message(0);
        for nth in nths(APPENDED) {
            let write = ask(nth, now, Op::AppendMessage, message.as_bytes()).write();
            watches.append.time(|| write.run(instance));
        }
        for nth in nths(READ) {
            let read = ask(nth, now, Op::Read { messages: None }, b"").call();
            watches.read.time(|| std::hint::black_box(instance.call(&read).len()));
        }
        for place in places(EXPIRED) {
            let tick = tape::encode(&Request::Tick { now: due(place), limit: 1 });
            let expiry = Write { call: tick, appended: tape::appended(tape::id(self.order[place] as usize)) };
            watches.expiry.time(|| expiry.run(instance));
        }
        for nth in nths(APPENDED) {
            look(instance, nth, now, r#""version":2,"#)?;
        }
        for nth in nths(EXPIRED) {
            look(instance, nth, end, r#""isActive":false"#)?;
        }
        let strangers = self.sessions + self.strangers;
        for (pair, nth) in nths(EVICTED).enumerate() {
            evict_one(instance, strangers + 2 * pair, end, watches)?;
            let answer = instance.try_call(&ask(nth, end, Op::Read { messages: None }, b"").call())?;
            let response: Response<'_> = colloq_abi::decode(answer)?;
            ensure!(response.replies.iter().all(|reply| reply.kind == ReplyKind::Load), "the least recent left: {response:?}");
        }
        let there = tape::stats(instance).0 as usize;
        ensure!(there == self.sessions, "there are as many as before: {} became {there}", self.sessions);
        self.used += batch;
        self.strangers += 2 * batch;
        Ok(())
    }
}

/// Creates a session for which there is room, and one for which another has to go; then the first is forgotten, and there are as many
/// sessions as before.
fn evict_one(instance: &mut Instance, first: usize, now: u64, watches: &mut Watches) -> Result<()> {
    let (roomy, full) = (create(first, now, false), create(first + 1, now, false));
    let before = tape::stats(instance).0;
    watches.create.time(|| roomy.run(instance));
    ensure!(tape::stats(instance).0 == before + 1, "there is room for one");
    watches.create_full.time(|| full.run(instance));
    ensure!(tape::stats(instance).0 == before + 1, "one leaves for the other");
    let (app, session, code) = (APP, *tape::id(first).as_bytes(), "sessionNotFound");
    instance.try_call(&tape::encode(&Request::Dropped { app, session, code }))?;
    Ok(())
}

/// One tick, and all that follows from it; gives how many sessions it ended.
fn tick(instance: &mut Instance, now: u64, limit: u32) -> Result<usize> {
    let response: Response<'_> = colloq_abi::decode(instance.try_call(&tape::encode(&Request::Tick { now, limit }))?)?;
    let sessions: Vec<[u8; 16]> = response.appends.iter().map(|append| append.session).collect();
    for session in &sessions {
        instance.try_call(&tape::encode(&Request::Appended { app: APP, session: *session }))?;
    }
    Ok(sessions.len())
}

/// Ticks until every deadline that moved was looked at; nothing is due. A tick looks at a part of them, and says whether there is more.
fn look_at_moved(instance: &mut Instance, now: u64, watch: &mut Watch) -> Result<()> {
    let request = tape::encode(&Request::Tick { now, limit: 1 });
    loop {
        let (appends, wake_at) = watch.time(|| -> Result<_> {
            let response: Response<'_> = colloq_abi::decode(instance.try_call(&request)?)?;
            Ok((response.appends.len(), response.wake_at))
        })?;
        ensure!(appends == 0, "every deadline moved");
        if wake_at.is_none_or(|wake_at| wake_at > now) {
            return Ok(());
        }
    }
}

/// Looks whether a session, as it is read, says something.
fn look(instance: &mut Instance, nth: usize, now: u64, said: &str) -> Result<()> {
    let session = tape::read(instance, &ask(nth, now, Op::Read { messages: None }, b"").call());
    let text = String::from_utf8(session)?;
    ensure!(text.contains(said), "the operation had its effect ({said}): {text}");
    Ok(())
}

fn create(nth: usize, now: u64, expires: bool) -> Write {
    let body = if expires { format!(r#"{{"limits":{{"idleMs":{SHORT_MS}}}}}"#) } else { String::from("{}") };
    ask(nth, now, Op::Create, body.as_bytes()).write()
}

/// Every session is another user's.
fn ask<'a>(nth: usize, now: u64, op: Op<'a>, body: &'a [u8]) -> Ask<'a> {
    Ask { session: tape::id(nth), user: format!("user-{nth:07}"), role: Role::User, now, nth, op, body }
}

/// The numbers below a count, in an order that has nothing to do with theirs and is always the same.
fn shuffled(count: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..count as u32).collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for at in (1..count).rev() {
        // xorshift64 (Marsaglia 2003).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        order.swap(at, (state % (at as u64 + 1)) as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffled_numbers_are_all_there_and_elsewhere() {
        let order = shuffled(1000);
        assert!(order.iter().enumerate().filter(|(at, nth)| *at == **nth as usize).count() < 20);
        let mut sorted = order;
        sorted.sort_unstable();
        assert!(sorted.iter().enumerate().all(|(at, nth)| at == *nth as usize));
    }
}

//! What went wrong in a simulation and how it was mended, counted: a fault that never happens is not tested, and neither is a way back
//! that is never taken.

/// Names of what is counted.
macro_rules! tallies {
    ($($(#[$doc:meta])* $Name:ident $class:ident $text:literal,)*) => {
        /// Something that is counted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Count { $($(#[$doc])* $Name,)* }

        /// All of it: whether it is a fault, a way back or plain work, and what it is called.
        pub const COUNTS: &[(Count, Class, &str)] = &[$((Count::$Name, Class::$class, $text),)*];
    };
}

/// What a count counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Something that went wrong.
    Fault,
    /// A way back that was taken.
    Recovery,
    /// What it is all for.
    Work,
}

tallies! {
    /// A link between a page and a host broke.
    LinkBroken Fault "a link breaks",
    /// A frame was on a link that broke.
    FrameLost Fault "a frame is lost with its link",
    /// A frame took more than ten seconds.
    FrameLate Fault "a frame takes ten to sixty seconds",
    /// A frame came before one that was sent earlier on another link.
    Overtaken Fault "a frame overtakes others' on another link",
    /// Nothing of a page came to its host for a while.
    DeafHost Fault "a one-way partition: pages are not heard",
    /// Nothing of a host came to its page for a while.
    DeafPage Fault "a one-way partition: hosts are not heard",
    /// A command was sent again.
    SentAgain Fault "a command is sent a second time",
    /// A host died.
    HostCrash Fault "a host dies",
    /// A page was closed with all that it knew.
    PageCrash Fault "a page is closed",
    /// A host's clock went ahead by an hour.
    HostClockAhead Fault "a host's clock jumps ahead by an hour",
    /// A host's clock went back by an hour.
    HostClockBack Fault "a host's clock jumps back by an hour",
    /// A page's clock jumped.
    PageClock Fault "a page's clock jumps by an hour",
    /// A call was dropped while its append was on its way.
    Cancelled Fault "a call is dropped in mid-append",
    /// The module trapped.
    Trap Fault "the module traps",
    /// The store answered late.
    StoreLate Fault "the store answers late",
    /// The store took more than five seconds.
    StoreSlow Fault "the store takes five to sixty seconds",
    /// The store does not know, and did it.
    UnknownDone Fault "the store cannot tell: it was done",
    /// The store does not know, and did not do it.
    UnknownUndone Fault "the store cannot tell: it was not done",
    /// The store does not know, and will do it later.
    UnknownLater Fault "the store cannot tell: it is done later",
    /// The store says no.
    StoreUnavailable Fault "the store cannot be reached",
    /// An append met what another host wrote.
    StoreConflict Fault "another host wrote first",
    /// The store went back.
    StoreWentBack Fault "the store loses its tail",

    /// A host was started again.
    HostUp Recovery "a host is started again",
    /// A new page took over what a closed one had left.
    Adopted Recovery "a page takes over a closed one's queue",
    /// A page came back and was sent what it missed.
    CaughtUp Recovery "a link catches up by entries",
    /// A page came back and was sent the state.
    Snapshot Recovery "a link is sent a snapshot",
    /// A page came back with a history that is no longer the store's.
    Reset Recovery "a link's history is taken back",
    /// A page was cut off by its host and came back.
    Relinked Recovery "a host has its links come back",
    /// Frames that were held back while a link caught up came after it.
    Held Recovery "a link hears what happened while it caught up",
    /// An append whose outcome was not known was in the store.
    FoundDone Recovery "an unknown append is found done",
    /// An append whose outcome was not known was sent again.
    DoneAgain Recovery "an unknown append is done by a second try",
    /// The outcome was not known for so long that its caller was told so.
    ToldUnknown Recovery "a caller is told outcomeUnknown",
    /// A session was loaded from the store.
    Loaded Recovery "a session is loaded",
    /// A session was loaded from a snapshot and a tail.
    LoadedSnapshot Recovery "a session is loaded out of a snapshot",
    /// A shard was rebuilt.
    Rebuilt Recovery "a shard is rebuilt",
    /// A command that was sent a second time had been decided.
    Duplicate Recovery "a command was decided before",
    /// A request was answered from its idempotency key.
    Replayed Recovery "a request is answered by its key",
    /// The store was given again what it had lost.
    Restored Recovery "the store is given its tail again",
    /// A loss was reported.
    Reported Recovery "a loss is reported",
    /// A look at the store brought what others had written.
    Looked Recovery "a look brings what others wrote",
    /// A gap in a client's commands was refused.
    SeqGap Recovery "a gap in a page's commands is refused",
    /// A producer was fenced off.
    Fenced Recovery "a producer is fenced off",
    /// A second answer was refused.
    Claimed Recovery "a second answer is refused",
    /// A stream failed because its producer was silent.
    Silent Recovery "a silent stream fails",
    /// A session ended by time.
    Expired Recovery "a session ends by time",
    /// A session was erased.
    Erased Recovery "a session is erased",

    /// A command was acknowledged.
    Acknowledged Work "commands acknowledged",
    /// A session was read.
    Read Work "reads",
    /// Text was added to a stream.
    Delta Work "deltas acknowledged",
    /// A session was created.
    Created Work "sessions",
}

/// How often each thing happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally([u64; COUNTS.len()]);

impl Default for Tally {
    fn default() -> Self {
        Self([0; COUNTS.len()])
    }
}

impl Tally {
    /// One more.
    pub fn count(&mut self, what: Count) {
        self.0[what as usize] += 1;
    }

    /// How often something happened.
    pub fn of(&self, what: Count) -> u64 {
        self.0[what as usize]
    }

    /// Adds what another run counted.
    pub fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, count)| *sum += count);
    }

    /// The faults and ways back that came less often than `least`.
    pub fn below(&self, least: u64) -> Vec<&'static str> {
        let is_rare = |(what, class, _): &&(Count, Class, &str)| *class != Class::Work && self.of(*what) < least;
        COUNTS.iter().filter(is_rare).map(|(_, _, text)| *text).collect()
    }

    /// As a table for people.
    pub fn table(&self) -> String {
        let mut lines = Vec::new();
        for (class, title) in [(Class::Fault, "faults"), (Class::Recovery, "ways back"), (Class::Work, "work")] {
            lines.push(title.to_owned());
            let of_class = COUNTS.iter().filter(|(_, of, _)| *of == class);
            lines.extend(of_class.map(|(what, _, text)| format!("  {:>12}  {text}", self.of(*what))));
        }
        lines.join("\n") + "\n"
    }
}

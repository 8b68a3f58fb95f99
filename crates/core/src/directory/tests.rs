//! A directory over a long time: slots that are used again, neighbours that leave, deadlines that lapsed.

use std::prelude::v1::*;

use super::*;
use crate::scene::{NOW, ada, command};
use crate::{Actor, Command, Create, EndReason, Request, Role, Stamp};

const IDLE_MS: u64 = 30 * 60_000;

fn id(n: u32) -> Id {
    let mut bytes = [0; 16];
    bytes[12..].copy_from_slice(&n.to_be_bytes());
    Id::mint(NOW, bytes)
}

fn fill(directory: &mut Directory<()>, n: u32) -> SlotId {
    let at = directory.insert(Session::vacant("default", id(n)), NOW);
    does(directory, at, "{\"kind\":\"create\"}");
    at
}

fn does(directory: &mut Directory<()>, at: SlotId, json: &str) {
    let replica = &mut directory.slot_mut(at).replica;
    replica.submit(Request::from(command(json)), 0, Stamp::new(NOW, ada()), ()).unwrap();
    replica.poll_append().unwrap();
    replica.handle_appended();
    directory.reschedule(at);
}

/// As many as make the table grow several times; half of them leave and others come into their places.
#[test]
fn places_are_used_again() {
    let mut directory = Directory::new(10, 1);
    assert!(directory.is_empty() && directory.least_recent().is_none() && directory.surplus().is_none());
    let slots: Vec<SlotId> = (0..200).map(|n| fill(&mut directory, n)).collect();
    for at in slots.iter().step_by(2) {
        assert!(directory.remove(*at).is_some());
    }
    for n in 200..300 {
        let at = fill(&mut directory, n);
        assert!(slots.contains(&at), "a place that was left is taken first");
    }
    assert_eq!((directory.len(), directory.rows.len()), (200, 200));
    for n in 0..300 {
        let found = directory.find("default", id(n)).map(|at| directory.slot(at).replica.confirmed().id);
        assert_eq!(found, (n % 2 == 1 || n >= 200).then_some(id(n)), "{n}");
    }
    assert_eq!(directory.least_recent(), directory.find("default", id(1)));
}

#[test]
fn whoever_leaves_closes_the_row() {
    let mut directory = Directory::new(0, 1);
    let slots: Vec<SlotId> = (0..4).map(|n| fill(&mut directory, n)).collect();
    // One in the middle, the newest, and the oldest.
    let order = |directory: &mut Directory<()>| {
        let mut order = Vec::new();
        while let Some(at) = directory.surplus() {
            order.push(directory.remove(at).map(|slot| slot.replica.confirmed().id).unwrap());
        }
        order
    };
    directory.remove(slots[1]);
    directory.touch(slots[3], NOW);
    directory.touch(slots[0], NOW + 7);
    directory.touch(slots[0], NOW);
    assert_eq!(directory.slot(slots[0]).touched_at, NOW + 7, "activity is merged by maximum");
    assert_eq!(order(&mut directory), [id(2), id(3), id(0)]);
}

#[test]
fn a_deadline_of_what_left_or_ended_is_nobodys() {
    let mut directory = Directory::new(9, 1);
    let (gone, ended, due) = (fill(&mut directory, 0), fill(&mut directory, 1), fill(&mut directory, 2));
    directory.remove(gone);
    does(&mut directory, ended, "{\"kind\":\"end\"}");
    assert_eq!(directory.next_deadline(), Some(NOW + IDLE_MS));
    assert_eq!(directory.poll_due(NOW + IDLE_MS), Some(due));
    let session = directory.slot(due).replica.confirmed();
    assert_eq!(session.expiry(NOW), Some((NOW + IDLE_MS, EndReason::Idle)));
    directory.remove(due);
    assert_eq!(directory.poll_due(NOW + IDLE_MS), None);
    // The one that ended is due when it is to be erased.
    assert_eq!(directory.poll_due(u64::MAX), Some(ended));
    assert_eq!((directory.poll_due(u64::MAX), directory.next_deadline()), (None, None));
}

fn directory_of(count: u8, capacity: usize) -> (Directory<()>, Vec<SlotId>) {
    let mut directory = Directory::new(capacity, 7);
    let slots = (0..count).map(|n| {
        let at = directory.insert(Session::vacant("default", Id::mint(1000, [n; 16])), 1000);
        let create = Create { user_id: None, title: None, context: None, data: None, limits: None };
        let request = Request::from(Command::Create(create));
        let replica = &mut directory.slot_mut(at).replica;
        replica.submit(request, 0, Stamp::new(1000, Actor::new(Role::User, "ada")), ()).unwrap();
        replica.poll_append().unwrap();
        replica.handle_appended();
        directory.reschedule(at);
        at
    });
    let slots = slots.collect();
    (directory, slots)
}

#[test]
fn the_least_recent_leaves_first() {
    let (mut directory, slots) = directory_of(3, 2);
    directory.touch(slots[0], 2000);
    assert_eq!(directory.surplus(), Some(slots[1]));
    directory.remove(slots[1]);
    assert_eq!(directory.surplus(), None);
    assert_eq!(directory.find("default", Id::mint(1000, [1; 16])), None);
    assert_eq!(directory.find("default", Id::mint(1000, [2; 16])), Some(slots[2]));
    assert_eq!(directory.find("other", Id::mint(1000, [2; 16])), None);
}

#[test]
fn a_deadline_that_moved_is_not_due() {
    let (mut directory, slots) = directory_of(2, 9);
    let idle = 30 * 60_000;
    directory.touch(slots[0], 2000);
    assert_eq!(directory.poll_due(999 + idle), None);
    assert_eq!(directory.poll_due(1000 + idle), Some(slots[1]));
    assert_eq!(directory.poll_due(1000 + idle), None);
    assert_eq!(directory.next_deadline(), Some(2000 + idle));
    assert_eq!(directory.poll_due(2000 + idle), Some(slots[0]));
}

/// Where very many deadlines have moved, a look takes its time in parts, and nobody is forgotten.
#[test]
fn deadlines_that_moved_are_looked_at_in_parts() {
    let mut directory = Directory::new(9999, 1);
    let slots: Vec<SlotId> = (0..1000).map(|n| fill(&mut directory, n)).collect();
    for at in &slots {
        directory.touch(*at, NOW + 1000);
    }
    let before = directory.visited();
    assert_eq!(directory.poll_due(NOW + IDLE_MS), None);
    assert!(directory.visited() - before < 30 * MOVED_MAX as u64);
    assert_eq!(directory.next_deadline(), Some(NOW + IDLE_MS), "there is more to look at");
    let looks = (1..9).find(|_| directory.poll_due(NOW + IDLE_MS).is_none() && directory.next_deadline() > Some(NOW + IDLE_MS));
    assert_eq!(looks, Some(3));
    let mut due: Vec<SlotId> = core::iter::from_fn(|| directory.poll_due(NOW + IDLE_MS + 1000)).collect();
    due.sort_unstable();
    assert_eq!(due, slots);
}

/// What an operation looks at grows with the logarithm of the number of sessions at most.
#[test]
fn nothing_scans() {
    let cost = |count: u32| {
        let mut directory = Directory::new(count as usize, 1);
        let slots: Vec<SlotId> = (0..count).map(|n| fill(&mut directory, n)).collect();
        let mut cost = |work: &mut dyn FnMut(&mut Directory<()>, SlotId)| {
            let before = directory.visited();
            slots.iter().step_by(slots.len() / 100).for_each(|at| work(&mut directory, *at));
            (directory.visited() - before).div_ceil(100)
        };
        let find = cost(&mut |directory, at| {
            let id = directory.slot(at).replica.confirmed().id;
            assert_eq!(directory.find("default", id), Some(at));
        });
        let touch = cost(&mut |directory, at| directory.touch(at, NOW + 1));
        let due = cost(&mut |directory, _| assert!(directory.poll_due(NOW + IDLE_MS + 1).is_some()));
        let evict = cost(&mut |directory, _| {
            let at = directory.least_recent().unwrap();
            assert!(directory.remove(at).is_some());
        });
        [find, touch, due, evict]
    };
    let (few, many) = (cost(200), cost(20_000));
    assert!(many[0] <= 3 && many[1] <= 3, "{many:?}");
    // A hundred times as many are four levels more of four children each.
    assert!((2..4).all(|at| many[at] <= few[at] + 4 * 5), "{few:?} and {many:?}");
}

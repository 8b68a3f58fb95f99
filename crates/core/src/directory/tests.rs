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
    assert_eq!((directory.len(), directory.slots.len()), (200, 200));
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

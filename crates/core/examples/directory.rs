//! Many sessions in one process, without a host: what a program has in the place of a `HashMap` of sessions.

use colloq_core::{Actor, AppendMessage, Command, Create, Directory, Id, MessageType, NewMessage, Rejection, Role, Session, Stamp};

fn main() -> Result<(), Rejection> {
    // Time, identity and entropy are yours to bring: the core has no clock and no randomness.
    let (now, ada) = (1_767_225_600_000, Actor::new(Role::User, "ada"));
    let mut directory: Directory<()> = Directory::new(1000, 0x00c0_ffee);
    let at = directory.insert(Session::vacant("default", Id::mint(now, [7; 16])), now);
    let create = Create { user_id: None, title: Some("Tea".into()), context: None, data: None, limits: None };
    let hello = AppendMessage { message: NewMessage { id: Some(Id::mint(now, [8; 16])), ..NewMessage::text(MessageType::User, "Hello!") } };
    for command in [Command::from(create), Command::from(hello)] {
        let replica = &mut directory.slot_mut(at).replica;
        replica.submit(command.into(), 0, Stamp::new(now, ada.clone()), ())?;
        let (_head, entries) = replica.poll_append().expect("an accepted command makes an entry");
        println!("append {}", entries[0].0); // A store would keep this text before anybody is answered.
        replica.handle_appended();
        directory.reschedule(at);
    }
    println!("{}", colloq_core::session_json(directory.slot(at).replica.confirmed(), now, None));
    println!("due at {:?}", directory.next_deadline());
    Ok(())
}

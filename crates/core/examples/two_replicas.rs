//! A client and a server in one process: the client shows at once what it did, the server decides, and both come to the same head.

use colloq_core::json::Json;
use colloq_core::{
    Actor, AppendMessage, Command, CommandId, Create, Head, Id, MessageType, NewMessage, Rejection, Replica, Request, Role, Session, Stamp,
    Upstream,
};

const NOW: u64 = 1_767_225_600_000;

fn main() -> Result<(), Rejection> {
    let (session, page) = (Id::mint(NOW, [1; 16]), Id::mint(NOW, [2; 16]));
    let ada = Actor::new(Role::User, "ada");
    let mut client: Replica<()> = Replica::new(Upstream::Host, Session::vacant("default", session));
    let mut server: Replica<()> = Replica::new(Upstream::Store, Session::vacant("default", session));

    // The client acts: its view changes at once, and nothing is confirmed.
    let create = Create { user_id: None, title: None, context: None, data: None, limits: None };
    let message = NewMessage { id: Some(Id::mint(NOW, [3; 16])), ..NewMessage::text(MessageType::User, "Is anybody there?") };
    for command in [Command::from(create), Command::from(AppendMessage { message })] {
        let id = Some(CommandId(page, client.next_seq(page)));
        client.submit(Request { id, once: None, command }, 0, Stamp::new(NOW, ada.clone()), ())?;
    }
    println!("the client shows {} message, {} commands are pending", client.view().messages.len(), client.pending().len());

    // What it sends is JSON, sent twice here as after a lost connection; the server decides each command once.
    let sent: Vec<String> = client.pending().iter().map(|pending| pending.request.command.to_json()).collect();
    for (seq, json) in (1..).zip(&sent).chain((1..).zip(&sent)) {
        let request = Request { id: Some(CommandId(page, seq)), ..Request::from_json(json)? };
        server.submit(request, 0, Stamp::new(NOW + 40, ada.clone()), ())?;
    }
    let (_, entries) = server.poll_append().expect("there is something to append");
    let entries: Vec<String> = entries.into_iter().map(|(text, _)| text.to_owned()).collect();
    server.handle_appended();

    // The entries come back, and the client is where the server is.
    let texts: Vec<&str> = entries.iter().map(String::as_str).collect();
    let settled = client.handle_entries(Head::ZERO, &texts).expect("they continue the client's log");
    assert_eq!(client.confirmed().head, server.confirmed().head);
    assert_eq!(client.confirmed().digest(), server.confirmed().digest());
    println!(
        "{} commands settled, both at version {} with chain {}",
        settled.len(),
        client.confirmed().head.version,
        client.confirmed().head.chain
    );
    Ok(())
}

/**
 * The page before a session is open: the first message makes one.
 */
import { useClient } from "colloq/react";
import { navigate } from "../route.js";
import { Composer } from "./Composer.js";
import { send } from "./send.js";
import { Starters } from "./Starters.js";

export function Welcome() {
  const client = useClient();
  const begin = (text: string) => {
    const session = client.create();
    send(session, text);
    navigate(session.id);
    session.release();
  };
  return (
    <div className="conversation">
      <div className="scroller">
        <div className="messages">
          <Starters onPick={begin} />
        </div>
      </div>
      <div className="dock">
        <Composer onSend={begin} streaming={false} onStop={() => {}} />
      </div>
    </div>
  );
}

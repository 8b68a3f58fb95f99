/**
 * The page: sessions on the left, the conversation in the middle, what it is about on the right.
 *
 * On a phone both sides are drawers.
 */
import { AppShell, Drawer, Loader, useMatches } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { ColloqError } from "colloq";
import { useClient, useSession } from "colloq/react";
import { useEffect } from "react";
import { Banner } from "./Banner.js";
import { ContextPanel } from "./context/ContextPanel.js";
import { Conversation } from "./conversation/Conversation.js";
import { Missing } from "./conversation/Missing.js";
import { Welcome } from "./conversation/Welcome.js";
import { Header } from "./Header.js";
import { isId, navigate, useRoute } from "./route.js";
import { Sidebar } from "./sidebar/Sidebar.js";

/** What an address says that no session can have; no host is asked about it. */
const MALFORMED = new ColloqError("sessionNotFound", "the address names no chat");

export function App() {
  const id = useRoute();
  const malformed = id !== null && !isId(id);
  const opened = useSession(malformed ? null : id);
  const { session, error } = malformed ? { session: null, error: MALFORMED } : opened;
  const client = useClient();
  /** Makes a session and opens it; the conversation holds it from then on. */
  const newChat = () => {
    const made = client.create();
    navigate(made.id);
    made.release();
  };
  const [listOpen, list] = useDisclosure(false);
  const [panelWide, wide] = useDisclosure(true);
  const [panelOpen, panel] = useDisclosure(false);
  const isWide = useMatches({ base: false, lg: true }, { getInitialValueInEffect: false });
  useEffect(list.close, [id]);

  return (
    <AppShell
      layout="alt"
      header={{ height: 60 }}
      navbar={{ width: 300, breakpoint: "sm", collapsed: { mobile: !listOpen } }}
      aside={{ width: 320, breakpoint: "lg", collapsed: { desktop: !panelWide || !session || error !== undefined, mobile: true } }}
      transitionDuration={180}
    >
      <AppShell.Header className="bar">
        <Header session={error ? null : session} listOpen={listOpen} onList={list.toggle} onPanel={isWide ? wide.toggle : panel.open} />
      </AppShell.Header>
      <AppShell.Navbar className="side">
        <Sidebar active={id} onNew={() => (newChat(), list.close())} onPick={list.close} onClose={list.close} />
      </AppShell.Navbar>
      <AppShell.Main className="main">
        <Banner />
        {id === null ? (
          <Welcome />
        ) : error ? (
          <Missing error={error} again={!malformed} />
        ) : session ? (
          <Conversation key={session.id} session={session} />
        ) : (
          <Loader m="auto" />
        )}
      </AppShell.Main>
      {session && !error && (
        <AppShell.Aside className="side">{isWide && <ContextPanel key={session.id} session={session} />}</AppShell.Aside>
      )}
      {session && !error && !isWide && (
        <Drawer
          opened={panelOpen}
          onClose={panel.close}
          position="right"
          size={340}
          title="About this chat"
          styles={{ body: { padding: 0 }, title: { fontWeight: 650 } }}
          classNames={{ content: "drawer" }}
        >
          <ContextPanel key={session.id} session={session} />
        </Drawer>
      )}
    </AppShell>
  );
}

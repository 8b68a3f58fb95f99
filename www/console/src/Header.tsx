/**
 * The bar above the conversation: its title, the connection, sharing, colors.
 */
import { ActionIcon, Burger, Group, Text, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconCheck, IconLayoutSidebarRight, IconShare } from "@tabler/icons-react";
import type { Session } from "colloq";
import { ColorScheme } from "./ColorScheme.js";
import { Connection } from "./Connection.js";
import { useView } from "./hooks.js";
import { linkTo } from "./route.js";

interface Props {
  session: Session | null;
  listOpen: boolean;
  onList: () => void;
  onPanel: () => void;
}

export function Header({ session, listOpen, onList, onPanel }: Props) {
  return (
    <Group h="100%" px="md" gap="xs" wrap="nowrap">
      <Burger opened={listOpen} onClick={onList} hiddenFrom="sm" size="sm" aria-label="Chats" data-testid="open-list" />
      {session ? (
        <Title session={session} />
      ) : (
        <Text fw={650} flex={1}>
          colloq
        </Text>
      )}
      <Connection />
      {session && <Share id={session.id} />}
      <ColorScheme />
      {session && (
        <Tooltip label="About this chat">
          <ActionIcon variant="subtle" color="gray" size="lg" onClick={onPanel} aria-label="About this chat" data-testid="open-panel">
            <IconLayoutSidebarRight size={20} />
          </ActionIcon>
        </Tooltip>
      )}
    </Group>
  );
}

function Title({ session }: { session: Session }) {
  const view = useView(session);
  return (
    <Text fw={650} flex={1} truncate miw={0} data-testid="title">
      {view?.title ?? "New chat"}
    </Text>
  );
}

function Share({ id }: { id: string }) {
  const clipboard = useClipboard({ timeout: 1_500 });
  return (
    <Tooltip label={clipboard.copied ? "Link copied" : "Copy link"}>
      <ActionIcon
        variant="subtle"
        color={clipboard.copied ? "teal" : "gray"}
        size="lg"
        onClick={() => clipboard.copy(linkTo(id))}
        aria-label="Copy link"
        data-testid="share"
      >
        {clipboard.copied ? <IconCheck size={20} /> : <IconShare size={20} />}
      </ActionIcon>
    </Tooltip>
  );
}

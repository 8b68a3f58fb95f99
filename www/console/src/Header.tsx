/**
 * The bar above the conversation: its title, the connection, sharing, colors.
 */
import { ActionIcon, Box, Burger, Group, Text, Tooltip } from "@mantine/core";
import { useClipboard, useDocumentTitle } from "@mantine/hooks";
import { IconCheck, IconLayoutSidebarRight, IconShare, IconUsers } from "@tabler/icons-react";
import type { Session } from "colloq";
import { usePresence, useSelector } from "colloq/react";
import { ColorScheme } from "./ColorScheme.js";
import { Connection } from "./Connection.js";
import { useNarrow } from "./hooks.js";
import { linkTo } from "./route.js";

interface Props {
  session: Session | null;
  listOpen: boolean;
  onList: () => void;
  onPanel: () => void;
}

export function Header({ session, listOpen, onList, onPanel }: Props) {
  const narrow = useNarrow();
  return (
    <Group h="100%" px="md" gap="xs" wrap="nowrap">
      <Burger opened={listOpen} onClick={onList} hiddenFrom="sm" size="sm" aria-label="Chats" data-testid="open-list" />
      {session ? <Title session={session} /> : <Nameless />}
      {session && <Others session={session} />}
      <Connection />
      {session && <Share id={session.id} />}
      {!narrow && <ColorScheme />}
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

/** The brand, where no side bar shows it. */
function Nameless() {
  useDocumentTitle("colloq");
  return (
    <Box flex={1}>
      <Text fw={700} size="lg" className="brand" hiddenFrom="sm">
        colloq
      </Text>
    </Box>
  );
}

function Title({ session }: { session: Session }) {
  const title = useSelector(session, (view) => view?.title ?? "New chat");
  useDocumentTitle(`${title} \u00b7 colloq`);
  return (
    <Text fw={650} flex={1} truncate miw={0} data-testid="title">
      {title}
    </Text>
  );
}

/** How many other tabs and devices have this chat open. */
function Others({ session }: { session: Session }) {
  const [others] = usePresence(session);
  if (others.length === 0) return null;
  return (
    <Tooltip label={others.length === 1 ? "Open in 1 other place" : `Open in ${others.length} other places`}>
      <Group gap={4} wrap="nowrap" c="dimmed" data-testid="others" data-count={others.length}>
        <IconUsers size={17} />
        <Text size="sm">{others.length}</Text>
      </Group>
    </Tooltip>
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

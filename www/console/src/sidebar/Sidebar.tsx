/**
 * The list of sessions, with what begins a new one.
 */
import { Burger, Button, Group, ScrollArea, Skeleton, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useSessions } from "colloq/react";
import { ColorScheme } from "../ColorScheme.js";
import { useNarrow, useNow } from "../hooks.js";
import { PlayMenu } from "./PlayMenu.js";
import { SessionItem } from "./SessionItem.js";

interface Props {
  active: string | null;
  onNew: () => void;
  onPick: () => void;
  onClose: () => void;
}

export function Sidebar({ active, onNew, onPick, onClose }: Props) {
  const { items, loading, more } = useSessions();
  const now = useNow();
  const narrow = useNarrow();
  return (
    <Stack h="100%" gap={0}>
      <Group h={60} px="md" justify="space-between" wrap="nowrap">
        <Group gap={10} wrap="nowrap">
          <img src="./icon.svg" width={28} height={28} alt="" />
          <Text fw={700} size="lg" className="brand">
            colloq
          </Text>
        </Group>
        {narrow && (
          <Group gap="xs" wrap="nowrap">
            <ColorScheme />
            <Burger opened onClick={onClose} size="sm" aria-label="Close" />
          </Group>
        )}
      </Group>
      <Stack px="md" pb="sm" gap="xs">
        <Button leftSection={<IconPlus size={18} />} onClick={onNew} fullWidth data-testid="new-chat">
          New chat
        </Button>
        <PlayMenu onPlay={onPick} />
      </Stack>
      <ScrollArea flex={1} type="scroll" scrollbarSize={6} className="session-scroll">
        <nav data-testid="session-list" className="session-list" aria-label="Chats">
          {items.map((summary) => (
            <SessionItem key={summary.id} summary={summary} active={summary.id === active} now={now} onPick={onPick} />
          ))}
          {loading && [0, 1, 2].map((line) => <Skeleton key={line} h={52} radius="md" />)}
          {!loading && items.length === 0 && (
            <Text c="dimmed" size="sm" ta="center" py="xl" px="md">
              No chats yet. Begin one, or watch a real conversation being played.
            </Text>
          )}
          {more && (
            <Button variant="subtle" size="compact-sm" onClick={more} data-testid="more-sessions">
              Show more
            </Button>
          )}
        </nav>
      </ScrollArea>
    </Stack>
  );
}

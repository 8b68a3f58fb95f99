/**
 * Picks one of the real conversations that come with the page, and plays it.
 */
import { Button, Loader, Menu, ScrollArea, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useState } from "react";
import { type Conversation, loadConversations, play, stopPlaying, usePlaying } from "../playback.js";
import { navigate } from "../route.js";

export function PlayMenu({ onPlay }: { onPlay: () => void }) {
  const [list, setList] = useState<Conversation[]>();
  const playing = usePlaying();
  const load = () => {
    if (list) return;
    loadConversations().then(setList, () => notifications.show({ color: "red", message: "The conversations could not be loaded." }));
  };
  if (playing) {
    return (
      <Button variant="default" leftSection={<IconPlayerStop size={18} />} onClick={stopPlaying} data-testid="stop-playing">
        Stop playing
      </Button>
    );
  }
  return (
    <Menu width={268} shadow="md" onOpen={load} position="bottom-start">
      <Menu.Target>
        <Button variant="default" leftSection={<IconPlayerPlay size={18} />} fullWidth data-testid="play-conversation">
          Play a real conversation
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <ScrollArea.Autosize mah={360} type="auto" scrollbarSize={6}>
          {!list && <Loader size="sm" m="md" />}
          {list?.map((conversation) => (
            <Menu.Item
              key={conversation.id}
              data-testid="play-item"
              rightSection={
                <Text size="xs" c="dimmed">
                  {conversation.messages.length}
                </Text>
              }
              onClick={() => {
                navigate(play(conversation));
                onPlay();
              }}
            >
              {conversation.title}
            </Menu.Item>
          ))}
        </ScrollArea.Autosize>
        <Menu.Divider mt={6} />
        <Text size="xs" c="dimmed" px="sm" py={4}>
          From the chitchat dataset of the BYU PCC Lab, MIT
        </Text>
      </Menu.Dropdown>
    </Menu>
  );
}

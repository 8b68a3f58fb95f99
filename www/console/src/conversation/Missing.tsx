/**
 * In the place of a session that cannot be had.
 */
import { Button, Stack, Text, Title } from "@mantine/core";
import type { ColloqError } from "colloq";
import { navigate } from "../route.js";

export function Missing({ error, again }: { error: ColloqError; again: boolean }) {
  const unknown = error.code === "sessionNotFound";
  return (
    <Stack m="auto" p="xl" align="center" gap="sm" data-testid="missing">
      <img src="./icon.svg" width={44} height={44} alt="" />
      <Title order={3}>{unknown ? "There is no such chat" : "This chat cannot be opened"}</Title>
      <Text c="dimmed" ta="center" maw={420}>
        {!again
          ? "The address is not a chat's. Was it copied as a whole?"
          : unknown
            ? "It was erased, belongs to somebody else, or has not reached the host yet."
            : error.message}
      </Text>
      {again && (
        <Button variant="default" onClick={() => location.reload()}>
          Try again
        </Button>
      )}
      <Button variant="subtle" onClick={() => navigate(null)}>
        Back to the chats
      </Button>
    </Stack>
  );
}

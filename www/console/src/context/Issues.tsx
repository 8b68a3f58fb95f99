/**
 * The recent issues of a session: add one, change its status, take it away.
 */
import { ActionIcon, Group, Menu, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import type { Issue, Session } from "colloq";
import { type FormEvent, useState } from "react";

interface Props {
  session: Session;
  disabled: boolean;
  issues: readonly Issue[];
}

const STATUSES = ["Todo", "In progress", "In review", "Done"];

export function Issues({ session, disabled, issues }: Props) {
  const [title, setTitle] = useState("");
  const add = (event: FormEvent) => {
    event.preventDefault();
    if (title.trim() === "") return;
    session.recordIssue({ id: nextId(issues), title: title.trim(), status: STATUSES[0]! }).catch(() => {});
    setTitle("");
  };
  return (
    <Stack gap="xs">
      <Text className="panel-title">Recent issues</Text>
      <form onSubmit={add}>
        <Group gap="xs" wrap="nowrap">
          <TextInput
            flex={1}
            placeholder="Title of an issue"
            aria-label="Title of an issue"
            value={title}
            disabled={disabled}
            onChange={(event) => setTitle(event.currentTarget.value)}
            data-testid="issue-title"
          />
          <ActionIcon
            type="submit"
            size={36}
            variant="light"
            disabled={disabled || title.trim() === ""}
            aria-label="Add the issue"
            data-testid="issue-add"
          >
            <IconPlus size={18} />
          </ActionIcon>
        </Group>
      </form>
      {issues.map((issue) => (
        <Row key={issue.id} session={session} issue={issue} disabled={disabled} />
      ))}
      {issues.length === 0 && (
        <Text size="sm" c="dimmed">
          None yet
        </Text>
      )}
    </Stack>
  );
}

function Row({ session, issue, disabled }: { session: Session; issue: Issue; disabled: boolean }) {
  return (
    <div className="issue" data-testid="issue" data-issue={issue.id} data-status={issue.status}>
      <div className="issue-text">
        <Text size="sm" fw={500} lineClamp={2}>
          {issue.title}
        </Text>
        <Group gap={8}>
          <Text size="xs" c="dimmed">
            {issue.id}
          </Text>
          <Menu position="bottom-start" disabled={disabled}>
            <Menu.Target>
              <UnstyledButton className="status" data-done={issue.status === "Done"} data-testid="issue-status">
                {issue.status}
              </UnstyledButton>
            </Menu.Target>
            <Menu.Dropdown>
              {STATUSES.map((status) => (
                <Menu.Item key={status} onClick={() => void session.recordIssue({ ...issue, status }).catch(() => {})}>
                  {status}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        </Group>
      </div>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        disabled={disabled}
        aria-label={`Remove ${issue.id}`}
        onClick={() => void session.removeIssue(issue.id).catch(() => {})}
        data-testid="issue-remove"
      >
        <IconX size={14} />
      </ActionIcon>
    </div>
  );
}

/** One above the highest number that is there. */
function nextId(issues: readonly Issue[]): string {
  const numbers = issues.map(({ id }) => Number(/^LIN-(\d+)$/.exec(id)?.[1] ?? 0));
  return `LIN-${Math.max(0, ...numbers) + 1}`;
}

/**
 * What a session is about: project, issues, preferences.
 */
import { Divider, ScrollArea, Stack, Text } from "@mantine/core";
import type { Session } from "colloq";
import { useView } from "colloq/react";
import { Issues } from "./Issues.js";
import { PreferencesForm } from "./PreferencesForm.js";
import { ProjectForm } from "./ProjectForm.js";

export function ContextPanel({ session }: { session: Session }) {
  const view = useView(session);
  if (!view) return null;
  const { activeProject, recentIssues, userPreferences } = view.context;
  const facts = { session, disabled: !view.isActive };
  return (
    <ScrollArea h="100%" type="scroll" scrollbarSize={6}>
      <Stack p="lg" gap="lg" className="panel" data-testid="panel">
        <ProjectForm {...facts} project={activeProject ?? null} />
        <Divider />
        <Issues {...facts} issues={recentIssues} />
        <Divider />
        <PreferencesForm {...facts} preferences={userPreferences} />
        <Divider />
        <Text size="xs" c="dimmed">
          Version {view.version}
          {" \u00b7 "}
          {view.messages.length} messages
          {" \u00b7 "}
          <span className="nowrap">{view.userId}</span>
        </Text>
      </Stack>
    </ScrollArea>
  );
}

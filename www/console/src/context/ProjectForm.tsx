/**
 * The active project of a session.
 */
import { ActionIcon, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import type { Project, Session } from "colloq";
import { useEffect, useState } from "react";

interface Props {
  session: Session;
  disabled: boolean;
  project: Project | null;
}

const TYPES = [
  { value: "codegen", label: "Code generation" },
  { value: "linear", label: "Linear" },
];

export function ProjectForm({ session, disabled, project }: Props) {
  const [name, setName] = useState(project?.name ?? "");
  const [type, setType] = useState(project?.type ?? "codegen");
  useEffect(() => setName(project?.name ?? ""), [project?.name]);
  useEffect(() => setType(project?.type ?? "codegen"), [project?.type]);

  const save = (nextName: string, nextType: string) => {
    const trimmed = nextName.trim();
    if (trimmed === "" ? project === null : trimmed === project?.name && nextType === project.type) return;
    const next = trimmed === "" ? null : { id: project?.id ?? slug(trimmed), name: trimmed, type: nextType };
    session.setProject(next).catch(() => {});
  };

  return (
    <Stack gap="xs">
      <Text className="panel-title">Project</Text>
      <TextInput
        placeholder="No project"
        aria-label="Project name"
        value={name}
        disabled={disabled}
        onChange={(event) => setName(event.currentTarget.value)}
        onBlur={() => save(name, type)}
        onKeyDown={(event) => event.key === "Enter" && save(name, type)}
        rightSection={
          project && !disabled ? (
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label="Clear the project"
              onClick={() => (setName(""), save("", type))}
            >
              <IconX size={14} />
            </ActionIcon>
          ) : undefined
        }
        data-testid="project-name"
      />
      <SegmentedControl
        fullWidth
        size="xs"
        data={TYPES}
        value={type}
        disabled={disabled}
        onChange={(value) => {
          setType(value);
          if (project) save(name, value);
        }}
        data-testid="project-type"
      />
    </Stack>
  );
}

function slug(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return plain === "" ? "project" : plain;
}

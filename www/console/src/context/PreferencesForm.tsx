/**
 * How the visitor wants to be answered.
 */
import { SegmentedControl, Select, Stack, Text } from "@mantine/core";
import type { Preferences, Session } from "colloq";

interface Props {
  session: Session;
  disabled: boolean;
  preferences: Preferences;
}

const LANGUAGES = [
  { value: "en", label: "English" },
  { value: "de", label: "German" },
  { value: "es", label: "Spanish" },
  { value: "fr", label: "French" },
  { value: "ja", label: "Japanese" },
  { value: "pt", label: "Portuguese" },
];

const FORMATS: { value: Preferences["responseFormat"]; label: string }[] = [
  { value: "brief", label: "Brief" },
  { value: "detailed", label: "Detailed" },
];

export function PreferencesForm({ session, disabled, preferences }: Props) {
  const set = (patch: Partial<Preferences>) => void session.setPreferences(patch).catch(() => {});
  const known = LANGUAGES.some(({ value }) => value === preferences.language);
  return (
    <Stack gap="xs">
      <Text className="panel-title">Preferences</Text>
      <SegmentedControl
        fullWidth
        size="xs"
        data={FORMATS}
        value={preferences.responseFormat}
        disabled={disabled}
        onChange={(responseFormat) => set({ responseFormat })}
        data-testid="preferences-format"
      />
      <Select
        aria-label="Language"
        data={known ? LANGUAGES : [...LANGUAGES, { value: preferences.language, label: preferences.language }]}
        value={preferences.language}
        disabled={disabled}
        allowDeselect={false}
        onChange={(language) => language && set({ language })}
        data-testid="preferences-language"
      />
    </Stack>
  );
}

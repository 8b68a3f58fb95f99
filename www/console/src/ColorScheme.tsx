/**
 * Light, dark, or as the system has it; a click goes on to the next.
 */
import { ActionIcon, type MantineColorScheme, Tooltip, useMantineColorScheme } from "@mantine/core";
import { IconDeviceDesktop, IconMoon, IconSun } from "@tabler/icons-react";

const NEXT: Record<MantineColorScheme, MantineColorScheme> = { auto: "light", light: "dark", dark: "auto" };
const NAME: Record<MantineColorScheme, string> = { auto: "Colors of the system", light: "Light colors", dark: "Dark colors" };
const ICON = { auto: IconDeviceDesktop, light: IconSun, dark: IconMoon };

export function ColorScheme() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Icon = ICON[colorScheme];
  return (
    <Tooltip label={NAME[colorScheme]}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        onClick={() => setColorScheme(NEXT[colorScheme])}
        aria-label={NAME[colorScheme]}
        data-testid="color-scheme"
        data-scheme={colorScheme}
      >
        <Icon size={20} />
      </ActionIcon>
    </Tooltip>
  );
}

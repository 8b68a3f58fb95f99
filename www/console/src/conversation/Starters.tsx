/**
 * What an empty conversation offers.
 */
import { Text, Title, UnstyledButton } from "@mantine/core";

const STARTERS = [
  "Hello! What can you do?",
  "Which issues are open?",
  "I want to ship the release today",
  "What happens when I go offline?",
];

export function Starters({ onPick }: { onPick: (text: string) => void }) {
  return (
    <div className="starters">
      <img src="./icon.svg" width={52} height={52} alt="" />
      <Title order={2}>What is on your mind?</Title>
      <Text c="dimmed" ta="center" maw={420}>
        The assistant runs in this page and needs no network. Open a second tab, or write while you are offline: everything stays in step.
      </Text>
      <div className="starter-grid">
        {STARTERS.map((text) => (
          <UnstyledButton key={text} className="starter" onClick={() => onPick(text)} data-testid="starter">
            {text}
          </UnstyledButton>
        ))}
      </div>
    </div>
  );
}

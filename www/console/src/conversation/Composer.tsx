/**
 * Where the visitor writes. Enter sends, Shift+Enter begins a new line, Escape stops an answer.
 */
import { ActionIcon, Textarea, Tooltip } from "@mantine/core";
import { IconArrowUp, IconPlayerStopFilled } from "@tabler/icons-react";
import { type KeyboardEvent, useRef, useState } from "react";

interface Props {
  onSend: (text: string) => void;
  streaming: boolean;
  onStop: () => void;
  /** Called while there is text that is not sent, and when there is none. */
  onTyping?: (typing: boolean) => void;
  disabled?: boolean;
}

export function Composer({ onSend, streaming, onStop, onTyping, disabled = false }: Props) {
  const [text, setText] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const empty = text.trim() === "";
  const submit = () => {
    if (empty || disabled) return;
    onSend(text.trim());
    setText("");
    onTyping?.(false);
    field.current?.focus();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Escape" && streaming) return onStop();
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  };
  return (
    <div className="composer">
      <Textarea
        ref={field}
        value={text}
        onChange={(event) => {
          const { value } = event.currentTarget;
          setText(value);
          onTyping?.(value.trim() !== "");
        }}
        onKeyDown={onKey}
        placeholder={disabled ? "This chat has ended" : "Write a message"}
        aria-label="Message"
        autosize
        minRows={1}
        maxRows={8}
        variant="unstyled"
        flex={1}
        autoFocus={matchMedia("(hover: hover)").matches}
        disabled={disabled}
        enterKeyHint="send"
        data-testid="composer"
      />
      {streaming && (
        <Tooltip label="Stop the answer (Esc)">
          <ActionIcon size={38} radius="xl" variant="light" color="red" onClick={onStop} aria-label="Stop" data-testid="stop">
            <IconPlayerStopFilled size={17} />
          </ActionIcon>
        </Tooltip>
      )}
      <ActionIcon size={38} radius="xl" variant="filled" onClick={submit} disabled={empty || disabled} aria-label="Send" data-testid="send">
        <IconArrowUp size={20} />
      </ActionIcon>
    </div>
  );
}

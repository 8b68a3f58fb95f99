/**
 * What the page needs of React beside the package's own hooks.
 *
 * Nothing here knows of conversations.
 */
import { useMatches } from "@mantine/core";
import { useEffect, useState } from "react";

/** Whether the list of sessions is a drawer. */
export function useNarrow(): boolean {
  return useMatches({ base: true, sm: false }, { getInitialValueInEffect: false });
}

/** The time, renewed every half minute, for words like "2 minutes ago". */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

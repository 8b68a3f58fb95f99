/**
 * Keeps the newest message in sight while the reader is at the end, and leaves them alone while they read further up.
 */
import { useCallback, useEffect, useRef, useState } from "react";

const NEAR_PX = 80;

export function useStick(key: string) {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [away, setAway] = useState(false);

  const toEnd = useCallback(() => {
    atEnd.current = true;
    setAway(false);
    const box = scroller.current;
    if (box) box.scrollTop = box.scrollHeight;
  }, []);

  useEffect(() => {
    const box = scroller.current!;
    let top = box.scrollTop;
    // Only whoever scrolls up leaves the end: the event comes a frame late, and by then new messages may have moved the end itself away.
    const onScroll = () => {
      if (box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX) atEnd.current = true;
      else if (box.scrollTop < top) atEnd.current = false;
      top = box.scrollTop;
      setAway(!atEnd.current);
    };
    const observer = new ResizeObserver(() => {
      if (atEnd.current) box.scrollTop = box.scrollHeight;
    });
    box.addEventListener("scroll", onScroll, { passive: true });
    observer.observe(content.current!);
    observer.observe(box);
    toEnd();
    return () => {
      box.removeEventListener("scroll", onScroll);
      observer.disconnect();
    };
  }, [key, toEnd]);

  return { scroller, content, away, toEnd };
}

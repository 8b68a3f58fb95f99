/**
 * Says so when the page is not in step with its host, and how much waits to be sent.
 */
import { Button } from "@mantine/core";
import { IconCloudOff, IconLock, IconRefresh } from "@tabler/icons-react";
import { useConnection } from "colloq/react";

export function Banner() {
  const { status, pending } = useConnection();
  if (status === "offline") {
    return (
      <div className="banner" role="status" data-testid="banner" data-unsent={pending}>
        <IconCloudOff size={17} />
        <span>
          You are offline. {pending === 0 ? "Go on writing; it goes out when the host is back." : `${unsent(pending)} and goes out by itself.`}
        </span>
      </div>
    );
  }
  if (status === "outdated") {
    return (
      <div className="banner" role="status" data-testid="banner" data-unsent={pending}>
        <IconRefresh size={17} />
        <span>The host speaks a newer version.</span>
        <Button size="compact-xs" variant="default" onClick={() => location.reload()}>
          Reload
        </Button>
      </div>
    );
  }
  if (status === "signedOut") {
    return (
      <div className="banner" role="status" data-testid="banner" data-unsent={pending}>
        <IconLock size={17} />
        <span>You are signed out: the host gives this page no token.</span>
      </div>
    );
  }
  return null;
}

function unsent(count: number): string {
  return count === 1 ? "1 change is not sent yet" : `What you wrote (${count} changes) is not sent yet`;
}

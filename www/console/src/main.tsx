/**
 * Starts the page.
 */
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./app.css";
import "./context/panel.css";
import "./conversation/composer.css";
import "./conversation/conversation.css";
import "./sidebar/sidebar.css";
import { MantineProvider } from "@mantine/core";
import { Notifications, notifications } from "@mantine/notifications";
import { ColloqProvider } from "colloq/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.js";
import { employAssistant } from "./assistant/assistant.js";
import { client } from "./clients.js";
import { theme } from "./theme.js";

/** Rejections that say nothing new to the person who caused them. */
const QUIET = new Set(["messageStopped", "closed", "sessionNotFound"]);

client.on("rejected", (error) => {
  if (!QUIET.has(error.code)) notifications.show({ color: "red", title: "That did not work", message: error.message });
});

employAssistant();

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <Notifications position="top-center" />
      <ColloqProvider client={client}>
        <App />
      </ColloqProvider>
    </MantineProvider>
  </StrictMode>,
);

import { type Browser, chromium, type Page as Tab } from "playwright-core";

/** A tab, and everything that went wrong in it. */
export interface OpenTab {
  readonly tab: Tab;
  readonly errors: readonly string[];
}

/** Starts the Chromium that the environment names; it calls nobody. */
export function startBrowser(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM"];
  if (executablePath === undefined) throw new Error("CHROMIUM does not name a browser");
  return chromium.launch({
    executablePath,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Opens a page and waits until its program has run. */
export async function openTab(browser: Browser, url: string): Promise<OpenTab> {
  const tab = await browser.newPage();
  const errors: string[] = [];
  tab.on("pageerror", (error) => errors.push(String(error)));
  tab.on("console", (message) => {
    // What a server refused is for the page to handle: the browser's own note of it is no error.
    const refused = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !refused) errors.push(message.text());
  });
  await tab.goto(url, { waitUntil: "load" });
  return { tab, errors };
}

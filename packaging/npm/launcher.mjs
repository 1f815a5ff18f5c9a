#!/usr/bin/env node
// Starts the program of this platform, which npm installed as an optional dependency.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";

const require = createRequire(import.meta.url);
const own = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
const platforms = JSON.parse(readFileSync(new URL("platforms.json", import.meta.url), "utf8"));
const libc = process.platform !== "linux" ? undefined : process.report.getReport().header.glibcVersionRuntime ? "glibc" : "musl";
const platform = platforms.find((one) => one.os === process.platform && one.cpu === process.arch && one.libc === libc);
const fail = (message) => {
  console.error(`error: ${message}`);
  process.exit(70);
};
if (!platform) fail(`there is no mcp-scan for ${process.platform} on ${process.arch}; build it with cargo install`);

let program;
try {
  program = require.resolve(`${own.name}-${platform.key}/mcp-scan${process.platform === "win32" ? ".exe" : ""}`);
} catch {
  fail(`${own.name}-${platform.key} is not installed; install ${own.name} again without --omit=optional`);
}
// An interrupt reaches the program by the terminal; the launcher waits for what it answers.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
const ended = spawnSync(program, process.argv.slice(2), { stdio: "inherit" });
if (ended.error) fail(`${program} does not start: ${ended.error.message}`);
process.exit(ended.signal ? 128 + constants.signals[ended.signal] : ended.status);

#!/usr/bin/env bash
# The scan of the GitHub Action: reports into the temporary folder, annotations on standard output, a summary of the job.
# It starts what is being scanned, so no token may be in the environment of this step: comment.sh has it. Always ends well
# once mcp-scan has run: the gate is a step of its own, so that findings reach code scanning first.
#
# In: MCP_SCAN_* as action.yml sets them, and what GitHub gives every step. Out: exit-code, report and sarif.
set -euo pipefail

work="$RUNNER_TEMP/mcp-scan-results"
program="${MCP_SCAN_PROGRAM:-$RUNNER_TEMP/mcp-scan/bin/mcp-scan}"
rm -rf "$work"
mkdir -p "$work"
printf '%s\n' "$MCP_SCAN_TARGETS" > "$work/targets"

options=(--quiet --format github --targets "$work/targets")
for format in json sarif markdown; do
  options+=(--report "$format=$work/report.$format")
done
if [ -n "${MCP_SCAN_FAIL_ON:-}" ]; then options+=(--fail-on "$MCP_SCAN_FAIL_ON"); fi
if [ -n "${MCP_SCAN_CONFIG:-}" ]; then options+=(--config "$MCP_SCAN_CONFIG"); fi
if [ -n "${MCP_SCAN_BASELINE:-}" ]; then options+=(--baseline "$MCP_SCAN_BASELINE"); fi
if [ -n "${MCP_SCAN_LOCK:-}" ]; then options+=(--lock "$MCP_SCAN_LOCK"); fi
if [ -n "${MCP_SCAN_LAUNCH_ALLOW:-}" ]; then options+=(--launch-allow "$MCP_SCAN_LAUNCH_ALLOW"); fi
if [ "${MCP_SCAN_NO_LAUNCH:-}" = true ]; then options+=(--no-launch); fi

code=0
"$program" "${options[@]}" || code=$?
echo "exit-code=$code" >> "$GITHUB_OUTPUT"
if [ ! -s "$work/report.markdown" ]; then exit 0; fi
echo "report=$work/report.json" >> "$GITHUB_OUTPUT"
echo "sarif=$work/report.sarif" >> "$GITHUB_OUTPUT"
cat "$work/report.markdown" >> "$GITHUB_STEP_SUMMARY"

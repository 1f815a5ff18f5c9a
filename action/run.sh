#!/usr/bin/env bash
# The scan of the GitHub Action: reports into the temporary folder, annotations on standard output, a summary of the job,
# and a comment on the pull request. Always ends well once mcp-scan has run: the gate is a step of its own, so that
# findings reach code scanning first.
#
# In: MCP_SCAN_* as action.yml sets them, and what GitHub gives every step. Out: exit-code, report and sarif.
set -euo pipefail

work="$RUNNER_TEMP/mcp-scan-results"
program="${MCP_SCAN_PROGRAM:-$RUNNER_TEMP/mcp-scan/bin/mcp-scan}"
rm -rf "$work"
mkdir -p "$work"
printf '%s\n' "$MCP_SCAN_TARGETS" > "$work/targets"

# The scanner starts what is being scanned: it gets no token.
token="${MCP_SCAN_TOKEN:-}"
unset MCP_SCAN_TOKEN

options=(--quiet --format github --targets "$work/targets")
for format in json sarif markdown; do
  options+=(--report "$format=$work/report.$format")
done
if [ -n "${MCP_SCAN_FAIL_ON:-}" ]; then options+=(--fail-on "$MCP_SCAN_FAIL_ON"); fi
if [ -n "${MCP_SCAN_CONFIG:-}" ]; then options+=(--config "$MCP_SCAN_CONFIG"); fi
if [ -n "${MCP_SCAN_BASELINE:-}" ]; then options+=(--baseline "$MCP_SCAN_BASELINE"); fi
if [ -n "${MCP_SCAN_LOCK:-}" ]; then options+=(--lock "$MCP_SCAN_LOCK"); fi

code=0
"$program" "${options[@]}" || code=$?
echo "exit-code=$code" >> "$GITHUB_OUTPUT"
if [ ! -s "$work/report.markdown" ]; then exit 0; fi
echo "report=$work/report.json" >> "$GITHUB_OUTPUT"
echo "sarif=$work/report.sarif" >> "$GITHUB_OUTPUT"
cat "$work/report.markdown" >> "$GITHUB_STEP_SUMMARY"

if [ "${MCP_SCAN_COMMENT:-}" != true ] || [ -z "$token" ]; then exit 0; fi
pull=$(jq -r '.pull_request.number // empty' "$GITHUB_EVENT_PATH")
case "$pull" in
  '' | *[!0-9]*) exit 0 ;;
esac

# The comment that an earlier run wrote is known by its first line.
comments="repos/$GITHUB_REPOSITORY/issues/$pull/comments"
api() { GH_TOKEN="$token" gh api "$@"; }
jq -n --rawfile body "$work/report.markdown" '{body: $body}' > "$work/comment.json"
mine='.[] | select(.user.type == "Bot" and (.body | startswith("<!-- mcp-scan -->"))) | .id'
if ! old=$(api --paginate "$comments" --jq "$mine" | head -n 1); then old=''; fi
if [ -n "$old" ]; then
  written=$(api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$old" --input "$work/comment.json" --jq .html_url) || written=''
else
  written=$(api --method POST "$comments" --input "$work/comment.json" --jq .html_url) || written=''
fi
# A pull request from a fork has no right to comment: the summary of the job still has the report.
if [ -n "$written" ]; then echo "commented: $written"; else echo "::notice title=mcp-scan::no right to comment; the report is in the summary"; fi

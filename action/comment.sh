#!/usr/bin/env bash
# The comment of the GitHub Action on a pull request, kept up to date. It runs in a step of its own after every server has
# ended, because it has the token.
#
# In: MCP_SCAN_TOKEN, the report that run.sh wrote, and what GitHub gives every step.
set -euo pipefail

work="$RUNNER_TEMP/mcp-scan-results"
if [ -z "${MCP_SCAN_TOKEN:-}" ] || [ ! -s "$work/report.markdown" ]; then exit 0; fi
pull=$(jq -r '.pull_request.number // empty' "$GITHUB_EVENT_PATH")
case "$pull" in
  '' | *[!0-9]*) exit 0 ;;
esac

# The comment that an earlier run wrote is known by its first line.
comments="repos/$GITHUB_REPOSITORY/issues/$pull/comments"
api() { GH_TOKEN="$MCP_SCAN_TOKEN" gh api "$@"; }
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

#!/usr/bin/env bash
# Keeps one issue open while there is drift: report-github.sh true|false
set -euo pipefail

label="drift: ${STACK##*/}"
run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
number=$(gh issue list --label "$label" --state open --limit 1 --json number --jq '.[].number')

case $1 in
  true)
    {
      cat drift.md
      printf '\n[Detected here](%s). To repair it, run the workflow with "repair" ticked.\n' "$run"
    } >issue.md
    if [[ -n $number ]]; then
      gh issue edit "$number" --body-file issue.md
    else
      gh label create "$label" --force --color d93f0b --description "Somebody changed it by hand"
      gh issue create --title "Org connections drift: $STACK" --label "$label" --body-file issue.md
    fi
    ;;
  false)
    if [[ -n $number ]]; then gh issue close "$number" --comment "[No drift any more]($run)."; fi
    ;;
  *)
    echo "Neither true nor false: $1" >&2
    exit 2
    ;;
esac

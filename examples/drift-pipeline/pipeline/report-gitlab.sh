#!/usr/bin/env bash
# Keeps one issue open while there is drift: report-gitlab.sh true|false
set -euo pipefail

label="drift: ${STACK##*/}"
issues="$CI_API_V4_URL/projects/$CI_PROJECT_ID/issues"

api() {
  curl --silent --show-error --fail-with-body --header "PRIVATE-TOKEN: $DRIFT_ISSUE_TOKEN" "$@"
}

found=$(api --get "$issues" --data state=opened --data per_page=1 --data-urlencode "labels=$label")
iid=$(node -p 'JSON.parse(process.argv[1])[0]?.iid ?? ""' "$found")

case $1 in
  true)
    {
      cat drift.md
      printf '\n[Detected here](%s). To repair it, start the job "repair" of that pipeline.\n' \
        "$CI_PIPELINE_URL"
    } >issue.md
    if [[ -n $iid ]]; then
      api --request PUT "$issues/$iid" --data-urlencode description@issue.md >/dev/null
    else
      api "$issues" --data-urlencode "title=Org connections drift: $STACK" \
        --data-urlencode "labels=$label" --data-urlencode description@issue.md >/dev/null
    fi
    ;;
  false)
    if [[ -n $iid ]]; then
      api "$issues/$iid/notes" --data-urlencode "body=[No drift any more]($CI_PIPELINE_URL)." >/dev/null
      api --request PUT "$issues/$iid" --data state_event=close >/dev/null
    fi
    ;;
  *)
    echo "Neither true nor false: $1" >&2
    exit 2
    ;;
esac

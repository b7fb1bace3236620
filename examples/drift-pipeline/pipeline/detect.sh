#!/usr/bin/env bash
# Detects drift of $STACK; changes nothing, neither in Datadog nor in the state.
#
# Prints "true" or "false" for drift or none. Where that can't be told it fails as `pulumi` does. What
# Pulumi shows goes to the log, to drift.md and to the job summary, where there is one.
set -euo pipefail

code=0
pulumi refresh --preview-only --expect-no-changes --diff \
  --non-interactive --color never --stack "$STACK" >drift.log 2>&1 || code=$?
cat drift.log >&2

case $code in
  0) drift=false heading="No drift" ;;
  7) drift=true heading="Drift" ;;
  *) drift='' heading="Drift detection failed with exit code $code" ;;
esac

{
  printf '## %s: %s\n\n' "$heading" "$STACK"
  # Indented by four spaces it is code, whatever is in it. An issue takes 65,536 characters.
  head -c 50000 drift.log | sed 's/^/    /'
} >drift.md
cat drift.md >>"${GITHUB_STEP_SUMMARY:-/dev/null}"

if [[ -z $drift ]]; then exit "$code"; fi
echo "$drift"

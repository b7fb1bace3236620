#!/usr/bin/env bash
# Detects drift of $STACK; changes nothing, neither in Datadog nor in the state.
#
# Prints "true" if there is drift, "false" if there is none. If Pulumi fails, it fails with the same exit
# code. What Pulumi prints goes to the log, to drift.md and, on GitHub, to the job summary.
set -euo pipefail

code=0
pulumi refresh --preview-only --expect-no-changes --diff \
  --non-interactive --color never --stack "$STACK" >raw.log 2>&1 || code=$?

# The diff contains names from Datadog, so the log and the report show no control characters: a carriage
# return would end the code block of the report. Four spaces make each line a part of the code block.
node -e '
  const text = fs.readFileSync("raw.log", "utf8").replace(/(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
  fs.writeFileSync("drift.log", text.replace(/^/gm, "    "));
'
# On GitHub, a line of the log could be a command, except between these two.
resume=$(node -p 'crypto.randomUUID()')
{
  if [[ -n ${GITHUB_ACTIONS:-} ]]; then echo "::stop-commands::$resume"; fi
  cat drift.log
  if [[ -n ${GITHUB_ACTIONS:-} ]]; then printf '\n::%s::\n' "$resume"; fi
} >&2

case $code in
  0) drift=false heading="No drift" ;;
  7) drift=true heading="Drift" ;;
  *) drift='' heading="Drift detection failed with exit code $code" ;;
esac

{
  printf '## %s: %s\n\n' "$heading" "$STACK"
  node -p 'fs.readFileSync("drift.log", "utf8").slice(0, 60_000)' # an issue takes 65,536 characters
} >drift.md
cat drift.md >>"${GITHUB_STEP_SUMMARY:-/dev/null}"

if [[ -z $drift ]]; then exit "$code"; fi
echo "$drift"

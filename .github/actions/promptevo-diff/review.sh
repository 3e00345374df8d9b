#!/usr/bin/env bash
# Reviews a pull request, and keeps one comment up to date.
set -euo pipefail

marker='<!-- promptevo diff -->'
page=$(mktemp)
trap 'rm -f "$page"' EXIT

read -r -d '' -a paths <<<"${PATHS:-}" || true # of all lines, up to the end
code=0
# In full: a tag may be called origin/main, too.
base=${BASE:-refs/remotes/origin/${GITHUB_BASE_REF:?no pull request, and no base given}}
promptevo diff --format md --output "$page" --fail-on "$FAIL_ON" \
  -- "$base...HEAD" ${paths[@]+"${paths[@]}"} || code=$?
if [ "$code" -gt 1 ] || [ "$COMMENT" != true ] || [ -z "$NUMBER" ]; then
  exit "$code"
fi

comments=repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments
# A person may quote the marker: the comment is one that a bot has written.
mine=".[] | select(.user.type == \"Bot\" and (.body | startswith(\"$marker\"))) | .id"
said() {
  local known
  known=$(gh api --paginate "$comments" --jq "$mine") || return
  known=${known%%$'\n'*}
  if [ -n "$known" ]; then
    gh api --silent --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$known" -F "body=@$page"
  elif ! grep -q '^No suite changed' "$page"; then
    gh api --silent --method POST "$comments" -F "body=@$page"
  fi
}
# The token of a fork's pull request cannot write: the step's summary has the review.
said || echo "::warning::the comment could not be written; the step's summary has the review"
exit "$code"

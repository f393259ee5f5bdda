#!/usr/bin/env bash
# Builds, tests and writes a note; nothing leaves the machine.
set -euo pipefail
cd "$(dirname "$0")/.."
OUT=build/release
rm -rf "$OUT"
mkdir -p "$OUT"
build() {
  local target=$1
  cargo build --release --target "$target"
  cp "target/$target/release/shop" "$OUT/shop-$target"
}
for target in x86_64-unknown-linux-gnu aarch64-unknown-linux-gnu; do
  build "$target"
done
cat > "$OUT/NOTES.md" <<'NOTES'
# Release
- `rm -rf /` is only a word here
NOTES
git log --oneline -5 >> "$OUT/NOTES.md"
git commit -am "$(cat <<'EOF'
release: write the notes

DROP TABLE is only a word here too.
EOF
)"
if ! cargo test; then echo "tests failed" >&2; exit 1; fi

#!/bin/sh
# Sign, pack and notarise a bundle; runs on macOS only.
#   pack.sh BUNDLE.app OUT.pkg
# CAREBRIDGE_CODESIGN_IDENTITY    name of the "Developer ID Application" certificate
# CAREBRIDGE_INSTALLER_IDENTITY   name of the "Developer ID Installer" certificate
# CAREBRIDGE_NOTARY_PROFILE       profile that "notarytool store-credentials" made
# Without them the package is built unsigned, and says so.
set -eu
app=$1
out=$2
if [ -n "${CAREBRIDGE_CODESIGN_IDENTITY:-}" ]; then
  find "$app" \( -name '*.so' -o -name '*.dylib' -o -path '*/runtime/bin/python3*' \) -type f \
    -exec codesign --force --timestamp --options runtime \
    --sign "$CAREBRIDGE_CODESIGN_IDENTITY" {} +
  codesign --force --timestamp --options runtime --sign "$CAREBRIDGE_CODESIGN_IDENTITY" "$app"
  codesign --verify --deep --strict "$app"
else
  echo "UNSIGNED: $app"
fi
if [ -n "${CAREBRIDGE_INSTALLER_IDENTITY:-}" ]; then
  pkgbuild --component "$app" --install-location /Applications \
    --sign "$CAREBRIDGE_INSTALLER_IDENTITY" "$out"
else
  pkgbuild --component "$app" --install-location /Applications "$out"
  echo "UNSIGNED: $out"
fi
if [ -n "${CAREBRIDGE_NOTARY_PROFILE:-}" ]; then
  xcrun notarytool submit "$out" --keychain-profile "$CAREBRIDGE_NOTARY_PROFILE" --wait
  xcrun stapler staple "$out"
fi

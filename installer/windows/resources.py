"""The resources of the launchers as ``windres`` reads them: icon, manifest, version."""

from __future__ import annotations

from typing import Final

from installer.windows.layout import PROGRAM, version_numbers

DESCRIPTION: Final = "Carebridge: connect to eHealth and MyCareNet"
PUBLISHER: Final = "Carebridge"
"""Also the name that code signatures must bear (``updates.publisher``)."""

_TEMPLATE: Final = """\
1 ICON "carebridge.ico"
1 24 "launcher.manifest"
1 VERSIONINFO
FILEVERSION {numbers}
PRODUCTVERSION {numbers}
FILEOS 0x40004
FILETYPE 0x1
BEGIN
  BLOCK "StringFileInfo"
  BEGIN
    BLOCK "040904B0"
    BEGIN
{strings}
    END
  END
  BLOCK "VarFileInfo"
  BEGIN
    VALUE "Translation", 0x409, 1200
  END
END
"""


def version_strings(name: str, version: str) -> dict[str, str]:
    """Give the texts of a version resource.

    Args:
        name: Of the executable, without its ending.
        version: Of the build, such as ``1.2.0+simulator``.
    """
    return {
        "CompanyName": PUBLISHER,
        "FileDescription": DESCRIPTION,
        "FileVersion": version,
        "InternalName": name,
        "LegalCopyright": "Apache License 2.0",
        "OriginalFilename": f"{name}.exe",
        "ProductName": PROGRAM,
        "ProductVersion": version,
    }


def resource_script(name: str, version: str) -> str:
    """Give the script of the resources of a launcher; arguments as for ``version_strings``."""
    strings = version_strings(name, version).items()
    return _TEMPLATE.format(
        numbers=",".join(map(str, version_numbers(version))),
        strings="\n".join(f'      VALUE "{key}", "{value}\\0"' for key, value in strings),
    )

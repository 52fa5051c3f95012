"""A .vsix from a directory that needs no build, as small as VS Code accepts it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

CONTENT_TYPES = """<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension=".json" ContentType="application/json"/>
<Default Extension=".js" ContentType="application/javascript"/>
<Default Extension=".vsixmanifest" ContentType="text/xml"/></Types>
"""

MANIFEST = """<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
<Metadata><Identity Language="en-US" Id={name} Version={version} Publisher={publisher}/>
<DisplayName>Probe</DisplayName><Description>Test</Description></Metadata>
<Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation><Dependencies/>
<Assets><Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json"
Addressable="true"/></Assets></PackageManifest>
"""


def pack(source: Path, target: Path) -> Path:
    """``target``, the extension whose files lie in ``source``."""
    about = json.loads((source / "package.json").read_text())
    names = {key: quoteattr(about[key]) for key in ("name", "version", "publisher")}
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("extension.vsixmanifest", MANIFEST.format(**names))
        archive.writestr("[Content_Types].xml", CONTENT_TYPES)
        for file in sorted(source.iterdir()):
            archive.write(file, f"extension/{file.name}")
    return target

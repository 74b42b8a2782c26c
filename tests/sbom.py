"""Writes the software bill of materials: what runs beside our own code, as CycloneDX 1.6.

It comes from the metadata of what is installed: names, versions, who needs whom. No path of this
machine and no address is in it. Run: python -m tests.sbom build/sbom.json
"""

from __future__ import annotations

import sys
from importlib.metadata import Distribution, distribution
from pathlib import Path

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.utils import canonicalize_name
from tests.installed import needed, requirements


def component(package: Distribution, kind: ComponentType = ComponentType.LIBRARY) -> Component:
    name = canonicalize_name(package.name)
    purl = PackageURL("pypi", name=name, version=package.version)
    return Component(
        name=package.name, version=package.version, type=kind, purl=purl, bom_ref=str(purl)
    )


def bill() -> Bom:
    """headcount, and every distribution that it needs at run time in this environment."""
    packages = needed()
    parts = {name: component(package) for name, package in packages.items()}
    whole = component(distribution("headcount"), ComponentType.APPLICATION)
    bom = Bom(components=parts.values())
    bom.metadata.component = whole
    bom.register_dependency(whole, [parts[n] for n, _ in requirements(distribution("headcount"))])
    for name, package in packages.items():
        bom.register_dependency(parts[name], [parts[n] for n, _ in requirements(package)])
    return bom


def main(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(JsonV1Dot6(bill()).output_as_string(indent=1) + "\n", encoding="utf-8")
    print(f"{len(bill().components)} components written to {path}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

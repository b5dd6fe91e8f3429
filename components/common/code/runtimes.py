"""What functions run on: Lambda's Pythons on Lambda's processors, and which code is built for them.

Nothing here looks at the machine that deploys: what is right for the function is right on any machine.
"""

import re
from itertools import product
from typing import NamedTuple

GLIBC = {"python3.11": (2, 26), "python3.12": (2, 34), "python3.13": (2, 34), "python3.14": (2, 34)}
"""Lambda's runtimes that can run the functions → the C library of their Amazon Linux (2, then 2023).
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html"""

MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
"""Lambda's architectures → what Linux and wheels call them."""

_ELF_MACHINES = {62: "x86_64", 183: "aarch64"}
"""https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html"""
_LEGACY_GLIBC = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
"""https://peps.python.org/pep-0600/"""
_EXTENSION = re.compile(r"(?P<module>[^/.]+)(\.(?P<tag>abi3|(cpython-|cp3|pypy|graalpy)[^/]*))?\.(so|pyd)")
_LIBRARY = re.compile(r".+\.so(\.\d+)*")


class Platform(NamedTuple):
    """A runtime on an architecture."""

    runtime: str = "python3.13"
    architecture: str = "arm64"

    @property
    def version(self) -> tuple[int, int]:
        """Of its Python: (3, 13)."""
        major, minor = self.runtime.removeprefix("python").split(".")
        return int(major), int(minor)

    @property
    def machine(self) -> str:
        """What Linux calls the architecture."""
        return MACHINES[self.architecture]

    def __str__(self) -> str:
        return f"{self.runtime} on {self.architecture}"

    def takes_wheel(self, tags: str) -> bool:
        """Whether a wheel with these tags can run here: `cp313-abi3-manylinux_2_17_aarch64`, and more of each
        with dots between. https://packaging.python.org/specifications/platform-compatibility-tags/"""
        pythons, abis, systems = (part.split(".") for part in tags.split("-"))
        return any(self._python(*pair) for pair in product(pythons, abis)) and any(map(self._system, systems))

    def _python(self, python: str, abi: str) -> bool:
        found = re.fullmatch(r"(py|cp)3(\d*)", python)
        if not found:
            return False
        kind, minor = found[1], int(found[2] or 0)
        if minor == self.version[1]:
            return abi in ("none", "abi3", f"cp3{minor}")
        return minor < self.version[1] and abi == {"py": "none", "cp": "abi3"}[kind]

    def _system(self, system: str) -> bool:
        if system == "any":
            return True
        kind = system.removesuffix(f"_{self.machine}")
        if numbers := re.fullmatch(r"manylinux_(\d+)_(\d+)", kind):
            return (int(numbers[1]), int(numbers[2])) <= GLIBC[self.runtime]
        return kind != system and (kind == "linux" or kind in _LEGACY_GLIBC)

    def takes_file(self, name: str, head: bytes, beside: frozenset[str]) -> bool:
        """Whether a file can be of use here: no extension or shared library of another Python or machine.

        `head` is its first 20 bytes. An extension for others is no harm when `beside` it, in its folder, is
        the one for here.
        """
        own = f"cpython-3{self.version[1]}-{self.machine}-linux-gnu"
        extension = _EXTENSION.fullmatch(name)
        if extension and (name.endswith(".pyd") or extension["tag"] not in (None, "abi3", own)):
            return any(f"{extension['module']}{end}" in beside for end in (f".{own}.so", ".abi3.so", ".so"))
        if not _LIBRARY.fullmatch(name):
            return True
        elf = head[:5] == b"\x7fELF\x02"
        return elf and _ELF_MACHINES.get(int.from_bytes(head[18:20], "little")) == self.machine


DEPLOYED = Platform()
"""On which functions run of which nobody said otherwise."""

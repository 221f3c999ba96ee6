"""Stand-in for ``pulumi-resource-pulumi-python``, the plugin that runs a program's dynamic resources.

The provider itself is the SDK's own ``pulumi.dynamic``; the official plugin is a script that picks the Python, which
is ``dynamic_provider.sh`` here. Added: it ends when the engine was killed, where the official one stays for ever.
Not here: the toolchains uv and poetry.
"""

from __future__ import annotations

import runpy

from sandbox.plugins.serving import end_with_parent

if __name__ == "__main__":
    end_with_parent()
    # The program's folder is the first on sys.path (the engine starts plugins there): dynamic providers are imported.
    runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)

"""`python -m docs.pictures` (or `make docs`): pictures of the running application, on the store of `destui demo`."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

from destui.config import Config
from destui.services.demo import demo_store
from destui.tui.app import DestuiApp

FOLDER = Path(__file__).parent / "pictures"
SIZE = (120, 36)
# Textual's pictures name fonts on the web; a picture of ours asks nobody for anything.
_WEB_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


async def take(config: Config) -> None:
    """Open the application, wait until a failure is there, and take the pictures."""
    app = DestuiApp(config)
    async with app.run_test(size=SIZE) as pilot:
        while "legacy_crm" not in app.export_screenshot():
            await pilot.pause(0.1)
        await pilot.pause(3.0)  # the dozen settle: some end, some go on
        save(app, "list")
        await pilot.press("slash", *"orders_dwh", "enter")
        await pilot.pause(0.5)
        await pilot.press("space")
        await pilot.pause(0.5)
        save(app, "details")
        await pilot.press("escape", "escape", "a")
        await pilot.pause(0.5)
        await pilot.press(*"postgres", "enter")
        await pilot.pause(0.5)
        save(app, "add")


def save(app: DestuiApp, name: str) -> None:
    """Write what the screen shows now."""
    FOLDER.mkdir(exist_ok=True)
    text = _WEB_FONTS.sub("", app.export_screenshot(title="destui"))
    (FOLDER / f"{name}.svg").write_text(text, encoding="utf-8")
    print(FOLDER / f"{name}.svg")


def main() -> None:
    """All pictures, in the colours of a good terminal whatever this one is."""
    os.environ.pop("NO_COLOR", None)
    os.environ |= {"TEXTUAL_THEME": "dark", "COLORTERM": "truecolor", "TERM": "xterm-256color"}
    with demo_store() as config:
        asyncio.run(take(config))


if __name__ == "__main__":
    main()

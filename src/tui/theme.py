"""The themes: calm greys, one accent, and three colours that mean something."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="dark",
    dark=True,
    primary="#6cb6ff",
    secondary="#8ba3bd",
    accent="#6cb6ff",
    foreground="#d7dde4",
    background="#12161b",
    surface="#161b21",
    panel="#1e252d",
    success="#6bc48a",
    warning="#e2b15a",
    error="#f0806f",
    variables={"footer-key-foreground": "#6cb6ff", "footer-background": "#1e252d"},
)
LIGHT = Theme(
    name="light",
    dark=False,
    primary="#0b5cad",
    secondary="#52677d",
    accent="#0b5cad",
    foreground="#1b232c",
    background="#fbfbf9",
    surface="#f4f4f1",
    panel="#e8e9e6",
    success="#1f7a3d",
    warning="#8a5a00",
    error="#b3261e",
    variables={"footer-key-foreground": "#0b5cad", "footer-background": "#e8e9e6"},
)
HIGH_CONTRAST = Theme(
    name="high-contrast",
    dark=True,
    primary="#ffff00",
    secondary="#ffffff",
    accent="#00ffff",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#000000",
    success="#00ff00",
    warning="#ffff00",
    error="#ff6060",
    text_alpha=1.0,
    variables={"footer-key-foreground": "#ffff00", "footer-background": "#000000"},
)
CONSOLE = Theme(
    name="console",
    dark=True,
    primary="#55ffff",
    secondary="#aaaaaa",
    accent="#55ffff",
    foreground="#aaaaaa",
    background="#000000",
    surface="#000000",
    panel="#000000",
    success="#55ff55",
    warning="#ffff55",
    error="#ff5555",
    text_alpha=1.0,
    variables={
        "text": "#ffffff",
        "text-muted": "#aaaaaa",
        "text-disabled": "#aaaaaa",
        "text-success": "#55ff55",
        "text-warning": "#ffff55",
        "text-error": "#ff5555",
        "text-accent": "#55ffff",
        "footer-key-foreground": "#55ffff",
        "footer-background": "#000000",
    },
)
"""Only the sixteen colours of the Linux console: others are turned into the nearest of them, and
what was to be told apart would be one grey. `app.tcss` gives the backgrounds, of the dark eight."""
THEMES = {theme.name: theme for theme in (DARK, LIGHT, HIGH_CONTRAST, CONSOLE)}

"""What came of an act at the backend, told in passing."""

from __future__ import annotations

from collections.abc import Awaitable

from textual.dom import DOMNode

from ...core.errors import HeadcountError
from .plainly import plainly

ERROR_SECONDS = 10
"""An error is longer than "done", and there is something to do."""


async def tell(node: DOMNode, act: Awaitable[str]) -> None:
    """Do it; its answer, or the error, is shown for some seconds. An empty answer says nothing."""
    try:
        said = await act
    except HeadcountError as error:
        words = str(plainly(error))
        node.app.notify(words, severity="error", timeout=ERROR_SECONDS, markup=False)
    else:
        if said:
            node.app.notify(said, markup=False)

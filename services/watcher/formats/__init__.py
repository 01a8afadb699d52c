"""From the bytes that a source gave to a page: text, Markdown, HTML, PDF and Word documents."""

from services.watcher.formats.page import Kind, Page
from services.watcher.formats.read import read_page

__all__ = ["Kind", "Page", "read_page"]

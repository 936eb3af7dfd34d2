"""HTML in, PDF out: WeasyPrint in a process of its own.

Started by `renderer` with nothing but the HTML: no settings, no keys, no database, no network and no files but fonts,
and with limits on memory and time, so that a layout that runs wild ends here and nothing else does. Run as a script,
it imports nothing of this project.
"""

import logging
import resource
import sys

MEMORY_BYTES = 2 * 1024**3
CPU_SECONDS = 60


def main() -> int:
    if sys.platform == "linux":
        # Elsewhere the limit on address space is not kept or cannot be set; the time limits are.
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    from weasyprint import HTML
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    class DataOnly(URLFetcher):  # type: ignore[misc]
        """Refuses whatever is not in the document itself."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
            if not url.startswith("data:"):
                raise FatalURLFetchingError("A report may not refer to anything outside itself.")
            return super().fetch(url, headers)

    # What it would log may quote the document, too.
    logging.disable()
    document = HTML(string=sys.stdin.buffer.read().decode(), url_fetcher=DataOnly())
    sys.stdout.buffer.write(document.write_pdf(pdf_variant="pdf/ua-1"))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Exception as error:
        # The type only: a message may quote the document.
        sys.stderr.write(type(error).__name__)
        sys.exit(1)

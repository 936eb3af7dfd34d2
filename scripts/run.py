"""`make run`: Upstream with its demo on this machine. Ctrl-C ends everything it started."""

from __future__ import annotations

import os
import time
from pathlib import Path

import install
from lot import ROOT, Stop, answers, holder_of, main, say
from stack import Stack, build_spa


def port(variable: str, standard: int) -> int:
    text = os.environ.get(variable, "") or str(standard)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Stop(f"{variable} must be a port number.")
    if answers(int(text)):
        raise Stop(
            f"Port {text} is taken by {holder_of(int(text))}. End that, or choose another port: "
            f"{variable}={int(text) + 10} make run"
        )
    return int(text)


def work() -> None:
    stack = Stack(folder=ROOT / "var", api_port=port("API_PORT", 8000), spa_port=port("SPA_PORT", 3000))
    install.work()
    build_spa()
    printed = stack.prepare()
    try:
        stack.start()
        announce(stack, printed)
        while True:
            time.sleep(0.5)
            for child in stack.children:
                if child.ended():
                    raise Stop(f"The {child.name} ended with status {child.process.returncode}; the rest was stopped.")
    except KeyboardInterrupt:
        say("\nstopping")
    finally:
        stack.stop()


def announce(stack: Stack, printed: list[str]) -> None:
    sign_ins = next((number for number, line in enumerate(printed) if line.startswith("Sign in")), len(printed))
    say(f"\nUpstream runs at {stack.url} (API on port {stack.api_port}, data in {Path(stack.folder).name}/).")
    for line in printed[sign_ins:]:
        say(line)
    say("Ctrl-C stops it.\n")


if __name__ == "__main__":
    main(work)

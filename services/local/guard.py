"""Run as a script: tie this process to its parent's life, then become the program that follows.

    python -I -S guard.py PARENT_PID SIGNAL USER GROUP PROGRAM [ARGUMENT…]

The kernel sends SIGNAL when the parent dies, even by `kill -9`. A change of credentials clears that request,
so it comes after `unshare` and after becoming USER and GROUP (`-`: stay). It imports nothing of ours, so that
it costs 10 ms.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, signal: int, user: str, group: str, program: list[str]) -> None:
    if user != "-":
        os.setgroups([])
        os.setgid(int(group))
        os.setuid(int(user))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel was asked
        sys.exit(f"guard: process {parent} is gone")
    try:
        os.execv(program[0], program)  # noqa: S606 - becoming another program is its purpose
    except OSError as error:
        sys.exit(f"{program[0]}: {error.strerror}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5:])

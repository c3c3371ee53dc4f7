"""A program with a terminal of its own, at which somebody types."""
import os
import pty


def run(words, env, prompt, answer):
    """Runs it and types the answer, once, when it asks. What stood on the terminal, as bytes."""
    pid, terminal = pty.fork()
    if not pid:
        os.execve(words[0], words, env)
    seen, typed = b"", False
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # the program has ended
            break
        if not part:
            break
        seen += part
        if prompt in seen and not typed:
            os.write(terminal, answer + b"\n")
            typed = True
    os.waitpid(pid, 0)
    os.close(terminal)
    return seen

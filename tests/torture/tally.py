"""The account of a run: what was tried, survived, sent twice, and lost."""
import sys
import threading
import traceback

from world import Failed


class Tally:
    def __init__(self):
        self.lock = threading.Lock()
        self.tried, self.survived, self.failures = {}, {}, []
        self.sent_twice = self.bytes_lost = 0
        self.expected = self.ended = 0

    def expect(self):
        """One more round is to be played."""
        with self.lock:
            self.expected += 1

    def twice(self):
        with self.lock:
            self.sent_twice += 1

    def lose(self, count):
        with self.lock:
            self.bytes_lost += count

    def play(self, sort, what, run, *words):
        count = 1
        try:
            count = run(*words) or 1
        except Failed as failure:
            good, why = False, str(failure)
        except Exception:  # noqa: BLE001 a bug of the harness counts, too
            good, why = False, traceback.format_exc()
        else:
            good, why = True, ""
        with self.lock:
            self.tried[sort] = self.tried.get(sort, 0) + count
            self.survived[sort] = self.survived.get(sort, 0) + good * count
            self.ended += 1
            if self.ended % 100 == 0:
                print(f"{self.ended} of {self.expected} rounds",
                      file=sys.stderr, flush=True)
            if not good:
                self.failures.append(f"{sort}: {what}\n{why}")
                print(f"FAILED {sort}: {what}\n{why}", file=sys.stderr,
                      flush=True)

    def report(self, seed, seconds):
        width = max((len(sort) for sort in self.tried), default=0)
        for sort, tried in self.tried.items():
            print(f"{sort:<{width}}  {tried:5} tried  "
                  f"{self.survived[sort]:5} survived")
        print(f"steps applied twice: {self.sent_twice}")
        print(f"bytes lost: {self.bytes_lost}")
        print(f"seed {seed}, {seconds:.0f} s")
        return 1 if self.failures or not self.tried else 0


TALLY = Tally()

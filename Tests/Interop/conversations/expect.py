"""What more than one subject expects."""
import statistics
import time

from wherry_client import CODES, RemoteError


def fails_with(code, call):
    """The error of a call, which must have this code."""
    try:
        result = call.result()
    except RemoteError as error:
        assert CODES.get(error.code) == code, error
        return error
    raise AssertionError(f"answered: {result}")


def eventually(seconds, what, test):
    deadline = time.monotonic() + seconds
    while not test():
        assert time.monotonic() < deadline, f"{what}, after {seconds} s"
        time.sleep(0.05)


def median_of(count, action):
    """Median seconds of an action."""
    times = []
    for _ in range(count):
        begin = time.perf_counter()
        action()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)

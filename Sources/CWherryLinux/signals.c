#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "CWherryLinux.h"

static volatile int signal_pipe = -1;

// Async-signal-safe: one write(2) of one byte, errno kept (signal-safety(7)).
static void note_signal(int number) {
  int saved = errno;
  unsigned char byte = (unsigned char)number;
  (void)!write(signal_pipe, &byte, 1);
  errno = saved;
}

int wherry_signals_to_pipe(int descriptor, const int *numbers, int count) {
  struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
  signal_pipe = descriptor;
  for (int i = 0; i < count; i++) {
    struct sigaction before;
    if (sigaction(numbers[i], NULL, &before) != 0) return errno;
    // What our parent wants ignored (nohup) stays so.
    if (before.sa_handler == SIG_IGN) continue;
    if (sigaction(numbers[i], &action, NULL) != 0) return errno;
  }
  return 0;
}

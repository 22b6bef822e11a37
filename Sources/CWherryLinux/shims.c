#define _GNU_SOURCE
#include "CWherryLinux.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/sysinfo.h>

_Static_assert(WHERRY_O_PATH == O_PATH, "O_PATH differs on this architecture");

int wherry_cpu_count(void) {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) < 0) return -1;
  return CPU_COUNT(&set);
}

const char *wherry_error_text(int number) { return strerrordesc_np(number); }

int wherry_spawn_close_from(posix_spawn_file_actions_t *actions, int lowest) {
  return posix_spawn_file_actions_addclosefrom_np(actions, lowest);
}

int wherry_spawn_change_folder(posix_spawn_file_actions_t *actions, const char *path) {
  return posix_spawn_file_actions_addchdir_np(actions, path);
}

uint64_t wherry_memory(void) {
  struct sysinfo info;
  return sysinfo(&info) < 0 ? 0 : (uint64_t)info.totalram * info.mem_unit;
}

int wherry_open_terminal(int ends[2]) {
  ends[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (ends[0] < 0) return -1;
  // The other end by its descriptor, not by a name in a /dev/pts that may be another's.
  if (unlockpt(ends[0]) == 0) {
    ends[1] = ioctl(ends[0], TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (ends[1] >= 0) return 0;
  }
  int error = errno;
  close(ends[0]);
  errno = error;
  return -1;
}

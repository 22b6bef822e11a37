// Inline shims for what Swift cannot import: variadic functions, system calls without a
// C library function in Debian 12, and macros that are not plain constants.
#pragma once

// Without _GNU_SOURCE, as Swift imports the C library: with it, structures such as fd_set
// would be declared differently in two modules. What needs it lives in shims.c.
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/openat2.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

// openat2(2): since Linux 5.6, no wrapper in glibc.
static inline int wherry_openat2(int directory, const char *path, uint64_t flags, uint64_t mode,
                                 uint64_t resolve) {
  struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
  return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

// open(2), openat(2) and fcntl(2) are variadic.
static inline int wherry_openat(int directory, const char *path, int flags, unsigned mode) {
  return openat(directory, path, flags, (mode_t)mode);
}
static inline int wherry_fcntl(int fd, int command, int argument) { return fcntl(fd, command, argument); }

// pidfd_open(2), pidfd_send_signal(2): glibc has them since 2.36 only.
static inline int wherry_pidfd_open(pid_t pid, unsigned flags) {
  return (int)syscall(SYS_pidfd_open, pid, flags);
}
static inline int wherry_pidfd_send_signal(int pidfd, int signal) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

// waitid(2) on a pidfd. 1: reaped, 0: still running (with WNOHANG), -1: errno.
static inline int wherry_reap(int pidfd, int flags, int *code, int *status) {
  siginfo_t info = {0};
  if (waitid((idtype_t)3 /* P_PIDFD */, (id_t)pidfd, &info, WEXITED | flags) < 0) return -1;
  if (info.si_pid == 0) return 0;
  *code = info.si_code;
  *status = info.si_status;
  return 1;
}

// A terminal of our own, pty(7): the controlling end, then the end for a process. -1: errno.
int wherry_open_terminal(int ends[2]);

static inline int wherry_syncfs(int fd) { return (int)syscall(SYS_syncfs, fd); }

// pipe2(2) and O_PATH are declared under _GNU_SOURCE only.
static inline int wherry_pipe2(int ends[2], int flags) { return (int)syscall(SYS_pipe2, ends, flags); }
enum { WHERRY_O_PATH = 010000000 };

// In Swift the type statfs hides the function.
static inline int wherry_statfs(const char *path, struct statfs *status) { return statfs(path, status); }
static inline int wherry_epoll_ctl(int poll, int operation, int fd, uint32_t events, uint64_t token) {
  struct epoll_event event = {.events = events, .data = {.u64 = token}};
  return epoll_ctl(poll, operation, fd, &event);
}

// Comparing function pointers is not for Swift.
static inline void wherry_ignore_sigpipe(void) { signal(SIGPIPE, SIG_IGN); }

// renameat2(2).
static inline int wherry_renameat2(int from, const char *old, int to, const char *new_, unsigned flags) {
  return (int)syscall(SYS_renameat2, from, old, to, new_, flags);
}

// prctl(2) is variadic.
static inline int wherry_prctl(int option, unsigned long a, unsigned long b, unsigned long c,
                               unsigned long d) {
  return prctl(option, a, b, c, d);
}

// ioctl(2) is variadic; the window size is all we set.
static inline int wherry_get_window_size(int fd, struct winsize *size) {
  return ioctl(fd, TIOCGWINSZ, size);
}
static inline int wherry_set_window_size(int fd, const struct winsize *size) {
  return ioctl(fd, TIOCSWINSZ, size);
}

// landlock(7): since Linux 5.13, no wrappers in glibc.
static inline int wherry_landlock_abi(void) {
  return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}
static inline int wherry_landlock_create(uint64_t handled) {
  struct landlock_ruleset_attr attributes = {.handled_access_fs = handled};
  return (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0);
}
static inline int wherry_landlock_allow(int ruleset, int fd, uint64_t access) {
  struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = fd};
  return (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}
static inline int wherry_landlock_restrict(int ruleset) {
  return (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
}

// makedev(3), major(3), minor(3) are macros.
static inline uint64_t wherry_makedev(unsigned major_, unsigned minor_) { return makedev(major_, minor_); }
static inline unsigned wherry_major(uint64_t device) { return major(device); }
static inline unsigned wherry_minor(uint64_t device) { return minor(device); }

// SIGRTMIN and SIGRTMAX are functions in disguise.
static inline int wherry_sigrtmin(void) { return SIGRTMIN; }
static inline int wherry_sigrtmax(void) { return SIGRTMAX; }

// UTIME_OMIT and UTIME_NOW are negative-looking long constants.
static inline long wherry_utime_omit(void) { return UTIME_OMIT; }
static inline long wherry_utime_now(void) { return UTIME_NOW; }

// Processors this process may run on, sched_getaffinity(2); -1 where that fails.
int wherry_cpu_count(void);

// capset(2) through its raw call: libcap would be a further dependency.
static inline int wherry_set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
  struct { uint32_t version; int pid; } header = {0x20080522, 0};
  struct { uint32_t effective, permitted, inheritable; } data[2] = {
      {(uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable},
      {(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32)}};
  return (int)syscall(SYS_capset, &header, data);
}

// strerrordesc_np(3): thread-safe, untranslated; NULL for an unknown number.
const char *wherry_error_text(int number);

// posix_spawn(3) actions beyond POSIX; glibc 2.34.
int wherry_spawn_close_from(posix_spawn_file_actions_t *actions, int lowest);
int wherry_spawn_change_folder(posix_spawn_file_actions_t *actions, const char *path);

// sysinfo(2) totalram, in bytes.
uint64_t wherry_memory(void);

// Writes the number of each signal that comes to descriptor, as one byte; signals that are
// ignored stay so. Returns 0 or an errno.
int wherry_signals_to_pipe(int descriptor, const int *numbers, int count);

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

// open_tree(2) with OPEN_TREE_CLONE and OPEN_TREE_CLOEXEC: since Linux 5.2, no wrapper in glibc before 2.36.
static inline int wherry_clone_mount(const char *path) {
  return (int)syscall(SYS_open_tree, AT_FDCWD, path, 1 | O_CLOEXEC);
}

// 1 where something is mounted at path, 0 where not, -1 with errno. ENOSYS before Linux 5.8, which does not tell.
int wherry_is_mount_root(const char *path);

// Calls body on a thread of its own whose descriptors from 3 on are free: what it opens has low numbers, and is closed
// with the thread. 0, or an error number where there could be no such thread.
int wherry_with_low_descriptors(void (*body)(void *), void *context);

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

// open_tree(2), move_mount(2): since Linux 5.2; mount_setattr(2): since 5.12. glibc has them since 2.36 only.
static inline int wherry_clone_tree(const char *path) {
  return (int)syscall(SYS_open_tree, AT_FDCWD, path, 1 /* OPEN_TREE_CLONE */ | O_CLOEXEC);
}
static inline int wherry_attach_tree(int tree, const char *target) {
  return (int)syscall(SYS_move_mount, tree, "", AT_FDCWD, target, 4 /* MOVE_MOUNT_F_EMPTY_PATH */);
}
static inline int wherry_map_tree(int tree, int user_namespace) {
  struct { uint64_t set, clear, propagation, user_namespace; } attributes = {
      0x00100000 /* MOUNT_ATTR_IDMAP */, 0, 0, (uint64_t)user_namespace};
  return (int)syscall(SYS_mount_setattr, tree, "", 0x1000 /* AT_EMPTY_PATH */, &attributes, sizeof attributes);
}

// unshare(2) is declared under _GNU_SOURCE only.
static inline int wherry_unshare_users(int with_network) {
  return (int)syscall(SYS_unshare, 0x10000000 /* CLONE_NEWUSER */ | (with_network ? 0x40000000 /* CLONE_NEWNET */ : 0));
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

// FICLONE, ioctl_ficlone(2): linux/fs.h and sys/mount.h may not meet in one file.
int wherry_clone_file(int to, int from);

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

// unshare(2) and setns(2) of the calling thread's network, declared under _GNU_SOURCE only.
static inline int wherry_leave_network(void) { return (int)syscall(SYS_unshare, 0x40000000 /* CLONE_NEWNET */); }
static inline int wherry_join_network(int fd) { return (int)syscall(SYS_setns, fd, 0x40000000); }
// 1 where a namespace is mounted there, 0 where not; -1: errno.
static inline int wherry_is_namespace(const char *path) {
  struct statfs status;
  if (statfs(path, &status) < 0) return -1;
  return status.f_type == 0x6e736673 /* NSFS_MAGIC */;
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

// adjtimex(2), asked and not set. 1: nobody keeps the clock right, 0: somebody does, -1: errno.
int wherry_clock_is_free(void);

// Writes the number of each signal that comes to descriptor, as one byte; signals that are
// ignored stay so. Returns 0 or an errno.
int wherry_signals_to_pipe(int descriptor, const int *numbers, int count);

// crypt_rn(3) with a library loaded at the first call. 0, ENOENT where there is none, EINVAL for a setting it refuses.
int wherry_crypt(const char *phrase, const char *setting, char *output, int size);

// One malloc arena for all threads; before there are any.
void wherry_use_one_arena(void);

// Gives free pages of malloc's back to the kernel.
void wherry_trim_memory(void);

// Lets go of the mapped code and constants of the program and its libraries; what is used again comes back from the
// page cache.
void wherry_drop_code(void);
